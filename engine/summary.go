package engine

import (
	"math/bits"

	"github.com/writ-iam/writ/policy"
)

// Summary is a decision in brief: what each layer says by itself and which
// statements decided. It costs a few Decides, where a Trace costs a hundred.
type Summary struct {
	Decision Decision

	// What layers that limit the caller say by themselves: Allow where they
	// take no part. All levels of SCPs must allow.
	Boundary, SCP Effect

	// What layers that grant say by themselves, of a request across accounts,
	// where both have to: ImplicitDeny of any other.
	Identity, Resource Effect

	// Deciding are the statements that Trace.Deciding returns, and where both
	// accounts of a request allowed it, those of the caller's as well.
	Deciding []DecidingStatement
}

// Summarize decides as Decide does, and says in brief why.
func Summarize(req *Request, l *Layers) Summary {
	s := Summary{Boundary: Allow, SCP: Allow}
	if req == nil || l == nil {
		return s
	}
	e := evaluation{req: req, layers: l, ctx: req.Context}
	if !e.prepare() {
		return s
	}
	r := e.decide()
	s.Decision = r.decision()
	if e.across {
		s.Identity, s.Resource = e.says(l.Identity), e.says(one(l.Resource))
	}
	if e.bounded {
		s.Boundary = e.says(l.Boundary)
	}
	if l.SCP != nil && e.scpsApply() {
		s.SCP = e.levelsSay(l.SCP)
	}
	if r.by.policy != nil {
		s.Deciding = e.deciding(r, s.Decision.Statement)
	}
	return s
}

// one is a layer of a single policy, which may not be there.
func one(p *Policy) []*Policy {
	if p == nil {
		return nil
	}
	return []*Policy{p}
}

// says is what policies say by themselves.
func (e *evaluation) says(policies []*Policy) Effect {
	if r := e.anyDenies(policies, NoLayer); r.effect == ExplicitDeny {
		return ExplicitDeny
	}
	if e.allows(policies) {
		return Allow
	}
	return ImplicitDeny
}

func (e *evaluation) levelsSay(levels [][]*Policy) Effect {
	if r := e.levelsDeny(levels, SCPLayer); r.effect == ExplicitDeny {
		return ExplicitDeny
	}
	if e.allLevelsAllow(levels) {
		return Allow
	}
	return ImplicitDeny
}

// deciding lists the statements that made the ruling r, the first of which is
// first.
func (e *evaluation) deciding(r ruling, first StatementRef) []DecidingStatement {
	c := collector{e: e, effect: policy.Deny, least: NamesAccount, found: []DecidingStatement{{r.layer, first}}}
	l := e.layers
	switch {
	case r.effect == ExplicitDeny:
		if l.RCP != nil && e.rcpsApply() {
			c.levels(RCPLayer, l.RCP)
		}
		if l.SCP != nil && e.scpsApply() {
			c.levels(SCPLayer, l.SCP)
		}
		c.layer(EndpointLayer, 0, l.Endpoint)
		c.layer(e.layer, 0, one(l.Resource))
		c.caller()
	case r.layer == IdentityLayer:
		c.effect = policy.Allow
		c.layer(IdentityLayer, 0, l.Identity)
	default:
		c.effect = policy.Allow
		_, c.least = e.resourceGrant()
		c.layer(r.layer, 0, one(l.Resource))
		if e.across && e.req.Principal.Kind != Root {
			c.layer(IdentityLayer, 0, l.Identity)
		}
	}
	return c.found
}

// collector collects the statements of one effect that match, behind the one
// that decided.
type collector struct {
	e      *evaluation
	effect policy.Effect
	least  Naming // how they name the caller, at the least
	found  []DecidingStatement
}

// caller collects from the layers of the caller.
func (c *collector) caller() {
	e, l := c.e, c.e.layers
	if !e.hasAccount {
		return
	}
	if e.req.Principal.Kind != Root {
		c.layer(IdentityLayer, 0, l.Identity)
	}
	if e.bounded {
		c.layer(BoundaryLayer, 0, l.Boundary)
	}
	c.layer(SessionLayer, 0, l.Session)
}

func (c *collector) levels(layer Layer, levels [][]*Policy) {
	for i, level := range levels {
		c.layer(layer, i, level)
	}
}

func (c *collector) layer(layer Layer, level int, policies []*Policy) {
	for place, p := range policies {
		id := statementID{policy: p, index: -1, level: int32(level), place: int32(place)}
		if p == nil {
			id.policy = unknownPolicy
		}
		if id.policy.unreadable {
			if c.effect == policy.Deny {
				c.add(layer, id)
			}
			continue
		}
		c.policy(layer, id)
	}
}

func (c *collector) policy(layer Layer, id statementID) {
	p, x := id.policy, id.policy.allow
	if c.effect == policy.Deny {
		x = p.deny
	}
	if x == nil {
		return
	}
	var few [2][fewStatements / 64]uint64
	n := words(len(p.statements))
	memory := sets{few[0][:], few[1][:]}
	if n > len(few[0]) {
		memory = sets{make(bitset, n), make(bitset, n)}
	}
	for w, word := range c.e.candidates(sets{memory.action[:n], memory.resource[:n]}, p, x) {
		for ; word != 0; word &= word - 1 {
			id.index = int32(w<<6 + bits.TrailingZeros64(word))
			if st := &p.statements[id.index]; st.naming(c.e) >= c.least && st.conditionsHold(c.e.ctx) {
				c.add(layer, id)
			}
		}
	}
}

func (c *collector) add(layer Layer, id statementID) {
	s := DecidingStatement{layer, id.ref()}
	if s != c.found[0] {
		c.found = append(c.found, s)
	}
}
