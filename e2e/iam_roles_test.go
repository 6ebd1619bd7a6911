package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

var ec2Trust = trust(`{"Service":"ec2.amazonaws.com"}`)

func rolesBreadth(t *testing.T, c *client) {
	name := new("Rolf")
	made := must(c.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: name, Path: new("/app/"), AssumeRolePolicyDocument: &ec2Trust, Description: new("x > y"),
		MaxSessionDuration: aws.Int32(7200), PermissionsBoundary: new(readOnly), Tags: []types.Tag{{Key: new("k"), Value: new("v")}}}))(t).Role
	equal(t, "ARN", *made.Arn, "arn:aws:iam::"+c.server.Account+":role/app/Rolf")
	equal(t, "prefix of the id", (*made.RoleId)[:4], "AROA")
	equal(t, "description is left out", made.Description, nil)
	equal(t, "duration is left out", made.MaxSessionDuration, nil)
	got := must(c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: name}))(t).Role
	equal(t, "description", *got.Description, "x > y")
	equal(t, "duration", *got.MaxSessionDuration, 7200)
	equal(t, "trust", decoded(t, got.AssumeRolePolicyDocument), ec2Trust)
	equal(t, "boundary", *got.PermissionsBoundary.PermissionsBoundaryArn, readOnly)
	equal(t, "tags", tagText(got.Tags), "k=v")
	if got.RoleLastUsed == nil {
		t.Error("no RoleLastUsed")
	}
	listed := must(c.iam.ListRoles(ctx, &iam.ListRolesInput{PathPrefix: new("/app/")}))(t).Roles[0]
	equal(t, "tags of a listed role", len(listed.Tags), 0)
	equal(t, "boundary of a listed role", listed.PermissionsBoundary, nil)

	must(c.iam.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: name, Description: new("d2"), MaxSessionDuration: aws.Int32(3600)}))(t)
	equal(t, "description", *must(c.iam.UpdateRoleDescription(ctx, &iam.UpdateRoleDescriptionInput{RoleName: name, Description: new("d3")}))(t).Role.Description, "d3")
	account := trust(`{"AWS":"arn:aws:iam::` + c.server.Account + `:root"}`)
	must(c.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: &account}))(t)
	must(c.iam.TagRole(ctx, &iam.TagRoleInput{RoleName: name, Tags: []types.Tag{{Key: new("K2"), Value: new("v2")}}}))(t)
	must(c.iam.UntagRole(ctx, &iam.UntagRoleInput{RoleName: name, TagKeys: []string{"k"}}))(t)
	equal(t, "tags", tagText(must(c.iam.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: name}))(t).Tags), "K2=v2")
	rolePolicies(t, c, name)
	must(c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name}))(t)
	fails(c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: name}))(t, failure{404, "NoSuchEntity", "The role with name Rolf cannot be found."})
}

func rolePolicies(t *testing.T, c *client, name *string) {
	text := document(listBuckets)
	must(c.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: new("r1"), PolicyDocument: &text}))(t)
	equal(t, "document", decoded(t, must(c.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: name, PolicyName: new("r1")}))(t).PolicyDocument), text)
	equal(t, "policies", strings.Join(must(c.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: name}))(t).PolicyNames, " "), "r1")
	must(c.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: new(readOnly)}))(t)
	equal(t, "attached", *must(c.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: name}))(t).AttachedPolicies[0].PolicyArn, readOnly)
	must(c.iam.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: name}))(t)
	must(c.iam.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: new(readOnly)}))(t)
	must(c.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: new(readOnly)}))(t)
	must(c.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: new("r1")}))(t)
	fails(c.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: name, PolicyName: new("r1")}))(t, failure{404, "NoSuchEntity", "The role policy with name r1 cannot be found."})
}

func profilesBreadth(t *testing.T, c *client) {
	c.newRole(t, "Host", ec2Trust, "")
	name := new("Profile")
	made := must(c.iam.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: name, Tags: []types.Tag{{Key: new("k"), Value: new("v")}}}))(t).InstanceProfile
	equal(t, "prefix of the id", (*made.InstanceProfileId)[:4], "AIPA")
	must(c.iam.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: name, RoleName: new("Host")}))(t)
	fails(c.iam.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: name, RoleName: new("Host")}))(t,
		failure{409, "LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"})
	got := must(c.iam.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: name}))(t).InstanceProfile
	equal(t, "role", *got.Roles[0].RoleName, "Host")
	equal(t, "trust", decoded(t, got.Roles[0].AssumeRolePolicyDocument), ec2Trust)
	equal(t, "profiles", len(must(c.iam.ListInstanceProfiles(ctx, &iam.ListInstanceProfilesInput{}))(t).InstanceProfiles), 1)
	equal(t, "profiles of the role", *must(c.iam.ListInstanceProfilesForRole(ctx, &iam.ListInstanceProfilesForRoleInput{RoleName: new("Host")}))(t).InstanceProfiles[0].Arn, *made.Arn)
	must(c.iam.TagInstanceProfile(ctx, &iam.TagInstanceProfileInput{InstanceProfileName: name, Tags: []types.Tag{{Key: new("k2"), Value: new("v2")}}}))(t)
	must(c.iam.UntagInstanceProfile(ctx, &iam.UntagInstanceProfileInput{InstanceProfileName: name, TagKeys: []string{"k"}}))(t)
	equal(t, "tags", tagText(must(c.iam.ListInstanceProfileTags(ctx, &iam.ListInstanceProfileTagsInput{InstanceProfileName: name}))(t).Tags), "k2=v2")
	fails(c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: new("Host")}))(t, failure{409, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first."})
	must(c.iam.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: name, RoleName: new("Host")}))(t)
	must(c.iam.DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: name}))(t)
	fails(c.iam.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: name}))(t, failure{404, "NoSuchEntity", "Instance Profile Profile cannot be found."})
}

