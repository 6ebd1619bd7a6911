package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/writ-iam/writ/arn"
)

// sharedIssuers are the issuers of web identity tokens that serve many
// organizations, and the condition keys that tell these apart. A key that begins
// with a colon is a claim, and has the issuer before it.
//
// Sources: "Identity-provider controls for shared OIDC providers" in the IAM User
// Guide. That GitHub's job_workflow_ref does as well is said by IAM's answers.
var sharedIssuers = map[string][]string{
	"agent.buildkite.com":            {":sub"},
	"api.pulumi.com/oidc":            {":aud"},
	"app.terraform.io":               {":sub"},
	"cognito-identity.amazonaws.com": {":aud"},
	"gitlab.com":                     {":sub"},
	"oidc-configuration.audit-log.githubusercontent.com": {":sub"},
	"oidc.codefresh.io": {":sub"},
	"oidc.op1.openshiftapps.com/2c51blsaqa9gkjt0o9rt11mle8mmropu": {":sub"},
	"oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb": {":sub"},
	"oidc.vercel.com":   {":aud"},
	"proidc.upbound.io": {":sub"},
	"rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7": {":sub"},
	"rh-oidc.s3.us-east-1.amazonaws.com/23e3sd27sju1hoou6ohfs68vbno607tr": {":sub"},
	"rh-oidc.s3.us-east-1.amazonaws.com/23ne21h005qjl3n33d8dui5dlrmv2tmg": {":sub"},
	"rh-oidc.s3.us-east-1.amazonaws.com/24jrf12m5dj7ljlfb4ta2frhrcoadm26": {":sub"},
	"sandboxes.cloud": {":aud"},
	"scalr.io":        {":sub"},
	"sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d": {"sts:RoleSessionName"},
	"studio.datachain.ai/api":                              {":sub"},
	gitHubActions:                                          {":sub", ":job_workflow_ref"},
	"tokens.cloud.shisho.dev":                              {":sub"},
	"vstoken.actions.githubusercontent.com":                {":sub"},
}

// gitHubActions is the issuer of GitHub Actions. Those of enterprises begin with
// it, and IAM treats them alike.
const gitHubActions = "token.actions.githubusercontent.com"

// Issuer returns the issuer of web identity tokens that a principal stands for,
// without its scheme, as condition keys begin with it: "gitlab.com". It is "" for
// any other principal, among them SAML providers.
func (p Principal) Issuer() string {
	if p.Type != FederatedPrincipal {
		return ""
	}
	a, err := arn.Parse(p.Value)
	if err != nil {
		if strings.ContainsAny(p.Value, ":*") {
			return ""
		}
		return p.Value // an issuer that is built in
	}
	issuer, ok := strings.CutPrefix(a.Resource, "oidc-provider/")
	if a.Service != "iam" || !ok {
		return ""
	}
	return issuer
}

// IdentityProviderControls returns the condition keys of which a trust policy has
// to ask for one where it lets in p, nil unless p is an issuer that IAM knows to
// serve many organizations.
func (p Principal) IdentityProviderControls() []string {
	issuer := p.Issuer()
	known := strings.ToLower(strings.TrimSuffix(issuer, "/"))
	if strings.HasPrefix(known, gitHubActions+"/") {
		known = gitHubActions
	}
	keys := slices.Clone(sharedIssuers[known])
	for i, key := range keys {
		if strings.HasPrefix(key, ":") {
			keys[i] = issuer + key
		}
	}
	return keys
}

const sharedIssuerText = "Trust policy with trusted principal %s must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, %s which is not scoped to all."

// CheckTrust holds a role trust policy against the rule that IAM has beyond the
// grammar when it stores one: a statement that lets in an issuer shared by many
// organizations must ask for a claim that tells them apart. It returns the first
// fault, nil if there is none. Policies that were stored before there was the
// rule stay in force, so that Parse does not know it.
//
// As on AWS a value suffices that is more than wildcards: "repo:*" does, and so
// does a list of which "*" is one. A condition that is true when the claim is not
// there asks for nothing.
//
// Sources: "Identity-provider controls for shared OIDC providers" and "Create a
// role for OpenID Connect federation" in the IAM User Guide; answers of IAM that
// its users recorded.
func (d *Document) CheckTrust() *Error {
	for i := range d.Statements {
		st := &d.Statements[i]
		if st.Effect != Allow || st.Principal == nil || !st.lets("sts:assumerolewithwebidentity") {
			continue
		}
		for _, p := range st.Principal.Values {
			keys := p.IdentityProviderControls()
			if keys == nil || slices.ContainsFunc(st.Conditions, func(c Condition) bool { return c.narrows(keys) }) {
				continue
			}
			names := strings.Join(keys, " or ")
			return &Error{
				Pos: p.Pos, Code: SharedIssuer, Text: fmt.Sprintf(sharedIssuerText, p.Value, names),
				Detail: sentences[SharedIssuer] + "; ask for " + oneLine(names),
			}
		}
	}
	return nil
}

// lets reports whether the statement is about an action, given in lower case.
func (st *Statement) lets(action string) bool {
	named := slices.ContainsFunc(st.Action.Values, func(v Value) bool { return arn.Glob(strings.ToLower(v.Text), action) })
	return named != st.Action.Not
}

// narrows reports whether a condition asks for one of keys to have a value that
// says something.
func (c *Condition) narrows(keys []string) bool {
	switch c.Operator.Comparison {
	case StringEquals, StringEqualsIgnoreCase, StringLike:
	default:
		return false
	}
	return !c.Operator.IfExists && c.Operator.Qualifier != ForAllValues &&
		slices.ContainsFunc(keys, func(key string) bool { return strings.EqualFold(key, c.Key) }) &&
		slices.ContainsFunc(c.Values, func(v Value) bool { return strings.Trim(v.Text, "*?") != "" })
}
