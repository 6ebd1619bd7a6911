package engine

import "github.com/writ-iam/writ/policy"

// order is a set of outcomes of comparing two values.
type order uint8

const (
	less order = 1 << iota
	equal
	greater
)

var numericOrders = map[policy.Comparison]order{
	policy.NumericEquals:            equal,
	policy.NumericNotEquals:         equal, // and negated
	policy.NumericLessThan:          less,
	policy.NumericLessThanEquals:    less | equal,
	policy.NumericGreaterThan:       greater,
	policy.NumericGreaterThanEquals: greater | equal,
}

var dateOrders = map[policy.Comparison]order{
	policy.DateEquals:            equal,
	policy.DateNotEquals:         equal, // and negated
	policy.DateLessThan:          less,
	policy.DateLessThanEquals:    less | equal,
	policy.DateGreaterThan:       greater,
	policy.DateGreaterThanEquals: greater | equal,
}

// sortable values can be put in order.
type sortable[T any] interface{ compare(T) int }

// ordered are the values of Numeric and Date operators.
type ordered[T sortable[T]] struct {
	values  []T
	wanted  order
	partial bool // a value could not be read
	parse   func(string) (T, bool)
}

func newOrdered[T sortable[T]](values []policy.Value, wanted order, parse func(string) (T, bool)) *ordered[T] {
	o := &ordered[T]{wanted: wanted, parse: parse}
	for _, v := range values {
		if t, ok := parse(v.Text); ok {
			o.values = append(o.values, t)
		} else {
			o.partial = true
		}
	}
	return o
}

func (o *ordered[T]) compare(value string, _ *Context) verdict {
	got, ok := o.parse(value)
	if !ok {
		return unreadable
	}
	for _, v := range o.values {
		if o.wanted&(1<<(got.compare(v)+1)) != 0 {
			return fits
		}
	}
	if o.partial {
		return unreadable
	}
	return differs
}
