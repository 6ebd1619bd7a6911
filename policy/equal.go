package policy

import "slices"

// Equal reports whether a and b have the same kind, version, id and statements,
// in the same order. How and where they are written does not count.
func Equal(a, b *Document) bool {
	return a.Kind == b.Kind && a.Version == b.Version && a.ID == b.ID &&
		slices.EqualFunc(a.Statements, b.Statements, equalStatements)
}

func equalStatements(a, b Statement) bool {
	return a.Sid == b.Sid && a.Effect == b.Effect &&
		equalPrincipals(a.Principal, b.Principal) &&
		equalPatterns(&a.Action, &b.Action) && equalPatterns(a.Resource, b.Resource) &&
		slices.EqualFunc(a.Conditions, b.Conditions, equalConditions)
}

func equalPrincipals(a, b *Principals) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Not == b.Not && slices.EqualFunc(a.Values, b.Values, func(x, y Principal) bool {
		return x.Type == y.Type && x.Value == y.Value
	})
}

func equalPatterns(a, b *Patterns) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Not == b.Not && equalValues(a.Values, b.Values)
}

func equalConditions(a, b Condition) bool {
	return a.Operator.Name == b.Operator.Name && a.Key == b.Key && equalValues(a.Values, b.Values)
}

func equalValues(a, b []Value) bool {
	return slices.EqualFunc(a, b, func(x, y Value) bool { return x.Text == y.Text })
}
