package authz

import (
	"crypto/sha256"
	"fmt"
	"io"
	"sync"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// Sessions seals new sessions and opens session tokens. Opened ones are kept
// with their compiled policies, found by the token's hash: a client sends the
// same token with each call. What is kept is only what the token says; that it
// has not expired and that its principal exists is for the caller to check
// each time. It is safe for concurrent use.
type Sessions struct {
	schema engine.Schema
	rand   io.Reader

	mu         sync.RWMutex // guards what follows
	young, old map[[sha256.Size]byte]*Session
	ring       *session.Keys
	ringOf     []*state.SealingKey
}

// sessionsKept bounds the opened sessions in memory. At some 2 KB each that is
// 40 MB at the most.
const sessionsKept = 20_000

// NewSessions returns a Sessions that compiles session policies with schema.
func NewSessions(schema engine.Schema, rand io.Reader) *Sessions {
	return &Sessions{schema: schema, rand: rand, young: make(map[[sha256.Size]byte]*Session)}
}

// Seal returns the token of a new session and the share of its room that
// policies and tags take, in percent. See session.Seal for its errors.
func (s *Sessions) Seal(snap *state.Snapshot, n *session.Session) (token string, percent int, err error) {
	keys, err := s.keys(snap)
	if err != nil {
		return "", 0, err
	}
	return session.Seal(keys, s.rand, n)
}

// Issue gives a session, of which all else is set, an access key with its
// secret, and seals it. What it returns, and its errors, are those of Seal.
func (s *Sessions) Issue(snap *state.Snapshot, n *session.Session) (token string, percent int, err error) {
	if n.AccessKeyID, err = awsid.NewAccessKeyID(s.rand, awsid.TemporaryAccessKey, n.Account); err != nil {
		return "", 0, err
	}
	if n.Secret, err = awsid.NewSecret(s.rand); err != nil {
		return "", 0, err
	}
	return s.Seal(snap, n)
}

// Open returns the session of a token, opened before or now. The error is
// session.ErrInvalid for a token that this installation has not sealed.
func (s *Sessions) Open(snap *state.Snapshot, token string) (*Session, error) {
	hash := sha256.Sum256([]byte(token))
	s.mu.RLock()
	kept := s.young[hash]
	s.mu.RUnlock()
	if kept != nil {
		return kept, nil
	}
	s.mu.RLock()
	kept = s.old[hash]
	s.mu.RUnlock()
	if kept == nil {
		var err error
		if kept, err = s.open(snap, token); err != nil {
			return nil, err
		}
	}
	s.keep(hash, kept)
	return kept, nil
}

func (s *Sessions) open(snap *state.Snapshot, token string) (*Session, error) {
	keys, err := s.keys(snap)
	if err != nil {
		return nil, err
	}
	opened, err := session.Open(keys, token)
	if err != nil {
		return nil, err
	}
	n := &Session{Session: opened}
	if opened.Policy != "" {
		doc, err := policy.Parse(policy.Session, opened.Policy)
		if err != nil {
			return nil, fmt.Errorf("session policy: %w", err)
		}
		if n.Inline, err = engine.Compile(doc, engine.CompileOptions{Schema: s.schema, Name: "session policy"}); err != nil {
			return nil, fmt.Errorf("session policy: %w", err)
		}
	}
	return n, nil
}

// keep remembers a session. When the young ones are half of what may be kept
// they become the old ones, and the former old ones are forgotten.
func (s *Sessions) keep(hash [sha256.Size]byte, n *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.young) >= sessionsKept/2 {
		s.old, s.young = s.young, make(map[[sha256.Size]byte]*Session)
	}
	s.young[hash] = n
}
