package iam

import (
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// reportSubject is what a report about access is about: a user, group or role,
// or a managed policy.
type reportSubject struct {
	state.Entity
	snap    *state.Snapshot
	account string
}

// reportNoun takes the ARN of a subject apart: its kind and its name, or of a
// policy the ARN. As on AWS the path in the ARN does not count.
func reportNoun(c *api.Call, text string) (*noun, string, error) {
	a, err := arn.Parse(text)
	if err != nil {
		return nil, "", invalid(badARN, text)
	}
	if a.Partition != arn.Default {
		return nil, "", invalid(badARNPartition)
	}
	if a.Service != "iam" {
		return nil, "", invalid(badARNService)
	}
	kind, _, name, ok := a.Entity()
	if !ok {
		return nil, "", iamapi.InvalidInput(badReportARN, text)
	}
	if a.Account != c.Account && !(kind == "policy" && strings.HasPrefix(text, awsPolicyPrefix)) {
		return nil, "", denied(foreignReport, c.Caller.ARN, text)
	}
	switch kind {
	case "user":
		return users, name, nil
	case "group":
		return groups, name, nil
	case "role":
		return roles, name, nil
	case "policy":
		return policies, text, nil
	}
	return nil, "", iamapi.InvalidInput(badReportARN, text)
}

// onReportSubject is the check of an operation on the subject of a report.
// There is nothing to check where reportNoun fails: the handler calls it first.
func onReportSubject(c *api.Call, text string) []api.Check {
	n, name, err := reportNoun(c, text)
	switch {
	case err != nil:
		return nil
	case n == policies:
		return only(onPolicy(c, text))
	}
	return only(n.on(c, name))
}

// findReportSubject returns the subject of that ARN.
func findReportSubject(c *api.Call, text string) (*reportSubject, error) {
	n, name, err := reportNoun(c, text)
	if err != nil {
		return nil, err
	}
	if n == policies {
		if p, ok := usable(c.Snapshot, c.Account, text); ok {
			return &reportSubject{p, c.Snapshot, c.Account}, nil
		}
	} else if h, ok := n.find(c.Snapshot, c.Account, name); ok {
		return &reportSubject{h.Entity, c.Snapshot, c.Account}, nil
	}
	return nil, notFound(arnMissing, text)
}

// heldPolicy is a permission policy and where it stands.
type heldPolicy struct {
	doc    *state.Document
	name   string
	arn    string                       // "" of an inline policy
	holder iamapi.PolicyOwnerEntityType // of an inline policy
	of     string                       // name of the holder
}

// policies are the permission policies of the subject, those of its groups
// included, each managed policy once. Permissions boundaries are not among
// them.
func (r *reportSubject) policies() []heldPolicy {
	l := &policyList{snap: r.snap, seen: make(map[string]bool)}
	switch e := r.Entity.(type) {
	case *state.User:
		l.add(e.Attached, e.Inline, iamapi.PolicyOwnerEntityTypeUser, e.Name)
		for g := range r.snap.GroupsOf(e) {
			l.add(g.Attached, g.Inline, iamapi.PolicyOwnerEntityTypeGroup, g.Name)
		}
	case *state.Group:
		l.add(e.Attached, e.Inline, iamapi.PolicyOwnerEntityTypeGroup, e.Name)
	case *state.Role:
		l.add(e.Attached, e.Inline, iamapi.PolicyOwnerEntityTypeRole, e.Name)
	case *state.ManagedPolicy:
		l.add([]string{e.ARN()}, nil, "", "")
	}
	return l.list
}

type policyList struct {
	snap *state.Snapshot
	seen map[string]bool
	list []heldPolicy
}

func (l *policyList) add(attached []string, inline []state.InlinePolicy, holder iamapi.PolicyOwnerEntityType, name string) {
	for _, policyARN := range attached {
		p, ok := l.snap.ManagedPolicy(policyARN)
		if ok && !l.seen[policyARN] {
			l.seen[policyARN] = true
			l.list = append(l.list, heldPolicy{doc: p.DefaultVersion().Document, name: p.Name, arn: policyARN})
		}
	}
	for _, p := range inline {
		l.list = append(l.list, heldPolicy{doc: p.Document, name: p.Name, holder: holder, of: name})
	}
}

func parsedSCPs(policies ...*state.OrgPolicy) []*policy.Document {
	return shapes(policies, func(p *state.OrgPolicy) *policy.Document { return p.Document.Parsed() })
}

func parsedOf(held []heldPolicy) []*policy.Document {
	return shapes(held, func(p heldPolicy) *policy.Document { return p.doc.Parsed() })
}

// entities are the users and roles whose calls the subject's policies may have
// allowed, each once.
func (r *reportSubject) entities() []state.Entity {
	var list []state.Entity
	seen := make(map[string]bool)
	add := func(e state.Entity) {
		if !seen[e.UniqueID()] {
			seen[e.UniqueID()] = true
			list = append(list, e)
		}
	}
	members := func(g *state.Group) {
		for u := range r.snap.MembersOf(g.ID) {
			add(u)
		}
	}
	switch e := r.Entity.(type) {
	case *state.Group:
		members(e)
	case *state.ManagedPolicy:
		for holder := range r.snap.AttachedTo(r.account, e.ARN()) {
			if g, ok := holder.(*state.Group); ok {
				members(g)
			} else {
				add(holder)
			}
		}
	default:
		add(e)
	}
	return list
}
