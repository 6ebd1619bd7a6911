package iam

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func getsAccountAuthorizationDetails(c *api.Call, _ *iamapi.GetAccountAuthorizationDetailsInput) []api.Check {
	return account(c)
}

// getAccountAuthorizationDetails implements GetAccountAuthorizationDetails. The
// list goes through the kinds of entities one after the other, and a page may
// have several. Of AWS's policies it has those that the account uses.
func (s *Service) getAccountAuthorizationDetails(_ context.Context, c *api.Call, in *iamapi.GetAccountAuthorizationDetailsInput) (*iamapi.GetAccountAuthorizationDetailsOutput, error) {
	p, err := s.page(c, "", in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iamapi.GetAccountAuthorizationDetailsOutput{
		UserDetailList: []iamapi.UserDetail{}, GroupDetailList: []iamapi.GroupDetail{}, RoleDetailList: []iamapi.RoleDetail{},
		Policies: []iamapi.ManagedPolicyDetail{},
	}
	for _, f := range fill(p, s.details(c, in.Filter, p.after), func(f detail) string { return f.position }) {
		f.add(out)
	}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// detail is one entity of the list.
type detail struct {
	position string // kind, a slash, name
	add      func(*iamapi.GetAccountAuthorizationDetailsOutput)
}

// detailKinds are the kinds of entities in the order of the list.
var detailKinds = []iamapi.EntityType{
	iamapi.EntityTypeUser, iamapi.EntityTypeGroup, iamapi.EntityTypeRole,
	iamapi.EntityTypeLocalManagedPolicy, iamapi.EntityTypeAWSManagedPolicy,
}

// details yields what the filter asks for behind a position.
func (s *Service) details(c *api.Call, filter []iamapi.EntityType, after string) iter.Seq[detail] {
	return func(yield func(detail) bool) {
		kind, name, _ := strings.Cut(after, "/")
		first := max(0, slices.Index(detailKinds, iamapi.EntityType(kind)))
		for _, k := range detailKinds[first:] {
			if len(filter) == 0 || slices.Contains(filter, k) {
				for d := range s.detailsOf(c, k, name) {
					if !yield(d) {
						return
					}
				}
			}
			name = ""
		}
	}
}

func (s *Service) detailsOf(c *api.Call, kind iamapi.EntityType, after string) iter.Seq[detail] {
	switch kind {
	case iamapi.EntityTypeUser:
		return each(kind, c.Snapshot.Users(c.Account, after), userName, func(out *iamapi.GetAccountAuthorizationDetailsOutput, u *state.User) {
			out.UserDetailList = append(out.UserDetailList, userDetail(c, u))
		})
	case iamapi.EntityTypeGroup:
		return each(kind, c.Snapshot.Groups(c.Account, after), groupName, func(out *iamapi.GetAccountAuthorizationDetailsOutput, g *state.Group) {
			out.GroupDetailList = append(out.GroupDetailList, groupDetail(c, g))
		})
	case iamapi.EntityTypeRole:
		return each(kind, c.Snapshot.Roles(c.Account, after), roleName, func(out *iamapi.GetAccountAuthorizationDetailsOutput, r *state.Role) {
			out.RoleDetailList = append(out.RoleDetailList, roleDetail(c, r))
		})
	}
	all := c.Snapshot.Policies(c.Account, after)
	if kind == iamapi.EntityTypeAWSManagedPolicy {
		all = s.awsPoliciesInUse(c, after)
	}
	name := func(p *state.ManagedPolicy) string { return p.Name }
	return each(kind, all, name, func(out *iamapi.GetAccountAuthorizationDetailsOutput, p *state.ManagedPolicy) {
		out.Policies = append(out.Policies, policyDetail(c, p))
	})
}

// awsPoliciesInUse yields the AWS managed policies that an entity of the
// account has, with their documents.
func (s *Service) awsPoliciesInUse(c *api.Call, after string) iter.Seq[*state.ManagedPolicy] {
	return func(yield func(*state.ManagedPolicy) bool) {
		for p := range s.aws.after(after) {
			policyARN := p.ARN()
			if c.Snapshot.AttachmentCount(c.Account, policyARN)+c.Snapshot.BoundaryCount(c.Account, policyARN) == 0 {
				continue
			}
			if p, ok := c.Snapshot.ManagedPolicy(policyARN); ok && !yield(s.aws.dated(p)) {
				return
			}
		}
	}
}

// each turns a sequence of entities into details.
func each[E any](kind iamapi.EntityType, seq iter.Seq[E], name func(E) string, add func(*iamapi.GetAccountAuthorizationDetailsOutput, E)) iter.Seq[detail] {
	return func(yield func(detail) bool) {
		for e := range seq {
			d := detail{string(kind) + "/" + name(e), func(out *iamapi.GetAccountAuthorizationDetailsOutput) { add(out, e) }}
			if !yield(d) {
				return
			}
		}
	}
}

// userDetail leaves out an empty list of inline policies, unlike the details of
// groups and roles.
func userDetail(c *api.Call, u *state.User) iamapi.UserDetail {
	userARN := u.ARN()
	out := iamapi.UserDetail{
		Path: &u.Path, UserName: &u.Name, UserId: &u.ID, Arn: &userARN, CreateDate: &u.Created,
		GroupList: shapes(slices.Collect(c.Snapshot.GroupsOf(u)), groupName), AttachedManagedPolicies: attachedShapes(u.Attached),
		PermissionsBoundary: boundaryShape(u.Boundary), Tags: tagShapes(u.Tags),
	}
	if len(u.Inline) > 0 {
		out.UserPolicyList = inlineDetails(c, u.Inline)
	}
	return out
}

func groupDetail(c *api.Call, g *state.Group) iamapi.GroupDetail {
	groupARN := g.ARN()
	return iamapi.GroupDetail{
		Path: &g.Path, GroupName: &g.Name, GroupId: &g.ID, Arn: &groupARN, CreateDate: &g.Created,
		GroupPolicyList: inlineDetails(c, g.Inline), AttachedManagedPolicies: attachedShapes(g.Attached),
	}
}

func roleDetail(c *api.Call, r *state.Role) iamapi.RoleDetail {
	roleARN, trust := r.ARN(), encoded(c.Snapshot.Display(r.Trust))
	return iamapi.RoleDetail{
		Path: &r.Path, RoleName: &r.Name, RoleId: &r.ID, Arn: &roleARN, CreateDate: &r.Created, AssumeRolePolicyDocument: &trust,
		InstanceProfileList: profileShapes(c.Snapshot, slices.Collect(c.Snapshot.ProfilesOf(r.ID))),
		RolePolicyList:      inlineDetails(c, r.Inline), AttachedManagedPolicies: attachedShapes(r.Attached),
		PermissionsBoundary: boundaryShape(r.Boundary), Tags: tagShapes(r.Tags), RoleLastUsed: roleLastUsed(c, r),
	}
}

func policyDetail(c *api.Call, p *state.ManagedPolicy) iamapi.ManagedPolicyDetail {
	listed := listedPolicyShape(c.Snapshot, c.Account, p)
	versions := slices.Clone(p.Versions)
	slices.Reverse(versions)
	return iamapi.ManagedPolicyDetail{
		PolicyName: listed.PolicyName, PolicyId: listed.PolicyId, Arn: listed.Arn, Path: listed.Path,
		DefaultVersionId: listed.DefaultVersionId, AttachmentCount: listed.AttachmentCount,
		PermissionsBoundaryUsageCount: listed.PermissionsBoundaryUsageCount, IsAttachable: listed.IsAttachable,
		Description: optional(p.Description), CreateDate: listed.CreateDate, UpdateDate: listed.UpdateDate,
		PolicyVersionList: shapes(versions, func(v state.PolicyVersion) iamapi.PolicyVersion {
			return documentedVersionShape(c.Snapshot, p, v)
		}),
	}
}

func inlineDetails(c *api.Call, list []state.InlinePolicy) []iamapi.PolicyDetail {
	return shapes(list, func(p state.InlinePolicy) iamapi.PolicyDetail {
		text := encoded(c.Snapshot.Display(p.Document))
		return iamapi.PolicyDetail{PolicyName: &p.Name, PolicyDocument: &text}
	})
}
