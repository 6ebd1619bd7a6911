package engine_test

import (
	"strings"

	"github.com/writ-iam/writ/engine"
)

// The literal evaluator answers what engine.Decide is asked a second time, for
// the tests to hold the answers against each other. It is AWS's documentation
// written down rule by rule, in the plainest way there is: each statement of each
// policy is read anew for each request, and each pattern is tried in full. Only
// the question and the answer are the engine's.
//
// The numbers of rules are those of testdata/decide, whose files say more of the
// source. Abbreviations: UG is the IAM User Guide, PM and ICS are observations of
// other evaluators' authors.

// literalLayers are the policies that apply to a request, as engine.Layers: a
// layer that is nil takes no part.
type literalLayers struct {
	identity, boundary, session, endpoint []literalPolicy
	scp, rcp                              [][]literalPolicy
	resource                              *literalPolicy
	trust                                 bool // resource is a trust policy

	ids    map[string]string // as in engine.CompileOptions
	schema engine.Schema
}

// literalPolicy is a policy as text.
type literalPolicy struct {
	name, text string
	unreadable bool // nobody knows what it says
}

// literalDecision is the answer: what engine.Decision says, without positions.
type literalDecision struct {
	effect    engine.Effect
	layer     engine.Layer
	statement *literalRef // the one that decided, if one did
}

// literalRef names a statement; index -1 is an unreadable policy.
type literalRef struct {
	policy string
	index  int
}

// literalEvaluation is a request being decided.
type literalEvaluation struct {
	request *engine.Request
	caller  *engine.Principal
	layers  *literalLayers
	action  string // in lower case
	context map[string][]string
}

// literalDecide decides a request.
//
// Rule 1 [UG: evaluation-logic]: a Deny in any policy that applies decides. Then
// the layers that bind everybody must allow, then those of the two accounts.
func literalDecide(r *engine.Request, l *literalLayers) literalDecision {
	e := &literalEvaluation{request: r, caller: &r.Principal, layers: l, action: lowerASCII(r.Action)}
	e.context = make(map[string][]string)
	for key, values := range r.Context.All() {
		e.context[key] = values
	}
	if !isAction(r.Action) || !e.isSomebody() {
		return literalDecision{}
	}
	if e.alwaysAllowed() {
		return literalDecision{effect: engine.Allow}
	}
	for _, g := range e.applying() {
		if st := e.firstDeny(g); st != nil {
			return literalDecision{engine.ExplicitDeny, g.layer, st}
		}
	}
	if e.refused() {
		return literalDecision{}
	}
	if e.needsNoPermission() {
		return literalDecision{effect: engine.Allow}
	}
	if layer := e.limits(); layer != engine.NoLayer {
		return literalDecision{layer: layer}
	}
	return e.grants()
}

// isSomebody reports whether the caller is one that can be allowed anything.
func (e *literalEvaluation) isSomebody() bool {
	switch e.caller.Kind {
	case engine.Anonymous, engine.Service, engine.Federated:
		return true
	}
	return e.hasAccount() && e.caller.Account != ""
}

// hasAccount: services, anonymous callers and those whom identity providers vouch
// for have no policies of their own, and no account that speaks for them.
//
// Rule 19 [ICS].
func (e *literalEvaluation) hasAccount() bool {
	switch e.caller.Kind {
	case engine.Root, engine.User, engine.AssumedRole, engine.FederatedUser:
		return true
	}
	return false
}

// isBounded reports whether the caller has a permissions boundary.
//
// Rule 13 [UG: root user]: a root user has none.
func (e *literalEvaluation) isBounded() bool {
	return e.layers.boundary != nil && e.hasAccount() && e.caller.Kind != engine.Root
}

// literalGroup are the policies of a layer, or of one level of it.
type literalGroup struct {
	layer    engine.Layer
	policies []literalPolicy
}

// applying are the policies that take part, in the order in which AWS goes
// through them.
func (e *literalEvaluation) applying() []literalGroup {
	l, groups := e.layers, []literalGroup(nil)
	add := func(layer engine.Layer, policies ...literalPolicy) {
		groups = append(groups, literalGroup{layer, policies})
	}
	if e.rcpsBind() {
		for _, level := range l.rcp {
			add(engine.RCPLayer, level...)
		}
	}
	if e.scpsBind() {
		for _, level := range l.scp {
			add(engine.SCPLayer, level...)
		}
	}
	if l.resource != nil {
		add(e.resourceLayer(), *l.resource)
	}
	if e.hasAccount() {
		if e.caller.Kind != engine.Root { // rule 13
			add(engine.IdentityLayer, l.identity...)
			add(engine.BoundaryLayer, l.boundary...)
		}
		add(engine.SessionLayer, l.session...)
	}
	add(engine.EndpointLayer, l.endpoint...)
	return groups
}

func (e *literalEvaluation) resourceLayer() engine.Layer {
	if e.isTrust() {
		return engine.TrustLayer
	}
	return engine.ResourceLayer
}

// firstDeny returns the first Deny that concerns the request. What nobody can
// read might be one.
func (e *literalEvaluation) firstDeny(g literalGroup) *literalRef {
	for _, p := range g.policies {
		if p.unreadable {
			return &literalRef{p.name, -1}
		}
		doc := readLiteral(p.text)
		for i := range doc.Statement {
			st := &doc.Statement[i]
			if st.denies() && e.matches(&doc, st, g.layer) != namesNobody {
				return &literalRef{p.name, i}
			}
		}
	}
	return nil
}

