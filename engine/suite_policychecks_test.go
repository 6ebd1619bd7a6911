package engine_test

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/policy"
)

// policyChecks are AWS's samples for CheckNoNewAccess. A page has a reference
// policy, and candidates with the answer: PASS says that a candidate allows
// nothing that the reference does not, FAIL that it does. The adapter tries
// requests made of what stands in the two.
var policyChecks = suite{
	name: "custom-policy-check-samples", variable: "WRIT_SUITE_POLICY_CHECKS",
	read: readPolicyChecks,
	disputed: []suiteDispute{
		{"identity-policies/check-access-to-sensitive-resource/iam-role.md", []int{4}, "IAM: an IAM resource cannot contain region information"},
		{"resource-policies/role-trust-policies/allowlist-account-principals.md", []int{3}, everybodyIsNoProvider},
		{"resource-policies/role-trust-policies/allowlist-aws-service-principal.md", []int{2}, everybodyIsNoProvider},
		{"resource-policies/role-trust-policies/check-if-aws-service-principal.md", []int{2}, everybodyIsNoProvider},
		{"resource-policies/role-trust-policies/allow-list-federated-access-oidc.md", []int{5}, starIsNoProvider},
		{"resource-policies/role-trust-policies/allowlist-federated-access-oidc.md", []int{5}, starIsNoProvider},
		{"resource-policies/role-trust-policies/allowlist-federated-access-saml.md", []int{5}, starIsNoProvider},
	},
}

// The reference there names "*" and leaves the actions of federation open.
const everybodyIsNoProvider = "UG, OIDC federation: a role trusts an identity provider by naming it"

// They grant with {"Federated": "*"}, which no page of the IAM User Guide has: it
// is read so as to grant nothing.
const starIsNoProvider = "UG, Principal: a federated principal is the ARN or the name of a provider"

