package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestStory6 holds what a policy can say against the requests it is about. All
// parts share a server; each has users and buckets of its own.
func TestStory6Policies(t *testing.T) {
	admin := start(t).admin()
	t.Run("session policy", func(t *testing.T) { sessionPolicy(t, admin) })
	t.Run("boundary", func(t *testing.T) { boundary(t, admin) })
	t.Run("explicit deny", func(t *testing.T) { explicitDeny(t, admin) })
	t.Run("NotAction", func(t *testing.T) { notAction(t, admin) })
	t.Run("own user", func(t *testing.T) { ownUser(t, admin) })
	t.Run("own prefix", func(t *testing.T) { ownPrefix(t, admin) })
	t.Run("bucket policy", func(t *testing.T) { bucketPolicy(t, admin) })
	t.Run("conditions", func(t *testing.T) { conditions(t, admin) })
}

// conditions: what every request tells about itself.
func conditions(t *testing.T, admin *client) {
	kit := admin.newUser(t, "kit")
	must(admin.iam.TagUser(ctx, &iam.TagUserInput{UserName: new("kit"), Tags: []types.Tag{{Key: new("Team"), Value: new("red")}}}))(t)
	for _, tt := range []struct{ operator, key, hit, miss string }{
		{"IpAddress", "aws:SourceIp", "127.0.0.0/8", "10.0.0.0/8"},
		{"Bool", "aws:SecureTransport", "false", "true"},
		{"DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"},
		{"NumericLessThan", "aws:EpochTime", "32472144000", "1"},
		{"StringLike", "aws:UserAgent", "aws-sdk-go-v2/*", "curl/*"},
		{"StringEquals", "aws:username", "kit", "Kit"},
		{"StringEquals", "aws:RequestedRegion", admin.server.Region, "eu-west-1"},
		{"StringEquals", "aws:PrincipalAccount", admin.server.Account, "123"},
		{"ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/k*", "arn:aws:iam::*:role/*"},
		{"StringEquals", "AWS:principalTAG/team", "red", "blue"},
		{"StringEquals", "aws:PrincipalType", "User", "AssumedRole"},
		{"Null", "aws:TokenIssueTime", "true", "false"},
		{"Null", "aws:MultiFactorAuthPresent", "true", "false"},
	} {
		for value, allowed := range map[string]bool{tt.hit: true, tt.miss: false} {
			admin.grant(t, "kit", document(`{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*","Condition":{"`+tt.operator+`":{"`+tt.key+`":"`+value+`"}}}`))
			if _, err := kit.s3.ListBuckets(ctx, &s3.ListBucketsInput{}); (err == nil) != allowed {
				t.Errorf("%s %s %s: %v", tt.operator, tt.key, value, err)
			}
		}
	}
}

// sessionPolicy narrows S3 to one bucket.
func sessionPolicy(t *testing.T, admin *client) {
	ann := admin.newUser(t, "ann")
	admin.newBucket(t, "narrow-in", "narrow-out")
	role := admin.newRole(t, "Wide", trust(`{"AWS":"`+ann.whoami(t)+`"}`), document(allow(`"s3:*"`, `"*"`)))
	wide := ann.assume(t, &sts.AssumeRoleInput{RoleArn: &role})
	must(wide.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: new("narrow-out")}))(t)

	policy := document(allow(`"s3:*"`, `["arn:aws:s3:::narrow-in","arn:aws:s3:::narrow-in/*"]`), allow(`"iam:*"`, `"*"`))
	narrow := ann.assume(t, &sts.AssumeRoleInput{RoleArn: &role, Policy: &policy})
	must(narrow.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: new("narrow-in"), Key: new("k"), Body: strings.NewReader("v")}))(t)
	fails(narrow.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: new("narrow-out")}))(t, denied(
		"User: "+narrow.whoami(t)+` is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::narrow-out" because no session policy allows the s3:ListBucket action`))
	fails(narrow.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, denied("")) // a session policy grants nothing

	got := must(ann.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("s2"), Policy: &policy}))(t)
	if got.PackedPolicySize == nil || *got.PackedPolicySize < 1 || *got.PackedPolicySize > 100 {
		t.Errorf("packed policy size %v", got.PackedPolicySize)
	}
}

// boundary takes DeleteObject away from a user whose policy grants it.
func boundary(t *testing.T, admin *client) {
	bob := admin.newUser(t, "bob")
	admin.newBucket(t, "bounded")
	admin.grant(t, "bob", document(allow(`"s3:*"`, `"*"`)))
	limit := must(admin.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: new("NoDelete"), PolicyDocument: new(
		document(allow(`["s3:Get*","s3:Put*","s3:List*"]`, `"*"`)))}))(t).Policy.Arn
	must(admin.iam.PutUserPermissionsBoundary(ctx, &iam.PutUserPermissionsBoundaryInput{UserName: new("bob"), PermissionsBoundary: limit}))(t)
	must(bob.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: new("bounded"), Key: new("k"), Body: strings.NewReader("v")}))(t)
	fails(bob.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: new("bounded"), Key: new("k")}))(t, denied(
		"User: "+bob.whoami(t)+` is not authorized to perform: s3:DeleteObject on resource: "arn:aws:s3:::bounded/k" because no permissions boundary allows the s3:DeleteObject action`))
	fails(bob.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, denied(""))

	must(admin.iam.DeleteUserPermissionsBoundary(ctx, &iam.DeleteUserPermissionsBoundaryInput{UserName: new("bob")}))(t)
	must(bob.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: new("bounded"), Key: new("k")}))(t)
}

