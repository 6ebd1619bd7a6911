package iam_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/internal/store/memory"
)

// quick are the operations that need no time to pass and take none themselves.
func quick(ops []modelOp) []modelOp {
	return slices.DeleteFunc(slices.Clone(ops), func(o modelOp) bool {
		return strings.Contains(o.name, "MFADevice") || o.name == "CreateLoginProfile"
	})
}

// TestModelApart: what several do at the same time with what only they have is
// what each would see alone, and in the end the account has it all.
func TestModelApart(t *testing.T) {
	const workers = 3
	rapid.Check(t, func(rt *rapid.T) {
		in := install(t, memory.New(), nil)
		defer in.close()
		walks := make([]*walk, workers)
		failures := make([]failure, workers)
		var wg sync.WaitGroup
		for i := range workers {
			w := newWalk(in, nil, fmt.Sprint("-", i))
			w.fixed, walks[i] = true, w
			calls := drawCalls(w.from, 2, 4, quick(modelled)).Draw(rt, "calls")
			wg.Go(func() {
				defer failures[i].stop()
				for _, c := range calls {
					w.step(&failures[i], c)
				}
			})
		}
		wg.Wait()
		whole := newWalk(in, nil, "")
		whole.fixed = true
		for i, w := range walks {
			if failures[i].text != "" {
				rt.Fatal(failures[i].text)
			}
			for kind, all := range w.model.of {
				maps.Copy(whole.model.of[kind], all)
			}
		}
		whole.everything(rt, modelledWide...)
	})
}

// failure is how a call of another goroutine fails.
type failure struct{ text string }

type stopped struct{}

func (*failure) Helper() {}

func (f *failure) Fatalf(format string, args ...any) {
	f.text = fmt.Sprintf(format, args...)
	panic(stopped{})
}

// stop ends a goroutine that has failed.
func (f *failure) stop() {
	if r := recover(); r != nil && r != (stopped{}) {
		panic(r)
	}
}
