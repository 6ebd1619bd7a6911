package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/iamapi"
)

// PolicyTemplate is a policy with parameters in it, which a product provider
// fills in when it asks for delegation. AWS registers templates when it takes
// a provider on; here whoever runs the installation does, by giving them to
// Options. See "Policy templates" in the IAM User Guide.
type PolicyTemplate struct {
	ARN      string           `json:"arn"`
	Account  string           `json:"account"`  // of the product provider
	Provider string           `json:"provider"` // its name, as customers see it
	Template templateDocument `json:"template"`

	names []string // of its parameters, in order
}

// ParsePolicyTemplates reads a JSON list of policy templates.
func ParsePolicyTemplates(text []byte) ([]PolicyTemplate, error) {
	var list []PolicyTemplate
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text follows the list")
	}
	return list, nil
}

// policyTemplates are the registered templates by ARN.
type policyTemplates map[string]*PolicyTemplate

// maxProvider is the length of a requestor's name in the API.
const maxProvider = 30

func newPolicyTemplates(list []PolicyTemplate) (policyTemplates, error) {
	all := make(policyTemplates, len(list))
	for _, t := range list {
		a, err := arn.Parse(t.ARN)
		switch {
		case err != nil || a.Service != "iam" || len(t.ARN) < 20 || len(t.ARN) > 2048:
			return nil, fmt.Errorf("iam: policy template %q: its ARN is not one of IAM's", t.ARN)
		case all[t.ARN] != nil:
			return nil, fmt.Errorf("iam: policy template %s: it is there twice", t.ARN)
		case !arn.IsAccount(t.Account):
			return nil, fmt.Errorf("iam: policy template %s: account %q is not twelve digits", t.ARN, t.Account)
		case t.Provider == "" || utf8.RuneCountInString(t.Provider) > maxProvider:
			return nil, fmt.Errorf("iam: policy template %s: a provider has a name of at most %d characters", t.ARN, maxProvider)
		case len(t.Template.Statement) == 0:
			return nil, fmt.Errorf("iam: policy template %s: no statements", t.ARN)
		}
		if t.names, err = t.Template.parameters(); err != nil {
			return nil, fmt.Errorf("iam: policy template %s: %w", t.ARN, err)
		}
		all[t.ARN] = &t
	}
	return all, nil
}

// of returns the template that an account has registered under an ARN.
func (p policyTemplates) of(account, templateARN string) (*PolicyTemplate, bool) {
	t, ok := p[templateARN]
	return t, ok && t.Account == account
}

// maxRendered is the size of a rendered policy in characters. See "Policy
// templates" in the IAM User Guide.
const maxRendered = 2048

// render fills the parameters in. Each parameter of the template must be
// given, and no other.
func (t *PolicyTemplate) render(params []iamapi.PolicyParameter) (string, error) {
	given := make(map[string][]string, len(params))
	for _, p := range params {
		name := or(p.Name, "")
		switch list := or(p.Type, "") == iamapi.PolicyParameterTypeEnumStringList; {
		case name == "" || p.Type == nil || len(p.Values) == 0 || !list && len(p.Values) > 1:
			return "", iamapi.InvalidInput(badParameter, name)
		case given[name] != nil:
			return "", iamapi.InvalidInput(parameterTwice, name)
		case !slices.Contains(t.names, name):
			return "", iamapi.InvalidInput(parameterUnknown, name)
		}
		given[name] = p.Values
	}
	for _, name := range t.names {
		if given[name] == nil {
			return "", iamapi.InvalidInput(parameterMissing, name)
		}
	}
	return t.Template.render(given)
}

// templateDocument is a policy template in JSON: a policy whose strings may
// have @{parameter} in them, and whose statements may have "@Enabled".
type templateDocument struct {
	Version   string             `json:"Version"`
	Statement templateStatements `json:"Statement"`
}

type templateStatement struct {
	Enabled     string                    `json:"@Enabled,omitempty"`
	Sid         string                    `json:"Sid,omitempty"`
	Effect      string                    `json:"Effect"`
	Action      texts                     `json:"Action,omitempty"`
	NotAction   texts                     `json:"NotAction,omitempty"`
	Resource    texts                     `json:"Resource,omitempty"`
	NotResource texts                     `json:"NotResource,omitempty"`
	Condition   map[string]templateValues `json:"Condition,omitempty"` // by operator
}

// templateValues are values by condition key.
type templateValues map[string]texts

// templateStatements are one statement, or a list of them.
type templateStatements []templateStatement

