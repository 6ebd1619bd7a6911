package iam

import (
	"context"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// addLinkedRoles adds what makes and deletes the roles that belong to a
// service.
func (s *Service) addLinkedRoles(t *api.Table) {
	api.Op(t, "CreateServiceLinkedRole", newLinkedRole, s.createLinkedRole)
	api.Op(t, "DeleteServiceLinkedRole", deletesLinkedRole, s.deleteLinkedRole)
	api.Op(t, "GetServiceLinkedRoleDeletionStatus", getsLinkedRoleDeletion, s.getLinkedRoleDeletion)
}

const serviceNameKey = "iam:AWSServiceName"

// newLinkedRole is the role that is to be made. A request for one that cannot
// be is about no role in particular.
func newLinkedRole(c *api.Call, in *iamapi.CreateServiceLinkedRoleInput) []api.Check {
	resource := "*"
	if service, name, err := linkedRole(in); err == nil {
		resource = arn.Role(c.Account, service.path(), name)
	}
	return only(with(api.Check{Action: action(c), Resource: resource}, serviceNameKey, in.AWSServiceName))
}

// createLinkedRole implements CreateServiceLinkedRole. The service says which
// policy the role has and that it alone is trusted. Such roles count as all
// do, and can exceed the quota; see "Create a service-linked role" in the IAM
// User Guide. That they are no more than it by themselves is ours.
func (s *Service) createLinkedRole(ctx context.Context, c *api.Call, in *iamapi.CreateServiceLinkedRoleInput) (*iamapi.CreateServiceLinkedRoleOutput, error) {
	service, name, err := linkedRole(in)
	if err != nil {
		return nil, err
	}
	trust, err := state.ParseDocument(policy.Trust, service.trust(), s.schema)
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateServiceLinkedRoleOutput, error) {
		if _, taken := tx.Role(c.Account, name); taken {
			return nil, iamapi.InvalidInput(linkedRoleTaken, name)
		}
		if err := s.quotas.room(rolesPerAccount, linkedRoles(tx.Snapshot, c.Account)); err != nil {
			return nil, err
		}
		if _, ok := usable(tx.Snapshot, c.Account, service.policyARN()); !ok {
			return nil, notFound(policyUnknown, service.policyARN())
		}
		trust, err := resolve(tx.Snapshot, trust)
		if err != nil {
			return nil, err
		}
		r := &state.Role{
			Account: c.Account, ID: tx.NewID(awsid.Role), Name: name, Path: service.path(), Description: or(in.Description, ""),
			Created: tx.Now(), MaxSession: defaultMaxSession, Trust: trust, Attached: []string{service.policyARN()},
		}
		tx.PutRole(r)
		out := roleShape(newDocuments(tx.Snapshot), r)
		return &iamapi.CreateServiceLinkedRoleOutput{Role: &out}, nil
	})
}

// linkedRoles counts the roles of an account that belong to services.
func linkedRoles(s *state.Snapshot, account string) int {
	n := 0
	for r := range s.Roles(account, "") {
		if r.ServiceLinked() {
			n++
		}
	}
	return n
}

func deletesLinkedRole(c *api.Call, in *iamapi.DeleteServiceLinkedRoleInput) []api.Check {
	return only(roles.on(c, in.RoleName))
}

// deleteLinkedRole implements DeleteServiceLinkedRole. The task that AWS begins
// is done here when the answer arrives: nobody has to be asked first.
func (s *Service) deleteLinkedRole(ctx context.Context, c *api.Call, in *iamapi.DeleteServiceLinkedRoleInput) (*iamapi.DeleteServiceLinkedRoleOutput, error) {
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.DeleteServiceLinkedRoleOutput, error) {
		r, ok := tx.Role(c.Account, in.RoleName)
		if !ok || !r.ServiceLinked() {
			return nil, notFound(roles.missing, in.RoleName)
		}
		task := &state.RoleDeletion{
			ID: taskPrefix + r.Path + r.Name + "/" + tx.NewUUID(), Account: c.Account, Created: tx.Now(), Seq: tx.NextSeq(),
			InUse: linkedRoleUse(tx.Snapshot, r),
		}
		tx.PutRoleDeletion(task)
		if task.InUse == nil {
			tx.DeleteRole(r)
		}
		return &iamapi.DeleteServiceLinkedRoleOutput{DeletionTaskId: task.ID}, nil
	})
}

// linkedRoleUse returns what its service uses a role for; nil is nothing. Of
// the services that have such roles one is in every installation: Organizations
// needs its role in each account of the organization.
func linkedRoleUse(snap *state.Snapshot, r *state.Role) *state.RoleInUse {
	org := snap.Organization()
	if org == nil || r.Path != serviceRolePath+"organizations"+servicePrincipalSuffix+"/" {
		return nil
	}
	return &state.RoleInUse{Reason: inOrganization, Usage: []state.RoleUsage{{
		Region: "us-east-1", Resources: []string{org.AccountARN(r.Account)},
	}}}
}

const taskPrefix = "task"

// deletedRole is the ARN of the role that the id of a task names.
func deletedRole(account, task string) (string, bool) {
	path, ok := strings.CutPrefix(task, taskPrefix+serviceRolePath)
	if !ok {
		return "", false
	}
	parts := strings.Split(path, "/") // service, role, UUID
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return "", false
	}
	return arn.Role(account, serviceRolePath+parts[0]+"/", parts[1]), true
}

// getsLinkedRoleDeletion is about the role that the task's id names, which may
// be gone.
func getsLinkedRoleDeletion(c *api.Call, in *iamapi.GetServiceLinkedRoleDeletionStatusInput) []api.Check {
	role, ok := deletedRole(c.Account, in.DeletionTaskId)
	if !ok {
		return account(c)
	}
	check := api.Check{Action: action(c), Resource: role}
	if r, ok := authz.RoleByARN(c.Snapshot, role); ok {
		check.Tags = r.Tags
	}
	return only(check)
}

func (s *Service) getLinkedRoleDeletion(_ context.Context, c *api.Call, in *iamapi.GetServiceLinkedRoleDeletionStatusInput) (*iamapi.GetServiceLinkedRoleDeletionStatusOutput, error) {
	if _, ok := deletedRole(c.Account, in.DeletionTaskId); !ok {
		return nil, iamapi.InvalidInput(badDeletionTask, in.DeletionTaskId)
	}
	task, ok := c.Snapshot.RoleDeletion(c.Account, in.DeletionTaskId)
	if !ok {
		return nil, notFound(deletionTaskGone, in.DeletionTaskId)
	}
	if task.InUse == nil {
		return &iamapi.GetServiceLinkedRoleDeletionStatusOutput{Status: iamapi.DeletionTaskStatusTypeSucceeded}, nil
	}
	return &iamapi.GetServiceLinkedRoleDeletionStatusOutput{
		Status: iamapi.DeletionTaskStatusTypeFailed,
		Reason: &iamapi.DeletionTaskFailureReasonType{
			Reason: &task.InUse.Reason,
			RoleUsageList: shapes(task.InUse.Usage, func(u state.RoleUsage) iamapi.RoleUsageType {
				return iamapi.RoleUsageType{Region: &u.Region, Resources: u.Resources}
			}),
		},
	}, nil
}
