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

// ReadsInPolicy reports whether a comparison can read a value that a policy has
// for a condition key: a number for NumericEquals, an address or a range for
// IPAddress, "true" or "false" for Bool and Null, a pattern of an ARN for ARNLike.
// One that cannot be read fits no request. Comparisons of texts read any value. A
// policy variable is not replaced.
func ReadsInPolicy(c policy.Comparison, value string) bool {
	values := []policy.Value{{Text: value}}
	if c == policy.Null {
		return newNullTest(values) != 0
	}
	switch o := newOperands(c, values, syntax{}, chosen()).(type) {
	case nil:
		return false
	case booleans:
		return o.compare("true", nil) == fits || o.compare("false", nil) == fits
	case binaries:
		return len(o) > 0
	case networks:
		return !o.partial
	case *ordered[decimal]:
		return !o.partial
	case *ordered[instant]:
		return !o.partial
	case arns:
		return o[0].matchesSome()
	}
	return true
}
