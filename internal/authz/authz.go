// Package authz decides whether a caller may do what a request asks. It says
// who calls (Caller), gathers the policies that apply and the context keys
// every request has, and asks the engine. It is the only place that assembles
// the layers of a decision: no operation, page or tool does so by itself.
//
// Start at Authorizer.Decide. The package verifies no signature and answers no
// client; that is the pipeline's part (internal/api).
package authz

import (
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/state"
)

// Check is one thing a call does, to be allowed or not: an action on a
// resource. A call that needs several permissions has several checks.
type Check struct {
	Action   string      // "iam:CreateRole"
	Resource string      // ARN acted on; "*" where the action knows no resource types
	Account  string      // account that owns the resource; "" is the caller's
	Policy   string      // ARN whose resource-based policy takes part; of a role: its trust policy
	Tags     []state.Tag // present tags of the resource, for aws:ResourceTag
	Context  Keys        // condition keys of this action
	Granted  string      // what grants it as an identity-based policy of the caller would; "" is nothing
}

// Keys are condition keys and their values.
type Keys map[string][]string

// For returns the same check for another action.
func (c Check) For(action string) Check {
	c.Action = action
	return c
}

// Request is what every check of one request shares.
type Request struct {
	Caller *Caller
	Facts  Facts
}

// Authorizer decides. It is safe for concurrent use.
type Authorizer struct {
	scratch pool
}

// Decide decides one check on the state that snap shows, and names the
// identity-based policy whose statement decided. It allocates only for context
// keys of the check's own.
func (a *Authorizer) Decide(snap *state.Snapshot, req *Request, check *Check) engine.Decision {
	w := a.scratch.get()
	defer a.scratch.put(w)
	w.prepare(snap, req, check)
	d := engine.Decide(&w.req, &w.layers)
	if d.Layer == engine.IdentityLayer && !d.Statement.IsZero() {
		d.Statement.Policy = w.name(d.Layer, d.Statement)
	}
	return d
}

// Message is AWS's text for a check that was denied.
func (a *Authorizer) Message(snap *state.Snapshot, req *Request, check *Check, d engine.Decision) string {
	w := newWork()
	w.prepare(snap, req, check)
	return d.Message(&w.req)
}
