package authz

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"

	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
)

// SealFor returns v, as JSON, sealed for a purpose under the keys of sessions.
// The text tells who holds it nothing, and stands in a URL as it is.
func (s *Sessions) SealFor(snap *state.Snapshot, purpose session.Purpose, v any) (string, error) {
	keys, err := s.keys(snap)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sealed, err := keys.SealBytes(nil, s.rand, purpose, plain)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// OpenFor sets v to what SealFor sealed for the same purpose. The error is
// session.ErrInvalid for all else.
func (s *Sessions) OpenFor(snap *state.Snapshot, purpose session.Purpose, text string, v any) error {
	keys, err := s.keys(snap)
	if err != nil {
		return err
	}
	// The decoder skips line ends, which would give one value many spellings.
	if strings.ContainsAny(text, "\r\n") {
		return session.ErrInvalid
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return session.ErrInvalid
	}
	plain, err := keys.OpenBytes(sealed, purpose)
	if err != nil {
		return session.ErrInvalid
	}
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if d.Decode(v) != nil {
		return session.ErrInvalid
	}
	if _, err := d.Token(); err != io.EOF {
		return session.ErrInvalid
	}
	return nil
}
