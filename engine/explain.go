package engine

import (
	"slices"

	"github.com/writ-iam/writ/policy"
)

// Trace is everything that was looked at for a Decision, in a fixed order: the
// layers in AWS's order of evaluation, within them the policies as given and
// their statements as written.
type Trace struct {
	Layers []LayerTrace

	// Missing are the context keys that the conditions of the statements below
	// asked for, their variables included, and the request did not have, as
	// written, in order and without repetition.
	Missing []string
}

// LayerTrace is one layer that took part, or one level of SCPs or RCPs.
type LayerTrace struct {
	Layer  Layer
	Level  int    // of SCPs and RCPs, as given
	Effect Effect // what the layer says by itself

	// Matched are the statements that match the request, Allow and Deny.
	Matched []Match
	// Failed are the statements whose action and resource match, but whose
	// principal or conditions do not.
	Failed []Miss
}

// Match is a statement that matches the request.
type Match struct {
	Statement StatementRef
	Effect    policy.Effect
	Named     Naming // NamesCaller in policies that name nobody
}

// Miss is a statement that only its principal or its conditions keep from
// matching.
type Miss struct {
	Statement  StatementRef
	Effect     policy.Effect
	Principal  bool // the principal does not match
	Conditions []FailedCondition
}

// FailedCondition is a condition that is not met.
type FailedCondition struct {
	Operator string // as written
	Key      string // as written
	Pos      policy.Position
	Want     []string // the values of the policy, as written
	Got      []string // the values of the request
	Absent   bool     // the request has no such key, or no value for it
}

// Explain decides as Decide does, and says why. It allocates.
func Explain(req *Request, l *Layers) (Decision, Trace) {
	d := Decide(req, l)
	if req == nil || l == nil {
		return d, Trace{}
	}
	e := evaluation{req: req, layers: l, ctx: req.Context}
	if !e.prepare() {
		return d, Trace{}
	}
	t := tracer{e: &e}
	t.run()
	return d, t.trace
}

// tracer collects a trace.
type tracer struct {
	e     *evaluation
	trace Trace
}

func (t *tracer) run() {
	e, l := t.e, t.e.layers
	if l.RCP != nil && e.rcpsApply() {
		t.levels(RCPLayer, l.RCP)
	}
	if l.SCP != nil && e.scpsApply() {
		t.levels(SCPLayer, l.SCP)
	}
	if l.Endpoint != nil {
		t.layer(EndpointLayer, 0, l.Endpoint)
	}
	if l.Resource != nil {
		t.layer(e.layer, 0, []*Policy{l.Resource})
	}
	if !e.hasAccount {
		return
	}
	if e.req.Principal.Kind != Root && l.Identity != nil {
		t.layer(IdentityLayer, 0, l.Identity)
	}
	if e.bounded {
		t.layer(BoundaryLayer, 0, l.Boundary)
	}
	if e.sessionLimits() {
		t.layer(SessionLayer, 0, l.Session)
	}
}

func (t *tracer) levels(layer Layer, levels [][]*Policy) {
	for i, level := range levels {
		t.layer(layer, i, level)
	}
}

func (t *tracer) layer(layer Layer, level int, policies []*Policy) {
	lt := LayerTrace{Layer: layer, Level: level}
	for place, p := range policies {
		id := statementID{policy: p, index: -1, level: int32(level), place: int32(place)}
		if p == nil {
			id.policy = unknownPolicy
		}
		if id.policy.unreadable {
			lt.Matched = append(lt.Matched, Match{id.ref(), policy.Deny, NamesCaller})
			lt.Effect = ExplicitDeny
			continue
		}
		t.policy(id, &lt)
	}
	t.trace.Layers = append(t.trace.Layers, lt)
}

// policy adds the statements of a policy whose action and resource match.
func (t *tracer) policy(id statementID, lt *LayerTrace) {
	p := id.policy
	n := words(len(p.statements))
	found := make(bitset, n)
	for _, x := range []*index{p.allow, p.deny} {
		if x == nil {
			continue
		}
		for w, word := range t.e.candidates(sets{make(bitset, n), make(bitset, n)}, p, x) {
			found[w] |= word
		}
	}
	for i := range p.statements {
		if found.has(int32(i)) {
			id.index = int32(i)
			t.statement(&p.statements[i], id.ref(), lt)
		}
	}
}

func (t *tracer) statement(st *statement, ref StatementRef, lt *LayerTrace) {
	named := st.naming(t.e)
	failed := t.failed(st)
	if named == NotNamed || len(failed) > 0 {
		lt.Failed = append(lt.Failed, Miss{ref, st.effect, named == NotNamed, failed})
		return
	}
	lt.Matched = append(lt.Matched, Match{ref, st.effect, named})
	if st.effect == policy.Deny {
		lt.Effect = ExplicitDeny
	} else if lt.Effect == ImplicitDeny {
		lt.Effect = Allow
	}
}

// failed lists the conditions of a statement that are not met.
func (t *tracer) failed(st *statement) []FailedCondition {
	var failed []FailedCondition
	for i := range st.conditions {
		c := &st.conditions[i]
		got := t.e.ctx.lookup(&c.key)
		t.missing(c, got)
		if c.holds(t.e.ctx, st.effect) {
			continue
		}
		f := FailedCondition{
			Operator: c.source.Operator.Name,
			Key:      c.source.Key,
			Pos:      c.source.KeyPos,
			Got:      slices.Clone(got),
			Absent:   len(got) == 0,
		}
		for _, v := range c.source.Values {
			f.Want = append(f.Want, v.Text)
		}
		failed = append(failed, f)
	}
	return failed
}

// missing notes the keys that a condition asked for in vain.
func (t *tracer) missing(c *condition, got []string) {
	if len(got) == 0 {
		t.note(c.source.Key)
	}
	for _, v := range c.source.Values {
		for _, e := range (syntax{variables: c.variables}).parse(v.Text) {
			if e.kind == variable && len(t.e.ctx.lookup(&e.key)) == 0 {
				t.note(e.written)
			}
		}
	}
}

func (t *tracer) note(key string) {
	if !slices.Contains(t.trace.Missing, key) {
		t.trace.Missing = append(t.trace.Missing, key)
	}
}
