package state_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store/memory"
)

// spend takes an assertion that ends after d, and reports whether it was new.
func spend(t *testing.T, db *state.DB, account, digest string, d time.Duration) (fresh bool) {
	t.Helper()
	statetest.Update(t, db, func(tx *state.Tx) error {
		fresh = tx.Spend(&state.Spent{Account: account, Digest: digest, Until: tx.Now().Add(d)})
		return nil
	})
	return fresh
}

// TestSpentAssertionsSurviveRestart: what was taken once is not taken by
// another process.
func TestSpentAssertionsSurviveRestart(t *testing.T) {
	st := memory.New()
	db := openWithAccounts(t, state.Options{Store: st})
	if !spend(t, db, account, "a", time.Minute) || spend(t, db, account, "a", time.Minute) || !spend(t, db, member, "a", time.Minute) {
		t.Fatal("an assertion is taken once in each account")
	}
	again := statetest.Open(t, state.Options{Store: st})
	if diff := statetest.Diff(db.Snapshot(), again.Snapshot()); diff != "" {
		t.Errorf("after a restart:\n%s", diff)
	}
	if spend(t, again, account, "a", time.Minute) {
		t.Error("taken again after a restart")
	}
}

// TestEndedAssertionsAreForgotten as others come, a few at a time.
func TestEndedAssertionsAreForgotten(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	db := openWithAccounts(t, state.Options{Now: func() time.Time { return now }})
	for i := range 20 {
		spend(t, db, account, fmt.Sprint(i), time.Minute)
	}
	spend(t, db, account, "long", time.Hour)
	now = now.Add(time.Minute)
	for i, want := range []int{14, 7, 4, 5} {
		spend(t, db, account, fmt.Sprint("new", i), time.Hour)
		if got := db.Snapshot().NumSpent(); got != want {
			t.Errorf("after %d more: %d, want %d", i+1, got, want)
		}
	}
	if spend(t, db, account, "long", time.Hour) {
		t.Error("one that has not ended was forgotten")
	}
}

// TestForgottenAssertionIsNotTaken: one that has ended may have been taken and
// forgotten, also since it was verified.
func TestForgottenAssertionIsNotTaken(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	db := openWithAccounts(t, state.Options{Now: func() time.Time { return now }})
	spend(t, db, account, "a", time.Minute)
	now = now.Add(time.Minute)
	spend(t, db, account, "b", time.Minute)
	if spend(t, db, account, "a", 0) {
		t.Error("taken again after it was forgotten")
	}
}
