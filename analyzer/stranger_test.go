package analyzer

import (
	"strings"
	"testing"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

const (
	ownIssuer = "arn:aws:iam::123456789012:oidc-provider/idp.example.com"
	gitHub    = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"

	ownWitness    = "idp.example.com:aud=stranger idp.example.com:sub=stranger"
	gitHubWitness = "token.actions.githubusercontent.com:sub=repo:stranger/stranger:ref:refs/heads/main " +
		"token.actions.githubusercontent.com:job_workflow_ref=stranger/stranger/.github/workflows/stranger.yml@refs/heads/main"
)

var trustUse = policy.Use{Kind: policy.Trust}

// trusting is a trust policy of one statement.
func trusting(provider, condition string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
 "Principal":{"Federated":"` + provider + `"},"Condition":{` + condition + `}}}`
}

// subject is a trust policy for GitHub with a pattern of subjects.
func subject(pattern string) string {
	return trusting(gitHub, `"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":`+pattern+`}`)
}

// gitHubToken is the claims of a GitHub workflow's token that a subject is in.
func gitHubToken(sub string) string {
	_, workflow, _ := strings.Cut(gitHubWitness, " ")
	return "token.actions.githubusercontent.com:sub=" + sub + " " + workflow
}

// Who lets in strangers, and by which token.
func TestStrangers(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no condition", trusting(ownIssuer, ``), ownWitness},
		{"any audience", trusting(ownIssuer, `"StringLike":{"idp.example.com:aud":"*"}`), ownWitness},
		{"any of both", trusting(ownIssuer, `"StringLike":{"idp.example.com:aud":"?*","idp.example.com:sub":["me","*"]}`), ownWitness},
		{"that both are there", trusting(ownIssuer, `"Null":{"idp.example.com:aud":"false","idp.example.com:sub":"false"}`), ownWitness},
		{"all but one", trusting(ownIssuer, `"StringNotEquals":{"idp.example.com:sub":"mallory"}`), ownWitness},
		{"whoever it is", trusting(ownIssuer, `"StringEquals":{"idp.example.com:sub":"${idp.example.com:sub}"}`), ownWitness},
		{"all values of another claim", trusting(ownIssuer, `"ForAllValues:StringEquals":{"idp.example.com:groups":"admins"}`), ownWitness},
		{"another claim if it is there", trusting(ownIssuer, `"StringEqualsIfExists":{"idp.example.com:group":"admins"}`), ownWitness},
		{"another issuer's subject, if it is there", trusting(ownIssuer, `"StringEqualsIfExists":{"gitlab.com:sub":"me"}`), ownWitness},
		{"conditions that strangers meet", trusting(ownIssuer, `"StringLike":{"sts:RoleSessionName":"ci-*"},"NumericLessThan":{"sts:DurationSeconds":"3600"},
 "Bool":{"aws:SecureTransport":"true"},"IpAddress":{"aws:SourceIp":"0.0.0.0/0"},"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"},
 "DateGreaterThan":{"aws:EpochTime":"1"},"NumericGreaterThan":{"aws:MultiFactorAuthAge":"1"},"NotIpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"},
 "ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"},"Null":{"aws:RequestedRegion":"false","aws:SourceArn":"false"}`), ownWitness},
		{"Google", trusting("accounts.google.com", ``), "accounts.google.com:aud=stranger accounts.google.com:sub=stranger"},
		{"Facebook", trusting("graph.facebook.com", ``), "graph.facebook.com:app_id=stranger graph.facebook.com:user_id=stranger"},

		{"an application of Facebook", trusting("graph.facebook.com", `"StringEquals":{"graph.facebook.com:app_id":"1"}`), ""},
		{"an audience", trusting(ownIssuer, `"StringEquals":{"idp.example.com:aud":"app"}`), ""},
		{"a subject", trusting(ownIssuer, `"StringLike":{"idp.example.com:sub":"team-*"}`), ""},
		{"another claim", trusting(ownIssuer, `"StringEquals":{"idp.example.com:group":"admins"}`), ""},
		{"nobody at all", trusting(ownIssuer, `"StringEquals":{"idp.example.com:sub":[]}`), ""},
		{"SAML", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRoleWithSAML","Principal":{"Federated":"arn:aws:iam::123456789012:saml-provider/P"}}}`, ""},
		{"users", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}}`, ""},
		{"everybody, who is nobody's token", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"AWS":"*"}}}`, ""},
		{"a deny", strings.Replace(trusting(ownIssuer, ``), "Allow", "Deny", 1), ""},
		{"another action", strings.Replace(trusting(ownIssuer, ``), "AssumeRoleWithWebIdentity", "TagSession", 1), ""},
		{"what another statement denies", `{"Version":"2012-10-17","Statement":[
 {"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":"` + ownIssuer + `"}},
 {"Effect":"Deny","Action":"sts:*","Principal":{"Federated":"` + ownIssuer + `"},"Condition":{"StringNotEquals":{"idp.example.com:aud":"app"}}}]}`, ""},

		{"a repository", subject(`"repo:acme/web:*"`), ""},
		{"an organization", subject(`"repo:acme/*"`), ""},
		{"an organization by its id", subject(`"repo:acme@1/*:ref:refs/heads/main"`), ""},
		{"of any organization", subject(`"repo:*"`), gitHubWitness},
		{"one of several", subject(`["repo:acme/web:*","*"]`), gitHubWitness},
		{"a repository of any organization", subject(`"repo:*/infra:*"`), gitHubToken("repo:stranger/infra:stranger")},
		{"organizations that begin so", subject(`"repo:acme*"`), gitHubToken("repo:acme-stranger/stranger:ref:refs/heads/main")},
		{"organizations that begin so, by parts", subject(`"repo:acm?-*/*"`), gitHubToken("repo:acmx-stranger/stranger")},
		{"an environment of any repository", subject(`"*:environment:production"`), gitHubToken("repo:stranger/stranger:environment:production")},
		{"any organization, and a claim that only one has", trusting(gitHub, `"StringLike":{"token.actions.githubusercontent.com:sub":"repo:*"},"StringEquals":{"token.actions.githubusercontent.com:repository_owner_id":"1"}`), ""},
		{"a workflow", trusting(gitHub, `"StringLike":{"token.actions.githubusercontent.com:job_workflow_ref":"acme/*"}`), ""},
		{"any workflow", trusting(gitHub, `"StringLike":{"token.actions.githubusercontent.com:job_workflow_ref":"*@refs/heads/main"}`), gitHubWitness},
		{"any repository of an enterprise", trusting(gitHub+"/acme", `"StringLike":{"token.actions.githubusercontent.com/acme:sub":"repo:*"}`), ""},
		{"GitLab", trusting("arn:aws:iam::123456789012:oidc-provider/gitlab.com", `"StringLike":{"gitlab.com:sub":"project_path:*:ref_type:branch:ref:main"}`), "gitlab.com:sub=project_path:stranger/stranger:ref_type:branch:ref:main"},
		{"HCP Terraform", trusting("arn:aws:iam::123456789012:oidc-provider/app.terraform.io", `"StringLike":{"app.terraform.io:sub":"organization:acme*"}`),
			"app.terraform.io:sub=organization:acme-stranger:project:stranger:workspace:stranger:run_phase:apply"},
		{"an organization there", trusting("arn:aws:iam::123456789012:oidc-provider/app.terraform.io", `"StringLike":{"app.terraform.io:sub":"organization:acme:*"}`), ""},
		{"an audience of many", trusting("arn:aws:iam::123456789012:oidc-provider/oidc.vercel.com", `"StringLike":{"oidc.vercel.com:aud":["https://vercel.com/acme","*"]}`), "oidc.vercel.com:aud=stranger"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Validate(trustUse, tt.text)
			found := ""
			for _, f := range got {
				if f.Code == Code(policy.SharedIssuer) {
					t.Errorf("AWS refuses it: %s", f.Detail)
				}
				if f.Code == AnyWebIdentity {
					found += f.Witness
					if !strings.Contains(f.Detail, " with "+f.Witness+" for instance") {
						t.Errorf("it says %q", f.Detail)
					}
				}
			}
			if found != tt.want {
				t.Errorf("%s\ngot  %q\nwant %q", tt.text, found, tt.want)
			}
		})
	}
}

