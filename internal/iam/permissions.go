package iam

import (
	"context"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// permissions are the statements of permission policies taken together, in
// levels that must all allow: identity-based policies are one level, SCPs one
// for each that they are attached to. They tell what might be allowed to
// somebody, some time, for reports; what is allowed only the engine says. A
// grant under a condition might grant, a deny under one might not deny.
type permissions struct {
	levels [][]permission // that allow
	denies []permission   // without a condition
}

// permission is a statement with the values of Action or NotAction taken apart,
// in lower case.
type permission struct {
	*policy.Statement
	actions []struct{ vendor, name string }
}

func newPermission(st *policy.Statement) permission {
	p := permission{Statement: st, actions: make([]struct{ vendor, name string }, len(st.Action.Values))}
	for i, v := range st.Action.Values {
		vendor, name, ok := strings.Cut(strings.ToLower(v.Text), ":")
		if !ok {
			name = vendor // "*"
		}
		p.actions[i].vendor, p.actions[i].name = vendor, name
	}
	return p
}

func newPermissions(levels ...[]*policy.Document) *permissions {
	p := new(permissions)
	for _, docs := range levels {
		p.add(docs)
	}
	return p
}

// add adds a level.
func (p *permissions) add(docs []*policy.Document) {
	var allows []permission
	for _, doc := range docs {
		for i := range doc.Statements {
			switch st := &doc.Statements[i]; {
			case st.Effect == policy.Allow:
				allows = append(allows, newPermission(st))
			case len(st.Conditions) == 0:
				p.denies = append(p.denies, newPermission(st))
			}
		}
	}
	p.levels = append(p.levels, allows)
}

// scoped is a statement as one service sees it.
type scoped struct {
	*policy.Statement
	names []string // the patterns of Action or NotAction that are about the service, in lower case, without it
}

// scope reports false when the statement is about no action of the service.
func (p *permission) scope(namespace string) (scoped, bool) {
	s := scoped{Statement: p.Statement}
	for _, a := range p.actions {
		if a.vendor == namespace || strings.ContainsAny(a.vendor, "*?") && arn.Glob(a.vendor, namespace) {
			s.names = append(s.names, a.name)
		}
	}
	if p.Action.Not {
		return s, !slices.Contains(s.names, "*")
	}
	return s, len(s.names) > 0
}

func scopeAll(statements []permission, namespace string) []scoped {
	var all []scoped
	for i := range statements {
		if s, ok := statements[i].scope(namespace); ok {
			all = append(all, s)
		}
	}
	return all
}

// whole reports whether the statement is about every action of the service.
func (s *scoped) whole() bool {
	if s.Action.Not {
		return len(s.names) == 0
	}
	return slices.Contains(s.names, "*")
}

// has reports whether the statement is about an action, in lower case.
func (s *scoped) has(name string) bool {
	named := slices.ContainsFunc(s.names, func(pattern string) bool { return arn.Glob(pattern, name) })
	return named != s.Action.Not
}

// everywhere reports whether the statement is about every resource.
func everywhere(st *policy.Statement) bool {
	return st.Resource == nil || !st.Resource.Not && slices.ContainsFunc(st.Resource.Values, isStar)
}

func isStar(v policy.Value) bool { return v.Text == "*" }

// reaches reports whether the statement is about any resource of one of the
// ARNs.
func reaches(st *policy.Statement, arns []string) bool {
	if everywhere(st) {
		return true
	}
	if st.Resource.Not {
		return !slices.ContainsFunc(st.Resource.Values, isStar)
	}
	for _, v := range st.Resource.Values {
		pattern, vendor := starred(v.Text), vendorOf(v.Text)
		if slices.ContainsFunc(arns, func(a string) bool { return vendor == vendorOf(a) && meet(pattern, starred(a)) }) {
			return true
		}
	}
	return false
}

// vendorOf is the service in an ARN. No policy has a wildcard there.
func vendorOf(resource string) string {
	parts, _ := arn.Split(resource)
	return parts[2]
}

var variables = regexp.MustCompile(`\$\{[^}]*\}`)

// starred puts a star in the place of each variable.
func starred(pattern string) string { return variables.ReplaceAllLiteralString(pattern, "*") }

// meet reports whether some text matches both patterns. It takes time in the
// product of their lengths.
func meet(p, q string) bool {
	row := make([]bool, len(q)+1) // row[j]: what follows in p meets q[j:]
	for i := len(p); i >= 0; i-- {
		behind := row
		row = make([]bool, len(q)+1)
		for j := len(q); j >= 0; j-- {
			switch {
			case i == len(p) && j == len(q):
				row[j] = true
			case i < len(p) && p[i] == '*':
				row[j] = behind[j] || j < len(q) && row[j+1]
			case j < len(q) && q[j] == '*':
				row[j] = row[j+1] || i < len(p) && behind[j]
			case i < len(p) && j < len(q):
				row[j] = (p[i] == q[j] || p[i] == '?' || q[j] == '?') && behind[j+1]
			}
		}
	}
	return row[0]
}

// statementCovers reports whether a deny leaves nothing of the resources of a grant.
// When it cannot tell, it says no.
func statementCovers(deny, grant *policy.Statement) bool {
	if everywhere(deny) {
		return true
	}
	if deny.Resource.Not || everywhere(grant) || grant.Resource.Not {
		return false
	}
	for _, g := range grant.Resource.Values {
		if !slices.ContainsFunc(deny.Resource.Values, func(d policy.Value) bool { return includes(d.Text, g.Text) }) {
			return false
		}
	}
	return true
}

// includes reports whether whatever matches q matches p too. When it cannot
// tell, it says no.
func includes(p, q string) bool {
	return p == q || !strings.ContainsAny(p, "?$") && arn.Glob(p, q)
}

// services yields the namespaces of which some action might be allowed, in
// order. It ends early when ctx is done, as the methods below do.
func (p *permissions) services(ctx context.Context, r Reference) iter.Seq[string] {
	return func(yield func(string) bool) {
		for namespace := range r.Services() {
			if p.grant(ctx, r, namespace) && !yield(namespace) {
				return
			}
		}
	}
}

func (p *permissions) grant(ctx context.Context, r Reference, namespace string) bool {
	denies, all := scopeAll(p.denies, namespace), true
	for _, level := range p.levels {
		grants := scopeAll(level, namespace)
		if len(grants) == 0 {
			return false
		}
		all = all && slices.ContainsFunc(grants, func(s scoped) bool { return s.whole() && everywhere(s.Statement) })
	}
	if all && len(denies) == 0 && len(p.levels) > 0 {
		return true // without a look at each action
	}
	for range p.actions(ctx, r, namespace) {
		return true
	}
	return false
}

// actions yields the actions of a service that might be allowed, by name.
func (p *permissions) actions(ctx context.Context, r Reference, namespace string) iter.Seq[string] {
	return func(yield func(string) bool) {
		denies := scopeAll(p.denies, namespace)
		levels := make([][]scoped, len(p.levels))
		for i, level := range p.levels {
			levels[i] = scopeAll(level, namespace)
		}
		for name, arns := range r.Actions(namespace) {
			if ctx.Err() != nil {
				return
			}
			lower := strings.ToLower(name)
			might := len(levels) > 0
			for _, level := range levels {
				might = might && slices.ContainsFunc(level, func(s scoped) bool {
					return s.has(lower) && reaches(s.Statement, arns) && !slices.ContainsFunc(denies, func(d scoped) bool {
						return d.has(lower) && statementCovers(d.Statement, s.Statement)
					})
				})
			}
			if might && !yield(name) {
				return
			}
		}
	}
}

// grantsAlone reports whether the one policy that p is of grants access to a
// service by itself: names that the reference does not have count too. A deny
// of the whole service in the same policy takes it back.
func (p *permissions) grantsAlone(ctx context.Context, r Reference, namespace string) bool {
	if slices.ContainsFunc(scopeAll(p.denies, namespace), func(s scoped) bool { return s.whole() && everywhere(s.Statement) }) {
		return false
	}
	for _, s := range scopeAll(p.levels[0], namespace) {
		if everywhere(s.Statement) {
			return true
		}
		for _, arns := range r.Actions(namespace) {
			if ctx.Err() != nil {
				return false
			}
			if reaches(s.Statement, arns) {
				return true
			}
		}
	}
	return false
}
