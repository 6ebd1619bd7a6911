package state_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store/memory"
)

// count counts a guess and reports whether it may be looked at.
func count(t *testing.T, db *state.DB, digest string, real bool) (look bool) {
	t.Helper()
	var set time.Time
	if real {
		set = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	statetest.Update(t, db, func(tx *state.Tx) error {
		look = tx.CountSignIn(digest, set)
		return nil
	})
	return look
}

func settle(t *testing.T, db *state.DB, digest string, right bool) {
	t.Helper()
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.SettleSignIn(digest, right)
		return nil
	})
}

func TestSignInAttempts(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	st := memory.New()
	db := openWithAccounts(t, state.Options{Store: st, Now: func() time.Time { return now }})
	looks := func(db *state.DB, tries int) (looked int) {
		t.Helper()
		for range tries {
			if count(t, db, "ann", true) {
				looked++
			}
			settle(t, db, "ann", false)
		}
		return looked
	}
	if n := looks(db, 4); n != 4 {
		t.Fatalf("%d of the first four", n)
	}
	count(t, db, "ann", true)
	settle(t, db, "ann", true)
	if n := looks(db, 20); n != 5 {
		t.Errorf("%d of twenty after a right one", n)
	}
	now = now.Add(30 * time.Second)
	if n := looks(db, 20); n != 1 {
		t.Errorf("%d half a minute later", n)
	}
	again := statetest.Open(t, state.Options{Store: st, Now: func() time.Time { return now }})
	if diff := statetest.Diff(db.Snapshot(), again.Snapshot()); diff != "" {
		t.Errorf("after a restart:\n%s", diff)
	}
	if n := looks(again, 20); n != 0 {
		t.Errorf("%d after a restart", n)
	}
	now = now.Add(24 * time.Hour)
	if n := looks(again, 20); n != 5 {
		t.Errorf("%d a day later", n)
	}
}

// TestSignInAttemptsAreForgotten a day after the last guess, as others come.
func TestSignInAttemptsAreForgotten(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	db := openWithAccounts(t, state.Options{Now: func() time.Time { return now }})
	for i := range 5 {
		count(t, db, fmt.Sprint(i), i%2 == 0)
	}
	now = now.Add(24 * time.Hour)
	count(t, db, "new", true)
	if n := db.Snapshot().NumSignInAttempts(); n != 1 {
		t.Errorf("%d are kept", n)
	}
}

// TestLockoutIsNotForgottenForStrangers: however many names somebody invents,
// a real user's wrong guesses stay counted, and the disk does not fill.
func TestLockoutIsNotForgottenForStrangers(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	for range 6 {
		count(t, db, "ann", true)
	}
	for from := 0; from < state.MaxImaginary+500; from += 25 {
		statetest.Update(t, db, func(tx *state.Tx) error {
			for i := from; i < from+25; i++ {
				tx.CountSignIn(fmt.Sprint(i), time.Time{})
			}
			return nil
		})
	}
	if n := db.Snapshot().NumSignInAttempts(); n != state.MaxImaginary+1 {
		t.Errorf("%d are kept", n)
	}
	if count(t, db, "ann", true) {
		t.Error("ann's wrong guesses are forgotten")
	}
	// A user that was deleted is one of them.
	count(t, db, "ann", false)
	if n := db.Snapshot().NumSignInAttempts(); n != state.MaxImaginary {
		t.Errorf("%d are kept after ann was deleted", n)
	}
}

// TestAnotherPasswordIsGuessedAtAnew: an administrator who sets a new password
// lets its user in, however many guesses were made at the one before.
func TestAnotherPasswordIsGuessedAtAnew(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	db := openWithAccounts(t, state.Options{Now: func() time.Time { return now }})
	for range 6 {
		count(t, db, "ann", true)
	}
	if count(t, db, "ann", true) {
		t.Fatal("the seventh guess is looked at")
	}
	now = now.Add(time.Second)
	var look bool
	guess := func(set time.Time) {
		statetest.Update(t, db, func(tx *state.Tx) error {
			look = tx.CountSignIn("ann", set)
			return nil
		})
	}
	set := now
	for i := range 6 {
		guess(set)
		if want := i < 5; look != want {
			t.Errorf("guess %d at the new password: looked at: %v", i+1, look)
		}
	}
}
