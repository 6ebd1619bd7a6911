package session

import (
	"crypto/rand"
	"errors"
	"testing"
)

// sealRecord seals a record as Seal does, without its checks.
func sealRecord(t *testing.T, keys *Keys, r *record) string {
	t.Helper()
	plaintext := append([]byte{formPlain}, must(encMode.Marshal(r))...)
	sealed, err := keys.SealBytes(nil, rand.Reader, purpose, plaintext)
	if err != nil {
		t.Fatal(err)
	}
	return encoding.EncodeToString(sealed)
}

// TestUnknownKindsDoNotOpen: a kind of a later version may limit its sessions
// in a way that this one does not know.
func TestUnknownKindsDoNotOpen(t *testing.T) {
	keys := testKeys(t)
	for kind, want := range map[Kind]error{
		0: ErrInvalid, AssumedRole: nil, SignedIn: nil, SignedIn + 1: ErrInvalid, 255: ErrInvalid,
	} {
		if s, err := Open(keys, sealRecord(t, keys, &record{Kind: kind})); !errors.Is(err, want) || (s == nil) != (want != nil) {
			t.Errorf("kind %d: %+v, %v", kind, s, err)
		}
	}
}

// TestLongTokensDoNotOpen, be they sealed as they should: nobody makes a server
// decode and decrypt a header's worth of text.
func TestLongTokensDoNotOpen(t *testing.T) {
	keys := testKeys(t)
	r := &record{Kind: AssumedRole, Policy: string(make([]byte, 4400))}
	token := ""
	for { // as long as can be, and one step longer
		next := sealRecord(t, keys, r)
		_, err := Open(keys, next)
		if len(next) > MaxToken {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("%d characters: %v", len(next), err)
			}
			break
		}
		if err != nil {
			t.Fatalf("%d characters: %v", len(next), err)
		}
		token, r.Policy = next, r.Policy+"x"
	}
	if len(token) < MaxToken-4 {
		t.Errorf("the longest that opened has %d characters", len(token))
	}
}
