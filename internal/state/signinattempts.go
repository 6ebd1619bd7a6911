package state

import (
	"errors"
	"time"
)

// SignInAttempts counts wrong guesses at the password by which somebody would
// sign in, whether or not there is such a user: what is written tells nobody.
type SignInAttempts struct {
	Digest   string    `cbor:"1,keyasint"` // of the account and the name: see Digest
	Attempts Attempts  `cbor:"2,keyasint,omitzero"`
	Real     bool      `cbor:"3,keyasint,omitempty"` // there is a password to guess
	Until    time.Time `cbor:"4,keyasint"`           // from then on it is as if nobody had guessed
}

const (
	// attemptsKept is how long after the last guess the count is forgotten. It
	// is longer than the longest wait, so that waiting gains no guess.
	attemptsKept = 24 * time.Hour

	// MaxImaginary bounds the counts of passwords that do not exist. Those of
	// real ones are bounded by the users, and never make room for others.
	MaxImaginary = 10_000
)

type signInAttemptsTables struct {
	rows      index[*SignInAttempts]
	byEnd     index[*SignInAttempts] // end, digest
	imaginary index[*SignInAttempts] // end, digest; those that are not of a real password
}

var signInAttempts = table[SignInAttempts]{
	prefix: "signinattempts",
	key:    func(a *SignInAttempts) string { return a.Digest },
	rows:   func(s *Snapshot) *index[*SignInAttempts] { return &s.signInAttempts.rows },
	index: func(s *Snapshot, a *SignInAttempts, on bool) {
		end := sequence(uint64(a.Until.Unix()))
		s.signInAttempts.byEnd.put(s, on, end, a.Digest, "", a)
		if !a.Real {
			s.signInAttempts.imaginary.put(s, on, end, a.Digest, "", a)
		}
	},
	check: func(_ *Snapshot, a *SignInAttempts) error {
		if a.Digest == "" || a.Until.IsZero() {
			return errors.New("no digest or no end")
		}
		return nil
	},
}

// CountSignIn counts a guess as a wrong one, before anybody looks at it: of
// many at once no more are looked at than one after another. It reports
// whether this one may be, and writes the same in either case. set is when the
// password was set, zero when there is none to guess: guesses from before do not
// count against it.
func (tx *Tx) CountSignIn(digest string, set time.Time) (look bool) {
	a, real := tx.attempts(digest), !set.IsZero()
	if last := a.Until.Add(-attemptsKept); set.After(last) {
		a.Attempts = Attempts{}
	}
	look = !a.Attempts.Blocked(tx.Now())
	if look {
		a.Attempts = a.Attempts.More(tx.Now())
	}
	a.Real, a.Until = real, tx.Now().Add(attemptsKept)
	forget(tx, &signInAttempts, &tx.signInAttempts.byEnd, func(old *SignInAttempts) time.Time { return old.Until })
	if old, ok := tx.signInAttempts.rows.get(digest, "", ""); !real && (!ok || old.Real) {
		tx.dropImaginary()
	}
	put(tx, &signInAttempts, a)
	return look
}

// attempts are those counted for a digest, in a copy.
func (tx *Tx) attempts(digest string) *SignInAttempts {
	a, ok := tx.signInAttempts.rows.get(digest, "", "")
	if !ok || !tx.Now().Before(a.Until) {
		return &SignInAttempts{Digest: digest}
	}
	changed := *a
	return &changed
}

// dropImaginary makes room for another count of a password that does not exist.
func (tx *Tx) dropImaginary() {
	if tx.signInAttempts.imaginary.len() < MaxImaginary {
		return
	}
	for first := range tx.signInAttempts.imaginary.all() {
		remove(tx, &signInAttempts, first)
		return
	}
}

// SettleSignIn follows CountSignIn once the guess was looked at, or not: a right
// one forgets the wrong ones before it, a wrong one stays counted. It writes in
// either case.
func (tx *Tx) SettleSignIn(digest string, right bool) {
	a := tx.attempts(digest)
	if right {
		remove(tx, &signInAttempts, a)
		return
	}
	if a.Until.IsZero() { // forgotten since it was counted
		return
	}
	put(tx, &signInAttempts, a)
}

// NumSignInAttempts counts the names whose passwords were guessed at.
func (s *Snapshot) NumSignInAttempts() int { return s.signInAttempts.rows.len() }
