package analyzer

import (
	"fmt"
	"strings"

	"github.com/writ-iam/writ/catalog"
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
		v.operatorType(c)
	}
}

// operatorType finds an operator that cannot read the values of its key. Those of
// a key whose type is String may be of any form, and every value is a text.
func (v *validation) operatorType(c *policy.Condition) {
	key, ok := catalog.ConditionKey(c.Key)
	if !ok || reads(c.Operator.Comparison, key.Type) || key.OrType != 0 && reads(c.Operator.Comparison, key.OrType) {
		return
	}
	v.warn(OperatorType, c.Operator.Pos, fmt.Sprintf("%s does not compare the values of %s, %s: use %s",
		c.Operator.Name, c.Key, typeWords[key.Type].values, typeWords[key.Type].operators))
}

var typeWords = map[catalog.ValueType]struct{ values, operators string }{
	catalog.ARN:       {"which are ARNs", "ArnLike or another operator for ARNs"},
	catalog.Bool:      {"which are true or false", "Bool"},
	catalog.Date:      {"which are dates", "an operator for dates"},
	catalog.IPAddress: {"which are addresses", "IpAddress or NotIpAddress"},
	catalog.Numeric:   {"which are numbers", "an operator for numbers"},
	catalog.Binary:    {"which are binary data", "BinaryEquals"},
}

// reads reports whether a comparison can read values of a type.
//
// Source: "IAM JSON policy elements: Condition operators" in the IAM User Guide.
func reads(c policy.Comparison, t catalog.ValueType) bool {
	switch c {
	case policy.NumericEquals, policy.NumericNotEquals, policy.NumericLessThan, policy.NumericLessThanEquals,
		policy.NumericGreaterThan, policy.NumericGreaterThanEquals:
		return t == catalog.String || t == catalog.Numeric || t == catalog.Date // seconds since 1970
	case policy.DateEquals, policy.DateNotEquals, policy.DateLessThan, policy.DateLessThanEquals,
		policy.DateGreaterThan, policy.DateGreaterThanEquals:
		return t == catalog.String || t == catalog.Date || t == catalog.Numeric
	case policy.Bool:
		return t == catalog.String || t == catalog.Bool
	case policy.BinaryEquals:
		return t == catalog.String || t == catalog.Binary
	case policy.IPAddress, policy.NotIPAddress:
		return t == catalog.String || t == catalog.IPAddress
	case policy.ARNEquals, policy.ARNLike, policy.ARNNotEquals, policy.ARNNotLike:
		return t == catalog.String || t == catalog.ARN
	}
	return true // texts, and Null
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
		if st.Conditions[i].Operator.Comparison.HasVariables() {
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
