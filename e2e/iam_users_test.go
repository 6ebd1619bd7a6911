package e2e

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"

// equal reports a decoded member that is not what was written.
func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// recent reports a date that is not of this test.
func recent(t *testing.T, what string, got *time.Time) {
	t.Helper()
	if got == nil || time.Since(*got) > 10*time.Minute || time.Until(*got) > time.Minute {
		t.Errorf("%s is %v", what, got)
	}
}

// tagText prints tags as k=v, in the order they came in.
func tagText(tags []types.Tag) string {
	var b strings.Builder
	for _, tag := range tags {
		b.WriteString(*tag.Key + "=" + *tag.Value + " ")
	}
	return strings.TrimSpace(b.String())
}

// decoded is a policy document as IAM returns it: URL-encoded.
func decoded(t *testing.T, text *string) string {
	t.Helper()
	if strings.ContainsAny(*text, `{" +`) {
		t.Errorf("not encoded as RFC 3986 has it: %s", *text)
	}
	plain, err := url.PathUnescape(*text)
	if err != nil {
		t.Error(err)
	}
	return plain
}

func usersBreadth(t *testing.T, c *client) {
	tag := types.Tag{Key: new("team"), Value: new("a + b/ç")}
	made := must(c.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: new("Uma"), Path: new("/eng/"), Tags: []types.Tag{tag}}))(t).User
	equal(t, "ARN", *made.Arn, "arn:aws:iam::"+c.server.Account+":user/eng/Uma")
	equal(t, "path", *made.Path, "/eng/")
	equal(t, "prefix of the id", (*made.UserId)[:4], "AIDA")
	equal(t, "length of the id", len(*made.UserId), 21)
	recent(t, "date", made.CreateDate)
	equal(t, "tags", tagText(made.Tags), "team=a + b/ç")
	fails(c.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: new("uma")}))(t, failure{409, "EntityAlreadyExists", "User with name uma already exists."})

	uma := new("Uma")
	got := must(c.iam.GetUser(ctx, &iam.GetUserInput{UserName: uma}))(t).User
	equal(t, "id", *got.UserId, *made.UserId)
	equal(t, "tags", tagText(got.Tags), "team=a + b/ç")
	listed := must(c.iam.ListUsers(ctx, &iam.ListUsersInput{PathPrefix: new("/eng/")}))(t)
	equal(t, "users listed", len(listed.Users), 1)
	equal(t, "truncated", listed.IsTruncated, false)

	must(c.iam.TagUser(ctx, &iam.TagUserInput{UserName: uma, Tags: []types.Tag{{Key: new("cost"), Value: new("")}}}))(t)
	must(c.iam.UntagUser(ctx, &iam.UntagUserInput{UserName: uma, TagKeys: []string{"team"}}))(t)
	equal(t, "tags", tagText(must(c.iam.ListUserTags(ctx, &iam.ListUserTagsInput{UserName: uma}))(t).Tags), "cost=")

	userPolicies(t, c, uma)
	userKeys(t, c, uma)
	must(c.iam.UpdateUser(ctx, &iam.UpdateUserInput{UserName: uma, NewUserName: new("Ursula"), NewPath: new("/ops/")}))(t)
	renamed := must(c.iam.GetUser(ctx, &iam.GetUserInput{UserName: new("Ursula")}))(t).User
	equal(t, "ARN", *renamed.Arn, "arn:aws:iam::"+c.server.Account+":user/ops/Ursula")
	equal(t, "id", *renamed.UserId, *made.UserId)
	fails(c.iam.GetUser(ctx, &iam.GetUserInput{UserName: uma}))(t, failure{404, "NoSuchEntity", "The user with name Uma cannot be found."})
	must(c.iam.DeleteUser(ctx, &iam.DeleteUserInput{UserName: new("Ursula")}))(t)
}