func policiesBreadth(t *testing.T, c *client) {
	text := document(listBuckets)
	made := must(c.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: new("Pol"), Path: new("/p/"), PolicyDocument: &text, Description: new("d"),
		Tags: []types.Tag{{Key: new("k"), Value: new("v")}}}))(t).Policy
	arn := made.Arn
	equal(t, "ARN", *arn, "arn:aws:iam::"+c.server.Account+":policy/p/Pol")
	equal(t, "prefix of the id", (*made.PolicyId)[:4], "ANPA")
	equal(t, "default version", *made.DefaultVersionId, "v1")
	got := must(c.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: arn}))(t).Policy
	equal(t, "description", *got.Description, "d")
	equal(t, "attachments", *got.AttachmentCount, 0)
	equal(t, "attachable", got.IsAttachable, true)
	local := must(c.iam.ListPolicies(ctx, &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal, PathPrefix: new("/p/")}))(t).Policies
	equal(t, "local policies", len(local), 1)
	versions(t, c, arn)
	c.newUser(t, "pol-user")
	must(c.iam.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: new("pol-user"), PolicyArn: arn}))(t)
	holders := must(c.iam.ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{PolicyArn: arn}))(t)
	equal(t, "holder", *holders.PolicyUsers[0].UserName, "pol-user")
	fails(c.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn}))(t, failure{409, "DeleteConflict", "Cannot delete a policy attached to entities."})
	must(c.iam.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: new("pol-user"), PolicyArn: arn}))(t)
	must(c.iam.TagPolicy(ctx, &iam.TagPolicyInput{PolicyArn: arn, Tags: []types.Tag{{Key: new("k2"), Value: new("v2")}}}))(t)
	must(c.iam.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"k"}}))(t)
	equal(t, "tags", tagText(must(c.iam.ListPolicyTags(ctx, &iam.ListPolicyTagsInput{PolicyArn: arn}))(t).Tags), "k2=v2")
	must(c.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn}))(t)
	fails(c.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: new("Bad"), PolicyDocument: new(`{"Version":"2012-10-17"}`)}))(t, failure{400, "MalformedPolicyDocument", ""})
	managed := must(c.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: new(readOnly)}))(t).Policy
	awsText := must(c.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: new(readOnly), VersionId: managed.DefaultVersionId}))(t).PolicyVersion
	if doc := decoded(t, awsText.Document); !strings.Contains(doc, "s3:Get*") {
		t.Errorf("ReadOnlyAccess has %d bytes", len(doc))
	}
	fails(c.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: new(readOnly)}))(t, failure{403, "AccessDenied", "Cannot delete policies outside your own account."})
}

func versions(t *testing.T, c *client, arn *string) {
	for i := 2; i <= 5; i++ {
		text := document(allow(fmt.Sprintf(`"s3:List%d*"`, i), `"*"`))
		v := must(c.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: &text, SetAsDefault: i == 3}))(t).PolicyVersion
		equal(t, "version", *v.VersionId, fmt.Sprintf("v%d", i))
		equal(t, "default", v.IsDefaultVersion, i == 3)
	}
	text := document(listBuckets)
	fails(c.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: &text}))(t, failure{409, "LimitExceeded",
		"A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."})
	got := must(c.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: arn, VersionId: new("v3")}))(t).PolicyVersion
	equal(t, "document", decoded(t, got.Document), document(allow(`"s3:List3*"`, `"*"`)))
	must(c.iam.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: new("v2")}))(t)
	fails(c.iam.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: new("v2")}))(t, failure{409, "DeleteConflict", "Cannot delete the default version of a policy."})
	for _, v := range must(c.iam.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: arn}))(t).Versions {
		if !v.IsDefaultVersion {
			must(c.iam.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: v.VersionId}))(t)
		}
	}
	equal(t, "versions left", len(must(c.iam.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: arn}))(t).Versions), 1)
}
