package e2e

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestStory7RoleChaining(t *testing.T) {
	admin := start(t).admin()
	account := admin.server.Account
	ann := admin.newUser(t, "ann")
	roleB := "arn:aws:iam::" + account + ":role/B"
	roleA := admin.newRole(t, "A", trust(`{"AWS":"`+ann.whoami(t)+`"}`), document(allow(`"sts:AssumeRole"`, `"`+roleB+`"`), listBuckets))
	admin.newRole(t, "B", trust(`{"AWS":"`+roleA+`"}`), document(allow(`"iam:ListRoles"`, `"*"`)))
	must(admin.iam.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: new("B"), MaxSessionDuration: aws.Int32(43200)}))(t)

	fails(ann.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &roleB, RoleSessionName: new("jump")}))(t, denied(
		"User: "+ann.whoami(t)+" is not authorized to perform: sts:AssumeRole on resource: "+roleB))
	a := ann.assume(t, &sts.AssumeRoleInput{RoleArn: &roleA, RoleSessionName: new("one")})
	b := a.assume(t, &sts.AssumeRoleInput{RoleArn: &roleB, RoleSessionName: new("two")})
	if want := "arn:aws:sts::" + account + ":assumed-role/B/two"; b.whoami(t) != want {
		t.Errorf("chained to %s, want %s", b.whoami(t), want)
	}
	must(b.iam.ListRoles(ctx, &iam.ListRolesInput{}))(t)
	fails(b.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t, denied("")) // A's, not B's
	fails(a.iam.ListRoles(ctx, &iam.ListRolesInput{}))(t, denied(""))

	// At most an hour, whatever the role allows.
	chained := &sts.AssumeRoleInput{RoleArn: &roleB, RoleSessionName: new("long"), DurationSeconds: aws.Int32(3601)}
	fails(a.sts.AssumeRole(ctx, chained))(t, failure{400, "ValidationError",
		"The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."})
	chained.DurationSeconds = aws.Int32(3600)
	must(a.sts.AssumeRole(ctx, chained))(t)
	admin.server.advance(t, time.Hour)
	fails(b.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t, failure{403, "ExpiredToken", "The security token included in the request is expired"})
}

func TestStory7SessionDuration(t *testing.T) {
	admin := start(t).admin()
	ann := admin.newUser(t, "ann")
	role := admin.newRole(t, "Long", trust(`{"AWS":"`+ann.whoami(t)+`"}`), "")
	assume := func(seconds int32) (*sts.AssumeRoleOutput, error) {
		return ann.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("session"), DurationSeconds: &seconds})
	}
	tooLong := failure{400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."}
	fails(assume(43200))(t, tooLong)
	must(admin.iam.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: new("Long"), MaxSessionDuration: aws.Int32(43200)}))(t)
	for _, seconds := range []int32{900, 43200} {
		got := must(assume(seconds))(t)
		if d := time.Until(*got.Credentials.Expiration); d < time.Duration(seconds-60)*time.Second || d > time.Duration(seconds+60)*time.Second {
			t.Errorf("asked for %d s, got %v", seconds, d)
		}
	}
	fails(assume(43201))(t, failure{400, "ValidationError",
		"1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200"})
	fails(assume(899))(t, failure{400, "ValidationError",
		"1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"})
	must(admin.iam.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: new("Long"), MaxSessionDuration: aws.Int32(3600)}))(t)
	fails(assume(3601))(t, tooLong)
}
