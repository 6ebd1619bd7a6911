package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

var ctx = context.Background()

const (
	listRole    = "S3BucketListReadOnlyRole"
	listBuckets = `{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}`
)

// developer plays step 2: a user that may do nothing, a role that may list
// buckets, trusted to a service only, and two buckets. It returns the
// administrator, the user and the role's ARN.
func developer(t *testing.T) (admin, dev *client, role string) {
	t.Helper()
	admin = start(t).admin()
	dev = admin.newUser(t, "developer")
	role = admin.newRole(t, listRole, trust(`{"Service":"ec2.amazonaws.com"}`), document(listBuckets))
	admin.newBucket(t, "story-one", "story-two")
	return admin, dev, role
}

func TestStory2Administrator(t *testing.T) {
	admin, dev, role := developer(t)
	account := admin.server.Account
	if want := "arn:aws:iam::" + account + ":user/developer"; dev.whoami(t) != want {
		t.Errorf("the user is %s, want %s", dev.whoami(t), want)
	}
	if want := "arn:aws:iam::" + account + ":root"; admin.whoami(t) != want {
		t.Errorf("the administrator is %s, want %s", admin.whoami(t), want)
	}
	if want := "arn:aws:iam::" + account + ":role/" + listRole; role != want {
		t.Errorf("the role is %s, want %s", role, want)
	}
	if !strings.HasPrefix(dev.AccessKeyID, "AKIA") || len(dev.AccessKeyID) != 20 || len(dev.SecretAccessKey) != 40 {
		t.Errorf("access key %s, secret of %d characters", dev.AccessKeyID, len(dev.SecretAccessKey))
	}
	if got := bucketNames(t, admin); got != "story-one story-two" {
		t.Errorf("buckets %q", got)
	}
}

func TestStory3NothingIsAllowed(t *testing.T) {
	_, dev, role := developer(t)
	me := dev.whoami(t)
	fails(dev.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t, denied(
		"User: "+me+" is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action"))
	for _, arn := range []string{role, role + "ThatIsNot"} {
		fails(dev.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: new("try")}))(t, denied(
			"User: "+me+" is not authorized to perform: sts:AssumeRole on resource: "+arn))
	}
	fails(dev.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, denied(fmt.Sprintf(
		"User: %s is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::%s:user/ because no identity-based policy allows the iam:ListUsers action", me, dev.server.Account)))
}

func TestStory4AssumeRole(t *testing.T) {
	admin, dev, role := developer(t)
	me := dev.whoami(t)
	admin.grant(t, "developer", document(allow(`"iam:ListUsers"`, `"*"`)))
	text := trust(`{"Service":"ec2.amazonaws.com","AWS":"` + me + `"}`)
	must(admin.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: new(listRole), PolicyDocument: &text}))(t)

	before := time.Now()
	got := must(dev.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("NAME")}))(t)
	c := got.Credentials
	if !strings.HasPrefix(*c.AccessKeyId, "ASIA") || len(*c.AccessKeyId) != 20 || *c.SecretAccessKey == "" || *c.SessionToken == "" {
		t.Errorf("credentials %s, %d characters of secret, %d of token", *c.AccessKeyId, len(*c.SecretAccessKey), len(*c.SessionToken))
	}
	if d := c.Expiration.Sub(before); d < 59*time.Minute || d > 61*time.Minute {
		t.Errorf("the session ends in %v, want an hour", d)
	}
	arn := "arn:aws:sts::" + admin.server.Account + ":assumed-role/" + listRole + "/NAME"
	if *got.AssumedRoleUser.Arn != arn || !strings.HasPrefix(*got.AssumedRoleUser.AssumedRoleId, "AROA") || !strings.HasSuffix(*got.AssumedRoleUser.AssumedRoleId, ":NAME") {
		t.Errorf("assumed %s, %s", *got.AssumedRoleUser.Arn, *got.AssumedRoleUser.AssumedRoleId)
	}
	if got.PackedPolicySize != nil {
		t.Errorf("packed policy size %d without a policy", *got.PackedPolicySize)
	}
	session := admin.server.as(aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken})
	if session.whoami(t) != arn {
		t.Errorf("the session is %s, want %s", session.whoami(t), arn)
	}
	if got := bucketNames(t, session); got != "story-one story-two" {
		t.Errorf("buckets %q", got)
	}
	onlyThat(t, session, dev)
}

// onlyThat: the session has the role's permissions and nothing else; the user
// has kept its own.
func onlyThat(t *testing.T, session, dev *client) {
	arn := session.whoami(t)
	fails(session.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: new("story-one")}))(t, denied(
		"User: "+arn+` is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::story-one" because no identity-based policy allows the s3:ListBucket action`))
	fails(session.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, denied(
		"User: "+arn+" is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::"+session.server.Account+":user/ because no identity-based policy allows the iam:ListUsers action"))
	must(dev.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t)
	fails(dev.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t, denied(""))
}

func bucketNames(t *testing.T, c *client) string {
	t.Helper()
	var names []string
	for _, b := range must(c.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t).Buckets {
		names = append(names, *b.Name)
	}
	return strings.Join(names, " ")
}
