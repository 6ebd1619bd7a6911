package iam

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func updatesRole(c *api.Call, in *iamapi.UpdateRoleInput) []api.Check {
	return only(roles.bounded(c, in.RoleName))
}

// updateRole implements UpdateRole. What the request leaves out stays.
func (s *Service) updateRole(ctx context.Context, c *api.Call, in *iamapi.UpdateRoleInput) (*iamapi.UpdateRoleOutput, error) {
	return write[iamapi.UpdateRoleOutput](ctx, c, func(tx *state.Tx) error {
		r, err := roleToDescribe(tx.Snapshot, c.Account, in.RoleName)
		if err != nil {
			return err
		}
		if in.MaxSessionDuration != nil && r.ServiceLinked() {
			return protected(r.Name)
		}
		r.Description = or(in.Description, r.Description)
		r.MaxSession = maxSession(in.MaxSessionDuration, r.MaxSession)
		tx.PutRole(r)
		return nil
	})
}

func updatesRoleDescription(c *api.Call, in *iamapi.UpdateRoleDescriptionInput) []api.Check {
	return only(roles.bounded(c, in.RoleName))
}

func (s *Service) updateRoleDescription(ctx context.Context, c *api.Call, in *iamapi.UpdateRoleDescriptionInput) (*iamapi.UpdateRoleDescriptionOutput, error) {
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.UpdateRoleDescriptionOutput, error) {
		r, err := roleToDescribe(tx.Snapshot, c.Account, in.RoleName)
		if err != nil {
			return nil, err
		}
		r.Description = in.Description
		tx.PutRole(r)
		out := roleShape(newDocuments(tx.Snapshot), r)
		out.Description = optional(r.Description)
		return &iamapi.UpdateRoleDescriptionOutput{Role: &out}, nil
	})
}

func updatesAssumeRolePolicy(c *api.Call, in *iamapi.UpdateAssumeRolePolicyInput) []api.Check {
	return only(roles.bounded(c, in.RoleName))
}

func (s *Service) updateAssumeRolePolicy(ctx context.Context, c *api.Call, in *iamapi.UpdateAssumeRolePolicyInput) (*iamapi.UpdateAssumeRolePolicyOutput, error) {
	if _, err := roleToChange(c.Snapshot, c.Account, in.RoleName); err != nil {
		return nil, err
	}
	trust, err := s.trust(c, in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	return write[iamapi.UpdateAssumeRolePolicyOutput](ctx, c, func(tx *state.Tx) error {
		r, err := roleToChange(tx.Snapshot, c.Account, in.RoleName)
		if err != nil {
			return err
		}
		if r.Trust, err = resolve(tx.Snapshot, trust); err != nil {
			return err
		}
		tx.PutRole(r)
		return nil
	})
}

// roleToChange returns a copy of a role that users may change.
func roleToChange(s *state.Snapshot, account, name string) (*state.Role, error) {
	r, err := roleToDescribe(s, account, name)
	if err == nil && r.ServiceLinked() {
		return nil, protected(r.Name)
	}
	return r, err
}

// roleToDescribe returns a copy of a role whose description users may change:
// that is all they may of one that belongs to a service. See "Edit a
// service-linked role description" in the IAM User Guide.
func roleToDescribe(s *state.Snapshot, account, name string) (*state.Role, error) {
	r, ok := s.Role(account, name)
	if !ok {
		return nil, notFound(roles.missing, name)
	}
	changed := *r
	return &changed, nil
}
