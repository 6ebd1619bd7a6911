package state_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/store/memory"
)

var errNo = errors.New("no")

// together runs the functions as updates of one batch, in order, and returns
// their errors: the first one holds the store until the others wait.
func together(t *testing.T, db *state.DB, st *faulty, fns ...func(tx *state.Tx) error) []error {
	t.Helper()
	real := st.append
	held, release := make(chan struct{}), make(chan struct{})
	st.append = func(ctx context.Context, after uint64, changes []store.Change) (uint64, error) {
		st.append = real
		close(held)
		<-release
		return st.Append(ctx, after, changes)
	}
	var wg sync.WaitGroup
	wg.Go(func() { statetest.Update(t, db, func(tx *state.Tx) error { putUser(tx, "holder"); return nil }) })
	<-held
	errs := make([]error, len(fns))
	for i, fn := range fns {
		wg.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					errs[i] = v.(error)
				}
			}()
			errs[i] = db.Update(t.Context(), fn)
		})
		synctest.Wait()
	}
	close(release)
	wg.Wait()
	return errs
}

// inBubble runs a test on a store of its own, within synctest.
func inBubble(t *testing.T, test func(t *testing.T, db *state.DB, st *faulty)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: memory.New()}
		t.Cleanup(func() { st.Close() })
		test(t, openWithAccounts(t, state.Options{Store: st}), st)
	})
}

func TestBatchIsOneCommit(t *testing.T) {
	inBubble(t, func(t *testing.T, db *state.DB, st *faulty) {
		rev := db.Snapshot().Rev
		var bases []uint64
		add := func(name string) func(tx *state.Tx) error {
			return func(tx *state.Tx) error {
				bases = append(bases, tx.Base())
				if got := tx.NumUsers(account); got != 1+len(bases)-1 && name != "late" {
					t.Errorf("%s sees %d users", name, got)
				}
				putUser(tx, name)
				return nil
			}
		}
		for _, err := range together(t, db, st, add("a"), add("b"), add("c")) {
			if err != nil {
				t.Error(err)
			}
		}
		if got := db.Snapshot().Rev; got != rev+2 {
			t.Errorf("revision %d, want %d", got, rev+2)
		}
		// Only the first runs on a published snapshot.
		if bases[0] != rev+1 || bases[1] != rev+2 || bases[2] != rev+2 {
			t.Errorf("bases %v after revision %d", bases, rev)
		}
	})
}

func TestSavepoint(t *testing.T) {
	inBubble(t, func(t *testing.T, db *state.DB, st *faulty) {
		errs := together(t, db, st,
			func(tx *state.Tx) error { putUser(tx, "a"); return nil },
			func(tx *state.Tx) error { putUser(tx, "lost"); return errNo },
			func(tx *state.Tx) error { putUser(tx, "lost"); panic("boom") },
			func(tx *state.Tx) error {
				if _, ok := tx.User(account, "lost"); ok {
					t.Error("a failed update left something")
				}
				if _, ok := tx.User(account, "a"); !ok {
					t.Error("an update before it is not seen")
				}
				putUser(tx, "b")
				return nil
			})
		var thrown *state.PanicError
		if errs[0] != nil || errs[1] != errNo || !errors.As(errs[2], &thrown) || errs[3] != nil {
			t.Fatalf("errors %v", errs)
		}
		if thrown.Value != "boom" || !strings.Contains(string(thrown.Stack), "TestSavepoint") {
			t.Errorf("panic %v without its stack", thrown.Value)
		}
		if n := db.Snapshot().NumUsers(account); n != 3 {
			t.Errorf("%d users", n)
		}
	})
}

