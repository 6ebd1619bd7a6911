package authz

import (
	"sync"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// administratorAccess stands for the permissions of a root user where a
// session policy narrows them: a root user has no policies of its own.
const administratorAccess = "arn:aws:iam::aws:policy/AdministratorAccess"

// setLayers gathers the policies that take part. A layer that takes part and
// has no policy is non-nil and empty, which allows nothing.
func (w *work) setLayers(snap *state.Snapshot, c *Caller, check *Check, owner string) {
	l := &w.layers
	w.identity, w.boundary, w.session = w.identity[:0], w.boundary[:0], w.session[:0]
	w.sources, w.bounds = w.sources[:0], w.bounds[:0]
	switch c.Kind {
	case engine.User:
		w.addUser(snap, c.ID)
		l.Identity = present(&w.identity)
	case engine.AssumedRole:
		w.addRole(snap, c.ID)
		l.Identity = present(&w.identity)
	case engine.FederatedUser:
		w.addIssuer(snap, c)
		l.Identity = present(&w.identity)
	}
	if check.Granted != "" && l.Identity != nil {
		w.identity = append(w.identity, everything().Policy())
		w.sources = append(w.sources, source{name: check.Granted, document: everything()})
		l.Identity = w.identity
	}
	if c.limited() {
		w.addSessionPolicies(snap, c)
		l.Session = present(&w.session)
	}
	w.setResourcePolicy(snap, check)
	if g := snap.Guardrails(c.Account); g != nil {
		l.SCP = g.SCP
	}
	if g := snap.Guardrails(owner); g != nil {
		l.RCP = g.RCP
	}
}

// everything is an identity-based policy that allows all there is.
var everything = sync.OnceValue(func() *state.Document {
	doc, err := state.ParseDocument(policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, nil)
	if err != nil {
		panic("authz: " + err.Error())
	}
	return doc
})

// present makes an empty layer a layer that takes part.
func present(policies *[]*engine.Policy) []*engine.Policy {
	if *policies == nil {
		*policies = make([]*engine.Policy, 0, 8)
	}
	return *policies
}

func (w *work) addUser(snap *state.Snapshot, id string) {
	u, ok := snap.UserByID(id)
	if !ok {
		return // deleted since: nothing is allowed
	}
	w.add(snap, u, u.Inline, u.Attached)
	for _, gid := range u.Groups {
		if g, ok := snap.GroupByID(gid); ok {
			w.add(snap, g, g.Inline, g.Attached)
		}
	}
	w.addBoundary(snap, u.Boundary)
}

func (w *work) addRole(snap *state.Snapshot, id string) {
	r, ok := snap.RoleByID(id)
	if !ok {
		return
	}
	w.add(snap, r, r.Inline, r.Attached)
	w.addBoundary(snap, r.Boundary)
}

// addIssuer adds the policies of the user behind a federated session.
func (w *work) addIssuer(snap *state.Snapshot, c *Caller) {
	if c.ID != c.Account {
		w.addUser(snap, c.ID)
		return
	}
	w.add(snap, nil, nil, []string{administratorAccess})
}

func (w *work) add(snap *state.Snapshot, holder state.Entity, inline []state.InlinePolicy, attached []string) {
	for i := range inline {
		w.identity = append(w.identity, inline[i].Document.Policy())
		w.sources = append(w.sources, source{holder, inline[i].Name, inline[i].Document})
	}
	for _, policyARN := range attached {
		if p, ok := snap.ManagedPolicy(policyARN); ok {
			doc := p.DefaultVersion().Document
			w.identity = append(w.identity, doc.Policy())
			w.sources = append(w.sources, source{name: policyARN, document: doc})
		}
	}
}

// addBoundary adds the permissions boundary, if there is one. A boundary that
// no longer resolves stays an empty layer: it denies.
func (w *work) addBoundary(snap *state.Snapshot, policyARN string) {
	if policyARN == "" {
		return
	}
	if p, ok := snap.ManagedPolicy(policyARN); ok {
		doc := p.DefaultVersion().Document
		w.boundary = append(w.boundary, doc.Policy())
		w.bounds = append(w.bounds, source{name: policyARN, document: doc})
	}
	w.layers.Boundary = present(&w.boundary)
}

// addSessionPolicies adds the policies passed when the session was made. One
// that no longer resolves takes the others with it: its Denies are unknown. The
// policy of a root task only denies; what it leaves, a root user may.
func (w *work) addSessionPolicies(snap *state.Snapshot, c *Caller) {
	if c.Session.Inline != nil {
		w.session = append(w.session, c.Session.Inline)
	}
	for _, policyARN := range c.Session.PolicyARNs {
		p, ok := snap.ManagedPolicy(policyARN)
		if !ok {
			w.session = w.session[:0]
			return
		}
		w.session = append(w.session, p.DefaultVersion().Document.Policy())
	}
	if !c.OnRootTask() {
		return
	}
	if p, ok := snap.ManagedPolicy(administratorAccess); ok {
		w.session = append(w.session, p.DefaultVersion().Document.Policy())
	}
}

// setResourcePolicy sets the resource-based policy of the check. A role is
// reached through its trust policy alone; one that does not exist trusts
// nobody.
func (w *work) setResourcePolicy(snap *state.Snapshot, check *Check) {
	if check.Policy == "" {
		return
	}
	if _, named := entity(check.Policy, "role"); named {
		w.layers.Trust = true
		if r, ok := RoleByARN(snap, check.Policy); ok {
			w.layers.Resource = r.Trust.Policy()
		}
		return
	}
	if doc, ok := snap.ResourcePolicy(check.Policy); ok {
		w.layers.Resource = doc.Policy()
	}
}

// RoleByARN returns the role that an ARN names with its path, exactly: names
// in ARNs are compared with case.
func RoleByARN(snap *state.Snapshot, text string) (*state.Role, bool) {
	e, ok := entity(text, "role")
	if !ok {
		return nil, false
	}
	r, ok := snap.Role(e.account, e.name)
	if !ok || r.Path != e.path || r.Name != e.name {
		return nil, false
	}
	return r, true
}

// named is an IAM entity as an ARN names it.
type named struct{ account, path, name string }

func entity(text, kind string) (named, bool) {
	a, err := arn.Parse(text)
	if err != nil {
		return named{}, false
	}
	k, path, name, ok := a.Entity()
	return named{account: a.Account, path: path, name: name}, ok && k == kind
}
