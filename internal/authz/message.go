package authz

import (
	"encoding/base64"
	"encoding/json"

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
	keys, err := s.keys(snap)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	sealed, err := keys.SealBytes(nil, s.rand, messagePurpose, plain)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// OpenMessage returns what SealMessage sealed; session.ErrInvalid for all else.
func (s *Sessions) OpenMessage(snap *state.Snapshot, text string) (Message, error) {
	keys, err := s.keys(snap)
	if err != nil {
		return Message{}, err
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return Message{}, session.ErrInvalid
	}
	plain, err := keys.OpenBytes(sealed, messagePurpose)
	if err != nil {
		return Message{}, err
	}
	var m Message
	return m, json.Unmarshal(plain, &m)
}
