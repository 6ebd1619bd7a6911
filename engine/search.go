package engine

import "strings"

// search looks in one policy for statements of one effect that match a request.
// In first it leaves, for each way of naming the caller, the first such
// statement. When found is given, it marks there every statement whose action
// and resource match, and tests no more.
type search struct {
	e     *evaluation
	p     *Policy
	first firsts
	seen  [16]uint64 // statements that were tested, of the first 1024
	found []uint64   // a bit for each statement; a slice to append to would make e escape
}

func (s *search) run(x *index) {
	s.first = none
	if x == nil {
		return
	}
	action := s.e.action()
	for i := longest(&x.starts, action); i >= 0; i = x.starts.parent[i] {
		rest := action[len(x.starts.texts[i]):]
		for k := x.starts.first[i]; k < x.starts.first[i+1]; k++ {
			if a := &x.actions[k]; a.matchTail(rest) {
				s.action(x, a)
			}
		}
	}
	for _, i := range x.not {
		if s.worthTesting(i) && !s.p.statements[i].excludes(action) {
			s.statement(i)
		}
	}
}

// action goes through the statements that have a matching action.
func (s *search) action(x *index, a *actionEntry) {
	if a.resources == nil {
		for _, i := range x.statements[a.from:a.to] {
			if s.worthTesting(i) {
				s.statement(i)
			}
		}
		return
	}
	r := a.resources
	for i := longest(&r.starts, s.e.resource.text); i >= 0; i = r.starts.parent[i] {
		entries := r.entries[r.starts.first[i]:r.starts.first[i+1]]
		for k := range entries {
			entry := &entries[k]
			if !strings.Contains(s.e.resource.text, entry.needle) || !s.worthTesting(entry.statement) {
				continue
			}
			if entry.resource < 0 {
				s.statement(entry.statement)
			} else if s.e.matches(&s.p.statements[entry.statement].resources[entry.resource], s.p.schema) {
				s.matched(entry.statement)
			}
		}
	}
}

// worthTesting reports whether statement i could still change the outcome.
func (s *search) worthTesting(i int32) bool {
	if s.found != nil {
		return true
	}
	return i < s.first[NamesCaller] && (i >= 64*int32(len(s.seen)) || s.seen[i>>6]&(1<<(i&63)) == 0)
}

// statement tests a statement whose action matches.
func (s *search) statement(i int32) {
	if s.p.statements[i].matchResource(s.e, s.p.schema) {
		s.matched(i)
	} else {
		s.mark(i)
	}
}

func (s *search) mark(i int32) {
	if i < 64*int32(len(s.seen)) {
		s.seen[i>>6] |= 1 << (i & 63)
	}
}

// matched tests the rest of a statement whose action and resource match.
func (s *search) matched(i int32) {
	if s.found != nil {
		s.found[i>>6] |= 1 << (i & 63)
		return
	}
	s.mark(i)
	st := &s.p.statements[i]
	n := st.naming(s.e)
	if n == NotNamed || i >= s.first[n] || !st.conditionsHold(s.e.ctx) {
		return
	}
	s.first[n] = i
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
