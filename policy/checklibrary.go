package policy

import (
	"slices"
	"strings"

	"github.com/writ-iam/writ/arn"
)

// checkLibrary is the order in which AWS's policy library checks the policies of
// resources, roles and endpoints: statement by statement.
func (p *parser) checkLibrary() bool {
	for i := range p.drafts {
		st, d := &p.doc.Statements[i], &p.drafts[i]
		ok := p.checkEffect(st, d) && p.checkPrincipal(st, d) && p.checkConditions(st, d) && p.haveActions(st, d)
		if !ok {
			return false
		}
		if p.doc.Kind == Trust {
			ok = p.checkTrust(st)
		} else {
			ok = p.checkActions(st.Action.Values) && p.checkScope(st.Action.Values) && p.haveResources(st, d)
		}
		if !ok {
			return false
		}
	}
	return p.checkSids(false)
}

func (p *parser) checkEffect(st *Statement, d *draft) bool {
	switch {
	case d.seen&elEffect == 0:
		return p.fail(st.Start, MissingEffect, "")
	case st.Effect != 0:
		return true
	case wrongCase(p.stringAt(st.EffectAt)):
		return p.failAt(st.EffectAt, EffectCase, p.stringAt(st.EffectAt))
	}
	return p.failAt(st.EffectAt, BadEffect, p.stringAt(st.EffectAt))
}

// wrongCase reports whether an effect is one but for its case.
func wrongCase(effect string) bool {
	return strings.EqualFold(effect, "Allow") || strings.EqualFold(effect, "Deny")
}

func (p *parser) checkConditions(st *Statement, d *draft) bool {
	if d.badOperator != 0 {
		return p.failAt(d.badOperator, BadOperator, p.stringAt(d.badOperator))
	}
	return p.checkDates(st) && p.checkVariables(st)
}

// checkScope finds actions that policies of the service's resources do not take.
func (p *parser) checkScope(actions []Value) bool {
	s := p.use.service()
	if s == nil || s.actions == nil {
		return true
	}
	for _, a := range actions {
		pattern := strings.ToLower(a.Text)
		if !slices.ContainsFunc(s.actions, func(name string) bool { return arn.Glob(pattern, name) }) {
			return p.fail(a.Pos, OutOfScope, a.Text)
		}
	}
	return true
}

// checkTrust finds what a role trust policy may not say: actions of other
// services, and resources, as it is about the role it belongs to.
func (p *parser) checkTrust(st *Statement) bool {
	for _, a := range st.Action.Values {
		if len(a.Text) < 4 || !strings.EqualFold(a.Text[:4], "sts:") {
			return p.fail(a.Pos, ProhibitedAction, a.Text)
		}
	}
	return p.checkNoResource(st) && p.checkActions(st.Action.Values)
}

func (p *parser) checkNoResource(st *Statement) bool {
	switch {
	case st.Resource == nil:
		return true
	case st.Resource.Not:
		return p.failAt(st.ResourceAt, ProhibitedNotResource, "")
	}
	return p.failAt(st.ResourceAt, ProhibitedResource, "")
}

// checkResourceControl holds an RCP against "RCP syntax" of the Organizations
// User Guide: customers deny, to everybody, actions of named services. The one
// document that allows is RCPFullAWSAccess, which AWS attaches.
func (p *parser) checkResourceControl() bool {
	if p.doc.Version != Version2012 {
		return p.failAt(p.doc.VersionAt, OldVersion, "")
	}
	for i := range p.drafts {
		st, d := &p.doc.Statements[i], &p.drafts[i]
		ok := p.checkEffect(st, d) && p.checkPrincipal(st, d) && p.checkConditions(st, d) &&
			p.haveActions(st, d) && p.haveResources(st, d) && p.checkActions(st.Action.Values)
		switch {
		case !ok:
			return false
		case st.isFullAccess():
		case st.Effect == Allow:
			return p.failAt(st.EffectAt, ProhibitedEffect, "")
		case st.Principal.Not:
			return p.failAt(st.PrincipalAt, ProhibitedNotPrincipal, "")
		case len(st.Principal.Values) != 1 || st.Principal.Values[0].Value != "*":
			return p.failAt(st.PrincipalAt, BadPrincipal, "only \"*\" may stand here")
		case st.Action.Not:
			return p.failAt(st.ActionAt, ProhibitedNotAction, "")
		}
		for _, a := range st.Action.Values {
			if a.Text == "*" && st.Effect == Deny {
				return p.fail(a.Pos, ProhibitedAction, a.Text)
			}
		}
	}
	if f := p.resourceFault(); f != nil || p.fault != nil {
		if p.fault == nil {
			p.fault = f
		}
		return false
	}
	return p.checkSids(true)
}

// isFullAccess reports whether st is the statement of RCPFullAWSAccess.
func (st *Statement) isFullAccess() bool {
	all := func(p *Patterns) bool { return !p.Not && len(p.Values) == 1 && p.Values[0].Text == "*" }
	who := st.Principal
	return st.Effect == Allow && !who.Not && len(who.Values) == 1 && who.Values[0].Value == "*" &&
		all(&st.Action) && all(st.Resource) && len(st.Conditions) == 0
}
