package state

import (
	"errors"
	"fmt"
	"iter"
	"time"
)

// The algorithms that web identity tokens are signed with.
const (
	RS256 = "RS256"
	ES384 = "ES384"
)

// TokenKey is a key with which an account's web identity tokens are signed.
// Number counts the keys of an account and algorithm, from 1.
type TokenKey struct {
	Account   string    `cbor:"1,keyasint"`
	Algorithm string    `cbor:"2,keyasint"`
	Number    uint64    `cbor:"3,keyasint"`
	Private   Secret    `cbor:"4,keyasint"` // PKCS #8
	Public    []byte    `cbor:"5,keyasint"` // PKIX
	Created   time.Time `cbor:"6,keyasint"`
}

// ID is the kid of the key: unique in its account, and named as AWS names its
// own.
func (k *TokenKey) ID() string {
	prefix := "RSA"
	if k.Algorithm == ES384 {
		prefix = "EC384"
	}
	return fmt.Sprintf("%s_%d", prefix, k.Number)
}

type tokenKeyTables struct {
	rows      index[*TokenKey]
	byAccount index[*TokenKey] // account, algorithm, number
}

var tokenKeys = table[TokenKey]{
	prefix:  "tokenkey",
	key:     func(k *TokenKey) string { return k.Account + "/" + k.ID() },
	account: func(k *TokenKey) string { return k.Account },
	rows:    func(s *Snapshot) *index[*TokenKey] { return &s.tokenKeys.rows },
	index: func(s *Snapshot, k *TokenKey, on bool) {
		s.tokenKeys.byAccount.put(s, on, k.Account, k.Algorithm, sequence(k.Number), k)
	},
	check: func(s *Snapshot, k *TokenKey) error {
		if _, ok := s.Account(k.Account); !ok {
			return fmt.Errorf("no account %s", k.Account)
		}
		if k.Algorithm != RS256 && k.Algorithm != ES384 {
			return fmt.Errorf("algorithm %q", k.Algorithm)
		}
		if k.Private == "" || len(k.Public) == 0 || k.Number == 0 {
			return errors.New("no key, or no number")
		}
		return nil
	},
}

// TokenKeys yields the keys of an account by algorithm, the oldest first.
func (s *Snapshot) TokenKeys(account string) iter.Seq[*TokenKey] {
	return s.tokenKeys.byAccount.under(account)
}

// AccountOfIssuer returns the settings of the account whose issuer of web
// identity tokens has that id.
func (s *Snapshot) AccountOfIssuer(id string) (*AccountSettings, bool) {
	return s.issuers.get(id, "", "")
}

// PutTokenKey adds or replaces a key.
func (tx *Tx) PutTokenKey(k *TokenKey) { put(tx, &tokenKeys, k) }

// DeleteTokenKey removes a key: tokens that it signed verify no longer.
func (tx *Tx) DeleteTokenKey(k *TokenKey) { remove(tx, &tokenKeys, k) }
