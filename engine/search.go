package engine

import (
	"math/bits"
	"strings"
)

// maxStatements is for how many statements a search needs no memory of its own.
// No policy that AWS accepts has a quarter of that.
const maxStatements = 1024

// sets are the memory of a search, used again for each policy.
type sets struct {
	action, resource [maxStatements / 64]uint64
}

// firsts are the first matching statements of a policy, for each way in which
// the caller is named; noStatement where there is none. Statements behind one
// that names the caller itself are not looked for.
type firsts [namings]int32

// search returns the first statements in an index of p that match the request.
func (e *evaluation) search(p *Policy, x *index) firsts {
	first := none
	if x == nil {
		return first
	}
	for w, word := range e.candidates(p, x) {
		for ; word != 0; word &= word - 1 {
			i := int32(w<<6 + bits.TrailingZeros64(word))
			st := &p.statements[i]
			n := st.naming(e)
			if n == NotNamed || first[n] != noStatement || !st.conditionsHold(e.ctx) {
				continue
			}
			if first[n] = i; n == NamesCaller {
				return first
			}
		}
	}
	return first
}

// candidates returns the statements whose action and resource match, valid until
// the next search.
func (e *evaluation) candidates(p *Policy, x *index) bitset {
	set, resources := e.byAction(p, x)
	if x.resources != nil && resources > manyResources {
		return e.byResource(p, x.resources, set)
	}
	for w, word := range set {
		for ; word != 0; word &= word - 1 {
			bit := bits.TrailingZeros64(word)
			if !p.statements[w<<6+bit].matchResource(e, p.schema) {
				set[w] &^= 1 << bit
			}
		}
	}
	return set
}

// byAction returns the statements whose action matches, and how many resources
// they have at most.
func (e *evaluation) byAction(p *Policy, x *index) (set bitset, resources int32) {
	set = e.memory(&e.sets.action, len(p.statements))
	action := e.action()
	for i := longest(&x.starts, action); i >= 0; i = x.starts.parent[i] {
		rest := action[len(x.starts.texts[i]):]
		for k := x.starts.first[i]; k < x.starts.first[i+1]; k++ {
			a := &x.actions[k]
			if !a.matchTail(rest) {
				continue
			}
			resources += a.resources
			for w, word := range a.set {
				set[w] |= word
			}
			if a.set == nil {
				for _, s := range x.statements[a.from:a.to] {
					set.add(s)
				}
			}
		}
	}
	for _, i := range x.not {
		if st := &p.statements[i]; !st.excludes(action) {
			resources += int32(len(st.resources))
			set.add(i)
		}
	}
	return set, resources
}

// byResource returns those statements of a set whose resource matches.
func (e *evaluation) byResource(p *Policy, x *resourceIndex, set bitset) bitset {
	matched := e.memory(&e.sets.resource, len(p.statements))
	text := e.resource.text
	for i := longest(&x.starts, text); i >= 0; i = x.starts.parent[i] {
		entries := x.entries[x.starts.first[i]:x.starts.first[i+1]]
		for k := range entries {
			entry := &entries[k]
			if !set.has(entry.statement) || matched.has(entry.statement) || !strings.Contains(text, entry.needle) {
				continue
			}
			st := &p.statements[entry.statement]
			if entry.resource < 0 && st.matchResource(e, p.schema) ||
				entry.resource >= 0 && e.matches(&st.resources[entry.resource], p.schema) {
				matched.add(entry.statement)
			}
		}
	}
	return matched
}

// memory returns an empty set with room for n statements.
func (e *evaluation) memory(from *[maxStatements / 64]uint64, n int) bitset {
	if n > maxStatements {
		return make(bitset, words(n))
	}
	set := bitset(from[:words(n)])
	clear(set)
	return set
}

// excludes reports whether NotAction lists the action.
func (st *statement) excludes(action []byte) bool {
	for i := range st.notActions {
		if st.notActions[i].match(action) {
			return true
		}
	}
	return false
}

func (st *statement) matchResource(e *evaluation, schema Schema) bool {
	if st.noResource {
		return true
	}
	for i := range st.resources {
		if e.matches(&st.resources[i], schema) {
			return !st.notResource
		}
	}
	return st.notResource
}

func (st *statement) naming(e *evaluation) Naming {
	if st.principals == nil {
		return NamesCaller
	}
	return st.principals.naming(&e.req.Principal, e.bounded, st.effect)
}

func (st *statement) conditionsHold(ctx *Context) bool {
	for i := range st.conditions {
		if !st.conditions[i].holds(ctx, st.effect) {
			return false
		}
	}
	return true
}
