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

// SealFor seals v, as JSON, for a purpose: who holds the text learns nothing
// from it and can make no other. The text is base64url without padding.
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

// OpenFor sets v to what SealFor sealed for that purpose. All else is
// session.ErrInvalid. The time is not looked at.
func (s *Sessions) OpenFor(snap *state.Snapshot, purpose session.Purpose, text string, v any) error {
	keys, err := s.keys(snap)
	if err != nil {
		return err
	}
	if strings.ContainsAny(text, "\r\n") { // which the decoder would skip
		return session.ErrInvalid
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return session.ErrInvalid
	}
	plain, err := keys.OpenBytes(sealed, purpose)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if d.Decode(v) != nil || d.Decode(new(any)) != io.EOF {
		return session.ErrInvalid
	}
	return nil
}
