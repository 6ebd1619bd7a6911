package engine

import "github.com/writ-iam/writ/policy"

// Reads reports whether a comparison can read a value that a request has for a
// condition key, such as a number for NumericEquals and an address for
// IPAddress. Comparisons of texts read any value, and so does Bool, to which
// all but "true" is false.
func Reads(c policy.Comparison, value string) bool {
	o := newOperands(c, nil, syntax{}, chosen())
	return o != nil && o.compare(value, nil) != unreadable
}
