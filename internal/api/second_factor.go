package api

import (
	"context"
	"time"

	"github.com/writ-iam/writ/internal/shape"
)

// Verified is Op for an operation whose requests can prove more of the caller
// than the signature does: verify looks at the proof, between validation and
// authorization, and says when it was given; the zero time says that the
// request has none. Conditions on MFA then hold for the call.
//
// What verify writes, by Count, lasts though the call be denied later: a code
// that was presented is used up. The call is then judged on the state behind
// that, in which its caller must still be there.
func Verified[In, Out any](t *Table, name string, verify func(context.Context, *Call, *In) (time.Time, error),
	checks func(*Call, *In) []Check, do func(context.Context, *Call, *In) (*Out, error)) {
	add(t, name, checks, do).verify = func(ctx context.Context, c *Call, in any) (time.Time, error) { return verify(ctx, c, in.(*In)) }
}

// MFA returns when the caller used an MFA device with this request; zero is
// not.
func (c *Call) MFA() time.Time { return c.facts.MFA }

// verify has the operation look at the proof in the request.
func (c *Call) verify() *shape.Error {
	if c.op.verify == nil {
		return nil
	}
	at, err := c.op.verify(c.HTTP.Context(), c, c.input)
	if err != nil {
		return c.pipeline.answer(c, err)
	}
	if at.IsZero() {
		return nil
	}
	c.facts.MFA, c.Snapshot = at, c.pipeline.db.Snapshot()
	if err := c.identifyAgain(); err != nil {
		return c.pipeline.answer(c, err)
	}
	return nil
}
