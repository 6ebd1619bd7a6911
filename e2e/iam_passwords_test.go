package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

func passwordsBreadth(t *testing.T, c *client) {
	pat := c.newUser(t, "pat")
	name := new("pat")
	made := must(c.iam.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: name, Password: new("First-Secret-1")}))(t).LoginProfile
	recent(t, "date", made.CreateDate)
	fails(c.iam.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name}))(t, failure{409, "DeleteConflict", ""})
	must(c.iam.UpdateLoginProfile(ctx, &iam.UpdateLoginProfileInput{UserName: name, Password: new("Second-Secret-2"), PasswordResetRequired: new(true)}))(t)
	equal(t, "reset", must(c.iam.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: name}))(t).LoginProfile.PasswordResetRequired, true)

	must(c.iam.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{AllowUsersToChangePassword: true, MaxPasswordAge: new(int32(90))}))(t)
	policy := must(c.iam.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{}))(t).PasswordPolicy
	equal(t, "length", *policy.MinimumPasswordLength, 6)
	equal(t, "expiry", policy.ExpirePasswords, true)
	equal(t, "age", *policy.MaxPasswordAge, 90)

	must(pat.iam.ChangePassword(ctx, &iam.ChangePasswordInput{OldPassword: new("Second-Secret-2"), NewPassword: new("Third-Secret-3")}))(t)
	equal(t, "reset", must(c.iam.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: name}))(t).LoginProfile.PasswordResetRequired, false)
	must(c.iam.DeleteAccountPasswordPolicy(ctx, &iam.DeleteAccountPasswordPolicyInput{}))(t)
	must(c.iam.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: name}))(t)
}