func userPolicies(t *testing.T, c *client, name *string) {
	text := document("\n " + allow(`"s3:GetObject"`, `"arn:aws:s3:::b/a+b%20 /é&<*"`)) // what escaping could spoil
	must(c.iam.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: name, PolicyName: new("p1"), PolicyDocument: &text}))(t)
	got := must(c.iam.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: name, PolicyName: new("p1")}))(t)
	equal(t, "document", decoded(t, got.PolicyDocument), text)
	equal(t, "policies", strings.Join(must(c.iam.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: name}))(t).PolicyNames, " "), "p1")
	must(c.iam.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: name, PolicyArn: new(readOnly)}))(t)
	attached := must(c.iam.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: name}))(t).AttachedPolicies
	equal(t, "attached", *attached[0].PolicyArn+" "+*attached[0].PolicyName, readOnly+" ReadOnlyAccess")

	must(c.iam.PutUserPermissionsBoundary(ctx, &iam.PutUserPermissionsBoundaryInput{UserName: name, PermissionsBoundary: new(readOnly)}))(t)
	limit := must(c.iam.GetUser(ctx, &iam.GetUserInput{UserName: name}))(t).User.PermissionsBoundary
	equal(t, "boundary", *limit.PermissionsBoundaryArn, readOnly)
	equal(t, "boundary type", limit.PermissionsBoundaryType, "Policy") // the model's enum says otherwise
	fails(c.iam.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name}))(t, failure{409, "DeleteConflict", "Cannot delete entity, must detach all policies first."})
	must(c.iam.DeleteUserPermissionsBoundary(ctx, &iam.DeleteUserPermissionsBoundaryInput{UserName: name}))(t)
	must(c.iam.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: name, PolicyArn: new(readOnly)}))(t)
	fails(c.iam.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name}))(t, failure{409, "DeleteConflict", "Cannot delete entity, must delete policies first."})
	must(c.iam.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: name, PolicyName: new("p1")}))(t)
}

func userKeys(t *testing.T, c *client, name *string) {
	user := c.newKey(t, *name)
	user.whoami(t)
	c.newKey(t, *name)
	fails(c.iam.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: name}))(t, failure{409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"})
	list := must(c.iam.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: name}))(t).AccessKeyMetadata
	equal(t, "keys", len(list), 2)
	equal(t, "status", list[0].Status, types.StatusTypeActive)
	recent(t, "date", list[0].CreateDate)
	used := must(c.iam.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &user.AccessKeyID}))(t)
	equal(t, "user", *used.UserName, *name)
	equal(t, "service", *used.AccessKeyLastUsed.ServiceName, "sts")
	equal(t, "region", *used.AccessKeyLastUsed.Region, c.server.Region)
	recent(t, "last use", used.AccessKeyLastUsed.LastUsedDate)
	unused := must(c.iam.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: list[1].AccessKeyId}))(t).AccessKeyLastUsed
	equal(t, "service", *unused.ServiceName+*unused.Region, "N/AN/A")
	equal(t, "last use", unused.LastUsedDate, nil)
	for _, key := range list {
		must(c.iam.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: name, AccessKeyId: key.AccessKeyId, Status: types.StatusTypeInactive}))(t)
		must(c.iam.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: key.AccessKeyId}))(t)
	}
}