// firstAllow returns the first Allow that concerns the request among those that
// name the caller most precisely, and how they do.
func (e *literalEvaluation) firstAllow(g literalGroup) (first *literalRef, named literalNaming) {
	for _, p := range g.policies {
		if p.unreadable {
			continue
		}
		doc := readLiteral(p.text)
		for i := range doc.Statement {
			st := &doc.Statement[i]
			if st.denies() {
				continue
			}
			if n := e.matches(&doc, st, g.layer); n > named {
				first, named = &literalRef{p.name, i}, n
			}
		}
	}
	return first, named
}

func (e *literalEvaluation) allows(layer engine.Layer, policies []literalPolicy) bool {
	first, _ := e.firstAllow(literalGroup{layer, policies})
	return first != nil
}

func (e *literalEvaluation) eachLevelAllows(layer engine.Layer, levels [][]literalPolicy) bool {
	for _, level := range levels {
		if !e.allows(layer, level) {
			return false
		}
	}
	return len(levels) > 0
}

// limits returns the first layer that does not allow the request, of those that
// bind everybody.
//
// Rule 2 [UG: evaluation-logic]: RCPs and SCPs must allow at every level, from the
// root to the account.
func (e *literalEvaluation) limits() engine.Layer {
	switch {
	case e.rcpsBind() && !e.eachLevelAllows(engine.RCPLayer, e.layers.rcp):
		return engine.RCPLayer
	case e.scpsBind() && !e.eachLevelAllows(engine.SCPLayer, e.layers.scp):
		return engine.SCPLayer
	case e.layers.endpoint != nil && !e.allows(engine.EndpointLayer, e.layers.endpoint):
		return engine.EndpointLayer
	}
	return engine.NoLayer
}

// grants decides when nothing denies the request and nothing limits everybody.
//
// Rule 4 [UG: evaluation-logic, -cross-account]: within an account the caller's
// policies or the resource's must allow, across accounts both.
func (e *literalEvaluation) grants() literalDecision {
	switch {
	case !e.hasAccount():
		d, _ := e.byResource()
		return d
	case e.resourceAccount() == e.caller.Account:
		return e.withinAccount()
	}
	return e.acrossAccounts()
}

// resourceAccount is the account that owns the resource. A resource whose ARN
// names none is the caller's own unless the request says otherwise.
func (e *literalEvaluation) resourceAccount() string {
	if e.request.ResourceAccount != "" {
		return e.request.ResourceAccount
	}
	if account := segment(e.request.Resource, 4); accountNumber.MatchString(account) {
		return account
	}
	return e.caller.Account
}

// withinAccount: what limits a grant of the resource's policy depends on how it
// names the caller (rules 5 to 10); trust and key policies must allow, or leave
// it to the account (rule 14).
func (e *literalEvaluation) withinAccount() literalDecision {
	grant, named := e.byResource()
	switch named {
	case namesCaller:
		if e.boundaryMustAllow() && !e.allows(engine.BoundaryLayer, e.layers.boundary) {
			return literalDecision{layer: engine.BoundaryLayer}
		}
		return grant
	case namesSource:
		return e.limited(grant)
	case namesNobody:
		if e.policyMustAllow() {
			return grant
		}
	}
	return e.limited(e.byIdentity())
}

// acrossAccounts: however the resource's policy names the caller, its own account
// must allow.
//
// Rule 11 [UG: cross-account; ICS].
func (e *literalEvaluation) acrossAccounts() literalDecision {
	if d := e.limited(e.byIdentity()); d.effect != engine.Allow {
		return d
	}
	grant, _ := e.byResource()
	return grant
}

// limited takes from a grant what boundary and session policy do not allow.
//
// Rule 12 [UG: session policies]: they grant nothing themselves.
func (e *literalEvaluation) limited(grant literalDecision) literalDecision {
	switch {
	case grant.effect != engine.Allow:
		return grant
	case e.isBounded() && !e.allows(engine.BoundaryLayer, e.layers.boundary):
		return literalDecision{layer: engine.BoundaryLayer}
	case e.hasSessionPolicy() && !e.allows(engine.SessionLayer, e.layers.session):
		return literalDecision{layer: engine.SessionLayer}
	}
	return grant
}

// hasSessionPolicy: a session of GetFederationToken without one has no
// permissions (rule 10).
func (e *literalEvaluation) hasSessionPolicy() bool {
	return e.layers.session != nil || e.caller.Kind == engine.FederatedUser
}

// byIdentity is what the caller's own policies say.
//
// Rule 13 [UG: root user]: a root user needs none, and neither does the session
// that it issued. Rule 10 [UG: GetFederationToken]: any other federated user gets
// nothing from its issuer without a session policy.
func (e *literalEvaluation) byIdentity() literalDecision {
	p := e.caller
	switch {
	case p.Kind == engine.Root, p.Kind == engine.FederatedUser && e.issuedByRoot():
		return literalDecision{effect: engine.Allow, layer: engine.IdentityLayer}
	case p.Kind == engine.FederatedUser && e.layers.session == nil:
		return literalDecision{layer: engine.SessionLayer}
	}
	if first, _ := e.firstAllow(literalGroup{engine.IdentityLayer, e.layers.identity}); first != nil {
		return literalDecision{engine.Allow, engine.IdentityLayer, first}
	}
	return literalDecision{layer: engine.IdentityLayer}
}

func (e *literalEvaluation) issuedByRoot() bool {
	return strings.HasSuffix(e.caller.IssuerARN, ":root") || e.caller.IssuerID == e.caller.Account
}

// byResource is what the resource's policy says, and how it names the caller.
func (e *literalEvaluation) byResource() (literalDecision, literalNaming) {
	layer := e.resourceLayer()
	if e.layers.resource != nil {
		if first, named := e.firstAllow(literalGroup{layer, []literalPolicy{*e.layers.resource}}); first != nil {
			return literalDecision{engine.Allow, layer, first}, named
		}
	}
	return literalDecision{layer: layer}, namesNobody
}
