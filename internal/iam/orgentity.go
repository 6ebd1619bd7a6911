package iam

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/writ-iam/writ/internal/state"
)

// orgEntity is the root of the organization, a unit, or an account.
type orgEntity struct {
	snap       *state.Snapshot
	path       string   // o-…/r-…/…
	levels     []string // the ids in the path, from the root on
	management bool     // it is the management account
}

// findOrgEntity returns the entity of that path.
func findOrgEntity(snap *state.Snapshot, path string) (*orgEntity, bool) {
	ids := strings.Split(path, "/")
	e := &orgEntity{snap: snap, path: path, levels: ids[1:]}
	last := ids[len(ids)-1]
	if a, ok := snap.Account(last); ok {
		e.management = a.Management
		return e, snap.OrgPath(last)+last == path
	}
	org := snap.Organization()
	above := []string{last}
	for id := last; id != org.RootID; {
		unit, ok := snap.OrganizationalUnit(id)
		if !ok || len(above) > len(ids) {
			return nil, false
		}
		id = unit.Parent
		above = append(above, id)
	}
	slices.Reverse(above)
	return e, org.ID+"/"+strings.Join(above, "/") == path
}

// orgServices yields the services that the SCPs of the entity and of what is
// above it allow, or one SCP alone. The management account has no SCPs.
func (s *Service) orgServices(ctx context.Context, e *orgEntity, only *state.OrgPolicy) iter.Seq[string] {
	if e.management {
		return func(yield func(string) bool) {
			for namespace := range s.reference.Services() {
				if !yield(namespace) {
					return
				}
			}
		}
	}
	if only != nil {
		return newPermissions(parsedSCPs(only)).services(ctx, s.reference)
	}
	p := newPermissions()
	for _, level := range e.levels {
		var attached []*state.OrgPolicy
		for scp := range e.snap.OrgPolicies() {
			if scp.Type == state.SCP && slices.Contains(scp.Targets, level) {
				attached = append(attached, scp)
			}
		}
		p.add(parsedSCPs(attached...))
	}
	return p.services(ctx, s.reference)
}

// accounts are the accounts that a report on the entity is about: never the
// management account with others; with an SCP those that it is attached to, or
// to what they are in, at the entity or below.
func (e *orgEntity) accounts(only *state.OrgPolicy) []string {
	var ids []string
	for a := range e.snap.Accounts() {
		path := e.snap.OrgPath(a.ID) + a.ID
		switch {
		case path == e.path && e.management:
			ids = append(ids, a.ID)
		case a.Management || path != e.path && !strings.HasPrefix(path, e.path+"/"):
		case only == nil || slices.ContainsFunc(strings.Split(path, "/")[len(e.levels):], func(id string) bool { return slices.Contains(only.Targets, id) }):
			ids = append(ids, a.ID)
		}
	}
	return ids
}
