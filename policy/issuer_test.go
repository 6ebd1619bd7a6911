package policy

import (
	"strings"
	"testing"
)

const (
	gitHub    = `"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"`
	webAction = `"sts:AssumeRoleWithWebIdentity"`
	sub       = `"token.actions.githubusercontent.com:sub"`
)

// trusting is a trust policy of one statement, whose Principal is on line 2.
func trusting(effect, who, action, condition string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"` + effect + `","Principal":{"Federated":` + "\n" + who + `},` + action + `,"Condition":{` + condition + `}}}`
}

// Policies that trust a shared issuer. Those without text are stored.
var trustPolicies = []struct {
	name, doc, at, text string
}{
	{"subject", trusting("Allow", gitHub, `"Action":`+webAction, `"StringEquals":{`+sub+`:"repo:acme/web:ref:refs/heads/main"}`), "", ""},
	{"subject in another case", trusting("Allow", gitHub, `"Action":`+webAction, `"StringEqualsIgnoreCase":{"Token.Actions.GitHubUserContent.com:SUB":"repo:acme/web"}`), "", ""},
	{"pattern", trusting("Allow", gitHub, `"Action":`+webAction, `"StringLike":{`+sub+`:"repo:*"}`), "", ""},
	{"any of a list", trusting("Allow", gitHub, `"Action":`+webAction, `"ForAnyValue:StringLike":{`+sub+`:["*","repo:acme/*"]}`), "", ""},
	{"workflow", trusting("Allow", gitHub, `"Action":`+webAction, `"StringLike":{"token.actions.githubusercontent.com:job_workflow_ref":"acme/*"}`), "", ""},
	{"deny", trusting("Deny", gitHub, `"Action":`+webAction, ``), "", ""},
	{"another action", trusting("Allow", gitHub, `"Action":"sts:TagSession"`, ``), "", ""},
	{"all but this action", trusting("Allow", gitHub, `"NotAction":"sts:*WebIdentity"`, ``), "", ""},
	{"an issuer of one's own", trusting("Allow", `"arn:aws:iam::123456789012:oidc-provider/idp.example.com"`, `"Action":`+webAction, ``), "", ""},
	{"a longer name", trusting("Allow", `"arn:aws:iam::123456789012:oidc-provider/gitlab.com.example.com"`, `"Action":`+webAction, ``), "", ""},
	{"SAML", trusting("Allow", `"arn:aws:iam::123456789012:saml-provider/gitlab.com"`, `"Action":"sts:AssumeRoleWithSAML"`, ``), "", ""},
	{"session name", trusting("Allow", `"arn:aws:iam::1:oidc-provider/sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d/"`, `"Action":`+webAction,
		`"StringEquals":{"sts:RoleSessionName":"MicrosoftSentinel_1"}`), "", ""},

	{"nothing", trusting("Allow", gitHub, `"Action":`+webAction, ``), "2:1", refusedGitHub},
	{"audience alone", trusting("Allow", gitHub, `"Action":`+webAction, `"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}`), "2:1", refusedGitHub},
	{"everybody", trusting("Allow", gitHub, `"Action":`+webAction, `"StringLike":{`+sub+`:"*"}`), "2:1", refusedGitHub},
	{"everybody, longer", trusting("Allow", gitHub, `"Action":`+webAction, `"StringLike":{`+sub+`:["?*","**"]}`), "2:1", refusedGitHub},
	{"a star that stands for itself", trusting("Allow", gitHub, `"Action":`+webAction, `"StringEquals":{`+sub+`:"*"}`), "2:1", refusedGitHub},
	{"empty", trusting("Allow", gitHub, `"Action":`+webAction, `"StringEquals":{`+sub+`:""}`), "2:1", refusedGitHub},
	{"nobody in particular", trusting("Allow", gitHub, `"Action":`+webAction, `"StringEquals":{`+sub+`:[]}`), "2:1", refusedGitHub},
	{"that it is there", trusting("Allow", gitHub, `"Action":`+webAction, `"Null":{`+sub+`:"false"}`), "2:1", refusedGitHub},
	{"all others", trusting("Allow", gitHub, `"Action":`+webAction, `"StringNotLike":{`+sub+`:"repo:evil/*"}`), "2:1", refusedGitHub},
	{"if it is there", trusting("Allow", gitHub, `"Action":`+webAction, `"StringEqualsIfExists":{`+sub+`:"repo:acme/web"}`), "2:1", refusedGitHub},
	{"all values of none", trusting("Allow", gitHub, `"Action":`+webAction, `"ForAllValues:StringEquals":{`+sub+`:"repo:acme/web"}`), "2:1", refusedGitHub},
	{"another issuer's subject", trusting("Allow", gitHub, `"Action":`+webAction, `"StringEquals":{"gitlab.com:sub":"project_path:acme/web"}`), "2:1", refusedGitHub},
	{"actions in another case, by a pattern", trusting("Allow", gitHub, `"Action":"STS:assumerole*"`, ``), "2:1", refusedGitHub},
	{"all but another action", trusting("Allow", gitHub, `"NotAction":"sts:AssumeRole"`, ``), "2:1", refusedGitHub},
	{"host in another case", trusting("Allow", `"arn:aws:iam::1:oidc-provider/GitLab.com"`, `"Action":`+webAction, ``), "2:1",
		"Trust policy with trusted principal arn:aws:iam::1:oidc-provider/GitLab.com must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, GitLab.com:sub which is not scoped to all."},
	{"of an enterprise", trusting("Allow", `"arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com/acme"`, `"Action":`+webAction, `"StringEquals":{`+sub+`:"repo:acme/web"}`), "2:1",
		"Trust policy with trusted principal arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com/acme must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, " +
			"token.actions.githubusercontent.com/acme:sub or token.actions.githubusercontent.com/acme:job_workflow_ref which is not scoped to all."},
	{"the second of two", trusting("Allow", "[\"arn:aws:iam::1:oidc-provider/idp.example.com\",\n"+gitHub+"]", `"Action":`+webAction, ``), "3:1", refusedGitHub},
	{"built in", trusting("Allow", `"cognito-identity.amazonaws.com"`, `"Action":`+webAction, `"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"authenticated"}`), "2:1",
		"Trust policy with trusted principal cognito-identity.amazonaws.com must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, cognito-identity.amazonaws.com:aud which is not scoped to all."},
}

