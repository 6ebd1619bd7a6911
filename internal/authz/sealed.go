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

// SealFor returns v, as JSON, sealed for a purpose with the keys of sessions:
// base64url without padding. It tells who holds it nothing, and opens for no
// other purpose.
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

// OpenFor reads into v what SealFor sealed for the purpose; session.ErrInvalid
// for all else, members that v does not know included. A sealed value has one
// spelling. The time is not looked at.
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
	if err := d.Decode(v); err != nil {
		return session.ErrInvalid
	}
	if _, err := d.Token(); err != io.EOF {
		return session.ErrInvalid
	}
	return nil
}
