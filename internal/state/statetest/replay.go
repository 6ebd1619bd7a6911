package statetest

import (
	"context"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/writ-iam/writ/internal/state"
)

// Replay fails the test if what the store holds is another state than the one
// in memory. The options are those the state was opened with.
func Replay(t testing.TB, db *state.DB, o state.Options) {
	t.Helper()
	o.Events = nil
	again, err := state.Open(context.Background(), o)
	if err != nil {
		t.Errorf("open again: %v", err)
		return
	}
	defer again.Close()
	if diff := Diff(db.Snapshot(), again.Snapshot()); diff != "" {
		t.Errorf("the store holds another state (-memory +store):\n%s", diff)
	}
	Check(t, again)
}

// Diff returns how two states differ, "" if they do not.
func Diff(a, b *state.Snapshot) string {
	return cmp.Diff(maps.Collect(a.All()), maps.Collect(b.All()), cmpopts.EquateEmpty(),
		cmp.Comparer(func(a, b *state.Document) bool {
			return a == b || a != nil && b != nil && a.Kind == b.Kind && a.Text == b.Text && maps.Equal(a.Principals, b.Principals)
		}))
}
