// Package storetest holds every store.Store to the contract of package store.
// Start at Run; a store's own test calls it and adds only what is special to
// that store.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/store"
)

// Suite says how the store under test is opened.
type Suite struct {
	// Open opens the store whose data lives in dir, empty at first. After
	// Close it is called again with the same dir. It fails t on error; the
	// suite closes what it opens.
	Open func(t *testing.T, dir string) store.Store

	// Volatile says that nothing is left after Close.
	Volatile bool
}

// Run runs all tests of the contract as subtests.
func Run(t *testing.T, s Suite) {
	for name, test := range map[string]func(*testing.T, Suite){
		"Empty":          testEmpty,
		"Order":          testOrder,
		"EmptyValue":     testEmptyValue,
		"SameKey":        testSameKey,
		"Conflict":       testConflict,
		"NoChanges":      testNoChanges,
		"TooLarge":       testTooLarge,
		"Large":          testLarge,
		"LoadIsolated":   testLoadIsolated,
		"LoadError":      testLoadError,
		"Canceled":       testCanceled,
		"Closed":         testClosed,
		"Model":          testModel,
		"Watch":          testWatch,
		"WatchCompacted": testWatchCompacted,
		"Contention":     testContention,
		"Linearizable":   testLinearizable,
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
	if !s.Volatile {
		t.Run("Restart", func(t *testing.T) { testRestart(t, s) })
	}
}

// open opens an empty store that is closed when the test ends.
func (s Suite) open(t *testing.T) store.Store {
	t.Helper()
	return s.openDir(t, t.TempDir())
}

func (s Suite) openDir(t *testing.T, dir string) store.Store {
	t.Helper()
	st := s.Open(t, dir)
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return st
}

// set and del make changes; add appends them after the revision given.
func set(key, value string) store.Change { return store.Change{Key: key, Value: []byte(value)} }
func del(key string) store.Change        { return store.Change{Key: key} }

func add(t *testing.T, st store.Store, after uint64, changes ...store.Change) uint64 {
	t.Helper()
	rev, err := st.Append(t.Context(), after, changes)
	if err != nil {
		t.Fatalf("Append after %d: %v", after, err)
	}
	if rev != after+1 {
		t.Fatalf("Append after %d: revision %d, want %d", after, rev, after+1)
	}
	return rev
}

// contents loads everything and fails when keys are out of order or a value
// is nil.
func contents(t *testing.T, st store.Store) (map[string]string, uint64) {
	t.Helper()
	got, last := map[string]string{}, ""
	rev, err := st.Load(t.Context(), func(key string, value []byte) error {
		if key <= last {
			t.Errorf("Load: key %q after %q", key, last)
		}
		if value == nil {
			t.Errorf("Load: key %q has a nil value", key)
		}
		got[key], last = string(value), key
		return nil
	})
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return got, rev
}

func wantContents(t *testing.T, st store.Store, rev uint64, want map[string]string) {
	t.Helper()
	got, gotRev := contents(t, st)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("contents (-want +got):\n%s", diff)
	}
	head, err := st.Head(t.Context())
	if err != nil || head != rev || gotRev != rev {
		t.Errorf("Head = %d, %v, Load = %d; want %d", head, err, gotRev, rev)
	}
}

func testEmpty(t *testing.T, s Suite) {
	wantContents(t, s.open(t), 0, map[string]string{})
}

func testOrder(t *testing.T, s Suite) {
	st := s.open(t)
	add(t, st, 0, set("b", "2"), set("a\x00", "1"), set("a", "0"), set("\xff", "4"), set("ß", "3"))
	wantContents(t, st, 1, map[string]string{"a": "0", "a\x00": "1", "b": "2", "ß": "3", "\xff": "4"})
}

func testEmptyValue(t *testing.T, s Suite) {
	st := s.open(t)
	rev := add(t, st, 0, store.Change{Key: "empty", Value: []byte{}}, set("gone", "x"))
	rev = add(t, st, rev, del("gone"), del("never there"))
	wantContents(t, st, rev, map[string]string{"empty": ""})
	rev = add(t, st, rev, del("empty"))
	wantContents(t, st, rev, map[string]string{})
}

func testSameKey(t *testing.T, s Suite) {
	st := s.open(t)
	add(t, st, 0, set("k", "1"), del("k"), set("k", "2"), set("l", "1"), del("l"))
	wantContents(t, st, 1, map[string]string{"k": "2"})
}

func testConflict(t *testing.T, s Suite) {
	st := s.open(t)
	add(t, st, 0, set("k", "1"))
	add(t, st, 1, set("k", "2"))
	for _, after := range []uint64{0, 1, 3, 1 << 40} {
		if _, err := st.Append(t.Context(), after, []store.Change{set("k", "lost"), set("new", "lost")}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("Append after %d = %v, want ErrConflict", after, err)
		}
	}
	wantContents(t, st, 2, map[string]string{"k": "2"})
}

func testNoChanges(t *testing.T, s Suite) {
	st := s.open(t)
	add(t, st, 0, set("k", "1"))
	if rev, err := st.Append(t.Context(), 1, nil); rev != 1 || err != nil {
		t.Errorf("Append of nothing after the head = %d, %v", rev, err)
	}
	if _, err := st.Append(t.Context(), 0, nil); !errors.Is(err, store.ErrConflict) {
		t.Errorf("Append of nothing after another revision = %v, want ErrConflict", err)
	}
}

