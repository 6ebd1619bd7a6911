// Package statetest opens states for tests. Every state it opens is checked
// when the test ends. Only tests import it.
package statetest

import (
	"context"
	"testing"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/store/memory"
)

// MasterKey is the master key of all test states.
var MasterKey = []byte("test master key, 32 bytes, known")

// Open opens a state and closes it at the end of the test. Without a Store it
// is one in memory; without a MasterKey it has the one above.
func Open(t testing.TB, o state.Options) *state.DB {
	t.Helper()
	if o.Store == nil {
		st := memory.New()
		t.Cleanup(func() { st.Close() })
		o.Store = st
	}
	if o.MasterKey == nil {
		o.MasterKey = MasterKey
	}
	db, err := state.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		Check(t, db)
		Replay(t, db, o)
	})
	return db
}

// Update runs fn in a transaction and ends the test if that fails.
func Update(t testing.TB, db *state.DB, fn func(tx *state.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// Organization makes the organization with one management account.
func Organization(t testing.TB, db *state.DB, account string) {
	t.Helper()
	Update(t, db, func(tx *state.Tx) error {
		tx.CreateOrganization(state.Account{ID: account, Name: "management"})
		return nil
	})
}

// Check fails the test if an invariant of the state does not hold.
func Check(t testing.TB, db *state.DB) {
	t.Helper()
	if err := state.Check(db.Snapshot()); err != nil {
		t.Errorf("state is inconsistent: %v", err)
	}
}
