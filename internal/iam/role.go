package iam

import (
	"context"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

const (
	defaultMaxSession = time.Hour
	serviceRolePath   = "/aws-service-role/"
)

// newRole is what CreateRole acts on. The role does not exist yet, so its ARN
// and its tags come from the request.
func newRole(c *api.Call, in *iamapi.CreateRoleInput) []api.Check {
	checks := making(c, arn.Role(c.Account, pathOf(in.Path), in.RoleName), in.Tags, "iam:TagRole")
	if in.PermissionsBoundary != nil {
		checks[0] = with(checks[0], boundaryKey, *in.PermissionsBoundary)
	}
	return checks
}

// createRole implements CreateRole. The caller is authorized and in is valid
// as to lengths and patterns; what is left is what depends on the account.
func (s *Service) createRole(ctx context.Context, c *api.Call, in *iamapi.CreateRoleInput) (*iamapi.CreateRoleOutput, error) {
	if strings.HasPrefix(pathOf(in.Path), serviceRolePath) {
		return nil, iamapi.InvalidInput(reservedPath)
	}
	tags, err := newTags(roles, in.Tags)
	if err != nil {
		return nil, err
	}
	trust, err := s.trust(c, in.AssumeRolePolicyDocument)
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateRoleOutput, error) {
		if _, ok := tx.Role(c.Account, in.RoleName); ok {
			return nil, exists(roleExists, in.RoleName)
		}
		if err := s.quotas.room(rolesPerAccount, tx.NumRoles(c.Account)); err != nil {
			return nil, err
		}
		boundary, err := newBoundary(tx.Snapshot, c.Account, in.PermissionsBoundary)
		if err != nil {
			return nil, err
		}
		trust, err := resolve(tx.Snapshot, trust)
		if err != nil {
			return nil, err
		}
		r := &state.Role{
			Account: c.Account, ID: tx.NewID(awsid.Role), Name: in.RoleName, Path: pathOf(in.Path),
			Description: or(in.Description, ""), Created: tx.Now(), MaxSession: maxSession(in.MaxSessionDuration, defaultMaxSession),
			Trust: trust, Boundary: boundary, Tags: tags,
		}
		tx.PutRole(r)
		out := roleShape(newDocuments(tx.Snapshot), r)
		out.PermissionsBoundary, out.Tags = boundaryShape(r.Boundary), in.Tags
		return &iamapi.CreateRoleOutput{Role: out}, nil
	})
}

func getsRole(c *api.Call, in *iamapi.GetRoleInput) []api.Check {
	return only(roles.bounded(c, in.RoleName))
}

func (s *Service) getRole(_ context.Context, c *api.Call, in *iamapi.GetRoleInput) (*iamapi.GetRoleOutput, error) {
	r, ok := c.Snapshot.Role(c.Account, in.RoleName)
	if !ok {
		return nil, notFound(roles.missing, in.RoleName)
	}
	out := listedRoleShape(newDocuments(c.Snapshot), r)
	out.PermissionsBoundary, out.RoleLastUsed = boundaryShape(r.Boundary), roleLastUsed(c, r)
	if len(r.Tags) > 0 {
		out.Tags = tagShapes(r.Tags)
	}
	return &iamapi.GetRoleOutput{Role: out}, nil
}

func listsRoles(c *api.Call, in *iamapi.ListRolesInput) []api.Check {
	return listing(c, "role", in.PathPrefix)
}

func (s *Service) listRoles(_ context.Context, c *api.Call, in *iamapi.ListRolesInput) (*iamapi.ListRolesOutput, error) {
	p, err := s.page(c, "", in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	all := under(in.PathPrefix, c.Snapshot.Roles(c.Account, p.after), func(r *state.Role) string { return r.Path })
	docs := newDocuments(c.Snapshot)
	out := &iamapi.ListRolesOutput{Roles: shapes(fill(p, all, roleName), func(r *state.Role) iamapi.Role {
		return listedRoleShape(docs, r)
	})}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

func deletesRole(c *api.Call, in *iamapi.DeleteRoleInput) []api.Check {
	return only(roles.bounded(c, in.RoleName))
}

func (s *Service) deleteRole(ctx context.Context, c *api.Call, in *iamapi.DeleteRoleInput) (*iamapi.DeleteRoleOutput, error) {
	return write[iamapi.DeleteRoleOutput](ctx, c, func(tx *state.Tx) error {
		r, ok := tx.Role(c.Account, in.RoleName)
		switch {
		case !ok:
			return notFound(roles.missing, in.RoleName)
		case r.ServiceLinked():
			return protected(r.Name)
		case len(r.Attached) > 0:
			return conflict(mustDetach)
		case len(r.Inline) > 0:
			return conflict(mustDeleteInline)
		}
		for range tx.ProfilesOf(r.ID) {
			return conflict(mustRemoveRoles)
		}
		tx.DeleteRole(r)
		return nil
	})
}

func roleName(r *state.Role) string { return r.Name }

func maxSession(seconds *int32, otherwise time.Duration) time.Duration {
	if seconds == nil {
		return otherwise
	}
	return time.Duration(*seconds) * time.Second
}

// roleShape is a role as CreateRole and instance profiles have it: AWS leaves
// most of it out there.
func roleShape(docs *documents, r *state.Role) iamapi.Role {
	trust := docs.encoded(r.Trust)
	return iamapi.Role{
		Path: r.Path, RoleName: r.Name, RoleId: r.ID, Arn: r.ARN(), CreateDate: r.Created,
		AssumeRolePolicyDocument: &trust,
	}
}

// listedRoleShape is a role as lists have it: without tags, boundary and last
// use.
func listedRoleShape(docs *documents, r *state.Role) iamapi.Role {
	out := roleShape(docs, r)
	seconds := int32(r.MaxSession / time.Second)
	out.Description, out.MaxSessionDuration = optional(r.Description), &seconds
	return out
}

// roleLastUsed is empty for a role that was never used.
func roleLastUsed(c *api.Call, r *state.Role) *iamapi.RoleLastUsed {
	use := c.RoleLastUsed(r)
	if use.At.IsZero() {
		return &iamapi.RoleLastUsed{}
	}
	return &iamapi.RoleLastUsed{LastUsedDate: &use.At, Region: optional(use.Region)}
}
