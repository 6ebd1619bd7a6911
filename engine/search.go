package engine

import (
	"math/bits"
	"strings"
)

// sets are the memory of a search: the statements whose action matches, and of
// these, those whose resource does.
type sets struct{ action, resource bitset }

// Most policies have few statements, and the memory for more need not be cleared
// for them. No policy that AWS accepts has more than a quarter of maxStatements.
const (
	fewStatements = 128
	maxStatements = 1024
)

// firsts are the first matching statements of a policy, for each way in which
// the caller is named; noStatement where there is none. Statements behind one
// that names the caller itself are not looked for.
type firsts [namings]int32

// search returns the first statements in an index of p that match the request.
func (e *evaluation) search(p *Policy, x *index) firsts {
	n := words(len(p.statements))
	switch {
	case x == nil:
		return none
	case len(p.statements) > maxStatements:
		return e.searchIn(sets{make(bitset, n), make(bitset, n)}, p, x)
	case len(p.statements) > fewStatements:
		return e.searchMany(p, x, n)
	}
	var action, resource [fewStatements / 64]uint64
	return e.searchIn(sets{action[:n], resource[:n]}, p, x)
}

func (e *evaluation) searchMany(p *Policy, x *index, n int) firsts {
	var action, resource [maxStatements / 64]uint64
	return e.searchIn(sets{action[:n], resource[:n]}, p, x)
}

func (e *evaluation) searchIn(memory sets, p *Policy, x *index) firsts {
	first := none
	for w, word := range e.candidates(memory, p, x) {
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

// candidates returns the statements whose action and resource match. It is one
// of the sets given, which are empty and have room for all statements.
func (e *evaluation) candidates(memory sets, p *Policy, x *index) bitset {
	set := memory.action
	resources := e.byAction(set, p, x)
	if x.resources != nil && resources > manyResources {
		e.byResource(memory.resource, set, p, x.resources)
		return memory.resource
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

// byAction adds to set the statements whose action matches, and returns how many
// resources they have at most.
func (e *evaluation) byAction(set bitset, p *Policy, x *index) (resources int32) {
	action := e.action()
	for i := longest(&x.starts, action); i >= 0; i = x.starts.parent[i] {
		rest := action[len(x.starts.texts[i]):]
		entries := x.actions[x.starts.first[i]:x.starts.first[i+1]]
		for k := range entries {
			a := &entries[k]
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
	return resources
}

// byResource adds to matched those statements of a set whose resource matches.
func (e *evaluation) byResource(matched, set bitset, p *Policy, x *resourceIndex) {
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
