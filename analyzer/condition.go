package analyzer

import (
	"fmt"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/engine"
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
		v.values(c)
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

// values finds values that the operator cannot read, or reads as something else
// than they seem to be. Variables have values of their own.
func (v *validation) values(c *policy.Condition) {
	op := &c.Operator
	if op.Comparison == policy.UnknownComparison {
		return
	}
	variables := v.doc.Version == policy.Version2012 && op.Comparison.HasVariables()
	for _, value := range c.Values {
		switch text := value.Text; {
		case variables && strings.Contains(text, "${"):
		case v.refusal != nil && v.refusal.Pos == value.Pos: // AWS says it too
		case !engine.ReadsInPolicy(op.Comparison, text):
			v.warn(UnreadableValue, value.Pos, fmt.Sprintf("%s cannot read %q as %s: it fits no request", op.Name, text, typeWords[typeOf(op.Comparison)].value))
		case typeOf(op.Comparison) == catalog.ARN:
			v.shortARN(op.Name, value)
		case typeOf(op.Comparison) == catalog.Date && isYear(text):
			v.warn(YearAsSeconds, value.Pos, fmt.Sprintf(`%s reads %q as seconds since 1970; if the year is meant, write "%s-01-01T00:00:00Z"`, op.Name, text, text))
		}
	}
}

// shortARN finds patterns of ARNs with fewer than six parts.
func (v *validation) shortARN(operator string, value policy.Value) {
	_, n := arn.SplitPattern(value.Text, false)
	if n < 6 {
		v.warn(ShortARN, value.Pos, fmt.Sprintf(
			"AWS does not say whether %s takes %q, which has fewer than six parts, for every ARN that begins so or for none: Writ lets a Deny apply in both cases and an Allow in neither; write %q for every ARN",
			operator, value.Text, value.Text+strings.Repeat(":*", 6-n)))
	}
}

// isYear reports whether a date that can be read is four digits.
func isYear(s string) bool { return len(s) == 4 && !strings.ContainsAny(s, "-Tt") }

// typeWords speak of the type that values of a key have.
var typeWords = map[catalog.ValueType]struct{ value, values, operators string }{
	catalog.ARN:       {"a pattern of ARNs", "which are ARNs", "ArnLike or another operator for ARNs"},
	catalog.Bool:      {"true or false", "which are true or false", "Bool"},
	catalog.Date:      {"a date", "which are dates", "an operator for dates"},
	catalog.IPAddress: {"an address or a range of addresses", "which are addresses", "IpAddress or NotIpAddress"},
	catalog.Numeric:   {"a number", "which are numbers", "an operator for numbers"},
	catalog.Binary:    {"base64", "which are binary data", "BinaryEquals"},
}

// reads reports whether a comparison can read values of a type.
func reads(c policy.Comparison, t catalog.ValueType) bool {
	of := typeOf(c)
	number := func(t catalog.ValueType) bool { return t == catalog.Numeric || t == catalog.Date } // seconds since 1970
	return t == catalog.String || of == catalog.String || c == policy.Null || t == of || number(t) && number(of)
}

// typeOf is the type of the values that a comparison compares.
//
// Source: "IAM JSON policy elements: Condition operators" in the IAM User Guide.
func typeOf(c policy.Comparison) catalog.ValueType {
	switch c {
	case policy.NumericEquals, policy.NumericNotEquals, policy.NumericLessThan, policy.NumericLessThanEquals,
		policy.NumericGreaterThan, policy.NumericGreaterThanEquals:
		return catalog.Numeric
	case policy.DateEquals, policy.DateNotEquals, policy.DateLessThan, policy.DateLessThanEquals,
		policy.DateGreaterThan, policy.DateGreaterThanEquals:
		return catalog.Date
	case policy.Bool, policy.Null:
		return catalog.Bool
	case policy.BinaryEquals:
		return catalog.Binary
	case policy.IPAddress, policy.NotIPAddress:
		return catalog.IPAddress
	case policy.ARNEquals, policy.ARNLike, policy.ARNNotEquals, policy.ARNNotLike:
		return catalog.ARN
	}
	return catalog.String
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
