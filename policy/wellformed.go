package policy

// maxDepth bounds nested arrays and objects of a text that is no policy. A policy
// nests five deep, and the parser goes no deeper than the grammar.
const maxDepth = 32

// wellFormed returns the first fault that text has as JSON, nil if none.
func wellFormed(text string) *fault {
	s := &scanner{text: text, line: 1}
	if s.anyValue(0) && s.next() != 0 {
		s.unexpected()
	}
	return s.fault
}

// anyValue reads a value of any type.
func (s *scanner) anyValue(depth int) bool {
	switch s.next() {
	case '{':
		return s.anyObject(depth + 1)
	case '[':
		return s.anyArray(depth + 1)
	case 'n':
		return s.word("null")
	case '"', 't', 'f', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		_, ok := s.scalar()
		return ok
	}
	return s.unexpected()
}

func (s *scanner) anyObject(depth int) bool {
	if depth > maxDepth {
		return s.fail(s.pos(), InvalidJSON, "nested too deep")
	}
	var keys keySet
	return s.object(func(key string, pos Position) bool {
		if !keys.add(key) {
			return s.fail(pos, DuplicateKey, key)
		}
		return s.anyValue(depth)
	})
}

func (s *scanner) anyArray(depth int) bool {
	if depth > maxDepth {
		return s.fail(s.pos(), InvalidJSON, "nested too deep")
	}
	return s.array(func() bool { return s.anyValue(depth) })
}

// object reads an object and calls member at each value, with its key and where
// the key stands. The member reads the value.
func (s *scanner) object(member func(key string, pos Position) bool) bool {
	if s.next() != '{' {
		return s.wrongType("an object")
	}
	s.off++
	if s.next() == '}' {
		s.off++
		return true
	}
	for {
		s.next()
		pos := s.pos()
		key, ok := s.str()
		if !ok || !s.punct(':') || !member(key, pos) {
			return false
		}
		if s.next() != ',' {
			return s.punct('}')
		}
		s.off++
	}
}

// array reads an array and calls element at each of its values.
func (s *scanner) array(element func() bool) bool {
	s.off++ // the bracket
	if s.next() == ']' {
		s.off++
		return true
	}
	for {
		if !element() {
			return false
		}
		if s.next() != ',' {
			return s.punct(']')
		}
		s.off++
	}
}
