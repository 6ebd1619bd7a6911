package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
)

// Check is one thing a call does, to be allowed or not.
type Check = authz.Check

// Keys are condition keys and their values.
type Keys = authz.Keys

// Call is one request on its way through the pipeline. Handlers read it; what
// they return goes to the client.
type Call struct {
	Service   *shape.Service
	Operation *shape.Operation
	Caller    *authz.Caller
	Account   string // the caller's account; empty for an anonymous caller
	Region    string // of the credential scope; us-east-1 without one
	RequestID string
	Now       time.Time
	HTTP      *http.Request

	// Snapshot is the state the call is judged on. Inside Update a check
	// function sees the snapshot that the update commits on.
	Snapshot *state.Snapshot

	pipeline      *Pipeline
	table         *Table
	protocol      protocol
	operationName string // as the request names it; need not exist
	op            *operation
	page          *Page
	query         queryCall
	rest          restCall

	facts     authz.Facts
	extras    extras
	signature *sigv4.Signature
	refused   string // why the request is not authenticated; "" when it is
	input     any
	proof     any // what an identity provider says: see Vouched
	verdict   verdict
	items     []*shape.Error
	recorded  bool // the event rode in a commit

	asked, given []byte // of a page: see Describe
	additional   []byte // of an act: see Add
	failure      string // of an act: see Failed
	told         any    // of the request, in its event: see Tell

	control *http.ResponseController
	body    io.Reader // of the request; nil when it has none
}

// verdict is the decision on a call's checks: the first that was not allowed,
// or the last that was.
type verdict struct {
	made     bool
	check    Check
	decision engine.Decision
}

// Refresh moves the call to the newest state and time, before it is authorized:
// for behind a wait that somebody else can draw out.
func (c *Call) Refresh() {
	c.Snapshot, c.Now = c.pipeline.db.Snapshot(), c.pipeline.Now()
	c.facts.Now = c.Now
}

// Decide decides one check of the call on its snapshot.
func (c *Call) Decide(check Check) engine.Decision {
	req := authz.Request{Caller: c.Caller, Facts: c.facts}
	return c.pipeline.authorizer.Decide(c.Snapshot, &req, &check)
}

// Allows reports whether the caller may also do what check says. It is for
// answers that depend on a further permission, such as 404 for HeadObject only
// to one who may list the bucket.
func (c *Call) Allows(check Check) bool {
	return c.Decide(check).Effect == engine.Allow
}

// Denied returns why item i of an itemised operation is denied, nil when it is
// allowed. Items count as the check function returned them.
func (c *Call) Denied(i int) *shape.Error { return c.items[i] }

// authorize decides all checks of the call. All must allow; in an itemised
// operation each is kept for itself.
func (c *Call) authorize() *shape.Error {
	checks := c.op.checks(c, c.input)
	if c.op.itemised {
		c.items = make([]*shape.Error, len(checks))
	}
	for i := range checks {
		d := c.Decide(checks[i])
		denied := d.Effect != engine.Allow
		if !denied || !c.op.itemised {
			c.verdict = verdict{made: true, check: checks[i], decision: d}
		}
		if !denied {
			continue
		}
		err := c.deny(&checks[i], d)
		if !c.op.itemised {
			return err
		}
		c.items[i] = err
	}
	return nil
}

// deny is the answer to a denied check, in AWS's words. It gives no reasons to
// strangers.
func (c *Call) deny(check *Check, d engine.Decision) *shape.Error {
	if c.Caller.Kind == engine.Anonymous {
		return c.op.table.protocol.refusal(failure{kind: missing})
	}
	req := authz.Request{Caller: c.Caller, Facts: c.facts}
	return c.op.table.protocol.denied(c.pipeline.authorizer.Message(c.Snapshot, &req, check, d))
}

// Endpoint returns the URL at which clients reach the endpoint. Where it comes
// from the Host header, the caller's signature covers it.
func (c *Call) Endpoint() string { return c.pipeline.Endpoint(c.HTTP) }

// Describe sets what the event of a page's call tells of its request and its
// answer: JSON objects, without secrets; nil for none.
func (c *Call) Describe(asked, given []byte) { c.asked, c.given = asked, given }

// Tell sets what the event has as the request's parameters, in place of the
// input: a struct with the tags of one.
func (c *Call) Tell(parameters any) { c.told = parameters }

// Forget leaves the call out of the event store. It is for a call after which
// the store that it would stand in is gone.
func (c *Call) Forget() { c.recorded = true }

// Update runs fn in a transaction and records the call in the same commit. The
// call is authorized again when the state has changed since it was authorized;
// fn may run more than once and must have no effect but through tx.
//
// An error of fn is returned unchanged and nothing is written.
func Update[Out any](ctx context.Context, c *Call, fn func(tx *state.Tx) (*Out, error)) (*Out, error) {
	var out *Out
	err := c.pipeline.db.Update(ctx, func(tx *state.Tx) error {
		out = nil
		if err := c.authorizeAgain(tx.Snapshot); err != nil {
			return err
		}
		o, err := fn(tx)
		if err != nil {
			return err
		}
		out = o
		return c.recordIn(tx, o)
	})
	if err != nil {
		return nil, err
	}
	c.recorded = true
	return out, nil
}

// Count runs fn in a transaction of its own, without the event of the call: it
// keeps what is to last though the call fails, such as a wrong guess. It does
// not authorize the call again.
func Count(ctx context.Context, c *Call, fn func(tx *state.Tx) error) error {
	return c.pipeline.db.Update(ctx, fn)
}

// Stage runs fn in a transaction of its own before that of the call: it stores
// pieces of what is too large for one commit, which count for nothing until the
// call's own change refers to them. The call has been authorized, and is again
// with that change.
func Stage(ctx context.Context, c *Call, fn func(tx *state.Tx) error) error {
	return c.pipeline.db.Update(ctx, fn)
}

// authorizeAgain repeats identification and authorization on the snapshot that
// a write commits on, unless it is the one already judged.
func (c *Call) authorizeAgain(snap *state.Snapshot) error {
	if snap.Same(c.Snapshot) {
		return nil
	}
	again := *c
	again.Snapshot = snap
	if err := again.identifyAgain(); err != nil {
		return err
	}
	if err := again.authorize(); err != nil {
		c.verdict = again.verdict
		return err
	}
	c.verdict, c.items = again.verdict, again.items
	return nil
}
