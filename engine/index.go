package engine

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/writ-iam/writ/policy"
)

// index finds the statements of one effect that may match a request: first by
// action, and where many resources are left, by resource.
type index struct {
	starts     prefixes      // over the literal beginnings of actions
	actions    []actionEntry // in the order of starts
	statements []int32       // of the actions, ascending for each
	not        []int32       // the statements with NotAction
}

// actionEntry is an action pattern with the statements that have it.
type actionEntry struct {
	actionPattern
	from, to  int32          // the statements are index.statements[from:to]
	resources *resourceIndex // in their place, when there are many resources
}

// resourceIndex finds, among the resources of some statements, those that a
// request's resource may match.
type resourceIndex struct {
	starts  prefixes // over the literal beginnings of resources
	entries []resourceEntry
}

// resourceEntry is a resource of a statement; -1 stands for all of them, where
// NotResource keeps them from being told apart.
type resourceEntry struct {
	statement, resource int32

	// needle occurs in every text that fits: where wildcards leave nothing else
	// to go by, looking for it settles most entries.
	needle string
}

// manyResources is from when on an index is worth its memory.
const manyResources = 8

// indexBuilder builds the indexes of one policy. Actions that stand in the same
// statements share a resource index.
type indexBuilder struct {
	statements []statement
	shared     map[string]*resourceIndex
}

// actionUse is an action pattern in a statement.
type actionUse struct {
	actionPattern
	statement int32
}

// build returns an index of the statements of an effect, nil when there is none.
func (b *indexBuilder) build(effect policy.Effect) *index {
	x := new(index)
	uses := b.uses(effect, x)
	if len(uses) == 0 && x.not == nil {
		return nil
	}
	slices.SortFunc(uses, func(u, v actionUse) int {
		return cmp.Or(strings.Compare(u.text, v.text), strings.Compare(u.tail, v.tail), cmp.Compare(u.statement, v.statement))
	})
	n := 0
	for i := range uses {
		if i == 0 || uses[i].actionPattern != uses[i-1].actionPattern {
			n++
		}
	}
	x.actions = make([]actionEntry, 0, n)
	x.statements = make([]int32, 0, len(uses))
	for i := 0; i < len(uses); {
		use, from := uses[i], len(x.statements)
		for ; i < len(uses) && uses[i].actionPattern == use.actionPattern; i++ {
			if n := len(x.statements); n == from || x.statements[n-1] != uses[i].statement {
				x.statements = append(x.statements, uses[i].statement)
			}
		}
		to := len(x.statements)
		x.actions = append(x.actions, actionEntry{use.actionPattern, int32(from), int32(to), b.resourcesOf(x.statements[from:to])})
	}
	x.starts = newPrefixes(x.actions, func(a *actionEntry) string { return a.text })
	return x
}

// uses lists the actions of the statements of an effect, and puts those with
// NotAction into x.
func (b *indexBuilder) uses(effect policy.Effect, x *index) []actionUse {
	n := 0
	for i := range b.statements {
		if st := &b.statements[i]; st.effect == effect && !st.hasNot {
			n += len(st.source.Action.Values)
		}
	}
	uses := make([]actionUse, 0, n)
	for i := range b.statements {
		st := &b.statements[i]
		switch {
		case st.effect != effect:
		case st.hasNot:
			x.not = append(x.not, int32(i))
		default:
			for _, text := range lowered(st.source.Action.Values) {
				if a, ok := newActionPattern(text); ok {
					uses = append(uses, actionUse{a, int32(i)})
				}
			}
		}
	}
	return uses
}

// lowered iterates over values in lower case, which share one allocation.
func lowered(values []policy.Value) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		n := 0
		for _, v := range values {
			n += len(v.Text)
		}
		var b strings.Builder
		b.Grow(n)
		for i, v := range values {
			from := b.Len()
			for k := range len(v.Text) {
				b.WriteByte(lowerByte(v.Text[k]))
			}
			if !yield(i, b.String()[from:]) {
				return
			}
		}
	}
}

// resourcesOf returns an index of the resources of some statements, nil when
// they are few.
func (b *indexBuilder) resourcesOf(set []int32) *resourceIndex {
	n := 0
	for _, s := range set {
		n += max(1, len(b.statements[s].resources))
	}
	if n <= manyResources {
		return nil
	}
	key := setKey(set)
	if b.shared == nil {
		b.shared = make(map[string]*resourceIndex)
	}
	x := b.shared[key]
	if x == nil {
		x = b.resources(set, n)
		b.shared[key] = x
	}
	return x
}

func (b *indexBuilder) resources(set []int32, n int) *resourceIndex {
	x := &resourceIndex{entries: make([]resourceEntry, 0, n)}
	for _, s := range set {
		st := &b.statements[s]
		if st.noResource || st.notResource {
			x.entries = append(x.entries, resourceEntry{s, -1, ""})
			continue
		}
		for r := range st.resources {
			if st.resources[r].kind != resourceNone {
				x.entries = append(x.entries, resourceEntry{s, int32(r), st.resources[r].needle()})
			}
		}
	}
	slices.SortStableFunc(x.entries, func(a, c resourceEntry) int {
		return strings.Compare(b.start(&a), b.start(&c))
	})
	x.starts = newPrefixes(x.entries, b.start)
	return x
}

// start is what every resource that an entry matches begins with.
func (b *indexBuilder) start(e *resourceEntry) string {
	if e.resource < 0 {
		return ""
	}
	r := &b.statements[e.statement].resources[e.resource]
	if r.kind == resourceWide {
		return "" // its literal beginning may be told in other parts
	}
	return r.text
}

// setKey is the same for the same statements.
func setKey(set []int32) string {
	key := make([]byte, 0, 4*len(set))
	for _, s := range set {
		key = append(key, byte(s), byte(s>>8), byte(s>>16), byte(s>>24))
	}
	return string(key)
}
