package state

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"
)

// Spent remembers something that is taken once, such as a SAML assertion or an
// authorization code, so that it is not taken again.
type Spent struct {
	Account string    `cbor:"1,keyasint"`
	Digest  string    `cbor:"2,keyasint"` // see Digest
	Until   time.Time `cbor:"3,keyasint"` // from then on it is too old anyway
}

// Digest is what is kept of something secret or long: SHA-256 of its purpose
// and parts, in hexadecimal. Purpose and parts have no NUL.
func Digest(purpose string, parts ...string) string {
	h := sha256.New()
	h.Write([]byte(purpose))
	for _, p := range parts {
		h.Write([]byte{0})
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (a *Spent) key() string { return a.Account + "/" + a.Digest }

type spentTables struct {
	rows  index[*Spent]
	byEnd index[*Spent] // end, key
}

var spent = table[Spent]{
	prefix:  "samlassertion", // which were the first of them
	key:     (*Spent).key,
	account: func(a *Spent) string { return a.Account },
	rows:    func(s *Snapshot) *index[*Spent] { return &s.spent.rows },
	index: func(s *Snapshot, a *Spent, on bool) {
		s.spent.byEnd.put(s, on, sequence(uint64(a.Until.Unix())), a.key(), "", a)
	},
	check: func(s *Snapshot, a *Spent) error {
		if _, ok := s.Account(a.Account); !ok || a.Digest == "" || a.Until.IsZero() {
			return errors.New("no account, no digest or no end")
		}
		return nil
	},
}

// forgottenAtOnce is how many rows that have ended go with each new one: more
// than one, so that they do not pile up, and few, so that no call pays for all
// others.
const forgottenAtOnce = 8

// Spend remembers a, and reports false when it was taken before, or has ended:
// then it may have been taken and forgotten. It forgets some that have ended.
func (tx *Tx) Spend(a *Spent) bool {
	if _, taken := tx.spent.rows.get(a.key(), "", ""); taken || !tx.Now().Before(a.Until) {
		return false
	}
	forget(tx, &spent, &tx.spent.byEnd, func(old *Spent) time.Time { return old.Until })
	put(tx, &spent, a)
	return true
}

// forget removes a few rows that have ended; byEnd has them by their end.
func forget[T any](tx *Tx, t *table[T], byEnd *index[*T], end func(*T) time.Time) {
	var ended []*T
	for old := range byEnd.all() {
		if tx.Now().Before(end(old)) || len(ended) == forgottenAtOnce {
			break
		}
		ended = append(ended, old)
	}
	for _, old := range ended {
		remove(tx, t, old)
	}
}

// NumSpent counts what is remembered as taken, of all accounts.
func (s *Snapshot) NumSpent() int { return s.spent.rows.len() }
