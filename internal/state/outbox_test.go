package state_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store/memory"
)

// inbox takes events, or refuses them.
type inbox struct {
	refuse atomic.Bool
	ids    []string // read it after FlushEvents only
}

var errFull = errors.New("disk full")

func (in *inbox) take(events []state.Outgoing) error {
	if in.refuse.Load() {
		return errFull
	}
	for _, e := range events {
		in.ids = append(in.ids, e.ID)
	}
	return nil
}

func record(tx *state.Tx, id string) {
	tx.Record(id, tx.Now(), []byte("event of "+id), []byte("detail"))
}

func TestEventsRideInCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, in := memory.New(), new(inbox)
		t.Cleanup(func() { st.Close() })
		db := statetest.Open(t, state.Options{Store: st, Events: in.take})
		var want []string
		for i := range 5 {
			id := fmt.Sprint("id", i)
			want = append(want, id)
			statetest.Update(t, db, func(tx *state.Tx) error { record(tx, id); return nil })
			if i == 2 {
				err := db.Update(t.Context(), func(tx *state.Tx) error { record(tx, "lost"); return errNo })
				if err != errNo {
					t.Error(err)
				}
			}
		}
		if err := db.FlushEvents(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(in.ids, want) {
			t.Errorf("taken %v, want %v", in.ids, want)
		}
		// Without other commits the keys go after a while.
		if !contains(t, st, "event of id4") {
			t.Error("an event was not stored")
		}
		<-time.After(time.Minute) // of the bubble
		if contains(t, st, "event of") {
			t.Error("events that were taken are still stored")
		}
	})
}

func TestEventsAreOfferedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, in := memory.New(), new(inbox)
		in.refuse.Store(true)
		t.Cleanup(func() { st.Close() })
		db := statetest.Open(t, state.Options{Store: st, Events: in.take})
		statetest.Update(t, db, func(tx *state.Tx) error { record(tx, "a"); return nil })
		statetest.Update(t, db, func(tx *state.Tx) error { record(tx, "b"); return nil })
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := db.FlushEvents(ctx); !errors.Is(err, errFull) {
			t.Errorf("FlushEvents: %v", err)
		}
		in.refuse.Store(false)
		if err := db.FlushEvents(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := []string{"a", "b"}; !slices.Equal(in.ids, want) {
			t.Errorf("taken %v, want %v", in.ids, want)
		}
	})
}

func TestLeftOverEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memory.New()
		t.Cleanup(func() { st.Close() })
		full := new(inbox)
		full.refuse.Store(true)
		db, err := state.Open(t.Context(), state.Options{Store: st, MasterKey: statetest.MasterKey, Events: full.take})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"a", "b", "c"} {
			statetest.Update(t, db, func(tx *state.Tx) error { record(tx, id); return nil })
		}
		if err := db.Close(); err != nil { // gives up on the events
			t.Error(err)
		}
		in := new(inbox)
		again := statetest.Open(t, state.Options{Store: st, Events: in.take})
		if err := again.FlushEvents(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := []string{"a", "b", "c"}; !slices.Equal(in.ids, want) {
			t.Errorf("taken %v, want %v", in.ids, want)
		}
		if err := again.Close(); err != nil || contains(t, st, "event of") {
			t.Errorf("Close leaves taken events behind: %v", err)
		}
	})
}

// Many commits carry the removals along, so that the outbox stays small.
func TestOutboxStaysSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, in := memory.New(), new(inbox)
		t.Cleanup(func() { st.Close() })
		db := statetest.Open(t, state.Options{Store: st, Events: in.take})
		for i := range 300 {
			statetest.Update(t, db, func(tx *state.Tx) error { record(tx, fmt.Sprint(i)); return nil })
			synctest.Wait()
		}
		stored := 0
		st.Load(t.Context(), func(key string, _ []byte) error {
			if len(key) > 6 && key[:6] == "event/" {
				stored++
			}
			return nil
		})
		if stored > 2 {
			t.Errorf("%d commits of events are stored", stored)
		}
	})
}
