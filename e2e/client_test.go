package e2e

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// client is one principal with the SDK's clients.
type client struct {
	aws.Credentials
	server *server
	config aws.Config
	iam    *iam.Client
	sts    *sts.Client
	s3     *s3.Client
}

// as returns clients with these credentials. They retry nothing: the first
// answer is the one that counts.
func (s *server) as(c aws.Credentials) *client {
	config := aws.Config{
		Region: s.Region, BaseEndpoint: &s.URL, HTTPClient: s.http,
		Credentials: credentials.StaticCredentialsProvider{Value: c},
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
		APIOptions:  []func(*middleware.Stack) error{s.seen.option(c.AccessKeyID)},
	}
	return &client{
		Credentials: c, server: s, config: config, iam: iam.NewFromConfig(config), sts: sts.NewFromConfig(config),
		s3: s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true }),
	}
}

// admin is the account's root user.
func (s *server) admin() *client { return s.as(s.root()) }

// must returns the answer of a call that has to succeed:
// must(c.iam.GetUser(ctx, in))(t).
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// failure is an answer that has to come. An empty message is any.
type failure struct {
	status        int
	code, message string
}

func (f failure) check(t *testing.T, err error) {
	t.Helper()
	got := failureOf(err)
	if got.code == "" {
		t.Errorf("got %v, want %s", err, f.code)
		return
	}
	if f.message == "" {
		got.message = ""
	}
	if got != f {
		t.Errorf("got  %d %s: %s\nwant %d %s: %s", got.status, got.code, got.message, f.status, f.code, f.message)
	}
}

// fails checks the answer of a call that has to fail:
// fails(c.iam.GetUser(ctx, in))(t, failure{…}).
func fails[T any](_ T, err error) func(*testing.T, failure) {
	return func(t *testing.T, f failure) {
		t.Helper()
		f.check(t, err)
	}
}

func failureOf(err error) failure {
	var f failure
	var api smithy.APIError
	if errors.As(err, &api) {
		f.code, f.message = api.ErrorCode(), api.ErrorMessage()
	}
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		f.status = answer.HTTPStatusCode()
	}
	return f
}

// denied is an implicit denial in the words of the service.
func denied(message string) failure {
	return failure{http.StatusForbidden, "AccessDenied", message}
}

// newUser makes a user with an access key and returns it as a client.
func (c *client) newUser(t *testing.T, name string) *client {
	t.Helper()
	ctx := context.Background()
	must(c.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: &name}))(t)
	return c.newKey(t, name)
}

func (c *client) newKey(t *testing.T, user string) *client {
	t.Helper()
	key := must(c.iam.CreateAccessKey(context.Background(), &iam.CreateAccessKeyInput{UserName: &user}))(t).AccessKey
	return c.server.as(aws.Credentials{AccessKeyID: *key.AccessKeyId, SecretAccessKey: *key.SecretAccessKey})
}

// newRole makes a role with an inline policy and returns its ARN.
func (c *client) newRole(t *testing.T, name, trust, policy string) string {
	t.Helper()
	ctx := context.Background()
	role := must(c.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust}))(t).Role
	if policy != "" {
		must(c.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &name, PolicyName: new("own"), PolicyDocument: &policy}))(t)
	}
	return *role.Arn
}

func (c *client) grant(t *testing.T, user, policy string) {
	t.Helper()
	must(c.iam.PutUserPolicy(context.Background(), &iam.PutUserPolicyInput{UserName: &user, PolicyName: new("own"), PolicyDocument: &policy}))(t)
}

func (c *client) newBucket(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		must(c.s3.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &name}))(t)
	}
}

// assume assumes a role and returns the session as a client.
func (c *client) assume(t *testing.T, in *sts.AssumeRoleInput) *client {
	t.Helper()
	if in.RoleSessionName == nil {
		in.RoleSessionName = new("session")
	}
	got := must(c.sts.AssumeRole(context.Background(), in))(t).Credentials
	return c.server.as(aws.Credentials{AccessKeyID: *got.AccessKeyId, SecretAccessKey: *got.SecretAccessKey, SessionToken: *got.SessionToken})
}

// whoami is the caller's ARN.
func (c *client) whoami(t *testing.T) string {
	t.Helper()
	return *must(c.sts.GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{}))(t).Arn
}

// document is a policy of these statements.
func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// allow is a statement that allows actions on resources, both as JSON.
func allow(action, resource string) string {
	return `{"Effect":"Allow","Action":` + action + `,"Resource":` + resource + `}`
}

// trust is a role's trust policy for principals, as JSON.
func trust(principals string) string {
	return document(`{"Effect":"Allow","Principal":` + principals + `,"Action":"sts:AssumeRole"}`)
}
