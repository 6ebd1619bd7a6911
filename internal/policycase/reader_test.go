package policycase

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/engine"
)

// answerTo answers one line as Batch does.
func answerTo(t *testing.T, line string) map[string]any {
	t.Helper()
	c := &chunk{lines: []byte(line), first: 1}
	c.answer(new(Reader))
	var a map[string]any
	if err := json.Unmarshal(c.answers, &a); err != nil {
		t.Fatalf("%s: %v", c.answers, err)
	}
	return a
}

const (
	allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	ann      = `"principal":"arn:aws:iam::111122223333:user/ann"`
	get      = ann + `,"action":"s3:GetObject","resource":"arn:aws:s3:::b/k"`
)

func TestAnswer(t *testing.T) {
	got := answerTo(t, `{"id":"1","note":{"any":["thing"]},"request":{`+get+`,"context":{"aws:SourceIp":["10.0.0.1"],"aws:SecureTransport":true,"s3:max-keys":10,"none":null}},`+
		`"policies":{"identity":[{"name":"p","document":`+allowAll+`}],"boundary":null,`+
		`"scp":[[{"name":"full","document":`+allowAll+`}],[{"name":"guard","document":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},`+
		`{"Sid":"No","Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"Bool":{"aws:SecureTransport":"true"},"NumericEquals":{"s3:max-keys":10},"Null":{"none":"true"}}}]}}]]},"want":"ExplicitDeny"}`)
	want := map[string]any{
		"id": "1", "effect": "ExplicitDeny", "layer": "scp",
		"message":        `User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" with an explicit deny in a service control policy`,
		"statements":     []any{map[string]any{"policy": "guard", "sid": "No", "index": 1.0, "line": 1.0, "column": 85.0, "layer": "scp"}},
		"missingContext": []any{"none"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What a layer is when it is not there, and when it is empty.
func TestAbsentAndEmpty(t *testing.T) {
	identity := `"identity":[{"name":"p","document":` + allowAll + `}]`
	for policies, want := range map[string]string{
		`{` + identity + `}`:                                "Allow identity",
		`{` + identity + `,"boundary":null,"scp":null}`:     "Allow identity",
		`{` + identity + `,"boundary":[]}`:                  "ImplicitDeny boundary",
		`{` + identity + `,"session":[]}`:                   "ImplicitDeny session",
		`{` + identity + `,"vpcEndpoint":[]}`:               "ImplicitDeny vpcEndpoint",
		`{` + identity + `,"scp":[]}`:                       "ImplicitDeny scp",
		`{` + identity + `,"scp":[[]]}`:                     "ImplicitDeny scp",
		`{` + identity + `,"rcp":[]}`:                       "ImplicitDeny rcp",
		`{` + identity + `,"rcp":[[]]}`:                     "ImplicitDeny rcp",
		`{` + identity + `,"rcp":[[` + denyDeleting + `]]}`: "Allow identity", // RCPFullAWSAccess is there by itself
		`{"identity":[]}`:                                   "ImplicitDeny identity",
		`{}`:                                                "ImplicitDeny identity",
		`null`:                                              "ImplicitDeny identity",
		`{"resource":null,` + identity + `}`:                "Allow identity",
	} {
		a := answerTo(t, `{"id":"1","request":{`+get+`},"policies":`+policies+`}`)
		if a["error"] != nil || a["effect"].(string)+" "+a["layer"].(string) != want {
			t.Errorf("%s: got %v, want %s", policies, a, want)
		}
	}
}

const denyDeleting = `{"name":"r","document":{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"*"}]}}`

// Each malformed case is answered with an error that names what is wrong.
func TestMalformed(t *testing.T) {
	one := func(policies string) string {
		return `{"id":"1","request":{` + get + `},"policies":{` + policies + `}}`
	}
	for line, want := range map[string]string{
		`{"id":"1"`:                             "not valid JSON at byte",
		`{"id":"1"} {"id":"2"}`:                 "something follows the case",
		`[]`:                                    "the case must be an object",
		`{"id":"1"}`:                            "the request has no principal",
		"{\"id\":\"\xff\"}":                     "invalid UTF-8",
		`{"id":"1","id":"2"}`:                   "duplicate object member name",
		`{"id":{},"request":{` + get + `}}`:     "id must be a string",
		`{"request":[]}`:                        "request must be an object",
		`{"Request":{` + get + `}}`:             `unknown key "Request": is "request" meant?`,
		`{"request":{` + get + `},"polices":1}`: `is "policies" meant?`,
		`{"request":{` + get + `},"policy":{}}`: `is "policies" meant?`,
		`{"request":{` + get + `},"wants":1}`:   `is "want" meant?`,
		`{"request":{` + ann + `}}`:             "the request has no action",
		`{"request":{"principal":"ann","action":"s3:GetObject"}}`:                                                                                                `principal "ann" is no ARN`,
		`{"request":{"principal":"arn:aws:iam::111122223333:group/g","action":"s3:GetObject"}}`:                                                                  "is not the ARN of a user",
		`{"request":{"principal":"arn:aws:iam::111122223333:user/","action":"s3:GetObject"}}`:                                                                    "has no name",
		`{"request":{"principal":"arn:aws:iam::1:user/ann","action":"s3:GetObject"}}`:                                                                            "is not the ARN of a principal",
		`{"request":{"principal":"arn:aws:sts::111122223333:assumed-role/R","action":"s3:GetObject"}}`:                                                           "is not the ARN of a user, a role session",
		`{"request":{` + get + `,"issuer":"arn:aws:iam::111122223333:user/eve"}}`:                                                                                "only a federated user has an issuer",
		`{"request":{"principal":"arn:aws:sts::111122223333:federated-user/bob","action":"s3:GetObject","issuer":"x:root"}}`:                                     `issuer "x:root" is not the ARN of a user`,
		`{"request":{"principal":"arn:aws:sts::111122223333:federated-user/bob","action":"s3:GetObject","issuer":"arn:aws:iam::444455556666:root"}}`:             "is not the ARN of a user or the root user of account 111122223333",
		`{"request":{"principal":"arn:aws:sts::111122223333:federated-user/bob","action":"s3:GetObject","issuer":"arn:aws:sts::111122223333:assumed-role/R/s"}}`: "is not the ARN of a user or the root user",
		`{"request":{` + get + `,"resourceAccount":"12"}}`:                                                                                                       "not twelve digits",
		`{"request":{` + ann + `,"action":""}}`:                                                                                                                  "the request has no action",
		`{"request":{` + ann + `,"action":"s3GetObject"}}`:                                                                                                       `action "s3GetObject" is not the name of one`,
		`{"request":{` + ann + `,"action":"s3:*"}}`:                                                                                                              `action "s3:*" is not the name of one`,
		`{"request":{` + ann + `,"action":"s3:GetObject","resource":""}}`:                                                                                        "resource is empty: leave it out",
		`{"request":{` + get + `,"resourceAccount":""}}`:                                                                                                         "resourceAccount is empty",
		`{"request":{"principal":"arn:aws:sts::111122223333:federated-user/bob","action":"s3:GetObject","issuer":""}}`:                                           "issuer is empty",
		`{"request":{` + get + `,"account":"111122223333"}}`:                                                                                                     `unknown key "account" in request`,
		`{"request":{` + get + `,"context":{"k":{"a":1}}}}`:                                                                                                      "the values of k must be a list",
		`{"request":{` + get + `,"context":{"k":[["a"]]}}}`:                                                                                                      "a value of k must be a string, a number or a boolean",
		`{"request":{` + get + `,"context":{"aws:SourceIp":"10.0.0.1","AWS:sourceip":"10.0.0.2"}}}`:                                                              "stands twice",
		one(`"boundry":[]`):                  `unknown key "boundry" in policies`,
		one(`"boundry":null`):                `unknown key "boundry" in policies`,
		one(`"identity":{}`):                 "identity must be a list",
		one(`"identity":[{"name":"p"}]`):     "policy p has no document",
		one(`"identity":[null]`):             "a policy of identity must be an object",
		one(`"identity":[` + allowAll + `]`): `unknown key "Version" in a policy of identity`,
		one(`"identity":[{"name":"p","document":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Ressource":"*"}]}}]`): "policy p:1:80: UnknownKey",
		one(`"identity":[{"name":"p","document":{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}}]`):                                    "duplicate object member name",
		one(`"identity":[{"name":"p","document":null}]`):                                                           "policy p:1:1: WrongType",
		one(`"scp":[{"name":"p","document":` + allowAll + `}]`):                                                    "each level of scp must be a list",
		one(`"resource":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`): "policy resource:1:38: MissingPrincipal",
	} {
		a := answerTo(t, line)
		if text, _ := a["error"].(string); !strings.Contains(text, want) || a["effect"] != nil {
			t.Errorf("%s\ngot  %v\nwant %s", line, a, want)
		}
	}
}

func TestPrincipals(t *testing.T) {
	for in, want := range map[string]engine.Principal{
		"anonymous":                               {Kind: engine.Anonymous},
		"ec2.amazonaws.com":                       {Kind: engine.Service, Service: "ec2.amazonaws.com"},
		"arn:aws:iam::111122223333:root":          {Kind: engine.Root, Account: "111122223333", ARN: "arn:aws:iam::111122223333:root"},
		"arn:aws:iam::111122223333:user/team/ann": {Kind: engine.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/team/ann"},
		"arn:aws-cn:sts::111122223333:assumed-role/R/s": {
			Kind: engine.AssumedRole, Account: "111122223333", ARN: "arn:aws-cn:sts::111122223333:assumed-role/R/s",
			SessionName: "s", RoleARN: "arn:aws-cn:iam::111122223333:role/R",
		},
		"arn:aws:iam::111122223333:role/team/R": {
			Kind: engine.AssumedRole, Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/R/*",
			SessionName: "*", RoleARN: "arn:aws:iam::111122223333:role/team/R",
		},
		"arn:aws:sts::111122223333:federated-user/bob": {Kind: engine.FederatedUser, Account: "111122223333", ARN: "arn:aws:sts::111122223333:federated-user/bob"},
		"arn:aws:iam::111122223333:saml-provider/P":    {Kind: engine.Federated, Provider: "arn:aws:iam::111122223333:saml-provider/P"},
	} {
		got, err := parsePrincipal(in, "s3:GetObject")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", in, err, diff)
		}
	}
	got, err := parsePrincipal("accounts.google.com", "sts:AssumeRoleWithWebIdentity")
	if want := (engine.Principal{Kind: engine.Federated, Provider: "accounts.google.com"}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

// The role of a session comes from its ARN, unless aws:PrincipalArn names it with
// its path. A role of another name is none of the session's.
func TestRoleOfSession(t *testing.T) {
	for named, want := range map[string]string{
		"":                                   "arn:aws:iam::111122223333:role/R",
		"arn:aws:iam::111122223333:role/t/R": "arn:aws:iam::111122223333:role/t/R",
		"arn:aws:iam::111122223333:role/t/Q": "arn:aws:iam::111122223333:role/R",
		"arn:aws:iam::444455556666:role/t/R": "arn:aws:iam::111122223333:role/R",
		"arn:aws:iam::111122223333:user/t/R": "arn:aws:iam::111122223333:role/R",
	} {
		context := ""
		if named != "" {
			context = `"aws:PrincipalArn":["` + named + `"]`
		}
		c, err := new(Reader).Line([]byte(`{"request":{"principal":"arn:aws:sts::111122223333:assumed-role/R/s","action":"s3:GetObject","context":{` + context + `}}}`))
		if err != nil || c.Request.Principal.RoleARN != want {
			t.Errorf("%s: got %+v, %v", named, c, err)
		}
	}
	c, err := new(Reader).Line([]byte(`{"request":{"principal":"arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/s","action":"s3:GetObject",
		"context":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"}}}`))
	if err != nil || !c.Request.Principal.ServiceLinked {
		t.Errorf("got %+v, %v", c, err)
	}
}

// A trust policy is the resource's policy when a role is to be assumed, and no
// other time.
func TestTrustPolicy(t *testing.T) {
	trust := `"resource":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
	identity := `"identity":[{"name":"p","document":` + allowAll + `}]`
	role := `"resource":"arn:aws:iam::111122223333:role/R"`
	for line, want := range map[string]string{
		`{"request":{` + ann + `,"action":"sts:AssumeRole",` + role + `},"policies":{` + trust + `,` + identity + `}}`: "Allow",
		`{"request":{` + ann + `,"action":"sts:AssumeRole",` + role + `},"policies":{` + trust + `}}`:                  "ImplicitDeny",
		`{"request":{` + ann + `,"action":"sts:AssumeRole",` + role + `},"policies":{` + identity + `}}`:               "ImplicitDeny",
		`{"request":{` + ann + `,"action":"STS:tagsession",` + role + `},"policies":{` + trust + `,` + identity + `}}`: "Allow",
		`{"request":{` + ann + `,"action":"sts:TagSession",` + role + `},"policies":{` + identity + `}}`:               "ImplicitDeny",
		`{"request":{` + ann + `,"action":"iam:GetRole",` + role + `},"policies":{` + identity + `}}`:                  "Allow",
	} {
		a := answerTo(t, line)
		if a["effect"] != want || a["layer"] == "trust" {
			t.Errorf("%s\ngot %v, want %s", line, a, want)
		}
	}
}

// A Reader is used over and over: nothing of a case is left in the next.
func TestReaderForgets(t *testing.T) {
	r := new(Reader)
	full := `{"id":"1","request":{` + get + `,"managementAccount":true,"resourceAccount":"444455556666","context":{"k":"v"}},"policies":{"identity":[{"name":"p","document":` + allowAll + `}],"resource":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]},"scp":[]},"want":"Allow"}`
	for range 3 { // the third time policies come from memory
		if c, err := r.Line([]byte(full)); err != nil || c.Layers.Identity == nil || c.ID != "1" {
			t.Fatalf("got %+v, %v", c, err)
		}
		c, err := r.Line([]byte(`{"request":{"principal":"anonymous","action":"s3:GetObject"}}`))
		if err != nil {
			t.Fatal(err)
		}
		l := &c.Layers
		if c.ID != "" || c.Want != "" || l.Identity != nil || l.Resource != nil || l.SCP != nil || c.Request.ResourceAccount != "" || c.Request.Principal.Management || r.ID() != nil && len(r.ID()) > 0 {
			t.Errorf("left over: %+v", c)
		}
		if _, ok := c.context.Get("k"); ok {
			t.Error("a context key was left over")
		}
	}
}

// Forms that docs/CASES.md allows besides the ordinary ones.
func TestForms(t *testing.T) {
	quoted, err := json.Marshal(allowAll)
	if err != nil {
		t.Fatal(err)
	}
	named := func(a map[string]any) any { return a["statements"].([]any)[0].(map[string]any)["policy"] }
	if a := answerTo(t, `{"request":{`+get+`},"policies":{"identity":[{"name":"other","document":`+string(quoted)+`},{"document":`+allowAll+`}]}}`); a["id"] != "" || named(a) != "other" {
		t.Errorf("a document in a string, without an id: %v", a)
	}
	if a := answerTo(t, `{"id":7,"request":{`+get+`},"policies":{"identity":[{"document":`+allowAll+`}]}}`); a["id"] != 7.0 || named(a) != "identity[0]" {
		t.Errorf("a number, and a policy without a name: %v", a)
	}
	if a := answerTo(t, `{"request":{`+ann+`,"action":"s3:ListAllMyBuckets","resource":null,"resourceAccount":null,"issuer":null,"managementAccount":null,"context":null},"policies":{"identity":[{"document":`+allowAll+`}]}}`); a["effect"] != "Allow" {
		t.Errorf("members that are null: %v", a)
	}
	if a := answerTo(t, `{"id":null,"request":{`+get+`},"policies":null}`); a["id"] != nil || a["effect"] != "ImplicitDeny" {
		t.Errorf("null: %v", a)
	}
	condition := func(operator, key, value string) string {
		return `{"identity":[{"document":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"` + operator + `":{"` + key + `":"` + value + `"}}}}}]}`
	}
	for _, tt := range []struct{ request, policies string }{
		{get, condition("StringEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:user/ann")},
		{get + `,"context":{"AWS:principalarn":"x"}`, condition("StringEquals", "aws:PrincipalArn", "x")},
		{get + `,"context":{"aws:MultiFactorAuthAge":null}`, condition("Null", "aws:MultiFactorAuthAge", "true")},
		{get + `,"context":{"aws:MultiFactorAuthAge":[]}`, condition("Null", "aws:MultiFactorAuthAge", "true")},
		{get + `,"context":{"aws:MultiFactorAuthAge":5}`, condition("NumericEquals", "aws:MultiFactorAuthAge", "5")},
		{get + `,"resourceAccount":"111122223333"`, condition("StringEquals", "aws:ResourceAccount", "111122223333")},
		{get, condition("Null", "aws:ResourceAccount", "true")},
		{get, condition("Null", "aws:CurrentTime", "true")},
		{`"principal":"arn:aws:iam::111122223333:role/t/R","action":"S3:getobject"`, condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/t/R")},
	} {
		if a := answerTo(t, `{"request":{`+tt.request+`},"policies":`+tt.policies+`}`); a["effect"] != "Allow" {
			t.Errorf("%s\n%s\n%v", tt.request, tt.policies, a)
		}
	}
}
