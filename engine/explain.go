package engine

import (
	"slices"
	"strings"
	"unicode/utf8"

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

	// Action and Resource are the values of those elements that fit, the first
	// of several; zero where NotAction or NotResource stands, or no Resource.
	Action, Resource policy.Value
	Conditions       []TestedCondition // all that the statement has
}

// Miss is a statement that only its principal or its conditions keep from
// matching.
type Miss struct {
	Statement  StatementRef
	Effect     policy.Effect
	Principal  bool              // the principal does not match
	Conditions []TestedCondition // those that are not met
}

// TestedCondition is a condition with what it was compared to. Want belongs to
// the document and must not be changed.
type TestedCondition struct {
	Operator string // as written
	Key      string // as written
	Pos      policy.Position
	Want     []policy.Value // the values of the policy, as written
	Got      []string       // the values of the request
	Absent   bool           // the request has no such key, or no value for it
}

// Deciding returns the statements that made the decision d, of which t is the
// trace: those that deny it, whatever their layer, or those of the deciding
// layer that allow it. There are none where no statement decided. The first is
// d.Statement.
func (t *Trace) Deciding(d Decision) []DecidingStatement {
	if d.Statement.IsZero() {
		return nil
	}
	effect, named := policy.Deny, NamesAccount
	if d.Effect == Allow {
		effect = policy.Allow
		named = t.named(d)
	}
	var found []DecidingStatement
	for i := range t.Layers {
		l := &t.Layers[i]
		if d.Effect == Allow && l.Layer != d.Layer {
			continue
		}
		for _, m := range l.Matched {
			if m.Effect == effect && m.Named >= named {
				found = append(found, DecidingStatement{l.Layer, m.Statement})
			}
		}
	}
	first := slices.IndexFunc(found, func(s DecidingStatement) bool { return s.Layer == d.Layer && s.Statement == d.Statement })
	if first > 0 {
		s := found[first]
		copy(found[1:], found[:first])
		found[0] = s
	}
	return found
}

// DecidingStatement is a statement with the layer it stands in.
type DecidingStatement struct {
	Layer     Layer
	Statement StatementRef
}

// named says how the statement that allowed a request names the caller. What
// names it more weakly would not have allowed it.
func (t *Trace) named(d Decision) Naming {
	for i := range t.Layers {
		for _, m := range t.Layers[i].Matched {
			if t.Layers[i].Layer == d.Layer && m.Statement == d.Statement {
				return m.Named
			}
		}
	}
	return NamesAccount
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
	e      *evaluation
	trace  Trace
	noted  map[string]bool // the keys in trace.Missing
	memory bitset          // of one policy's search, used again for the next
}

func (t *tracer) run() {
	e, l := t.e, t.e.layers
	t.trace.Layers = make([]LayerTrace, 0, len(l.RCP)+len(l.SCP)+5)
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
			lt.Matched = append(lt.Matched, Match{Statement: id.ref(), Effect: policy.Deny, Named: NamesCaller})
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
	if len(t.memory) < 3*n {
		t.memory = make(bitset, 3*n)
	}
	found := t.memory[:n]
	clear(found)
	for _, x := range [...]*index{p.allow, p.deny} {
		if x == nil {
			continue
		}
		work := sets{t.memory[n : 2*n], t.memory[2*n : 3*n]}
		clear(work.action)
		clear(work.resource)
		for w, word := range t.e.candidates(work, p, x) {
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
	met, failed := t.conditions(st)
	if named == NotNamed || len(failed) > 0 {
		lt.Failed = append(lt.Failed, Miss{ref, st.effect, named == NotNamed, failed})
		return
	}
	m := Match{Statement: ref, Effect: st.effect, Named: named, Conditions: met}
	m.Action, m.Resource = st.fitting(t.e)
	lt.Matched = append(lt.Matched, m)
	if st.effect == policy.Deny {
		lt.Effect = ExplicitDeny
	} else if lt.Effect == ImplicitDeny {
		lt.Effect = Allow
	}
}

// fitting returns the values of Action and Resource that fit the request.
func (st *statement) fitting(e *evaluation) (action, resource policy.Value) {
	if !st.hasNot {
		for _, v := range st.source.Action.Values {
			if a, ok := newActionPattern(strings.Map(lowerASCII, v.Text)); ok && a.match(e.action()) {
				action = v
				break
			}
		}
	}
	if !st.noResource && !st.notResource {
		for i, v := range st.source.Resource.Values {
			if st.resources[i].kind == resourceAll || st.resources[i].match(&e.resource, e.ctx) {
				resource = v
				break
			}
		}
	}
	return action, resource
}

func lowerASCII(r rune) rune {
	if r < utf8.RuneSelf {
		return rune(lowerByte(byte(r)))
	}
	return r
}

// conditions lists the conditions of a statement: those that are met and those
// that are not.
func (t *tracer) conditions(st *statement) (met, failed []TestedCondition) {
	for i := range st.conditions {
		c := &st.conditions[i]
		got := t.e.ctx.lookup(&c.key)
		t.missing(c, got)
		tested := TestedCondition{
			Operator: c.source.Operator.Name,
			Key:      c.source.Key,
			Pos:      c.source.KeyPos,
			Want:     c.source.Values,
			Got:      slices.Clone(got),
			Absent:   len(got) == 0,
		}
		if c.holds(t.e.ctx, st.effect) {
			met = append(met, tested)
		} else {
			failed = append(failed, tested)
		}
	}
	return met, failed
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
	if t.noted == nil {
		t.noted = make(map[string]bool)
	}
	if !t.noted[key] {
		t.noted[key] = true
		t.trace.Missing = append(t.trace.Missing, key)
	}
}
