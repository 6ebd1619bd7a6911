package engine

import (
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// Decide reports whether req is allowed by the policies that apply to it.
//
// Within one account, after the explicit denies and the layers that limit
// everybody, an identity-based or a resource-based policy must allow; how the
// latter names the caller tells what else limits it. Across accounts both must
// allow, the caller's within its boundary and session policy. See "Policy
// evaluation logic" in the IAM User Guide.
//
// Decide allocates nothing, with actions of up to 64 bytes. A nil req or l is
// denied.
func Decide(req *Request, l *Layers) Decision {
	if req == nil || l == nil {
		return Decision{}
	}
	var buf [64]byte
	e := evaluation{req: req, layers: l, ctx: req.Context, action: appendLowerASCII(buf[:0], req.Action)}
	if !e.prepare() {
		return Decision{}
	}
	return e.decide()
}

// evaluation is one request being decided.
type evaluation struct {
	req      *Request
	layers   *Layers
	ctx      *Context
	action   []byte // in lower case
	resource resourceText
	types    resourceTypes

	hasAccount bool  // the caller has policies of its own
	across     bool  // the resource belongs to another account
	bounded    bool  // the caller has a permissions boundary
	ownPolicy  bool  // the resource's own policy must allow, whatever others do
	layer      Layer // of Layers.Resource
}

// resourceTypes remembers what the schema says about the action.
type resourceTypes uint8

const (
	typesUnknown resourceTypes = iota
	typesExist
	typesNone
)

// prepare reports whether the request is one that can be allowed at all: from a
// caller that is known, with an action.
func (e *evaluation) prepare() bool {
	p := &e.req.Principal
	e.hasAccount = p.Kind.hasAccount()
	if p.Kind == 0 || int(p.Kind) >= len(principalKinds) || e.hasAccount && p.Account == "" || !isAction(e.req.Action) {
		return false
	}
	e.resource = newResourceText(e.req.Resource)
	e.across = e.hasAccount && e.resourceAccount() != p.Account
	e.bounded = e.layers.Boundary != nil && e.hasAccount && p.Kind != Root
	e.layer = ResourceLayer
	if e.layers.Trust || isTrustAction(e.action) {
		e.layer = TrustLayer
	}
	e.ownPolicy = e.layer == TrustLayer || isKMSKey(e)
	return true
}

// resourceAccount is the account that owns the resource: said, told by the ARN,
// or else the caller's own.
func (e *evaluation) resourceAccount() string {
	if e.req.ResourceAccount != "" {
		return e.req.ResourceAccount
	}
	if e.resource.n == 5 && arn.IsAccount(e.resource.part(4)) {
		return e.resource.part(4)
	}
	return e.req.Principal.Account
}

// matches reports whether r matches the resource of the request. An action
// without resource types is on "*", whatever the request says.
func (e *evaluation) matches(r *resourcePattern, schema Schema) bool {
	if r.kind == resourceAll {
		return true
	}
	if !r.match(&e.resource, e.ctx) {
		return false
	}
	if e.types == typesUnknown && schema != nil {
		e.types = typesExist
		if !schema.HasResourceTypes(e.req.Action) {
			e.types = typesNone
		}
	}
	return e.types != typesNone
}

func (e *evaluation) decide() Decision {
	if alwaysAllowed(e) {
		return Decision{Effect: Allow}
	}
	if d, denied := e.explicitDeny(); denied {
		return d
	}
	if refused(e) {
		return Decision{}
	}
	if needsNoPermission(e) {
		return Decision{Effect: Allow}
	}
	if layer, ok := e.limits(); !ok {
		return Decision{Layer: layer}
	}
	switch {
	case !e.hasAccount:
		// Only the resource speaks for or against services, identity
		// providers' users and callers that nobody knows.
		d, named := e.resourceGrant()
		if named == NotNamed {
			return Decision{Layer: e.layer}
		}
		return d
	case e.across:
		return e.acrossAccounts()
	}
	return e.withinAccount()
}

// withinAccount weighs the policies of a caller and a resource of one account.
func (e *evaluation) withinAccount() Decision {
	grant, named := e.resourceGrant()
	if e.ownPolicy && named == NotNamed {
		return Decision{Layer: e.layer}
	}
	if named == NamesCaller {
		if boundaryBindsTrust(e) && !e.allows(e.layers.Boundary) {
			return Decision{Layer: BoundaryLayer}
		}
		return grant
	}
	if named != NamesSource {
		var ok bool
		if grant, ok = e.identityGrant(); !ok {
			return grant
		}
	}
	if layer, ok := e.callerLimits(); !ok {
		return Decision{Layer: layer}
	}
	return grant
}

// acrossAccounts decides a request in the caller's account and in that of the
// resource. However the resource's policy names the caller, boundary and session
// policy limit it.
func (e *evaluation) acrossAccounts() Decision {
	if d, ok := e.identityGrant(); !ok {
		return d
	}
	if layer, ok := e.callerLimits(); !ok {
		return Decision{Layer: layer}
	}
	d, named := e.resourceGrant()
	if named == NotNamed {
		return Decision{Layer: e.layer}
	}
	return d
}

// limits reports the first of the layers that bind everybody which does not
// allow the request, in AWS's order.
func (e *evaluation) limits() (Layer, bool) {
	switch {
	case e.rcpsApply() && !e.allLevelsAllow(e.layers.RCP):
		return RCPLayer, false
	case e.scpsApply() && !e.allLevelsAllow(e.layers.SCP):
		return SCPLayer, false
	case e.layers.Endpoint != nil && !e.allows(e.layers.Endpoint):
		return EndpointLayer, false
	}
	return NoLayer, true
}

// callerLimits reports the first of the layers that bind this caller alone which
// does not allow the request.
func (e *evaluation) callerLimits() (Layer, bool) {
	if e.bounded && !e.allows(e.layers.Boundary) {
		return BoundaryLayer, false
	}
	// A session of GetFederationToken without a session policy has the
	// permissions of none.
	if e.sessionLimits() && !e.allows(e.layers.Session) {
		return SessionLayer, false
	}
	return NoLayer, true
}

func (e *evaluation) sessionLimits() bool {
	return e.hasAccount && e.layers.Session != nil || e.req.Principal.Kind == FederatedUser
}

// identityGrant returns what the caller's own policies say. Root users need
// none.
func (e *evaluation) identityGrant() (Decision, bool) {
	p := &e.req.Principal
	if p.Kind == Root || p.Kind == FederatedUser && strings.HasSuffix(p.IssuerARN, ":root") {
		return Decision{Effect: Allow, Layer: IdentityLayer}, true
	}
	if p.Kind == FederatedUser && e.layers.Session == nil {
		return Decision{Layer: SessionLayer}, false
	}
	for _, p := range e.layers.Identity {
		if i := e.first(p, policy.Allow)[NamesCaller]; i != noStatement {
			return Decision{Allow, IdentityLayer, p.ref(i)}, true
		}
	}
	return Decision{Layer: IdentityLayer}, false
}

// resourceGrant returns what the resource's policy allows and how it names the
// caller, in the strongest way.
func (e *evaluation) resourceGrant() (Decision, Naming) {
	p := e.layers.Resource
	if p == nil || p.unreadable {
		return Decision{}, NotNamed
	}
	first := e.first(p, policy.Allow)
	for n := NamesCaller; n > NotNamed; n-- {
		if first[n] != noStatement {
			return Decision{Allow, e.layer, p.ref(first[n])}, n
		}
	}
	return Decision{}, NotNamed
}

// allows reports whether one of the policies has an Allow for the request.
func (e *evaluation) allows(policies []*Policy) bool {
	for _, p := range policies {
		for _, i := range e.first(p, policy.Allow) {
			if i != noStatement {
				return true
			}
		}
	}
	return false
}

func (e *evaluation) allLevelsAllow(levels [][]*Policy) bool {
	for _, level := range levels {
		if !e.allows(level) {
			return false
		}
	}
	return len(levels) > 0
}

// explicitDeny finds the first statement that denies the request.
func (e *evaluation) explicitDeny() (Decision, bool) {
	if e.rcpsApply() {
		if d, denied := e.levelsDeny(e.layers.RCP, RCPLayer); denied {
			return d, true
		}
	}
	if e.scpsApply() {
		if d, denied := e.levelsDeny(e.layers.SCP, SCPLayer); denied {
			return d, true
		}
	}
	if p := e.layers.Resource; p != nil {
		if d, denied := e.denies(p, e.layer); denied {
			return d, true
		}
	}
	if e.hasAccount {
		if d, denied := e.callerDenies(); denied {
			return d, true
		}
	}
	return e.anyDenies(e.layers.Endpoint, EndpointLayer)
}

func (e *evaluation) callerDenies() (Decision, bool) {
	if e.req.Principal.Kind != Root {
		if d, denied := e.anyDenies(e.layers.Identity, IdentityLayer); denied {
			return d, true
		}
		if d, denied := e.anyDenies(e.layers.Boundary, BoundaryLayer); denied {
			return d, true
		}
	}
	return e.anyDenies(e.layers.Session, SessionLayer)
}

func (e *evaluation) levelsDeny(levels [][]*Policy, layer Layer) (Decision, bool) {
	for _, level := range levels {
		if d, denied := e.anyDenies(level, layer); denied {
			return d, true
		}
	}
	return Decision{}, false
}

func (e *evaluation) anyDenies(policies []*Policy, layer Layer) (Decision, bool) {
	for _, p := range policies {
		if d, denied := e.denies(p, layer); denied {
			return d, true
		}
	}
	return Decision{}, false
}

// denies reports whether a policy denies the request. One that cannot be read
// does.
func (e *evaluation) denies(p *Policy, layer Layer) (Decision, bool) {
	if p == nil || p.unreadable {
		ref := StatementRef{Index: -1}
		if p != nil {
			ref.Policy, ref.Kind = p.name, p.kind
		}
		return Decision{ExplicitDeny, layer, ref}, true
	}
	if p.deny.empty() {
		return Decision{}, false
	}
	first := e.first(p, policy.Deny)
	i := min(first[NamesCaller], first[NamesSource], first[NamesAccount])
	if i == noStatement {
		return Decision{}, false
	}
	return Decision{ExplicitDeny, layer, p.ref(i)}, true
}

// first returns the first matching statement of an effect in p, for each way in
// which the caller is named.
func (e *evaluation) first(p *Policy, effect policy.Effect) [namings]int32 {
	s := search{e: e, p: p}
	if effect == policy.Deny {
		s.run(&p.deny)
	} else {
		s.run(&p.allow)
	}
	return s.first
}
