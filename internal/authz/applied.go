package authz

import (
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// Applied are the policies that apply to a principal, whoever asks.
type Applied struct {
	Identity []Source
	Boundary []Source           // nil: there is none; empty: one that does not resolve, which allows nothing
	SCP      [][]*engine.Policy // nil: none bind the principal

	InOrganization bool // the account belongs to an organization
}

// Source is a policy and where it comes from.
type Source struct {
	Holder   state.Entity // the user, group or role of an inline policy; else nil
	Name     string       // of an inline policy; ARN of a managed one; what another is called
	Document *policy.Document
	Policy   *engine.Policy
}

// AppliedTo returns the policies that apply to a user, with those of its
// groups, to a group or to a role. For a user and a role they are those that
// its calls are decided by.
func AppliedTo(snap *state.Snapshot, e state.Entity) Applied {
	w := newWork()
	switch e := e.(type) {
	case *state.User:
		w.addUser(snap, e.ID)
	case *state.Group:
		w.add(snap, e, e.Inline, e.Attached)
	case *state.Role:
		w.addRole(snap, e.ID)
	}
	a := Applied{Identity: sourced(w.sources), SCP: snap.Guardrails(e.AccountID()).SCP}
	a.InOrganization = snap.OrgPath(e.AccountID()) != ""
	if w.layers.Boundary != nil {
		a.Boundary = sourced(w.bounds)
	}
	return a
}

// PrincipalOf describes a user, group or role as the caller of a request, with
// its tags. Of a role it is a session without a name, and of a group some user.
func PrincipalOf(snap *state.Snapshot, e state.Entity) (engine.Principal, []state.Tag) {
	p, tags := engine.Principal{Kind: engine.User, Account: e.AccountID()}, []state.Tag(nil)
	switch e := e.(type) {
	case *state.User:
		p.ARN, p.ID, tags = e.ARN(), e.ID, e.Tags
	case *state.Role:
		p.Kind, p.RoleARN, p.ID, p.ServiceLinked, tags = engine.AssumedRole, e.ARN(), e.ID, e.ServiceLinked(), e.Tags
	}
	if a, ok := snap.Account(p.Account); ok {
		p.Management = a.Management
	}
	return p, tags
}

func sourced(list []source) []Source {
	out := make([]Source, len(list))
	for i, s := range list {
		out[i] = Source{s.holder, s.name, s.document.Parsed(), s.document.Policy()}
	}
	return out
}

// compiled are the policies of a layer, which is absent without sources.
func compiled(sources []Source) []*engine.Policy {
	if sources == nil {
		return nil
	}
	list := make([]*engine.Policy, len(sources))
	for i := range sources {
		list[i] = sources[i].Policy
	}
	return list
}
