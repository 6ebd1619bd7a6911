package analyzer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// trust holds a role trust policy against what IAM asks beyond the grammar, and
// finds statements that let in strangers whom an issuer of web identity tokens
// vouches for.
//
// Of issuers that serve many organizations a stranger is who has another
// subject, or another of what tells the organizations apart: most such issuers
// let anybody choose the audience. Of any other issuer it is who has neither an
// audience nor a subject that the policy asks for. A finding is made only if the
// engine, asked with the stranger's token, lets it in by that statement.
func (v *validation) trust() {
	if v.use.Kind != policy.Trust || len(v.findings) > 0 {
		return
	}
	if e := v.doc.CheckTrust(); e != nil {
		v.refused(e)
	}
	compiled, err := engine.Compile(v.doc, engine.CompileOptions{})
	if err != nil {
		return
	}
	for i := range v.doc.Statements {
		st := &v.doc.Statements[i]
		if st.Effect != policy.Allow || st.Principal == nil {
			continue
		}
		for _, p := range st.Principal.Values {
			if p.Issuer() != "" && (v.refusal == nil || v.refusal.Pos != p.Pos) { // else AWS says it too
				v.strangers(compiled, i, p)
			}
		}
	}
}

// strangers tries the tokens of strangers whom p vouches for on statement i.
func (v *validation) strangers(compiled *engine.Policy, i int, p policy.Principal) {
	if v.steps >= maxSteps {
		return
	}
	st := &v.doc.Statements[i]
	values := 0 // which make requests, and with which these are compared
	for j := range st.Conditions {
		values += len(st.Conditions[j].Values)
	}
	v.steps += 1 + values
	for _, token := range strangersOf(p, st) {
		if v.steps += 1 + (values+len(v.doc.Statements))/8; v.steps >= maxSteps {
			return
		}
		d := engine.Decide(token.request(st), &engine.Layers{Trust: true, Resource: compiled})
		if d.Effect != engine.Allow || d.Statement.Index != i {
			continue
		}
		v.findings = append(v.findings, Finding{
			Code: AnyWebIdentity, Severity: Warning, Pos: p.Pos, Witness: token.String(),
			Detail: fmt.Sprintf("a stranger's token of %s is let in, one with %s for instance; ask for %s of your own",
				p.Issuer(), token, strings.Join(token.asked, " or ")),
		})
		return
	}
}

// claim is a condition key and its value.
type claim struct{ key, value string }

// stranger is a token that should not be let in.
type stranger struct {
	provider string
	claims   []claim  // that make it a stranger's
	asked    []string // the keys of which a trust policy should ask for one
}

// String is the claims as writ policy eval takes a context: KEY=VALUE.
func (s stranger) String() string {
	var parts []string
	for _, c := range s.claims {
		parts = append(parts, c.key+"="+c.value)
	}
	return strings.Join(parts, " ")
}

// someone is what strangers are called: nobody's name, it is hoped.
const someone = "stranger"

// strangersOf returns tokens that strangers can get of the issuer p. Among them
// are those whose subjects the statement's patterns take in by their wildcards,
// where it is known which part of a subject is the organization.
func strangersOf(p policy.Principal, st *policy.Statement) []stranger {
	issuer := p.Issuer()
	controls := p.IdentityProviderControls()
	if controls == nil {
		app, user := issuer+":aud", issuer+":sub"
		if issuer == "www.amazon.com" || issuer == "graph.facebook.com" {
			app, user = issuer+":app_id", issuer+":user_id"
		}
		return []stranger{{p.Value, []claim{{app, someone}, {user, someone}}, []string{app, user}}}
	}
	form, known := forms[strings.ToLower(issuer)]
	first := stranger{provider: p.Value, asked: controls}
	for _, key := range controls {
		value := someone
		if known {
			value = form.example(strings.TrimPrefix(key, issuer+":"))
		}
		first.claims = append(first.claims, claim{key, value})
	}
	list := []stranger{first}
	if !known {
		return list
	}
	for i := range st.Conditions {
		if c := &st.Conditions[i]; c.Operator.Comparison == policy.StringLike && strings.EqualFold(c.Key, issuer+":sub") {
			for _, value := range c.Values {
				for _, subject := range form.matching(value.Text) {
					list = append(list, stranger{p.Value, append([]claim{{issuer + ":sub", subject}}, first.claims[1:]...), controls})
				}
			}
		}
	}
	return list
}