func (s *templateStatements) UnmarshalJSON(text []byte) error {
	return oneOrMany(text, (*[]templateStatement)(s))
}

// texts are one string, or a list of them.
type texts []string

func (t *texts) UnmarshalJSON(text []byte) error { return oneOrMany(text, (*[]string)(t)) }

func (t texts) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return plainJSON(t[0])
	}
	return plainJSON([]string(t))
}

// plainJSON leaves <, > and & as they are: people read policies.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func oneOrMany[T any](text []byte, list *[]T) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		return d.Decode(list)
	}
	*list = make([]T, 1)
	return d.Decode(&(*list)[0])
}

// each calls visit with every list of strings that may have parameters.
func (st *templateStatement) each(visit func(*texts) error) error {
	for _, list := range []*texts{&st.Action, &st.NotAction, &st.Resource, &st.NotResource} {
		if err := visit(list); err != nil {
			return err
		}
	}
	for _, keys := range st.Condition {
		for key, values := range keys {
			if strings.Contains(key, "@{") {
				return fmt.Errorf("%q: a parameter in a condition key", key)
			}
			if err := visit(&values); err != nil {
				return err
			}
			keys[key] = values
		}
	}
	return nil
}

var templateParameter = regexp.MustCompile(`@\{([^{}]*)\}`)

// parameters returns the names of the parameters in the template, in order.
func (d *templateDocument) parameters() ([]string, error) {
	var names []string
	for i := range d.Statement {
		st := &d.Statement[i]
		if st.Enabled != "" {
			names = append(names, strings.TrimPrefix(st.Enabled, "!"))
		}
		err := st.each(func(list *texts) error {
			for _, text := range *list {
				for _, m := range templateParameter.FindAllStringSubmatch(text, -1) {
					names = append(names, m[1])
				}
				if strings.Contains(templateParameter.ReplaceAllLiteralString(text, ""), "@{") {
					return fmt.Errorf("%q: a parameter without an end", text)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if slices.Contains(names, "") {
		return nil, errors.New("a parameter without a name")
	}
	return names, nil
}

// render returns the policy as text. Values are put into strings, not into
// JSON: they cannot end the string that they stand in.
func (d *templateDocument) render(given map[string][]string) (string, error) {
	out := templateDocument{Version: d.Version}
	for _, st := range d.Statement {
		if name, negated := strings.CutPrefix(st.Enabled, "!"); st.Enabled != "" && (given[name][0] == "True") == negated {
			continue
		}
		st.Enabled = ""
		st.Condition = copyConditions(st.Condition)
		err := st.each(func(list *texts) (err error) {
			*list, err = fillIn(*list, given)
			return err
		})
		if err != nil {
			return "", err
		}
		out.Statement = append(out.Statement, st)
	}
	if len(out.Statement) == 0 {
		return "", iamapi.InvalidInput(templateEmpty)
	}
	text, err := plainJSON(out)
	if err != nil {
		return "", err
	}
	if utf8.RuneCount(text) > maxRendered {
		return "", iamapi.InvalidInput(renderedTooLarge, maxRendered)
	}
	return string(text), nil
}

func copyConditions(conditions map[string]templateValues) map[string]templateValues {
	if conditions == nil {
		return nil
	}
	c := make(map[string]templateValues, len(conditions))
	for operator, keys := range conditions {
		c[operator] = make(templateValues, len(keys))
		for key, values := range keys {
			c[operator][key] = values
		}
	}
	return c
}

// fillIn replaces the parameters in strings. A string with lists in it becomes
// one for each combination of their values.
func fillIn(list texts, given map[string][]string) (texts, error) {
	var out texts
	for _, text := range list {
		made := []string{""}
		at := 0
		for _, m := range templateParameter.FindAllStringSubmatchIndex(text, -1) {
			var err error
			if made, err = combine(made, text[at:m[0]], given[text[m[2]:m[3]]]); err != nil {
				return nil, err
			}
			at = m[1]
		}
		for _, begun := range made {
			out = append(out, begun+text[at:])
		}
	}
	return out, nil
}

// combine returns each text with the literal and each value behind it. It ends
// when that is more than a policy can hold.
func combine(texts []string, literal string, values []string) ([]string, error) {
	var out []string
	size := 0
	for _, begun := range texts {
		for _, v := range values {
			if size += len(begun) + len(literal) + len(v) + 1; size > maxRendered*utf8.UTFMax {
				return nil, iamapi.InvalidInput(renderedTooLarge, maxRendered)
			}
			out = append(out, begun+literal+v)
		}
	}
	return out, nil
}
