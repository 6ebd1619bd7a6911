package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

func (s *server) session(c *types.Credentials) *client {
	return s.as(aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken})
}

func stsBreadth(t *testing.T, c *client) {
	who := must(c.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	equal(t, "root", *who.Account+" "+*who.UserId+" "+*who.Arn, c.server.Account+" "+c.server.Account+" arn:aws:iam::"+c.server.Account+":root")
	sam := c.newUser(t, "sam")
	c.grant(t, "sam", document(allow(`["sts:*","s3:ListAllMyBuckets","iam:GetUser"]`, `"*"`)))
	info := must(sam.sts.GetAccessKeyInfo(ctx, &sts.GetAccessKeyInfoInput{AccessKeyId: &sam.AccessKeyID}))(t)
	equal(t, "account of the key", *info.Account, c.server.Account)

	token := must(sam.sts.GetSessionToken(ctx, &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(3600)}))(t).Credentials
	session := c.server.session(token)
	equal(t, "session of", session.whoami(t), sam.whoami(t))
	must(session.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t)
	fails(session.iam.GetUser(ctx, &iam.GetUserInput{}))(t, failure{403, "InvalidClientTokenId", ""}) // IAM wants MFA for these
	fails(session.sts.GetSessionToken(ctx, &sts.GetSessionTokenInput{}))(t, denied("Cannot call GetSessionToken with session credentials"))

	policy := document(listBuckets)
	fed := must(sam.sts.GetFederationToken(ctx, &sts.GetFederationTokenInput{Name: new("guest"), Policy: &policy, Tags: []types.Tag{{Key: new("k"), Value: new("v")}}}))(t)
	equal(t, "federated user", *fed.FederatedUser.Arn+" "+*fed.FederatedUser.FederatedUserId,
		"arn:aws:sts::"+c.server.Account+":federated-user/guest "+c.server.Account+":guest")
	guest := c.server.session(fed.Credentials)
	equal(t, "federated user", guest.whoami(t), *fed.FederatedUser.Arn)
	must(guest.s3.ListBuckets(ctx, &s3.ListBucketsInput{}))(t)
	fails(guest.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, failure{403, "InvalidClientTokenId", ""})
	assumedWithTags(t, c, sam)
	decodesMessage(t, c, sam)
}

// assumedWithTags: session tags become principal tags.
func assumedWithTags(t *testing.T, c, sam *client) {
	role := c.newRole(t, "Tagged", document(`{"Effect":"Allow","Principal":{"AWS":"`+sam.whoami(t)+`"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}`),
		document(allow(`"s3:CreateBucket"`, `"arn:aws:s3:::team-${aws:PrincipalTag/Team}-*"`)))
	out := must(sam.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("tagged"), SourceIdentity: new("sam"),
		Tags: []types.Tag{{Key: new("team"), Value: new("red")}}, TransitiveTagKeys: []string{"team"}}))(t)
	equal(t, "source identity", *out.SourceIdentity, "sam")
	s := c.server.session(out.Credentials)
	must(s.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: new("team-red-1")}))(t)
	fails(s.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: new("team-blue-1")}))(t, denied(""))
	twice := []types.Tag{{Key: new("a"), Value: new("1")}, {Key: new("A"), Value: new("2")}}
	fails(sam.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("tagged"), Tags: twice}))(t,
		failure{400, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."})
	fails(sam.sts.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: new("a:b")}))(t, failure{400, "ValidationError",
		`1 validation error detected: Value 'a:b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`})
}

// decodesMessage: what was denied can be read in whole by who may.
func decodesMessage(t *testing.T, c, sam *client) {
	_, err := sam.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: new("nobody")})
	text := failureOf(err).message
	_, message, ok := strings.Cut(text, "Encoded authorization failure message: ")
	if !ok { // IAM's denials carry none; every call's can be asked for by its id
		message = encodedMessage(t, c, sam)
	}
	got := must(sam.sts.DecodeAuthorizationMessage(ctx, &sts.DecodeAuthorizationMessageInput{EncodedMessage: &message}))(t).DecodedMessage
	var decision struct {
		Allowed bool
		Context struct{ Action, Resource string }
	}
	if err := json.Unmarshal([]byte(*got), &decision); err != nil || decision.Allowed || decision.Context.Action != "iam:CreateUser" {
		t.Errorf("decoded %s, %v", *got, err)
	}
	fails(sam.sts.DecodeAuthorizationMessage(ctx, &sts.DecodeAuthorizationMessageInput{EncodedMessage: new(alter(message))}))(t,
		failure{400, "InvalidAuthorizationMessageException", "Message is not valid"})
}

func encodedMessage(t *testing.T, c, sam *client) string {
	t.Helper()
	r := sam.signed(t, "iam", time.Now(), "POST", "/", "Action=CreateUser&Version=2010-05-08&UserName=nobody")
	_, header, _ := c.server.send(t, r)
	return header.Get("X-Writ-Authorization-Message")
}
