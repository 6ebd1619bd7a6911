package iam_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/store/memory"
)

// TestModelTogether: what several do at the same time with the same things is
// what they would see one after the other, in some order.
func TestModelTogether(t *testing.T) {
	const workers = 3
	rapid.Check(t, func(rt *rapid.T) {
		in := install(t, yielding{memory.New()}, nil)
		defer in.close()
		begin := newWalk(in, nil, "")
		begin.fixed = true
		h := history{begin: begin.model}
		for _, c := range drawCalls(begin.from, 0, 0, quick(allModelled)).Draw(rt, "begin") {
			begin.step(rt, c)
		}
		some := drawSome(quick(allModelled)).Draw(rt, "operations")
		for range 4 {
			now := some
			if rapid.Bool().Draw(rt, "all the same") {
				now = some[evenly(len(some)).Draw(rt, "operation"):][:1]
			}
			var wg sync.WaitGroup
			for i := range workers {
				c := drawAny(begin.from, now).Draw(rt, "call")
				delete(c.in, "MaxItems") // several pages are several reads
				w := *begin
				w.keys = slices.Clone(begin.keys)
				wg.Go(func() { h.call(&w, i, c) })
			}
			wg.Wait()
		}
		for _, op := range modelledWide {
			for _, c := range begin.every(op) {
				h.call(begin, workers, c)
			}
		}
		if !porcupine.CheckOperations(h.inSomeOrder(), h.calls) {
			for _, o := range h.calls {
				rt.Logf("%d-%d %v answers %v", o.Call, o.Return, o.Input, o.Output)
			}
			rt.Fatalf("no order of these calls gives these answers")
		}
	})
}

// yielding is a store that lets others go on before it keeps anything: their
// calls are judged on what was before, and commit after.
type yielding struct{ store.Store }

func (s yielding) Append(ctx context.Context, after uint64, changes []store.Change) (uint64, error) {
	for range 100 {
		runtime.Gosched()
	}
	return s.Store.Append(ctx, after, changes)
}

// history is what happened at the same time, from a state on.
type history struct {
	begin *model
	clock atomic.Int64
	mu    sync.Mutex
	calls []porcupine.Operation // guarded by mu
}

// answered is what came of a call.
type answered struct {
	code string
	got  any
}

func (h *history) call(w *walk, worker int, c *call) {
	asked := h.clock.Add(1)
	code := w.send(c)
	done := h.clock.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, porcupine.Operation{
		ClientId: worker, Input: c, Call: asked, Output: answered{code, c.got}, Return: done,
	})
}

// inSomeOrder is the model as a machine that takes one call after the other.
func (h *history) inSomeOrder() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return h.begin },
		Step: func(before, input, output any) (bool, any) {
			m, c, out := before.(*model).clone(), *input.(*call), output.(answered)
			c.got = out.got
			want, code := c.op.do(m, &c)
			return code == out.code && cmp.Equal(want, out.got), m
		},
		Equal: func(a, b any) bool {
			return cmp.Equal(a, b, cmp.AllowUnexported(model{}, entity{}, modelKey{}, modelVersion{}))
		},
	}
}
