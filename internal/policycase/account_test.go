package policycase

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/writ-iam/writ/engine"
)

func allow(action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`
}

// downloaded is an account as the AWS CLI prints it, with policies as objects;
// one, as the API sends them, is a string.
var downloaded = `{
 "UserDetailList": [
  {"Path":"/team/","UserName":"ann","UserId":"AIDAANN","Arn":"arn:aws:iam::111122223333:user/team/ann","CreateDate":"2026-01-01T00:00:00+00:00",
   "UserPolicyList":[{"PolicyName":"own","PolicyDocument":` + allow("s3:GetObject") + `}],
   "GroupList":["staff"],"AttachedManagedPolicies":[{"PolicyName":"ReadOnlyAccess","PolicyArn":"arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"}],
   "PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/limit"},
   "Tags":[{"Key":"Team","Value":"red"}]},
  {"UserName":"bad","UserId":"AIDABAD","Arn":"arn:aws:iam::111122223333:user/bad","AttachedManagedPolicies":[{"PolicyArn":"arn:aws:iam::111122223333:policy/gone"}]}],
 "GroupDetailList": [{"GroupName":"staff","GroupId":"AGPA","Arn":"arn:aws:iam::111122223333:group/staff",
   "GroupPolicyList":[{"PolicyName":"write","PolicyDocument":"` + url.PathEscape(allow("s3:PutObject")) + `"}],"AttachedManagedPolicies":[]}],
 "RoleDetailList": [{"Path":"/app/","RoleName":"R","RoleId":"AROAR","Arn":"arn:aws:iam::111122223333:role/app/R",
   "AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/team/ann"},"Action":"sts:AssumeRole"}]},
   "RolePolicyList":[{"PolicyName":"p","PolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:userid":"AROAR:s"},"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/app/R"}}}]}}]}],
 "Policies": [{"PolicyName":"limit","Arn":"arn:aws:iam::111122223333:policy/limit","DefaultVersionId":"v2",
   "PolicyVersionList":[{"VersionId":"v2","IsDefaultVersion":true,"Document":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","sts:*"],"Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/Team":"red"}}},{"Effect":"Allow","Action":"sqs:ListQueues","Resource":"*"}]}},
    {"VersionId":"v1","IsDefaultVersion":false,"Document":` + allow("*") + `}]}],
 "IsTruncated": false
}`

func testAccounts(t *testing.T) Accounts {
	t.Helper()
	a, err := ParseAccount([]byte(downloaded))
	if err != nil {
		t.Fatal(err)
	}
	return Accounts{a.ID: a}
}

func TestAccount(t *testing.T) {
	r := &Reader{Accounts: testAccounts(t)}
	const user, session = "arn:aws:iam::111122223333:user/team/ann", "arn:aws:sts::111122223333:assumed-role/R/s"
	for _, tt := range []struct{ principal, action, policies, want string }{
		{user, "s3:GetObject", `{}`, "Allow identity own#0"},
		{user, "s3:PutObject", `{}`, "Allow identity group/staff/write#0"},
		{user, "s3:DeleteObject", `{}`, "ImplicitDeny identity"},
		{user, "sqs:ListQueues", `{}`, "Allow identity arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"},
		{user, "sqs:GetQueueAttributes", `{}`, "ImplicitDeny boundary"},
		{user, "s3:DeleteObject", `{"identity":[{"name":"mine","document":` + allow("*") + `}]}`, "Allow identity mine#0"},
		{user, "sns:Publish", `{"identity":[{"name":"mine","document":` + allow("*") + `}]}`, "ImplicitDeny boundary"},
		{user, "sqs:GetQueueAttributes", `{"boundary":[{"name":"wide","document":` + allow("*") + `}]}`, "Allow identity"},
		{session, "s3:GetObject", `{}`, "Allow identity p#0"},
		{"arn:aws:sts::111122223333:assumed-role/R/other", "s3:GetObject", `{}`, "ImplicitDeny identity"},
		{"arn:aws:iam::111122223333:root", "s3:GetObject", `{}`, "Allow identity"},
		{"anonymous", "s3:GetObject", `{}`, "ImplicitDeny resource"},
	} {
		c, err := r.Line([]byte(`{"request":{"principal":"` + tt.principal + `","action":"` + tt.action + `","resource":"*"},"policies":` + tt.policies + `}`))
		if err != nil {
			t.Errorf("%+v: %v", tt, err)
			continue
		}
		if d := engine.Decide(&c.Request, &c.Layers); !strings.HasPrefix(Describe(d), tt.want) {
			t.Errorf("%+v: got %s", tt, Describe(d))
		}
	}
}

// No file lists the root user, of whose sessions the session policy alone is the
// limit.
func TestAccountOfRootsSession(t *testing.T) {
	r := &Reader{Accounts: testAccounts(t)}
	const request = `{"request":{"principal":"arn:aws:sts::111122223333:federated-user/bob","action":"s3:GetObject","issuer":"arn:aws:iam::111122223333:root"},"policies":`
	for policies, want := range map[string]string{
		`{"session":[{"name":"s","document":` + allow("s3:GetObject") + `}]}`: "Allow identity",
		`{"session":[{"name":"s","document":` + allow("s3:PutObject") + `}]}`: "ImplicitDeny session",
	} {
		c, err := r.Line([]byte(request + policies + "}"))
		if err != nil {
			t.Fatal(err)
		}
		if d := engine.Decide(&c.Request, &c.Layers); Describe(d) != want {
			t.Errorf("%s: got %s, want %s", policies, Describe(d), want)
		}
	}
}

// The trust policy of a role in the file takes part when the role is assumed.
func TestAccountTrust(t *testing.T) {
	r := &Reader{Accounts: testAccounts(t)}
	c, err := r.Line([]byte(`{"request":{"principal":"arn:aws:iam::111122223333:user/team/ann","action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/app/R"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if d := engine.Decide(&c.Request, &c.Layers); d.Effect != engine.Allow || d.Layer != engine.TrustLayer {
		t.Errorf("got %+v", d)
	}
}

// What an account does not hold, or holds broken, is an error, never a layer
// that takes no part.
func TestAccountLacks(t *testing.T) {
	r := &Reader{Accounts: testAccounts(t)}
	for request, want := range map[string]string{
		`"principal":"arn:aws:iam::111122223333:user/eve","action":"s3:GetObject"`:                                                      "account 111122223333 has no arn:aws:iam::111122223333:user/eve",
		`"principal":"arn:aws:iam::111122223333:role/other/R","action":"s3:GetObject"`:                                                  "account 111122223333 has no arn:aws:iam::111122223333:role/other/R",
		`"principal":"arn:aws:iam::444455556666:user/eve","action":"s3:GetObject"`:                                                      "no account given is 444455556666",
		`"principal":"arn:aws:sts::111122223333:federated-user/bob","action":"s3:GetObject"`:                                            "say issuer",
		`"principal":"arn:aws:iam::111122223333:user/bad","action":"s3:GetObject"`:                                                      "policy arn:aws:iam::111122223333:policy/gone is attached",
		`"principal":"arn:aws:iam::111122223333:user/team/ann","action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/R"`: "has no role arn:aws:iam::111122223333:role/R",
	} {
		if c, err := r.Line([]byte(`{"request":{` + request + `}}`)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %+v, %v, want %s", request, c, err, want)
		}
	}
	for text, want := range map[string]string{
		``:                                 "unexpected EOF",
		`[]`:                               "not the output of get-account-authorization-details",
		`{}`:                               "no user and no role",
		`{"IsTruncated":true}`:             "not whole",
		`{"UserDetailList":[{"Arn":"x"}]}`: `"x" is not the ARN`,
		`{"UserDetailList":[{"Arn":"arn:aws:iam::111122223333:user/a"},{"Arn":"arn:aws:iam::444455556666:user/b"}]}`:                                   "two accounts",
		strings.Replace(downloaded, `"PermissionsBoundary"`, `"permissionsBoundary":null,"PermissionsBoundary"`, 1):                                    `unknown object member name "permissionsBoundary"`,
		strings.Replace(downloaded, `"PermissionsBoundary"`, `"PermissionsBoundary":null,"PermissionsBoundary"`, 1):                                    "duplicate",
		`{"UserDetailList":[{"Arn":"arn:aws:iam::111122223333:user/a"},{"Arn":"arn:aws:iam::111122223333:user/a"}]}`:                                   "user/a stands twice",
		`{"RoleDetailList":[{"Arn":"arn:aws:iam::111122223333:role/a/R","RoleName":"R"},{"Arn":"arn:aws:iam::111122223333:role/b/R","RoleName":"R"}]}`: "role/b/R stands twice",
		strings.Replace(downloaded, `"DefaultVersionId":"v2"`, `"DefaultVersionId":"v1"`, 1):                                                           "policy/limit says in two ways which of its versions is the default",
		strings.Replace(downloaded, `"IsDefaultVersion":false`, `"IsDefaultVersion":true`, 1):                                                          "policy/limit says in two ways",
		strings.Replace(strings.Replace(downloaded, `"DefaultVersionId":"v2",`, ``, 1), `"IsDefaultVersion":false`, `"IsDefaultVersion":true`, 1):      "policy/limit says in two ways",
		`{"GroupDetailList":[{"GroupName":"g"},{"GroupName":"g"}]}`:                                                                                    "the group g stands twice",
		`{"Policies":[{"Arn":"arn:aws:iam::111122223333:policy/p"},{"Arn":"arn:aws:iam::111122223333:policy/p"}]}`:                                     "policy/p stands twice",
	} {
		if _, err := ParseAccount([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

// A file may say in one way or in both which version of a policy is in force.
func TestAccountDefaultVersion(t *testing.T) {
	for _, leftOut := range []string{`"DefaultVersionId":"v2",`, `,"IsDefaultVersion":true`, `,"IsDefaultVersion":false`} {
		a, err := ParseAccount([]byte(strings.Replace(downloaded, leftOut, "", 1)))
		if err != nil || !strings.Contains(downloaded, leftOut) {
			t.Errorf("without %s: %v", leftOut, err)
			continue
		}
		c, err := (&Reader{Accounts: Accounts{a.ID: a}}).Line([]byte(`{"request":{"principal":"arn:aws:iam::111122223333:user/team/ann","action":"sqs:GetQueueAttributes"}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := Describe(engine.Decide(&c.Request, &c.Layers)); got != "ImplicitDeny boundary" {
			t.Errorf("without %s: got %s", leftOut, got)
		}
	}
}

// A role whose trust policy is broken can act, and one whose own policies are
// broken can be assumed: each fault is told where the policy counts.
func TestAccountTrustApart(t *testing.T) {
	a, err := ParseAccount([]byte(`{
 "UserDetailList": [{"UserName":"ann","Arn":"arn:aws:iam::111122223333:user/ann","UserPolicyList":[{"PolicyName":"own","PolicyDocument":` + allow("sts:*") + `}]}],
 "RoleDetailList": [
  {"RoleName":"Closed","Arn":"arn:aws:iam::111122223333:role/Closed","AssumeRolePolicyDocument":{"Statement":[{}]},
   "RolePolicyList":[{"PolicyName":"p","PolicyDocument":` + allow("*") + `}]},
  {"RoleName":"Idle","Arn":"arn:aws:iam::111122223333:role/Idle","RolePolicyList":[{"PolicyName":"p","PolicyDocument":{}}],
   "AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r := &Reader{Accounts: Accounts{a.ID: a}}
	const user, session = `arn:aws:iam::111122223333:user/ann","action":"sts:AssumeRole","resource":"arn:aws:iam::111122223333:role/`, `","action":"s3:GetObject"`
	for request, want := range map[string]string{
		user + `Idle"`:   "Allow identity own#0",
		user + `Closed"`: "policy trust policy of Closed:3:5: MissingEffect",
		`arn:aws:sts::111122223333:assumed-role/Closed/s` + session: "Allow identity p#0",
		`arn:aws:sts::111122223333:assumed-role/Idle/s` + session:   "policy p:1:",
	} {
		c, err := r.Line([]byte(`{"request":{"principal":"` + request + `}}`))
		got := fmt.Sprint(err)
		if err == nil {
			got = Describe(engine.Decide(&c.Request, &c.Layers))
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s, want %s", request, got, want)
		}
	}
}
