package iam

import (
	"context"
	"iter"
	"slices"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func listsEntitiesForPolicy(c *api.Call, in *iamapi.ListEntitiesForPolicyInput) []api.Check {
	return only(onPolicy(c, in.PolicyArn))
}

// listEntitiesForPolicy implements ListEntitiesForPolicy. Entities are listed
// by unique id: those the policy is attached to, and those it bounds.
func (s *Service) listEntitiesForPolicy(_ context.Context, c *api.Call, in *iamapi.ListEntitiesForPolicyInput) (*iamapi.ListEntitiesForPolicyOutput, error) {
	if !isPolicyARN(in.PolicyArn) {
		return nil, invalid(badARN, in.PolicyArn)
	}
	if _, ok := usable(c.Snapshot, c.Account, in.PolicyArn); !ok {
		return nil, notFound(policyUnknown, in.PolicyArn)
	}
	p, err := s.page(c, in.PolicyArn, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	wanted := filtered(usersOfPolicy(c, in), func(e state.Entity) bool {
		return e.UniqueID() > p.after && wantsEntity(in, e)
	})
	out := &iamapi.ListEntitiesForPolicyOutput{
		PolicyGroups: []iamapi.PolicyGroup{}, PolicyUsers: []iamapi.PolicyUser{}, PolicyRoles: []iamapi.PolicyRole{},
	}
	for _, e := range fill(p, wanted, state.Entity.UniqueID) {
		switch e := e.(type) {
		case *state.User:
			out.PolicyUsers = append(out.PolicyUsers, iamapi.PolicyUser{UserName: &e.Name, UserId: &e.ID})
		case *state.Group:
			out.PolicyGroups = append(out.PolicyGroups, iamapi.PolicyGroup{GroupName: &e.Name, GroupId: &e.ID})
		case *state.Role:
			out.PolicyRoles = append(out.PolicyRoles, iamapi.PolicyRole{RoleName: &e.Name, RoleId: &e.ID})
		}
	}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// usersOfPolicy yields the entities that have the policy in the ways asked
// for, each once, by unique id.
func usersOfPolicy(c *api.Call, in *iamapi.ListEntitiesForPolicyInput) iter.Seq[state.Entity] {
	attached, bounded := c.Snapshot.AttachedTo(c.Account, in.PolicyArn), c.Snapshot.BoundaryUsers(c.Account, in.PolicyArn)
	switch or(in.PolicyUsageFilter, "") {
	case iamapi.PolicyUsageTypePermissionsPolicy:
		return attached
	case iamapi.PolicyUsageTypePermissionsBoundary:
		return bounded
	}
	return merged(attached, bounded)
}

// merged yields what two sequences by unique id have, in order.
func merged(a, b iter.Seq[state.Entity]) iter.Seq[state.Entity] {
	return func(yield func(state.Entity) bool) {
		next, stop := iter.Pull(b)
		defer stop()
		other, more := next()
		for e := range a {
			for more && other.UniqueID() < e.UniqueID() {
				if !yield(other) {
					return
				}
				other, more = next()
			}
			if more && other.UniqueID() == e.UniqueID() {
				other, more = next()
			}
			if !yield(e) {
				return
			}
		}
		for more && yield(other) {
			other, more = next()
		}
	}
}

// wantsEntity applies the filters by kind and path.
func wantsEntity(in *iamapi.ListEntitiesForPolicyInput, e state.Entity) bool {
	kind, path := iamapi.EntityTypeUser, ""
	switch e := e.(type) {
	case *state.User:
		path = e.Path
	case *state.Group:
		kind, path = iamapi.EntityTypeGroup, e.Path
	case *state.Role:
		kind, path = iamapi.EntityTypeRole, e.Path
	}
	for range under(in.PathPrefix, slices.Values([]string{path}), func(path string) string { return path }) {
		return or(in.EntityFilter, kind) == kind
	}
	return false
}