func TestFailedCommitFailsTheBatch(t *testing.T) {
	inBubble(t, func(t *testing.T, db *state.DB, st *faulty) {
		calls := 0
		st.append = func(ctx context.Context, after uint64, changes []store.Change) (uint64, error) {
			if calls++; calls == 2 {
				return 0, errFull
			}
			return st.Store.Append(ctx, after, changes)
		}
		errs := together(t, db, st,
			func(tx *state.Tx) error { putUser(tx, "a"); return nil },
			func(tx *state.Tx) error {
				if _, ok := tx.User(account, "a"); ok {
					return errNo // rests on a batch-mate
				}
				return nil
			},
			func(tx *state.Tx) error { return nil })
		for i, err := range errs {
			if !errors.Is(err, errFull) {
				t.Errorf("update %d: %v", i, err)
			}
		}
		if _, ok := db.Snapshot().User(account, "a"); ok {
			t.Error("what was not committed is visible")
		}
		statetest.Update(t, db, func(tx *state.Tx) error { putUser(tx, "a"); return nil })
	})
}

// A commit may have succeeded though the store says otherwise.
func TestUnknownOutcome(t *testing.T) {
	inBubble(t, func(t *testing.T, db *state.DB, st *faulty) {
		st.append = func(ctx context.Context, after uint64, changes []store.Change) (uint64, error) {
			st.append = nil
			if _, err := st.Store.Append(ctx, after, changes); err != nil {
				t.Error(err)
			}
			return 0, errNo
		}
		err := db.Update(t.Context(), func(tx *state.Tx) error { putUser(tx, "a"); return nil })
		if !errors.Is(err, errNo) {
			t.Errorf("error %v", err)
		}
		var seen bool
		statetest.Update(t, db, func(tx *state.Tx) error {
			_, seen = tx.User(account, "a")
			putUser(tx, "b")
			return nil
		})
		if !seen {
			t.Error("the commit was not caught up with")
		}
	})
}

func TestBatchIsCut(t *testing.T) {
	inBubble(t, func(t *testing.T, db *state.DB, st *faulty) {
		var sizes []int
		st.append = func(ctx context.Context, after uint64, changes []store.Change) (uint64, error) {
			sizes = append(sizes, len(changes))
			return st.Store.Append(ctx, after, changes)
		}
		fns := make([]func(tx *state.Tx) error, 70)
		for i := range fns {
			fns[i] = func(tx *state.Tx) error {
				u := putUser(tx, fmt.Sprint("u", i))
				putKey(tx, u, "secret")
				return nil
			}
		}
		for _, err := range together(t, db, st, fns...) {
			if err != nil {
				t.Error(err)
			}
		}
		for _, n := range sizes {
			if n > 100 {
				t.Errorf("commits of %v changes", sizes)
			}
		}
		if len(sizes) != 3 { // the holder, 90, 50
			t.Errorf("commits of %v changes", sizes)
		}
	})
}

func TestTooLarge(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	many := func(n int) func(tx *state.Tx) error {
		return func(tx *state.Tx) error {
			for i := range n {
				putUser(tx, fmt.Sprint("u", n, "-", i))
			}
			return nil
		}
	}
	if err := db.Update(t.Context(), many(99)); err != nil {
		t.Errorf("99 changes: %v", err)
	}
	if err := db.Update(t.Context(), many(100)); !errors.Is(err, state.ErrTooLarge) {
		t.Errorf("100 changes: %v", err)
	}
	big := strings.Repeat("x", 1<<20)
	err := db.Update(t.Context(), func(tx *state.Tx) error {
		u := *putUser(tx, "big")
		u.Tags = []state.Tag{{Key: "k", Value: big}}
		tx.PutUser(&u)
		return nil
	})
	if !errors.Is(err, state.ErrTooLarge) {
		t.Errorf("1 MiB: %v", err)
	}
	if n := db.Snapshot().NumUsers(account); n != 99 {
		t.Errorf("%d users", n)
	}
}

