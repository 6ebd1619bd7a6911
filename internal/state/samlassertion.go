package state

import (
	"errors"
	"time"
)

// SAMLAssertion remembers an assertion that was taken once, so that it is not
// taken again.
type SAMLAssertion struct {
	Account string    `cbor:"1,keyasint"`
	Digest  string    `cbor:"2,keyasint"` // of its issuer and ID
	Until   time.Time `cbor:"3,keyasint"` // from then on it is too old anyway
}

func (a *SAMLAssertion) key() string { return a.Account + "/" + a.Digest }

type samlAssertionTables struct {
	rows  index[*SAMLAssertion]
	byEnd index[*SAMLAssertion] // end, key
}

var samlAssertions = table[SAMLAssertion]{
	prefix:  "samlassertion",
	key:     (*SAMLAssertion).key,
	account: func(a *SAMLAssertion) string { return a.Account },
	rows:    func(s *Snapshot) *index[*SAMLAssertion] { return &s.samlAssertions.rows },
	index: func(s *Snapshot, a *SAMLAssertion, on bool) {
		s.samlAssertions.byEnd.put(s, on, sequence(uint64(a.Until.Unix())), a.key(), "", a)
	},
	check: func(s *Snapshot, a *SAMLAssertion) error {
		if _, ok := s.Account(a.Account); !ok || a.Digest == "" || a.Until.IsZero() {
			return errors.New("no account, no digest or no end")
		}
		return nil
	},
}

// forgottenAtOnce is how many assertions that have ended go with each new one:
// more than one, so that they do not pile up, and few, so that no call pays for
// all others.
const forgottenAtOnce = 8

// SpendSAMLAssertion remembers an assertion, and reports false when it was
// taken before, or has ended: then it may have been taken and forgotten. It
// forgets some that have ended.
func (tx *Tx) SpendSAMLAssertion(a *SAMLAssertion) bool {
	if _, taken := tx.samlAssertions.rows.get(a.key(), "", ""); taken || !tx.Now().Before(a.Until) {
		return false
	}
	var ended []*SAMLAssertion
	for old := range tx.samlAssertions.byEnd.all() {
		if tx.Now().Before(old.Until) || len(ended) == forgottenAtOnce {
			break
		}
		ended = append(ended, old)
	}
	for _, old := range ended {
		remove(tx, &samlAssertions, old)
	}
	put(tx, &samlAssertions, a)
	return true
}

// NumSAMLAssertions counts the assertions that are remembered, of all accounts.
func (s *Snapshot) NumSAMLAssertions() int { return s.samlAssertions.rows.len() }
