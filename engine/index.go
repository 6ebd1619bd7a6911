package engine

import (
	"github.com/writ-iam/writ/policy"
)

// index finds the statements of one effect that may match a request: first by
// action, and where many resources are left, by resource.
type index struct {
	starts  prefixes      // over the literal beginnings of actions
	actions []actionEntry // in the order of starts
	not     []int32       // the statements with NotAction
}

// actionEntry is an action pattern with the statements that have it.
type actionEntry struct {
	actionPattern
	statements []int32        // ascending
	resources  *resourceIndex // in their place, when there are many resources
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

func (b *indexBuilder) build(statements []statement, effect policy.Effect) index {
	b.statements = statements
	var x index
	var byText map[string]int
	for i := range statements {
		st := &statements[i]
		if st.effect != effect {
			continue
		}
		if st.hasNot {
			x.not = append(x.not, int32(i))
			continue
		}
		if byText == nil {
			byText = make(map[string]int)
		}
		for _, v := range st.source.Action.Values {
			x.actions = add(x.actions, byText, lowerASCII(v.Text), int32(i))
		}
	}
	for i := range x.actions {
		b.index(&x.actions[i])
	}
	x.starts = newPrefixes(x.actions, func(a *actionEntry) string { return a.text })
	return x
}

// add notes that a statement has an action.
func add(actions []actionEntry, byText map[string]int, text string, statement int32) []actionEntry {
	i, ok := byText[text]
	if !ok {
		pattern, ok := newActionPattern(text)
		if !ok {
			return actions
		}
		i = len(actions)
		byText[text] = i
		actions = append(actions, actionEntry{actionPattern: pattern})
	}
	a := &actions[i]
	if n := len(a.statements); n == 0 || a.statements[n-1] != statement {
		a.statements = append(a.statements, statement)
	}
	return actions
}

// index gives an entry with many resources an index of them.
func (b *indexBuilder) index(a *actionEntry) {
	n := 0
	for _, s := range a.statements {
		n += max(1, len(b.statements[s].resources))
	}
	if n <= manyResources {
		return
	}
	key := setKey(a.statements)
	if b.shared == nil {
		b.shared = make(map[string]*resourceIndex)
	}
	if b.shared[key] == nil {
		b.shared[key] = b.resources(a.statements, n)
	}
	a.resources = b.shared[key]
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
	x.starts = newPrefixes(x.entries, func(e *resourceEntry) string {
		if e.resource < 0 {
			return ""
		}
		r := &b.statements[e.statement].resources[e.resource]
		if r.kind == resourceWide {
			return "" // its literal beginning may be told in other parts
		}
		return r.text
	})
	return x
}

// setKey is the same for the same statements.
func setKey(set []int32) string {
	key := make([]byte, 0, 4*len(set))
	for _, s := range set {
		key = append(key, byte(s), byte(s>>8), byte(s>>16), byte(s>>24))
	}
	return string(key)
}

func (x *index) empty() bool { return len(x.actions) == 0 && len(x.not) == 0 }
