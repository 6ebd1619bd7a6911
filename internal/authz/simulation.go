package authz

import (
	"slices"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// Hypothesis is what a simulation supposes.
type Hypothesis struct {
	Applied
	Caller   engine.Principal
	Tags     []state.Tag // of the caller
	Resource *Source     // the policy that every resource has; nil: nothing is known of it
	Asker    string      // the account that asks: of other accounts nothing is known but their ids
	Owner    string      // account of the resources whose ARN names none; "": the caller's
	Now      time.Time
	Keys     Keys // condition keys of the request; they replace what is known of the caller
}

// Simulation asks the engine about requests that nobody makes. Of a request it
// knows what Hypothesis says of the caller, the time, the owner of the
// resource, and the keys that are given: nothing of an address or a session.
// RCPs and the policies that resources really have take no part.
//
// A resource whose policy is not known is taken to leave the decision to the
// caller's account, as AWS's simulator does: role trust policies, key policies
// and other accounts would otherwise deny everything.
//
// It is for one goroutine.
type Simulation struct {
	snap    *state.Snapshot
	hyp     *Hypothesis
	w       *work
	missing []string
}

// Answer is what a simulation says of one action on one resource.
type Answer struct {
	engine.Summary
	CrossAccount bool // the resource is another account's
}

// Simulate prepares a simulation on the state that snap shows.
func Simulate(snap *state.Snapshot, h *Hypothesis) *Simulation {
	s := &Simulation{snap: snap, hyp: h, w: newWork()}
	w := s.w
	w.req.Principal = h.Caller
	w.req.ResourceAccount = h.Owner
	if h.Owner == "" {
		w.req.ResourceAccount = h.Caller.Account
	}
	w.layers = engine.Layers{Identity: compiled(h.Identity), Boundary: compiled(h.Boundary), SCP: h.SCP}
	if h.Resource != nil {
		w.layers.Resource, w.layers.Trust = h.Resource.Policy, h.Resource.Document.Kind == policy.Trust
	} else {
		w.layers.Resource = delegation(h.Caller.Account)
	}
	s.setContext()
	s.missing = s.absent()
	return s
}

// delegation is a resource's policy that leaves everything to an account.
func delegation(account string) *engine.Policy {
	everything := policy.Patterns{Values: []policy.Value{{Text: "*"}}}
	p, err := engine.Compile(&policy.Document{Kind: policy.ResourceBased, Version: policy.Version2012, Statements: []policy.Statement{{
		Effect: policy.Allow, Action: everything, Resource: &everything,
		Principal: &policy.Principals{Values: []policy.Principal{{Type: policy.AWSPrincipal, Value: account}}},
	}}}, engine.CompileOptions{})
	if err != nil {
		return engine.Unreadable("", policy.ResourceBased)
	}
	return p
}

func (s *Simulation) setContext() {
	c, caller := &s.w.ctx, &s.hyp.Caller
	s.w.setTime(s.hyp.Now)
	c.SetPrincipal(caller)
	switch {
	case caller.Kind == engine.User && caller.ARN == "":
		c.Set("aws:PrincipalArn")
		c.Set("aws:username")
	case caller.Kind == engine.AssumedRole && caller.SessionName == "":
		c.Set("aws:userid")
	}
	if caller.Account == s.hyp.Asker {
		s.w.setPrincipalOrg(s.snap, caller.Account)
	}
	s.w.setTags("aws:PrincipalTag/", s.hyp.Tags)
	s.setOwner(s.w.req.ResourceAccount)
}

// setOwner sets the owner of the resource, and the given keys over whatever
// that set.
func (s *Simulation) setOwner(owner string) {
	s.w.req.ResourceAccount = owner
	if owner == s.hyp.Asker {
		s.w.setOwner(s.snap, owner)
	} else {
		s.w.ctx.Set("aws:ResourceAccount", owner)
		s.w.ctx.Set("aws:ResourceOrgID")
		s.w.ctx.Set("aws:ResourceOrgPaths")
	}
	for name, values := range s.hyp.Keys {
		s.w.ctx.Set(name, values...)
	}
}

// owner is the account of a resource.
func (s *Simulation) owner(resource string) string {
	if parts, n := arn.Split(resource); n == len(parts) && arn.IsAccount(parts[4]) {
		return parts[4]
	}
	if s.hyp.Owner != "" {
		return s.hyp.Owner
	}
	return s.hyp.Caller.Account
}

// Ask decides an action on a resource, an ARN or "*".
func (s *Simulation) Ask(action, resource string) Answer {
	if owner := s.owner(resource); owner != s.w.req.ResourceAccount {
		s.setOwner(owner)
	}
	s.w.req.Action, s.w.req.Resource = action, resource
	a := Answer{engine.Summarize(&s.w.req, &s.w.layers), s.w.req.ResourceAccount != s.hyp.Caller.Account}
	if s.hyp.Resource == nil {
		a.Resource = engine.ImplicitDeny
		a.Deciding = slices.DeleteFunc(a.Deciding, func(d engine.DecidingStatement) bool {
			return d.Layer == engine.ResourceLayer || d.Layer == engine.TrustLayer
		})
	}
	return a
}

// Missing are the condition keys that the policies ask for and the simulation
// has no value of, SCPs left out: who may not read them learns nothing of them.
func (s *Simulation) Missing() []string { return s.missing }

func (s *Simulation) absent() []string {
	missing, seen := []string{}, make(map[string]bool)
	for source := range s.hyp.Sources {
		for _, key := range engine.ContextKeys(source.Document) {
			lower := strings.ToLower(key)
			if values, _ := s.w.ctx.Get(key); len(values) == 0 && !seen[lower] {
				seen[lower] = true
				missing = append(missing, key)
			}
		}
	}
	return missing
}

// Sources yields the policies of the hypothesis but for SCPs.
func (h *Hypothesis) Sources(yield func(*Source) bool) {
	for _, layer := range [][]Source{h.Identity, h.Boundary} {
		for i := range layer {
			if !yield(&layer[i]) {
				return
			}
		}
	}
	if h.Resource != nil {
		yield(h.Resource)
	}
}
