package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// assumedRootBreadth: a bucket's policy shuts everybody out; the management
// account lets the member's root user in for this one task.
func assumedRootBreadth(t *testing.T, c *client) {
	keeper := c.newUser(t, "keeper")
	c.grant(t, "keeper", document(allow(`"sts:AssumeRoot"`, `"arn:aws:iam::*:root"`)))
	member, memberID := c.newAccount(t, "locked-out")
	member.newBucket(t, "locked")
	must(member.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: new("locked"), Policy: new(document(
		`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::locked","arn:aws:s3:::locked/*"]}`))}))(t)
	task := func(name string) *sts.AssumeRootInput {
		return &sts.AssumeRootInput{TargetPrincipal: &memberID, TaskPolicyArn: &types.PolicyDescriptorType{Arn: new("arn:aws:iam::aws:policy/root-task/" + name)}}
	}
	fails(keeper.sts.AssumeRoot(ctx, task("S3UnlockBucketPolicy")))(t, denied(""))
	must(c.iam.EnableOrganizationsRootSessions(ctx, &iam.EnableOrganizationsRootSessionsInput{}))(t)
	must(c.iam.EnableOrganizationsRootCredentialsManagement(ctx, &iam.EnableOrganizationsRootCredentialsManagementInput{}))(t)

	unlock := c.server.session(must(keeper.sts.AssumeRoot(ctx, task("S3UnlockBucketPolicy")))(t).Credentials)
	equal(t, "root of the member", unlock.whoami(t), "arn:aws:iam::"+memberID+":root")
	fails(unlock.iam.ListAccessKeys(ctx, &iam.ListAccessKeysInput{}))(t, denied(""))
	must(unlock.s3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: new("locked")}))(t)
	must(unlock.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: new("locked")}))(t)
	must(member.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: new("locked")}))(t)

	audit := c.server.session(must(keeper.sts.AssumeRoot(ctx, task("IAMAuditRootUserCredentials")))(t).Credentials)
	keys := must(audit.iam.ListAccessKeys(ctx, &iam.ListAccessKeysInput{}))(t).AccessKeyMetadata
	fails(audit.iam.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{AccessKeyId: keys[0].AccessKeyId}))(t, denied(""))
	fails(audit.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, denied(""))
	remove := c.server.session(must(keeper.sts.AssumeRoot(ctx, task("IAMDeleteRootUserCredentials")))(t).Credentials)
	must(remove.iam.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{AccessKeyId: keys[0].AccessKeyId}))(t)
	fails(member.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t, failure{403, "InvalidClientTokenId", ""})

	must(c.iam.DisableOrganizationsRootSessions(ctx, &iam.DisableOrganizationsRootSessionsInput{}))(t)
	must(c.iam.DisableOrganizationsRootCredentialsManagement(ctx, &iam.DisableOrganizationsRootCredentialsManagementInput{}))(t)
}