// explicitDeny wins over any allow.
func explicitDeny(t *testing.T, admin *client) {
	cat := admin.newUser(t, "cat")
	admin.newBucket(t, "denied")
	admin.grant(t, "cat", document(allow(`"*"`, `"*"`), `{"Effect":"Deny","Action":"s3:PutObject","Resource":"arn:aws:s3:::denied/secret/*"}`))
	put := func(key string) (*s3.PutObjectOutput, error) {
		return cat.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: new("denied"), Key: &key, Body: strings.NewReader("v")})
	}
	must(put("open/k"))(t)
	fails(put("secret/k"))(t, denied(
		"User: "+cat.whoami(t)+` is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::denied/secret/k" with an explicit deny in an identity-based policy`))
	// One's identity is told even to those to whom it is denied.
	admin.grant(t, "cat", document(`{"Effect":"Deny","Action":"*","Resource":"*"}`))
	cat.whoami(t)
	fails(cat.iam.GetUser(ctx, &iam.GetUserInput{}))(t, denied(
		"User: "+cat.whoami(t)+" is not authorized to perform: iam:GetUser on resource: "+cat.whoami(t)+" with an explicit deny in an identity-based policy"))
}

// notAction allows everything but IAM.
func notAction(t *testing.T, admin *client) {
	dan := admin.newUser(t, "dan")
	admin.grant(t, "dan", document(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`))
	must(dan.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t)
	fails(dan.iam.ListRoles(ctx, &iam.ListRolesInput{}))(t, denied(
		"User: "+dan.whoami(t)+" is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::"+admin.server.Account+":role/ because no identity-based policy allows the iam:ListRoles action"))
}

// ownUser: ${aws:username} lets each user manage its own keys.
func ownUser(t *testing.T, admin *client) {
	eve, _ := admin.newUser(t, "eve"), admin.newUser(t, "fay")
	admin.grant(t, "eve", document(allow(`"iam:*AccessKey*"`, `"arn:aws:iam::*:user/${aws:username}"`)))
	made := must(eve.iam.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{}))(t)
	if *made.AccessKey.UserName != "eve" {
		t.Errorf("the key is %s's", *made.AccessKey.UserName)
	}
	fails(eve.iam.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: new("fay")}))(t, denied(""))
}

// ownPrefix: a policy variable in a condition on s3:prefix.
func ownPrefix(t *testing.T, admin *client) {
	gil := admin.newUser(t, "gil")
	admin.newBucket(t, "homes")
	admin.grant(t, "gil", document(
		`{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::homes","Condition":{"StringLike":{"s3:prefix":["","home/${aws:username}/*"]}}}`,
		allow(`["s3:GetObject","s3:PutObject"]`, `"arn:aws:s3:::homes/home/${aws:username}/*"`)))
	list := func(prefix *string) (*s3.ListObjectsV2Output, error) {
		return gil.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: new("homes"), Prefix: prefix})
	}
	put := func(key string) (*s3.PutObjectOutput, error) {
		return gil.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: new("homes"), Key: &key, Body: strings.NewReader("v")})
	}
	must(put("home/gil/a"))(t)
	fails(put("home/hal/a"))(t, denied(""))
	if got := must(list(new("home/gil/")))(t); *got.KeyCount != 1 || *got.Contents[0].Key != "home/gil/a" {
		t.Errorf("listed %d keys", *got.KeyCount)
	}
	fails(list(new("home/hal/")))(t, denied(""))
	fails(list(new("home/gilbert/")))(t, denied(""))
	fails(list(nil))(t, denied("")) // an absent key matches no StringLike
}

// bucketPolicy lets a user of another account in without a role.
func bucketPolicy(t *testing.T, admin *client) {
	admin.newBucket(t, "shared")
	must(admin.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: new("shared"), Key: new("k"), Body: strings.NewReader("for you")}))(t)
	other, _ := admin.newAccount(t, "guests")
	ida := other.newUser(t, "ida")
	get := func() (*s3.GetObjectOutput, error) {
		return ida.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: new("shared"), Key: new("k")})
	}
	fails(get())(t, denied(""))
	must(admin.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: new("shared"), Policy: new(
		document(`{"Effect":"Allow","Principal":{"AWS":"` + ida.whoami(t) + `"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::shared/*"}`))}))(t)
	fails(get())(t, denied("")) // ida's own account must allow it as well
	other.grant(t, "ida", document(allow(`"s3:GetObject"`, `"arn:aws:s3:::shared/*"`)))
	if got := read(t, must(get())(t).Body); got != "for you" {
		t.Errorf("read %q", got)
	}
	fails(ida.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: new("shared")}))(t, denied(""))
	// A user of the bucket's account needs one side only.
	joe := admin.newUser(t, "joe")
	must(admin.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: new("shared"), Policy: new(
		document(`{"Effect":"Allow","Principal":{"AWS":"` + joe.whoami(t) + `"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::shared/*"}`))}))(t)
	must(joe.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: new("shared"), Key: new("k")}))(t).Body.Close()
	fails(get())(t, denied(""))
}
