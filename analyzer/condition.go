package analyzer

import (
	"fmt"
	"strings"

	"github.com/writ-iam/writ/policy"
)

// conditions finds condition operators that do not do what their names say.
func (v *validation) conditions(st *policy.Statement) {
	required := requiredKeys(st)
	for i := range st.Conditions {
		c := &st.Conditions[i]
		op := &c.Operator
		if op.Qualifier != policy.NoQualifier && op.IfExists && (i == 0 || st.Conditions[i-1].Operator.Pos != op.Pos) {
			what := "false"
			if op.Qualifier == policy.ForAllValues {
				what = "true"
			}
			v.warn(InertIfExists, op.Pos, fmt.Sprintf("IfExists changes nothing in %s, which is %s for a key that is missing", op.Name, what))
		}
		if op.Qualifier == policy.ForAllValues && st.Effect == policy.Allow && !required[strings.ToLower(c.Key)] {
			v.warn(MissingKeyMatches, c.KeyPos, fmt.Sprintf(
				`a request without %s meets %s and may be allowed; add "Null": {%q: "false"} to ask for the key`, c.Key, op.Name, c.Key))
		}
	}
}

// requiredKeys are the keys, in lower case, that conditions of st ask to be there.
func requiredKeys(st *policy.Statement) map[string]bool {
	keys := make(map[string]bool)
	for i := range st.Conditions {
		c := &st.Conditions[i]
		if c.Operator.Comparison != policy.Null {
			continue
		}
		asks := len(c.Values) > 0
		for _, value := range c.Values {
			asks = asks && strings.EqualFold(value.Text, "false")
		}
		if asks {
			keys[strings.ToLower(c.Key)] = true
		}
	}
	return keys
}

// variables finds policy variables in documents of the older version, where they
// are text.
func (v *validation) variables(st *policy.Statement) {
	if v.doc.Version == policy.Version2012 {
		return
	}
	find := func(values []policy.Value) {
		for _, value := range values {
			if i := strings.Index(value.Text, "${"); i >= 0 {
				v.warn(LiteralVariable, value.Pos, fmt.Sprintf(
					`%q stands for itself and not for a value: only documents with "Version": "2012-10-17" have variables`, variableAt(value.Text[i:])))
			}
		}
	}
	if st.Resource != nil {
		find(st.Resource.Values)
	}
	for i := range st.Conditions {
		if hasVariables(st.Conditions[i].Operator.Comparison) {
			find(st.Conditions[i].Values)
		}
	}
}

// variableAt is the variable that s begins with, or what there is of it.
func variableAt(s string) string {
	if end := strings.IndexByte(s, '}'); end >= 0 {
		return s[:end+1]
	}
	return s
}

// hasVariables reports whether variables are replaced in the values of an
// operator, in documents of the newer version.
func hasVariables(c policy.Comparison) bool {
	switch c {
	case policy.StringEquals, policy.StringNotEquals, policy.StringEqualsIgnoreCase, policy.StringNotEqualsIgnoreCase,
		policy.StringLike, policy.StringNotLike, policy.ARNEquals, policy.ARNLike, policy.ARNNotEquals, policy.ARNNotLike, policy.Bool:
		return true
	}
	return false
}