// What AWS refuses is reported once, and what else there is as well.
func TestStrangersOfSharedIssuers(t *testing.T) {
	got := Validate(trustUse, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
 "Principal":{"Federated":["`+gitHub+`",
  "`+ownIssuer+`"]},"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"*"}}}}`)
	if want := "2:28 error SharedIssuer\n"; lines(got) != want { // a token of the other has no such claim
		t.Errorf("got\n%swant\n%s", lines(got), want)
	}
	got = Validate(trustUse, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
 "Principal":{"Federated":["`+gitHub+`",
  "`+ownIssuer+`"]}}]}`)
	if want := "2:28 error SharedIssuer\n3:3 warning AnyWebIdentity\n"; lines(got) != want {
		t.Errorf("got\n%swant\n%s", lines(got), want)
	}
}

// The witness is let in: it is put to the engine as a person would, in whose
// request are also the keys that every request has.
func TestStrangerIsLetIn(t *testing.T) {
	for _, text := range []string{trusting(ownIssuer, ``), subject(`"repo:acme*"`), subject(`"repo:*/infra:*"`)} {
		findings := Validate(trustUse, text)
		if len(findings) != 1 {
			t.Fatalf("%s: %s", text, lines(findings))
		}
		d, err := policy.Parse(policy.Trust, text)
		if err != nil {
			t.Fatal(err)
		}
		compiled, err := engine.Compile(d, engine.CompileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ctx := new(engine.Context)
		ctx.Set("token.actions.githubusercontent.com:aud", "sts.amazonaws.com")
		for part := range strings.FieldsSeq(findings[0].Witness) {
			key, value, _ := strings.Cut(part, "=")
			ctx.Set(key, value)
		}
		req := engine.Request{
			Principal: engine.Principal{Kind: engine.Federated, Provider: d.Statements[0].Principal.Values[0].Value},
			Action:    "sts:AssumeRoleWithWebIdentity", Resource: "arn:aws:iam::123456789012:role/R", Context: ctx,
		}
		if got := engine.Decide(&req, &engine.Layers{Trust: true, Resource: compiled}); got.Effect != engine.Allow {
			t.Errorf("%s\n%s: %s", text, findings[0].Witness, got.Effect)
		}
	}
}

// A policy of many principals and patterns does not make the search long.
func TestStrangersAreBounded(t *testing.T) {
	list := func(item string, n int) string { return "[" + strings.Repeat(item+",", n-1) + item + "]" }
	v := validation{use: trustUse}
	v.validate(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":` + list(`"`+gitHub+`"`, 1200) +
		`},"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":` + list(`"repo:acme/*a*a*a*a*b"`, 5000) + `}}}}`)
	if v.refusal != nil || v.steps < maxSteps || v.steps > maxSteps+5001 {
		t.Errorf("%v after %d steps, want about %d", v.refusal, v.steps, maxSteps)
	}
}