func readPolicyChecks(checkout fs.FS) (cases []suiteCase, err error) {
	err = eachFile(checkout, ".json", func(file string, data []byte) error {
		_, err := suiteDocument(checkKind(file), data)
		cases = append(cases, suiteCase{file, 1, err})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = eachFile(checkout, ".md", func(file string, data []byte) error {
		reference := ""
		number := 0
		for heading, text := range fences(string(data)) {
			switch {
			case strings.Contains(heading, "Reference policy"):
				reference = text
			case strings.Contains(heading, "Candidate policy"):
				number++
				cases = append(cases, suiteCase{file, number, checkCandidate(checkKind(file), reference, text, heading)})
			}
		}
		return nil
	})
	return cases, err
}

// checkKind tells the kind of policies from the folder.
func checkKind(file string) policy.Kind {
	switch {
	case strings.Contains(file, "trust-policies/"):
		return policy.Trust
	case strings.HasPrefix(file, "resource-policies/"):
		return policy.ResourceBased
	}
	return policy.IdentityBased
}

// fences calls yield with each block of JSON in a page and the heading above it.
func fences(page string) iter.Seq2[string, string] {
	return func(yield func(heading, text string) bool) {
		heading, text, inside := "", "", false
		for line := range strings.Lines(page) {
			switch {
			case strings.HasPrefix(line, "```") && inside:
				if !yield(heading, text) {
					return
				}
				text, inside = "", false
			case strings.HasPrefix(line, "```json"):
				inside = true
			case inside:
				text += line
			case strings.HasPrefix(line, "#"):
				heading = line
			}
		}
	}
}

func checkCandidate(kind policy.Kind, reference, candidate, heading string) error {
	reference = strings.ReplaceAll(reference, "<ACCOUNT ID>", "111111111111")
	old, err := newChecked(kind, reference)
	if err != nil {
		return fmt.Errorf("the reference is refused: %w", err)
	}
	changed, err := newChecked(kind, candidate)
	if err != nil {
		return fmt.Errorf("refused: %w", err)
	}
	found := newAccess(old, changed)
	switch pass := strings.Contains(heading, "PASS"); {
	case pass && found != nil:
		return fmt.Errorf("want PASS, but new is %s on %s by %v", found.Action, found.Resource, found.Principal.Kind)
	case !pass && found == nil:
		return errors.New("want FAIL, but nothing is new")
	}
	return nil
}

// checked is a policy and what is needed to ask it.
type checked struct {
	doc    *policy.Document
	layers engine.Layers
}

func newChecked(kind policy.Kind, text string) (*checked, error) {
	doc, err := suiteDocument(kind, []byte(text))
	if err != nil {
		return nil, err
	}
	// The check knows nothing of services, so neither may the engine.
	p, err := engine.Compile(doc, engine.CompileOptions{})
	if err != nil {
		return nil, err
	}
	c := &checked{doc: doc}
	if kind == policy.IdentityBased {
		c.layers.Identity = []*engine.Policy{p}
		return c, nil
	}
	// Every caller is of another account than the resource and may do
	// everything there, so that the policy has the last word.
	full, err := suiteDocument(policy.IdentityBased, []byte(fullAccess))
	if err != nil {
		return nil, err
	}
	all, err := engine.Compile(full, engine.CompileOptions{})
	c.layers = engine.Layers{Identity: []*engine.Policy{all}, Resource: p, Trust: kind == policy.Trust}
	return c, err
}

// newAccess finds a request that changed allows and old does not.
func newAccess(old, changed *checked) *engine.Request {
	for r := range requestsOf(old, changed) {
		if engine.Decide(r, &changed.layers).Effect == engine.Allow && engine.Decide(r, &old.layers).Effect != engine.Allow {
			return r
		}
	}
	return nil
}

// requestsOf are the requests that can be made of what the two policies name, and
// of some things that they do not.
func requestsOf(old, changed *checked) iter.Seq[*engine.Request] {
	owner := ""
	callers := []string{"arn:aws:iam::111111111111:user/ann"}
	if old.doc.Kind != policy.IdentityBased {
		owner = "000000000000"
		callers = append(callers, "arn:aws:iam::999999999999:user/ann", "arn:aws:iam::999999999999:role/r", "writ.amazonaws.com", "provider writ", "")
		callers = append(callers, append(old.callers(), changed.callers()...)...)
	}
	actions := append(old.actions(), changed.actions()...)
	for _, action := range slices.Clone(actions) {
		actions = append(actions, strings.ReplaceAll(action, "*", "Writ"))
	}
	resources := append(old.resources(), append(changed.resources(), "*")...)
	contexts := contextsOf(append(old.keys(), changed.keys()...))
	return func(yield func(*engine.Request) bool) {
		for _, caller := range callers {
			for _, action := range actions {
				for _, resource := range resources {
					for _, set := range contexts {
						r := &engine.Request{
							Principal: suitePrincipal(caller), Action: action, Resource: resource,
							ResourceAccount: owner, Context: new(engine.Context),
						}
						r.Context.SetPrincipal(&r.Principal)
						if set(r.Context); !yield(r) {
							return
						}
					}
				}
			}
		}
	}
}

// actions are the actions that a policy names.
func (c *checked) actions() (list []string) {
	for _, st := range c.doc.Statements {
		for _, v := range st.Action.Values {
			if v.Text != "*" {
				list = append(list, v.Text)
			}
		}
	}
	return list
}

// resources are members of the patterns that a policy names.
func (c *checked) resources() (list []string) {
	for _, st := range c.doc.Statements {
		if st.Resource == nil {
			continue
		}
		for _, v := range st.Resource.Values {
			list = append(list, oneOf(v.Text, "arn:aws:x:eu-west-1:111111111111:w"))
		}
	}
	return list
}

// callers are those that a policy names, in Principal or by aws:PrincipalArn.
func (c *checked) callers() (list []string) {
	for _, st := range c.doc.Statements {
		for _, v := range st.Principal.Values {
			account, isAccount := v.Account()
			switch {
			case v.Value == "*":
			case isAccount:
				list = append(list, "arn:aws:iam::"+account+":user/ann", "arn:aws:iam::"+account+":role/r")
			case v.Type == policy.FederatedPrincipal:
				list = append(list, "provider "+v.Value)
			default:
				list = append(list, v.Value)
			}
		}
		for _, k := range st.Conditions {
			if strings.EqualFold(k.Key, "aws:PrincipalArn") {
				for _, v := range k.Values {
					list = append(list, v.Text)
				}
			}
		}
	}
	return list
}

// checkedKey is a value that a policy compares a key with.
type checkedKey struct{ key, value string }

func (c *checked) keys() (list []checkedKey) {
	for _, st := range c.doc.Statements {
		for _, k := range st.Conditions {
			for _, v := range k.Values {
				if !strings.EqualFold(k.Key, "aws:PrincipalArn") {
					list = append(list, checkedKey{k.Key, v.Text})
				}
			}
		}
	}
	return list
}

// contextsOf are contexts with one of the keys, at one of its values or another,
// and the empty one.
func contextsOf(keys []checkedKey) []func(*engine.Context) {
	contexts := []func(*engine.Context){func(*engine.Context) {}}
	for _, k := range keys {
		for _, value := range []string{k.value, "another"} {
			contexts = append(contexts, func(ctx *engine.Context) { ctx.Set(k.key, value) })
		}
	}
	return contexts
}

func TestSuitePolicyChecks(t *testing.T) {
	const reference = "## A page\n#### Reference policy\n```json\n%s\n```\n"
	const candidate = "###### Candidate policy: %s\n```json\n%s\n```\n"
	identity := func(statements string) string { return `{"Version":"2012-10-17","Statement":[` + statements + `]}` }
	const all = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	const stop = `{"Effect":"Deny","Action":["sqs:SendMessage","sqs:DeleteQueue"],"Resource":"arn:aws:sqs:*:*:secret"}`
	const trust = `{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::%s:oidc-provider/p"},"Action":"sts:AssumeRoleWithWebIdentity"}`
	queues := fmt.Sprintf(reference, identity(all+","+stop)) +
		fmt.Sprintf(candidate, "PASS", identity(`{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:*:*:open"}`)) +
		fmt.Sprintf(candidate, "FAIL", identity(`{"Effect":"Allow","Action":"sqs:Send*","Resource":"arn:aws:sqs:*:*:sec*"}`)) +
		fmt.Sprintf(candidate, "PASS", identity(all)) +
		fmt.Sprintf(candidate, "FAIL", identity(all+","+stop)) +
		fmt.Sprintf(candidate, "FAIL", identity(`{"Effect":"Allow"}`)) +
		fmt.Sprintf(candidate, "PASS", identity(`{"Effect":"Allow","Action":"sqs:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/t":"v"}}}`))
	roles := fmt.Sprintf(reference, identity(fmt.Sprintf(trust, "<ACCOUNT ID>"))) +
		fmt.Sprintf(candidate, "PASS", identity(fmt.Sprintf(trust, "111111111111"))) +
		fmt.Sprintf(candidate, "FAIL", identity(fmt.Sprintf(trust, "222222222222")))
	cases, err := readPolicyChecks(fstest.MapFS{
		"identity-policies/queue.json":             {Data: []byte(identity(all))},
		"identity-policies/queue.md":               {Data: []byte(queues)},
		"resource-policies/trust-policies/oidc.md": {Data: []byte(roles)},
		"resource-policies/bucket.json":            {Data: []byte(identity(all))},
	})
	wantCases(t, cases, err, "ok", "Principal",
		"ok", "ok", "want PASS, but new is sqs:SendMessage", "nothing is new", "refused", "want PASS", "ok", "ok")
}
