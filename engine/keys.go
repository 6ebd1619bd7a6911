package engine

import (
	"cmp"
	"slices"

	"github.com/writ-iam/writ/policy"
)

// ContextKeys returns the condition keys that a document asks for, those of
// its policy variables included: as written, in the order of the text, each
// once whatever the case of its letters.
func ContextKeys(doc *policy.Document) []string {
	var k askedKeys
	x := syntax{variables: doc.Version == policy.Version2012}
	for i := range doc.Statements {
		st := &doc.Statements[i]
		if st.Resource != nil {
			k.variables(x, st.Resource.Values)
		}
		for j := range st.Conditions {
			c := &st.Conditions[j]
			k = append(k, askedKey{c.KeyPos.Offset, c.Key})
			if takesVariables(c.Operator.Comparison) {
				k.variables(x, c.Values)
			}
		}
	}
	return k.names()
}

// takesVariables reports whether policy variables mean anything in the values
// of a comparison.
func takesVariables(c policy.Comparison) bool {
	return policy.StringEquals <= c && c <= policy.StringNotLike || policy.ARNEquals <= c && c <= policy.ARNNotLike ||
		c == policy.Bool && variablesInBool
}

// askedKey is a key that a document asks for, and where.
type askedKey struct {
	offset int
	name   string
}

type askedKeys []askedKey

func (k *askedKeys) variables(x syntax, values []policy.Value) {
	for _, v := range values {
		for _, e := range x.parse(v.Text) {
			if e.kind == variable {
				*k = append(*k, askedKey{v.Pos.Offset, e.written})
			}
		}
	}
}

func (k askedKeys) names() []string {
	slices.SortStableFunc(k, func(a, b askedKey) int { return cmp.Compare(a.offset, b.offset) })
	names, seen := make([]string, 0, len(k)), make(map[string]bool, len(k))
	for _, key := range k {
		if lower := newKeyName(key.name).text; !seen[lower] {
			seen[lower] = true
			names = append(names, key.name)
		}
	}
	return names
}
