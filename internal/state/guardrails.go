package state

import (
	"slices"
	"strings"
	"sync"

	"github.com/writ-iam/writ/engine"
)

// Guardrails are the policies of the organization that bind an account, level
// by level from the root to the account. A nil layer takes no part: neither
// SCPs nor RCPs bind the management account or a foreign one.
type Guardrails struct {
	SCP, RCP [][]*engine.Policy
}

// guardCache keeps what was computed from the accounts and the policies of one
// state of the organization; every change to them brings a new one.
type guardCache struct {
	accounts sync.Map // account id -> *guard
}

type guard struct {
	rails Guardrails
	path  string
}

var noGuard = new(guard)

// Guardrails returns the guardrails of an account. The result is never nil,
// and shared.
func (s *Snapshot) Guardrails(account string) *Guardrails { return &s.guardOf(account).rails }

// OrgPath returns the path of an account in its organization as
// aws:PrincipalOrgPaths has it ("o-…/r-…/ou-…/"), or "" for a foreign one.
func (s *Snapshot) OrgPath(account string) string { return s.guardOf(account).path }

func (s *Snapshot) guardOf(account string) *guard {
	if s.guard == nil {
		return noGuard
	}
	if g, ok := s.guard.accounts.Load(account); ok {
		return g.(*guard)
	}
	a, ok := s.Account(account)
	org := s.Organization()
	if !ok || org == nil {
		return noGuard // not kept: anybody may ask for any account
	}
	g, _ := s.guard.accounts.LoadOrStore(account, s.newGuard(org, a))
	return g.(*guard)
}

func (s *Snapshot) newGuard(org *Organization, a *Account) *guard {
	levels := s.levels(a)
	g := &guard{path: org.ID + "/" + strings.Join(levels[:len(levels)-1], "/") + "/"}
	if a.Management {
		return g
	}
	for _, level := range levels {
		g.rails.SCP = append(g.rails.SCP, s.attachedHere(level, SCP))
		g.rails.RCP = append(g.rails.RCP, s.attachedHere(level, RCP))
	}
	return g
}

// levels returns the ids from the root to the account.
func (s *Snapshot) levels(a *Account) []string {
	levels := []string{a.ID}
	for parent := a.Parent; parent != "" && !slices.Contains(levels, parent); {
		levels = append(levels, parent)
		unit, ok := s.OrganizationalUnit(parent)
		if !ok {
			break // the root
		}
		parent = unit.Parent
	}
	slices.Reverse(levels)
	return levels
}

// attachedHere returns the policies attached to one level, empty and not nil
// when there is none: that level allows nothing.
func (s *Snapshot) attachedHere(target string, t OrgPolicyType) []*engine.Policy {
	policies := []*engine.Policy{}
	for p := range s.orgPolicies.byTarget.under2(target, string(t)) {
		policies = append(policies, p.Document.Policy())
	}
	return policies
}
