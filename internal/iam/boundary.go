package iam

import (
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// boundary is the permissions boundary of a user or role in a request.
type boundary struct {
	of     *noun
	name   string
	policy string // ARN
}

// putsBoundary: the condition key is the boundary to be, so that a policy can
// say which one a user must get.
func putsBoundary(c *api.Call, in boundary) []api.Check {
	return only(with(in.of.on(c, in.name), boundaryKey, in.policy))
}

func putBoundary(c *api.Call, in boundary) (change, error) {
	return func(tx *state.Tx) error {
		h, err := in.of.getToChange(tx.Snapshot, c.Account, in.name)
		if err != nil {
			return err
		}
		if *h.boundary, err = newBoundary(tx.Snapshot, c.Account, &in.policy); err != nil {
			return err
		}
		h.put(tx)
		return nil
	}, nil
}

func deletesBoundary(c *api.Call, in boundary) []api.Check {
	return only(in.of.bounded(c, in.name))
}

// deleteBoundary removes the boundary, if there is one.
func deleteBoundary(c *api.Call, in boundary) (change, error) {
	return func(tx *state.Tx) error {
		h, err := in.of.getToChange(tx.Snapshot, c.Account, in.name)
		if err != nil || *h.boundary == "" {
			return err
		}
		*h.boundary = ""
		h.put(tx)
		return nil
	}, nil
}

// newBoundary checks the ARN of a permissions boundary; nil is none.
func newBoundary(s *state.Snapshot, account string, policyARN *string) (string, error) {
	if policyARN == nil {
		return "", nil
	}
	if !isPolicyARN(*policyARN) {
		return "", iamapi.InvalidInput(badARN, *policyARN)
	}
	p, ok := usable(s, account, *policyARN)
	if !ok {
		return "", notFound(boundaryMissing, *policyARN)
	}
	if strings.HasPrefix(p.Path, serviceRolePath) {
		return "", iamapi.PolicyNotAttachable(serviceRolePolicy)
	}
	return *policyARN, nil
}

func putUserBoundary(in *iamapi.PutUserPermissionsBoundaryInput) boundary {
	return boundary{users, in.UserName, in.PermissionsBoundary}
}

func putRoleBoundary(in *iamapi.PutRolePermissionsBoundaryInput) boundary {
	return boundary{roles, in.RoleName, in.PermissionsBoundary}
}

func deleteUserBoundary(in *iamapi.DeleteUserPermissionsBoundaryInput) boundary {
	return boundary{of: users, name: in.UserName}
}

func deleteRoleBoundary(in *iamapi.DeleteRolePermissionsBoundaryInput) boundary {
	return boundary{of: roles, name: in.RoleName}
}