func groupsBreadth(t *testing.T, c *client) {
	made := must(c.iam.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: new("Devs"), Path: new("/eng/")}))(t).Group
	equal(t, "ARN", *made.Arn, "arn:aws:iam::"+c.server.Account+":group/eng/Devs")
	equal(t, "prefix of the id", (*made.GroupId)[:4], "AGPA")
	recent(t, "date", made.CreateDate)
	devs, gus := new("Devs"), c.newUser(t, "gus")
	must(c.iam.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: devs, UserName: new("gus")}))(t)
	equal(t, "members", strings.Join(names(must(c.iam.GetGroup(ctx, &iam.GetGroupInput{GroupName: devs}))(t).Users), " "), "gus")
	equal(t, "groups", *must(c.iam.ListGroupsForUser(ctx, &iam.ListGroupsForUserInput{UserName: new("gus")}))(t).Groups[0].GroupName, "Devs")
	equal(t, "groups", len(must(c.iam.ListGroups(ctx, &iam.ListGroupsInput{}))(t).Groups), 1)

	text := document(allow(`"iam:ListUsers"`, `"*"`))
	must(c.iam.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{GroupName: devs, PolicyName: new("g1"), PolicyDocument: &text}))(t)
	must(gus.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t)
	equal(t, "document", decoded(t, must(c.iam.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: devs, PolicyName: new("g1")}))(t).PolicyDocument), text)
	equal(t, "policies", strings.Join(must(c.iam.ListGroupPolicies(ctx, &iam.ListGroupPoliciesInput{GroupName: devs}))(t).PolicyNames, " "), "g1")
	must(c.iam.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: devs, PolicyArn: new(readOnly)}))(t)
	equal(t, "attached", *must(c.iam.ListAttachedGroupPolicies(ctx, &iam.ListAttachedGroupPoliciesInput{GroupName: devs}))(t).AttachedPolicies[0].PolicyName, "ReadOnlyAccess")
	must(c.iam.UpdateGroup(ctx, &iam.UpdateGroupInput{GroupName: devs, NewGroupName: new("Engineers")}))(t)
	devs = new("Engineers")
	fails(c.iam.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: devs}))(t, failure{409, "DeleteConflict", ""})
	must(c.iam.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{GroupName: devs, PolicyArn: new(readOnly)}))(t)
	must(c.iam.DeleteGroupPolicy(ctx, &iam.DeleteGroupPolicyInput{GroupName: devs, PolicyName: new("g1")}))(t)
	fails(gus.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, denied(""))
	must(c.iam.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: devs, UserName: new("gus")}))(t)
	must(c.iam.DeleteGroup(ctx, &iam.DeleteGroupInput{GroupName: devs}))(t)
	fails(c.iam.GetGroup(ctx, &iam.GetGroupInput{GroupName: devs}))(t, failure{404, "NoSuchEntity", "The group with name Engineers cannot be found."})
}

func accountBreadth(t *testing.T, c *client) {
	must(c.iam.CreateAccountAlias(ctx, &iam.CreateAccountAliasInput{AccountAlias: new("writ-e2e")}))(t)
	equal(t, "aliases", strings.Join(must(c.iam.ListAccountAliases(ctx, &iam.ListAccountAliasesInput{}))(t).AccountAliases, " "), "writ-e2e")
	must(c.iam.DeleteAccountAlias(ctx, &iam.DeleteAccountAliasInput{AccountAlias: new("writ-e2e")}))(t)
	summary := must(c.iam.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{}))(t).SummaryMap
	users := len(must(c.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t).Users)
	equal(t, "users in the summary", int(summary["Users"]), users)
	equal(t, "quota of keys", summary["AccessKeysPerUserQuota"], 2)

	c.newUser(t, "detail")
	c.grant(t, "detail", document(listBuckets))
	c.newRole(t, "Detail", trust(`{"Service":"ec2.amazonaws.com"}`), document(listBuckets))
	must(c.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: new("Detail"), PolicyArn: new(readOnly)}))(t)
	all := &iam.GetAccountAuthorizationDetailsOutput{}
	for p := iam.NewGetAccountAuthorizationDetailsPaginator(c.iam, &iam.GetAccountAuthorizationDetailsInput{MaxItems: aws.Int32(2)}); p.HasMorePages(); {
		page := must(p.NextPage(ctx))(t)
		all.UserDetailList = append(all.UserDetailList, page.UserDetailList...)
		all.RoleDetailList = append(all.RoleDetailList, page.RoleDetailList...)
		all.Policies = append(all.Policies, page.Policies...)
	}
	equal(t, "users in the details", len(all.UserDetailList), users+1)
	for _, u := range all.UserDetailList {
		if *u.UserName == "detail" {
			equal(t, "inline policy", decoded(t, u.UserPolicyList[0].PolicyDocument), document(listBuckets))
		}
	}
	for _, r := range all.RoleDetailList {
		if *r.RoleName == "Detail" {
			equal(t, "trust", decoded(t, r.AssumeRolePolicyDocument), trust(`{"Service":"ec2.amazonaws.com"}`))
			equal(t, "attached", *r.AttachedManagedPolicies[0].PolicyArn, readOnly)
		}
	}
	found := false
	for _, p := range all.Policies {
		found = found || *p.Arn == readOnly && len(p.PolicyVersionList) > 0
	}
	equal(t, "the attached AWS policy is in the details", found, true)
}
