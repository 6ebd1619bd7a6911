package iam

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/state"
)

// edit adds an operation that several kinds of entities have, changes one of
// them and answers nothing. view takes the input apart, for check and handler
// alike; do says what is wrong with the request itself, or returns the change.
func edit[Out, In, A any](t *api.Table, name string, view func(*In) A, checks func(*api.Call, A) []api.Check, do func(*api.Call, A) (change, error)) {
	api.Op(t, name,
		func(c *api.Call, in *In) []api.Check { return checks(c, view(in)) },
		func(ctx context.Context, c *api.Call, in *In) (*Out, error) {
			fn, err := do(c, view(in))
			if err != nil {
				return nil, err
			}
			return write[Out](ctx, c, fn)
		})
}

// read adds an operation that several kinds of entities have and that changes
// nothing.
func read[In, Out, A any](t *api.Table, name string, view func(*In) A, checks func(*api.Call, A) []api.Check, do func(*api.Call, A) (*Out, error)) {
	api.Op(t, name,
		func(c *api.Call, in *In) []api.Check { return checks(c, view(in)) },
		func(_ context.Context, c *api.Call, in *In) (*Out, error) { return do(c, view(in)) })
}

// change is what an operation writes. It may run more than once.
type change func(tx *state.Tx) error

// write makes a change and answers nothing.
func write[Out any](ctx context.Context, c *api.Call, fn change) (*Out, error) {
	return api.Update(ctx, c, func(tx *state.Tx) (*Out, error) {
		if err := fn(tx); err != nil {
			return nil, err
		}
		return new(Out), nil
	})
}
