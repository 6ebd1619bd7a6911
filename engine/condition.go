package engine

import (
	"strings"

	"github.com/writ-iam/writ/policy"
)

// condition is one key of one operator, ready to be tested.
type condition struct {
	key       keyName
	operands  operands // nil for Null and for an unknown operator
	null      nullTest
	qualifier policy.SetQualifier
	negated   bool
	ifExists  bool
	unknown   bool // no such operator
	list      bool // the key can have several values
	variables bool // values may have variables
	anyValue  bool // several values need no set operator

	source *policy.Condition
}

// nullTest is what the values of Null ask for.
type nullTest uint8

const (
	ifNull    nullTest = 1 << iota // "true": there is no value
	ifNotNull                      // "false": there is one
)

func newNullTest(values []policy.Value) (n nullTest) {
	for _, v := range values {
		switch {
		case strings.EqualFold(v.Text, "true"):
			n |= ifNull
		case strings.EqualFold(v.Text, "false"):
			n |= ifNotNull
		}
	}
	return n
}

var negations = map[policy.Comparison]bool{
	policy.StringNotEquals:           true,
	policy.StringNotEqualsIgnoreCase: true,
	policy.StringNotLike:             true,
	policy.NumericNotEquals:          true,
	policy.DateNotEquals:             true,
	policy.NotIPAddress:              true,
	policy.ARNNotEquals:              true,
	policy.ARNNotLike:                true,
}

func newCondition(c *policy.Condition, x syntax, read readings) condition {
	op := c.Operator
	k := condition{
		key:       newKeyName(c.Key),
		qualifier: op.Qualifier,
		negated:   negations[op.Comparison],
		ifExists:  op.IfExists,
		anyValue:  !read.setOperatorRequired,
		source:    c,
	}
	k.list = x.schema != nil && x.schema.Multivalued(k.key.text)
	if op.Comparison == policy.Null {
		k.null = newNullTest(c.Values)
		return k
	}
	k.variables = x.variables && op.Comparison.HasVariables() && (op.Comparison != policy.Bool || read.variablesInBool)
	k.operands = newOperands(op.Comparison, c.Values, x, read)
	k.unknown = k.operands == nil
	return k
}

// holds reports whether the condition is met, in a statement of that effect. An
// unknown operator never helps an Allow and never hinders a Deny.
//
// Sources: "Condition operators", "Multivalued context keys" and "Logic for
// multiple context keys or values" in the IAM User Guide.
func (c *condition) holds(ctx *Context, effect policy.Effect) bool {
	if c.unknown {
		return effect == policy.Deny
	}
	values := ctx.lookup(&c.key)
	switch {
	case c.operands == nil:
		if isNull(values) {
			return c.null&ifNull != 0
		}
		return c.null&ifNotNull != 0
	case c.qualifier == policy.ForAllValues:
		return isNull(values) || c.all(values, ctx, effect)
	case c.qualifier == policy.ForAnyValue:
		return !isNull(values) && c.any(values, ctx, effect)
	case len(values) == 0:
		return c.negated || c.ifExists
	case len(values) == 1 && (!c.list || effect == policy.Deny):
		return c.accepts(values[0], ctx, effect)
	case !c.anyValue:
		// What cannot be told apart must not slip past a Deny: AWS's ABAC
		// tutorial denies with StringLike on aws:TagKeys, and a key that AWS
		// gives one value has several when tags differ only in case.
		return effect == policy.Deny && !(c.list && c.negated) && c.any(values, ctx, effect)
	case c.negated:
		return c.all(values, ctx, effect)
	}
	return c.any(values, ctx, effect)
}

// isNull reports whether values are a null data set: none, or only empty ones.
func isNull(values []string) bool {
	for _, v := range values {
		if v != "" {
			return false
		}
	}
	return true
}

func (c *condition) all(values []string, ctx *Context, effect policy.Effect) bool {
	for _, v := range values {
		if !c.accepts(v, ctx, effect) {
			return false
		}
	}
	return true
}

func (c *condition) any(values []string, ctx *Context, effect policy.Effect) bool {
	for _, v := range values {
		if c.accepts(v, ctx, effect) {
			return true
		}
	}
	return false
}

// accepts reports whether one value of the request meets the condition. What
// cannot be read meets a negated operator in a Deny, and nothing else; what is
// disputed meets any in a Deny.
func (c *condition) accepts(value string, ctx *Context, effect policy.Effect) bool {
	switch c.operands.compare(value, ctx) {
	case fits:
		return !c.negated
	case differs:
		return c.negated
	case unreadable:
		return c.negated && effect == policy.Deny
	case disputed:
		return effect == policy.Deny
	}
	return false
}
