package policy

import "strings"

// condition reads a Condition block: an object of operators, each an object of
// keys, each a value or a list of values.
func (p *parser) condition(st *Statement, d *draft) bool {
	p.operators.reset()
	start := len(p.conditions)
	ok := p.object(func(name string, pos Position) bool {
		if !p.operators.add(name) {
			return p.fail(pos, DuplicateKey, name)
		}
		op := operator(name, pos)
		n := len(p.conditions)
		ok := p.conditionKeys(op)
		// IAM stores an unknown operator that has no keys.
		known := op.Comparison != UnknownComparison || len(p.conditions) == n && !p.doc.Kind.library()
		if !known && d.badOperator == 0 {
			d.badOperator = Offset(pos.Offset)
		}
		return ok
	})
	st.Conditions = p.conditions[start:len(p.conditions):len(p.conditions)]
	return ok
}

// conditionKeys reads the keys of one operator.
func (p *parser) conditionKeys(op Operator) bool {
	p.condKeys.reset()
	return p.object(func(key string, pos Position) bool {
		if !p.condKeys.add(key) {
			return p.fail(pos, DuplicateKey, key)
		}
		vals, ok := p.list(p.scalar)
		p.conditions = append(p.conditions, Condition{op, key, pos, vals})
		return ok
	})
}

// operator takes a condition operator apart. Comparison is UnknownComparison when
// there is no such operator. Names are case-sensitive: AWS answers "Invalid
// Condition type : stringEquals".
func operator(name string, pos Position) Operator {
	op := Operator{Name: name, Pos: pos}
	base := name
	if rest, ok := strings.CutPrefix(base, "ForAllValues:"); ok {
		op.Qualifier, base = ForAllValues, rest
	} else if rest, ok := strings.CutPrefix(base, "ForAnyValue:"); ok {
		op.Qualifier, base = ForAnyValue, rest
	}
	base, op.IfExists = strings.CutSuffix(base, "IfExists")
	op.Comparison = comparisons[base]
	if op.Comparison == Null && op.IfExists { // whether a key exists is what Null asks
		op.Comparison = UnknownComparison
	}
	return op
}

var comparisons = map[string]Comparison{
	"StringEquals":              StringEquals,
	"StringNotEquals":           StringNotEquals,
	"StringEqualsIgnoreCase":    StringEqualsIgnoreCase,
	"StringNotEqualsIgnoreCase": StringNotEqualsIgnoreCase,
	"StringLike":                StringLike,
	"StringNotLike":             StringNotLike,
	"NumericEquals":             NumericEquals,
	"NumericNotEquals":          NumericNotEquals,
	"NumericLessThan":           NumericLessThan,
	"NumericLessThanEquals":     NumericLessThanEquals,
	"NumericGreaterThan":        NumericGreaterThan,
	"NumericGreaterThanEquals":  NumericGreaterThanEquals,
	"DateEquals":                DateEquals,
	"DateNotEquals":             DateNotEquals,
	"DateLessThan":              DateLessThan,
	"DateLessThanEquals":        DateLessThanEquals,
	"DateGreaterThan":           DateGreaterThan,
	"DateGreaterThanEquals":     DateGreaterThanEquals,
	"Bool":                      Bool,
	"BinaryEquals":              BinaryEquals,
	"IpAddress":                 IPAddress,
	"NotIpAddress":              NotIPAddress,
	"ArnEquals":                 ARNEquals,
	"ArnLike":                   ARNLike,
	"ArnNotEquals":              ARNNotEquals,
	"ArnNotLike":                ARNNotLike,
	"Null":                      Null,
}

// isDate reports whether values of c are read as dates.
func (c Comparison) isDate() bool { return c >= DateEquals && c <= DateGreaterThanEquals }

// HasVariables reports whether policy variables are replaced in values of c, in
// documents of the newer version.
//
// Source: "IAM policy elements: Variables and tags" in the IAM User Guide.
func (c Comparison) HasVariables() bool {
	return c >= StringEquals && c <= StringNotLike || c >= ARNEquals && c <= ARNNotLike || c == Bool
}