func TestCancelled(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := db.Update(ctx, func(tx *state.Tx) error { t.Error("fn ran"); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// One who waits may leave; the others do not notice.
func TestCancelledWhileWaiting(t *testing.T) {
	inBubble(t, func(t *testing.T, db *state.DB, st *faulty) {
		ctx, cancel := context.WithCancel(t.Context())
		hold, held := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			statetest.Update(t, db, func(tx *state.Tx) error { close(held); <-hold; return nil })
		})
		<-held
		wg.Go(func() {
			err := db.Update(ctx, func(tx *state.Tx) error { t.Error("fn ran"); return nil })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() { statetest.Update(t, db, func(tx *state.Tx) error { putUser(tx, "a"); return nil }) })
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(hold)
		wg.Wait()
	})
}

// t.FailNow within a function ends the goroutine that leads the batch.
func TestFunctionEndsItsGoroutine(t *testing.T) {
	inBubble(t, func(t *testing.T, db *state.DB, st *faulty) {
		var wg sync.WaitGroup
		hold, held := make(chan struct{}), make(chan struct{})
		wg.Go(func() {
			db.Update(t.Context(), func(tx *state.Tx) error { close(held); <-hold; runtime.Goexit(); return nil })
		})
		<-held
		wg.Go(func() { statetest.Update(t, db, func(tx *state.Tx) error { putUser(tx, "a"); return nil }) })
		synctest.Wait()
		close(hold)
		wg.Wait()
	})
}

func TestConflictRunsAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, db *state.DB, st *faulty) {
		other, err := state.Open(t.Context(), state.Options{Store: st.Store, MasterKey: statetest.MasterKey})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		ran := 0
		statetest.Update(t, db, func(tx *state.Tx) error {
			if ran++; ran == 1 {
				statetest.Update(t, other, func(tx *state.Tx) error { putUser(tx, "first"); return nil })
			} else if _, ok := tx.User(account, "first"); !ok {
				t.Error("the second run does not see the other's commit")
			}
			putUser(tx, "second")
			return nil
		})
		if ran != 2 {
			t.Errorf("ran %d times", ran)
		}
		synctest.Wait()
		if diff := statetest.Diff(db.Snapshot(), other.Snapshot()); diff != "" {
			t.Errorf("the two differ:\n%s", diff)
		}
	})
}

// Two nodes on one store, many writers: every update counts once, and readers
// never see the state go back.
func TestConcurrent(t *testing.T) {
	st := memory.New()
	nodes := []*state.DB{openWithAccounts(t, state.Options{Store: st})}
	statetest.Update(t, nodes[0], func(tx *state.Tx) error { putUser(tx, "counter"); return nil })
	second, err := state.Open(t.Context(), state.Options{Store: st, MasterKey: statetest.MasterKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { second.Close() })
	nodes = append(nodes, second)
	const writers, each = 8, 25

	var stop atomic.Bool
	var readers, wg sync.WaitGroup
	for _, db := range nodes {
		readers.Go(func() { watchCounter(t, db, &stop) })
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					if err := db.Update(t.Context(), increment); err != nil {
						t.Errorf("writer %d, update %d: %v", w, i, err)
					}
				}
			})
		}
	}
	wg.Wait()
	stop.Store(true)
	readers.Wait()
	// A write that changes something comes after all others.
	for _, db := range nodes {
		statetest.Update(t, db, increment)
		statetest.Check(t, db)
	}
	u, _ := second.Snapshot().User(account, "counter")
	if got, want := len(u.Tags), 2*writers*each+2; got != want {
		t.Errorf("%d updates counted, want %d", got, want)
	}
	statetest.Update(t, nodes[0], increment) // so that both have the same end
}

func increment(tx *state.Tx) error {
	u, _ := tx.User(account, "counter")
	next := *u
	next.Tags = append(next.Tags[:len(next.Tags):len(next.Tags)], state.Tag{Key: fmt.Sprint(len(next.Tags))})
	tx.PutUser(&next)
	return nil
}

func watchCounter(t *testing.T, db *state.DB, stop *atomic.Bool) {
	rev, count := uint64(0), 0
	for !stop.Load() {
		s := db.Snapshot()
		u, ok := s.User(account, "counter")
		if !ok {
			continue
		}
		if s.Rev < rev || len(u.Tags) < count {
			t.Errorf("revision %d after %d, %d updates after %d", s.Rev, rev, len(u.Tags), count)
			return
		}
		rev, count = s.Rev, len(u.Tags)
		runtime.Gosched()
	}
}

func TestClose(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if err := db.Update(t.Context(), func(tx *state.Tx) error { return nil }); !errors.Is(err, state.ErrClosed) {
		t.Errorf("Update after Close: %v", err)
	}
}