func testTooLarge(t *testing.T, s Suite) {
	st := s.open(t)
	many := make([]store.Change, store.MaxChanges+1)
	for i := range many {
		many[i] = set(fmt.Sprint(i), "")
	}
	big := bytes.Repeat([]byte("x"), store.MaxBytes/2)
	for name, changes := range map[string][]store.Change{
		"changes": many,
		"bytes":   {{Key: "a", Value: big}, {Key: "b", Value: big}},
		"key":     {set(string(big[:store.MaxKey+1]), "")},
	} {
		if _, err := st.Append(t.Context(), 0, changes); !errors.Is(err, store.ErrTooLarge) {
			t.Errorf("too large in %s: %v, want ErrTooLarge", name, err)
		}
	}
	if _, err := st.Append(t.Context(), 0, []store.Change{set("", "v")}); err == nil {
		t.Error("an empty key was accepted")
	}
	wantContents(t, st, 0, map[string]string{})
}

func testLarge(t *testing.T, s Suite) {
	st := s.open(t)
	big := bytes.Repeat([]byte("x"), store.MaxBytes-1)
	add(t, st, 0, store.Change{Key: "k", Value: big})
	many := make([]store.Change, store.MaxChanges)
	want := map[string]string{"k": string(big)}
	for i := range many {
		many[i] = set(fmt.Sprintf("%05d", i), "v")
		want[many[i].Key] = "v"
	}
	add(t, st, 1, many...)
	wantContents(t, st, 2, want)
}

func testLoadIsolated(t *testing.T, s Suite) {
	st := s.open(t)
	add(t, st, 0, set("a", "1"), set("b", "1"))
	got := map[string]string{}
	appended := make(chan error, 1)
	rev, err := st.Load(t.Context(), func(key string, value []byte) error {
		if key == "a" { // another caller commits while this one loads
			go func() {
				_, err := st.Append(t.Context(), 1, []store.Change{set("b", "2"), set("c", "2")})
				appended <- err
			}()
			if err := <-appended; err != nil {
				t.Errorf("Append during Load: %v", err)
			}
		}
		got[key] = string(value)
		return nil
	})
	if diff := cmp.Diff(map[string]string{"a": "1", "b": "1"}, got); diff != "" || rev != 1 || err != nil {
		t.Errorf("Load = %d, %v, want the state at revision 1 (-want +got):\n%s", rev, err, diff)
	}
	wantContents(t, st, 2, map[string]string{"a": "1", "b": "2", "c": "2"})
}

func testLoadError(t *testing.T, s Suite) {
	st := s.open(t)
	add(t, st, 0, set("a", "1"), set("b", "1"))
	stop, calls := errors.New("stop"), 0
	_, err := st.Load(t.Context(), func(string, []byte) error { calls++; return stop })
	if err != stop || calls != 1 {
		t.Errorf("Load = %v after %d calls, want the error of fn after 1", err, calls)
	}
}

func testCanceled(t *testing.T, s Suite) {
	st := s.open(t)
	add(t, st, 0, set("a", "1"), set("b", "1"))
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	_, err := st.Load(ctx, func(string, []byte) error { calls++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("Load canceled in its first call = %v after %d calls", err, calls)
	}
	if _, err := st.Append(ctx, 1, []store.Change{set("a", "2")}); !errors.Is(err, context.Canceled) {
		t.Errorf("Append = %v, want context.Canceled", err)
	}
	if _, err := st.Head(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Head = %v, want context.Canceled", err)
	}
	if _, err := st.Load(ctx, func(string, []byte) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Load = %v, want context.Canceled", err)
	}
	wantContents(t, st, 1, map[string]string{"a": "1", "b": "1"})
}

func testClosed(t *testing.T, s Suite) {
	st := s.open(t)
	add(t, st, 0, set("a", "1"))
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	_, loadErr := st.Load(t.Context(), func(string, []byte) error { return nil })
	_, appendErr := st.Append(t.Context(), 1, []store.Change{set("a", "2")})
	_, headErr := st.Head(t.Context())
	var watchErr error
	for _, err := range st.Watch(t.Context(), 1) {
		watchErr = err
	}
	for name, err := range map[string]error{"Load": loadErr, "Append": appendErr, "Head": headErr, "Watch": watchErr, "Close": st.Close()} {
		if name == "Close" && err != nil || name != "Close" && !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
}

func testRestart(t *testing.T, s Suite) {
	dir, want, rev := t.TempDir(), map[string]string{}, uint64(0)
	for round := range 5 {
		st := s.openDir(t, dir)
		wantContents(t, st, rev, want)
		for i := range 20 {
			c := set(fmt.Sprint("key", round, i%7), fmt.Sprint(i))
			rev = add(t, st, rev, c)
			want[c.Key] = string(c.Value)
		}
		gone := fmt.Sprint("key", round, 3)
		rev = add(t, st, rev, del(gone))
		delete(want, gone)
		wantContents(t, st, rev, maps.Clone(want))
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
