package engine

import (
	"math"
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
// In the ordinary course Decide allocates nothing. It does for policies of more
// than 1,024 statements, for ARN conditions with variables before the resource,
// for values of the request that are long binaries, numbers with exponents or no
// addresses where addresses are wanted, for a service in capital letters where
// RCPs apply, and where memory for hostile patterns was collected since.
//
// A nil req or l is denied, and so is an action of more than 128 bytes: AWS has
// none of half that length.
func Decide(req *Request, l *Layers) Decision {
	if req == nil || l == nil {
		return Decision{}
	}
	e := evaluation{req: req, layers: l, ctx: req.Context}
	if !e.prepare() {
		return Decision{}
	}
	return e.decide().decision()
}

// evaluation is one request being decided.
type evaluation struct {
	req      *Request
	layers   *Layers
	ctx      *Context
	resource resourceText
	types    resourceTypes

	name   [maxAction]byte // the action in lower case; held here so that nothing escapes
	length int

	hasAccount bool  // the caller has policies of its own
	across     bool  // the resource belongs to another account
	bounded    bool  // the caller has a permissions boundary
	ownPolicy  bool  // the resource's own policy must allow, whatever others do
	layer      Layer // of Layers.Resource
}

// action is the action in lower case.
func (e *evaluation) action() []byte { return e.name[:e.length] }

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
	if p.Kind == 0 || int(p.Kind) >= len(principalKinds) || e.hasAccount && p.Account == "" {
		return false
	}
	var ok bool
	if e.length, ok = lowerAction(&e.name, e.req.Action); !ok {
		return false
	}
	e.resource.text = e.req.Resource
	e.across = e.hasAccount && e.resourceAccount() != p.Account
	if listsBuckets(e) {
		e.resource, e.types = resourceText{text: allBuckets(p.ARN)}, typesExist
	}
	e.bounded = e.layers.Boundary != nil && e.hasAccount && p.Kind != Root
	e.layer = ResourceLayer
	if e.layers.Trust || isTrustAction(e.action()) {
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
	if account := e.resource.part(4); arn.IsAccount(account) {
		return account
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

// ruling is a Decision that has yet to look its statement up.
type ruling struct {
	effect Effect
	layer  Layer
	by     statementID
}

// statementID is a statement, or with index -1 the whole of an unreadable policy.
// Without a policy it is none.
type statementID struct {
	policy       *Policy
	index        int32
	level, place int32
}

func (s statementID) ref() StatementRef {
	if s.policy == nil {
		return StatementRef{}
	}
	ref := StatementRef{
		Policy: s.policy.name, Kind: s.policy.kind,
		Level: int(s.level), Place: int(s.place), Index: int(s.index),
	}
	if s.index >= 0 {
		st := s.policy.statements[s.index].source
		ref.Sid, ref.Start, ref.End = st.Sid, st.Start, st.End
	}
	return ref
}

func (r ruling) decision() Decision { return Decision{r.effect, r.layer, r.by.ref()} }

func (e *evaluation) decide() ruling {
	if alwaysAllowed(e) {
		return ruling{effect: Allow}
	}
	if r := e.explicitDeny(); r.effect == ExplicitDeny {
		return r
	}
	if refused(e) {
		return ruling{}
	}
	if needsNoPermission(e) {
		return ruling{effect: Allow}
	}
	if layer := e.limits(); layer != NoLayer {
		return ruling{layer: layer}
	}
	switch {
	case !e.hasAccount:
		// Only the resource speaks for or against services, identity
		// providers' users and callers that nobody knows.
		grant, _ := e.resourceGrant()
		return grant
	case e.across:
		return e.acrossAccounts()
	}
	return e.withinAccount()
}

// withinAccount weighs the policies of a caller and a resource of one account.
func (e *evaluation) withinAccount() ruling {
	grant, named := e.resourceGrant()
	if e.ownPolicy && named == NotNamed {
		return grant
	}
	if named == NamesCaller {
		if boundaryBindsTrust(e) && !e.allows(e.layers.Boundary) {
			return ruling{layer: BoundaryLayer}
		}
		if e.req.Principal.SessionBinds && e.sessionLimits() && !e.allows(e.layers.Session) {
			return ruling{layer: SessionLayer}
		}
		return grant
	}
	if named != NamesSource {
		if grant = e.identityGrant(); grant.effect != Allow {
			return grant
		}
	}
	if layer := e.callerLimits(); layer != NoLayer {
		return ruling{layer: layer}
	}
	return grant
}

// acrossAccounts decides a request in the caller's account and in that of the
// resource. However the resource's policy names the caller, boundary and session
// policy limit it.
func (e *evaluation) acrossAccounts() ruling {
	if r := e.identityGrant(); r.effect != Allow {
		return r
	}
	if layer := e.callerLimits(); layer != NoLayer {
		return ruling{layer: layer}
	}
	grant, _ := e.resourceGrant()
	return grant
}

// limits returns the first of the layers that bind everybody which does not
// allow the request, in AWS's order, or NoLayer.
func (e *evaluation) limits() Layer {
	switch {
	case e.layers.RCP != nil && e.rcpsApply() && !e.allLevelsAllow(e.layers.RCP):
		return RCPLayer
	case e.layers.SCP != nil && e.scpsApply() && !e.allLevelsAllow(e.layers.SCP):
		return SCPLayer
	case e.layers.Endpoint != nil && !e.allows(e.layers.Endpoint):
		return EndpointLayer
	}
	return NoLayer
}

// callerLimits returns the first of the layers that bind this caller alone which
// does not allow the request, or NoLayer.
func (e *evaluation) callerLimits() Layer {
	switch {
	case e.bounded && !e.allows(e.layers.Boundary):
		return BoundaryLayer
	case e.sessionLimits() && !e.allows(e.layers.Session):
		return SessionLayer
	}
	return NoLayer
}

// sessionLimits reports whether a session policy limits the caller. A session of
// GetFederationToken without one has no permissions.
func (e *evaluation) sessionLimits() bool {
	return e.layers.Session != nil || e.req.Principal.Kind == FederatedUser
}

// identityGrant returns what the caller's own policies say. Root users need
// none.
func (e *evaluation) identityGrant() ruling {
	p := &e.req.Principal
	if p.Kind == Root || p.Kind == FederatedUser && (p.IssuerID == p.Account || strings.HasSuffix(p.IssuerARN, ":root")) {
		return ruling{effect: Allow, layer: IdentityLayer}
	}
	if p.Kind == FederatedUser && e.layers.Session == nil {
		return ruling{layer: SessionLayer}
	}
	for place, p := range e.layers.Identity {
		if i := e.first(p, policy.Allow)[NamesCaller]; i != noStatement {
			return ruling{Allow, IdentityLayer, statementID{policy: p, index: i, place: int32(place)}}
		}
	}
	return ruling{layer: IdentityLayer}
}

// resourceGrant returns what the resource's policy allows and how it names the
// caller, in the strongest way.
func (e *evaluation) resourceGrant() (ruling, Naming) {
	if p := e.layers.Resource; p != nil {
		first := e.first(p, policy.Allow)
		for n := NamesCaller; n > NotNamed; n-- {
			if first[n] != noStatement {
				return ruling{Allow, e.layer, statementID{policy: p, index: first[n]}}, n
			}
		}
	}
	return ruling{layer: e.layer}, NotNamed
}

// allows reports whether one of the policies has an Allow for the request.
func (e *evaluation) allows(policies []*Policy) bool {
	for _, p := range policies {
		if first := e.first(p, policy.Allow); earliest(&first) != noStatement {
			return true
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
func (e *evaluation) explicitDeny() ruling {
	l := e.layers
	var r ruling
	if l.RCP != nil && e.rcpsApply() {
		r = e.levelsDeny(l.RCP, RCPLayer)
	}
	if r.effect == ImplicitDeny && l.SCP != nil && e.scpsApply() {
		r = e.levelsDeny(l.SCP, SCPLayer)
	}
	if r.effect == ImplicitDeny && l.Resource != nil {
		r = e.denies(l.Resource, e.layer)
	}
	if r.effect == ImplicitDeny && e.hasAccount {
		r = e.callerDenies()
	}
	if r.effect == ImplicitDeny {
		r = e.anyDenies(l.Endpoint, EndpointLayer)
	}
	return r
}

func (e *evaluation) callerDenies() ruling {
	var r ruling
	if e.req.Principal.Kind != Root {
		r = e.anyDenies(e.layers.Identity, IdentityLayer)
		if r.effect == ImplicitDeny {
			r = e.anyDenies(e.layers.Boundary, BoundaryLayer)
		}
	}
	if r.effect == ImplicitDeny {
		r = e.anyDenies(e.layers.Session, SessionLayer)
	}
	return r
}

func (e *evaluation) levelsDeny(levels [][]*Policy, layer Layer) ruling {
	for i, level := range levels {
		if r := e.anyDenies(level, layer); r.effect == ExplicitDeny {
			r.by.level = int32(i)
			return r
		}
	}
	return ruling{}
}

func (e *evaluation) anyDenies(policies []*Policy, layer Layer) ruling {
	for place, p := range policies {
		if p != nil && p.deny == nil && !p.unreadable {
			continue // most policies have no Deny
		}
		if r := e.denies(p, layer); r.effect == ExplicitDeny {
			r.by.place = int32(place)
			return r
		}
	}
	return ruling{}
}

// unknownPolicy is what a nil *Policy stands for.
var unknownPolicy = Unreadable("", 0)

// denies finds the first statement of p that denies the request. A policy that
// cannot be read denies it as a whole.
func (e *evaluation) denies(p *Policy, layer Layer) ruling {
	switch {
	case p == nil:
		return ruling{ExplicitDeny, layer, statementID{policy: unknownPolicy, index: -1}}
	case p.unreadable:
		return ruling{ExplicitDeny, layer, statementID{policy: p, index: -1}}
	}
	first := e.first(p, policy.Deny)
	if i := earliest(&first); i != noStatement {
		return ruling{ExplicitDeny, layer, statementID{policy: p, index: i}}
	}
	return ruling{}
}

const noStatement = math.MaxInt32

var none = firsts{noStatement, noStatement, noStatement, noStatement}

// earliest is the first statement, however it names the caller.
func earliest(f *firsts) int32 {
	return min(f[NamesCaller], f[NamesSource], f[NamesAccount])
}

// first returns the first matching statements of an effect in p.
func (e *evaluation) first(p *Policy, effect policy.Effect) firsts {
	if effect == policy.Deny {
		return e.search(p, p.deny)
	}
	return e.search(p, p.allow)
}
