package engine

import (
	"strings"

	"github.com/writ-iam/writ/policy"
)

// index finds the statements of one effect that may match a request: by action,
// and where that leaves many resources, by resource.
type index struct {
	starts     prefixes      // over the literal beginnings of actions
	actions    []actionEntry // in the order of starts
	statements []int32       // of the actions
	not        []int32       // the statements with NotAction
	resources  *resourceIndex
}

// actionEntry is an action pattern with the statements that have it.
type actionEntry struct {
	actionPattern
	from, to  int32  // the statements are index.statements[from:to]
	resources int32  // how many they have
	set       bitset // of the statements, when they are many
}

// resourceIndex finds those resources of all statements that a request's resource
// may match.
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

const (
	// manyResources is from when on it is better to look resources up.
	manyResources = 8
	// manyStatements is from when on an action has its statements as a set.
	manyStatements = 64
)

// bitset is a set of statements. It has room for those it is asked about.
type bitset []uint64

func (b bitset) add(i int32)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) has(i int32) bool { return b[i>>6]&(1<<(i&63)) != 0 }

// words is the length of a bitset of n statements.
func words(n int) int { return (n + 63) / 64 }

// newIndex indexes the statements of an effect. It returns nil when there is none.
func newIndex(statements []statement, effect policy.Effect) *index {
	x := new(index)
	uses := x.uses(statements, effect)
	if len(uses) == 0 && x.not == nil {
		return nil
	}
	var few [fewNumbered]numbered
	sorted := sortedBy(&few, len(uses), func(i int32) string { return uses[i].text }, func(i, k int32) int {
		return strings.Compare(uses[i].tail, uses[k].tail)
	})
	n := 0
	for i := range sorted {
		if i == 0 || uses[sorted[i].number].actionPattern != uses[sorted[i-1].number].actionPattern {
			n++
		}
	}
	x.actions = make([]actionEntry, 0, n)
	x.statements = make([]int32, len(sorted))
	for from := 0; from < len(sorted); {
		entry := actionEntry{actionPattern: uses[sorted[from].number].actionPattern, from: int32(from)}
		for ; from < len(sorted) && uses[sorted[from].number].actionPattern == entry.actionPattern; from++ {
			s := uses[sorted[from].number].statement
			x.statements[from] = s
			entry.resources += int32(max(1, len(statements[s].resources)))
		}
		entry.to = int32(from)
		if entry.to-entry.from > manyStatements {
			entry.set = make(bitset, words(len(statements)))
			for _, s := range x.statements[entry.from:entry.to] {
				entry.set.add(s)
			}
		}
		x.actions = append(x.actions, entry)
	}
	x.starts = newPrefixes(len(x.actions), func(i int) string { return x.actions[i].text })
	x.resources = newResourceIndex(statements, effect)
	return x
}

// actionUse is an action pattern in a statement.
type actionUse struct {
	actionPattern
	statement int32
}

// uses lists the actions of the statements of an effect, and notes those with
// NotAction.
func (x *index) uses(statements []statement, effect policy.Effect) []actionUse {
	n, size := 0, 0
	for i := range statements {
		if st := &statements[i]; st.effect == effect && !st.hasNot {
			n += len(st.source.Action.Values)
			size += sizeOf(st.source.Action.Values)
		}
	}
	uses := make([]actionUse, 0, n)
	var lower lowered
	lower.Grow(size)
	for i := range statements {
		st := &statements[i]
		switch {
		case st.effect != effect:
		case st.hasNot:
			x.not = append(x.not, int32(i))
		default:
			for _, v := range st.source.Action.Values {
				if a, ok := newActionPattern(lower.add(v.Text)); ok {
					uses = append(uses, actionUse{a, int32(i)})
				}
			}
		}
	}
	return uses
}

// newResourceIndex indexes the resources of the statements of an effect. It
// returns nil when they are few.
func newResourceIndex(statements []statement, effect policy.Effect) *resourceIndex {
	n := 0
	for i := range statements {
		if statements[i].effect == effect {
			n += max(1, len(statements[i].resources))
		}
	}
	if n <= manyResources {
		return nil
	}
	entries, starts := make([]resourceEntry, 0, n), make([]string, 0, n)
	for i := range statements {
		st := &statements[i]
		switch {
		case st.effect != effect:
		case st.noResource || st.notResource:
			entries, starts = append(entries, resourceEntry{int32(i), -1, ""}), append(starts, "")
		default:
			for k := range st.resources {
				if r := &st.resources[k]; r.kind != resourceNone {
					entries, starts = append(entries, resourceEntry{int32(i), int32(k), r.needle()}), append(starts, r.start())
				}
			}
		}
	}
	var few [fewNumbered]numbered
	sorted := sortedBy(&few, len(starts), func(i int32) string { return starts[i] }, func(i, k int32) int { return 0 })
	x := &resourceIndex{
		starts:  newPrefixes(len(sorted), func(i int) string { return starts[sorted[i].number] }),
		entries: make([]resourceEntry, len(sorted)),
	}
	for i := range sorted {
		x.entries[i] = entries[sorted[i].number]
	}
	return x
}