const refusedGitHub = "Trust policy with trusted principal arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com must evaluate, " +
	"using StringEquals, StringLike or StringEqualsIgnoreCase, token.actions.githubusercontent.com:sub or token.actions.githubusercontent.com:job_workflow_ref which is not scoped to all."

func TestCheckTrust(t *testing.T) {
	for _, tt := range trustPolicies {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Parse(Trust, tt.doc)
			if err != nil {
				t.Fatalf("%s\n%s", tt.doc, err.(*Error))
			}
			switch e := d.CheckTrust(); {
			case e != nil && tt.text != "":
				wantError(t, tt.doc, e, SharedIssuer, tt.at, tt.text)
			case e != nil || tt.text != "":
				t.Errorf("%s\ngot %v, want %q", tt.doc, e, tt.text)
			}
		})
	}
}

// Every issuer of the list is one, and is asked for.
func TestSharedIssuers(t *testing.T) {
	for issuer, keys := range sharedIssuers {
		p := Principal{Type: FederatedPrincipal, Value: "arn:aws:iam::123456789012:oidc-provider/" + issuer}
		got := p.IdentityProviderControls()
		if issuer != strings.ToLower(issuer) || len(got) != len(keys) || p.Issuer() != issuer {
			t.Errorf("%s: %q of %q", issuer, got, p.Issuer())
		}
		for i, key := range keys {
			want := key
			if strings.HasPrefix(key, ":") {
				want = issuer + key
			}
			if got[i] != want || !strings.Contains(key, ":") {
				t.Errorf("%s: %q, want %q", issuer, got[i], want)
			}
		}
	}
}

func TestIssuer(t *testing.T) {
	tests := []struct {
		p    Principal
		want string
	}{
		{Principal{Type: FederatedPrincipal, Value: "arn:aws:iam::123456789012:oidc-provider/idp.example.com/a/b"}, "idp.example.com/a/b"},
		{Principal{Type: FederatedPrincipal, Value: "arn:aws-cn:iam::123456789012:oidc-provider/gitlab.com"}, "gitlab.com"},
		{Principal{Type: FederatedPrincipal, Value: "accounts.google.com"}, "accounts.google.com"},
		{Principal{Type: FederatedPrincipal, Value: "arn:aws:iam::123456789012:saml-provider/P"}, ""},
		{Principal{Type: FederatedPrincipal, Value: "arn:aws:sts::123456789012:oidc-provider/P"}, ""},
		{Principal{Type: FederatedPrincipal, Value: "arn:aws"}, ""},
		{Principal{Type: FederatedPrincipal, Value: "*"}, ""},
		{Principal{Type: AWSPrincipal, Value: "accounts.google.com"}, ""},
	}
	for _, tt := range tests {
		if got := tt.p.Issuer(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.p, got, tt.want)
		}
		if got := tt.p.IdentityProviderControls(); (got != nil) != (tt.want == "gitlab.com") {
			t.Errorf("%+v: %q", tt.p, got)
		}
	}
}