// request asks to take a role with the token, which has no other claims but an
// audience. What else the statement asks for is as it wants it.
func (s stranger) request(st *policy.Statement) *engine.Request {
	issuer := policy.Principal{Type: policy.FederatedPrincipal, Value: s.provider}.Issuer()
	ctx := new(engine.Context)
	for i := range st.Conditions {
		c := &st.Conditions[i]
		prefix, _, _ := strings.Cut(c.Key, ":")
		if strings.ContainsAny(prefix, "./") && !strings.EqualFold(c.Key, issuer+":aud") {
			continue // a claim, which says who this is, or that another issuer vouches for it
		}
		_, set := ctx.Get(c.Key)
		if value, ok := satisfying(c); ok && !(set && c.Operator.Comparison == policy.Null) {
			ctx.Set(c.Key, value)
		}
	}
	for _, c := range s.claims {
		ctx.Set(c.key, c.value)
	}
	return &engine.Request{
		Principal: engine.Principal{Kind: engine.Federated, Provider: s.provider},
		Action:    "sts:AssumeRoleWithWebIdentity",
		Resource:  "arn:aws:iam::" + usualAccount + ":role/role", ResourceAccount: usualAccount,
		Context: ctx,
	}
}

// satisfying returns a value for which a condition is true, as far as that is
// easy to tell; none where the condition is true of a key that is not there.
func satisfying(c *policy.Condition) (string, bool) {
	i := slices.IndexFunc(c.Values, func(v policy.Value) bool { return !strings.Contains(v.Text, "${") })
	if i < 0 {
		return "", false
	}
	value := c.Values[i].Text
	switch c.Operator.Comparison {
	case policy.StringLike, policy.ARNLike, policy.ARNEquals:
		return strings.NewReplacer("*", "x", "?", "x").Replace(value), true
	case policy.IPAddress:
		address, _, _ := strings.Cut(value, "/")
		return address, true
	case policy.NumericLessThan:
		return "0", true
	case policy.NumericGreaterThan:
		return "1000000000", true
	case policy.DateLessThan:
		return "1970-01-01T00:00:00Z", true
	case policy.DateGreaterThan:
		return "2999-12-31T00:00:00Z", true
	case policy.Null:
		return someone, strings.EqualFold(value, "false")
	case policy.StringNotEquals, policy.StringNotEqualsIgnoreCase, policy.StringNotLike, policy.NumericNotEquals, policy.DateNotEquals,
		policy.NotIPAddress, policy.ARNNotEquals, policy.ARNNotLike:
		return "", false
	}
	return value, true
}

// form is how an issuer writes an organization into its subjects.
type form struct {
	before, after string // what stands before the organization and behind it
	rest          string // of a subject
}

// forms are those that the issuers document for their tokens. An issuer that
// GitHub has for one enterprise is not among them: its wildcards let in nobody
// else.
//
// Sources: "OpenID Connect reference" of GitHub Actions; "ID token payload" of
// GitLab; "Workload identity tokens" of HCP Terraform; "OIDC" of Buildkite's agent.
var forms = map[string]form{
	"token.actions.githubusercontent.com": {"repo:", "/", someone + ":ref:refs/heads/main"},
	"gitlab.com":                          {"project_path:", "/", someone + ":ref_type:branch:ref:main"},
	"app.terraform.io":                    {"organization:", ":", "project:" + someone + ":workspace:" + someone + ":run_phase:apply"},
	"agent.buildkite.com":                 {"organization:", ":", "pipeline:" + someone + ":ref:refs/heads/main:commit:0:step:"},
}

// example is a stranger's claim: the subject, or GitHub's job_workflow_ref.
func (f form) example(name string) string {
	if name == "sub" {
		return f.before + someone + f.after + f.rest
	}
	return someone + "/" + someone + "/.github/workflows/" + someone + ".yml@refs/heads/main"
}

// matching returns subjects that a pattern matches and that may be of a
// stranger's organization, because a wildcard stands within its name.
func (f form) matching(pattern string) (subjects []string) {
	if !strings.Contains(pattern, "*") || strings.Contains(pattern, "${") {
		return nil
	}
	fill := strings.NewReplacer("*", someone, "?", "x")
	before, rest, _ := strings.Cut(pattern, "*")
	// The first wildcard may stand for the name or its end, for all that follows
	// too, or for all that stands before a later part.
	for _, first := range []string{someone, "-" + someone + f.after + f.rest, f.before + someone + f.after + someone} {
		subject := strings.ReplaceAll(before, "?", "x") + first + fill.Replace(rest)
		organization, ok := strings.CutPrefix(subject, f.before)
		if !ok {
			continue
		}
		if organization, _, ok = strings.Cut(organization, f.after); ok && strings.Contains(organization, someone) {
			subjects = append(subjects, subject)
		}
	}
	return subjects
}
