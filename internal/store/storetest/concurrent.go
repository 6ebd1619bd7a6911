package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/writ-iam/writ/internal/store"
)

// testModel compares random commits with a plain map.
func testModel(t *testing.T, s Suite) {
	rapid.Check(t, func(rt *rapid.T) {
		st := s.Open(t, t.TempDir())
		defer st.Close()
		model, rev := map[string]string{}, uint64(0)
		change := rapid.Custom(func(t *rapid.T) store.Change {
			key := rapid.StringMatching(`[abc]{1,2}`).Draw(t, "key")
			if rapid.Bool().Draw(t, "delete") {
				return del(key)
			}
			return store.Change{Key: key, Value: rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "value")}
		})
		for _, changes := range rapid.SliceOfN(rapid.SliceOfN(change, 1, 5), 1, 6).Draw(rt, "commits") {
			rev = add(t, st, rev, changes...)
			for _, c := range changes {
				if c.Value == nil {
					delete(model, c.Key)
				} else {
					model[c.Key] = string(c.Value)
				}
			}
		}
		wantContents(t, st, rev, model)
	})
}

// testWatch follows commits from several revisions while they are made.
func testWatch(t *testing.T, s Suite) {
	const commits = 40
	st := s.open(t)
	for i := range uint64(10) {
		add(t, st, i, set("k", fmt.Sprint(i+1)))
	}
	var wg sync.WaitGroup
	for _, after := range []uint64{0, 5, 10} {
		wg.Go(func() {
			next := after
			for c, err := range st.Watch(t.Context(), after) {
				next++
				want := store.Commit{Rev: next, Changes: []store.Change{set("k", fmt.Sprint(next))}}
				if diff := cmp.Diff(want, c); diff != "" || err != nil {
					t.Errorf("Watch after %d: %v (-want +got):\n%s", after, err, diff)
					return
				}
				if next == commits {
					return
				}
			}
		})
	}
	for i := uint64(10); i < commits; i++ {
		add(t, st, i, set("k", fmt.Sprint(i+1)))
	}
	wg.Wait()

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last error
	for _, err := range st.Watch(ctx, commits) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("Watch that is canceled ends with %v", last)
	}
}

// testWatchCompacted watches from before all that a store may still know: it
// either yields every commit or says that it cannot.
func testWatchCompacted(t *testing.T, s Suite) {
	st := s.open(t)
	value := string(make([]byte, 1<<20))
	const commits = 20
	for i := range uint64(commits) {
		add(t, st, i, set("k", value))
	}
	next := uint64(0)
	for c, err := range st.Watch(t.Context(), 0) {
		if errors.Is(err, store.ErrCompacted) && next == 0 {
			return
		}
		if next++; err != nil || c.Rev != next {
			t.Fatalf("Watch yields revision %d, %v, want %d", c.Rev, err, next)
		}
		if next == commits {
			return
		}
	}
}

// testContention lets writers race for every revision: each is given out once.
func testContention(t *testing.T, s Suite) {
	const writers, each = 8, 25
	st := s.open(t)
	var mu sync.Mutex
	won := map[uint64]string{}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := 0; i < each; {
				head, err := st.Head(t.Context())
				if err != nil {
					t.Errorf("Head: %v", err)
					return
				}
				key := fmt.Sprintf("%d/%d", w, i)
				rev, err := st.Append(t.Context(), head, []store.Change{set(key, "v"), set("last", key)})
				if errors.Is(err, store.ErrConflict) {
					continue
				}
				if err != nil {
					t.Errorf("Append: %v", err)
					return
				}
				mu.Lock()
				if other, taken := won[rev]; taken {
					t.Errorf("revision %d went to %s and to %s", rev, other, key)
				}
				won[rev] = key
				mu.Unlock()
				i++
			}
		})
	}
	wg.Wait()
	want := map[string]string{"last": won[writers*each]}
	for _, key := range won {
		want[key] = "v"
	}
	wantContents(t, st, writers*each, want)
}
