package authz

import (
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
)

// messagePurpose keeps sealed authorization messages apart from session tokens
// under the same keys.
const messagePurpose session.Purpose = "authorization message"

// Message names the event in which the decision on a denied call stands.
type Message struct {
	Account   string `json:"a"` // of the caller
	RequestID string `json:"r"`
}

// SealMessage returns the encoded authorization message of a denied call, for
// DecodeAuthorizationMessage. It tells who holds it nothing.
func (s *Sessions) SealMessage(snap *state.Snapshot, m Message) (string, error) {
	return s.SealFor(snap, messagePurpose, m)
}

// OpenMessage returns what SealMessage sealed; session.ErrInvalid for all else.
func (s *Sessions) OpenMessage(snap *state.Snapshot, text string) (Message, error) {
	var m Message
	err := s.OpenFor(snap, messagePurpose, text, &m)
	return m, err
}
