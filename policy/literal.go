package policy

import "strconv"

// maxNumber bounds the text of a number. The longest a policy has use for are
// epoch seconds and byte counts.
const maxNumber = 64

// scalar reads a string, a number or a boolean. Numbers and booleans come as
// their JSON text.
func (s *scanner) scalar() (string, bool) {
	switch c := s.next(); {
	case c == '"':
		return s.str()
	case c == 't':
		return "true", s.word("true")
	case c == 'f':
		return "false", s.word("false")
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	return "", s.wrongType("a string, a number or a boolean")
}

// wrongType reports the next token, which begins a value that may not stand here,
// or none at all.
func (s *scanner) wrongType(want string) bool {
	c := s.next()
	pos := s.pos()
	switch {
	case c == '"', c == '{', c == '[', c == '-', c >= '0' && c <= '9':
	case c == 't' && s.word("true"), c == 'f' && s.word("false"), c == 'n' && s.word("null"):
	default:
		return s.unexpected()
	}
	return s.fail(pos, WrongType, "want "+want)
}

// word reads one of JSON's three names.
func (s *scanner) word(w string) bool {
	if len(s.text)-s.off < len(w) || s.text[s.off:s.off+len(w)] != w {
		return s.unexpected()
	}
	s.off += len(w)
	return true
}

// number reads a number and returns its text. A number that no double can hold
// is refused.
func (s *scanner) number() (string, bool) {
	start, pos := s.off, s.pos()
	if s.text[s.off] == '-' {
		s.off++
	}
	zero := s.off < len(s.text) && s.text[s.off] == '0'
	if n := s.digits(); n == 0 || zero && n > 1 {
		return "", s.fail(pos, InvalidJSON, "bad number")
	}
	if s.off < len(s.text) && s.text[s.off] == '.' {
		s.off++
		if s.digits() == 0 {
			return "", s.fail(pos, InvalidJSON, "bad number")
		}
	}
	if s.off < len(s.text) && s.text[s.off]|0x20 == 'e' {
		s.off++
		if s.off < len(s.text) && (s.text[s.off] == '+' || s.text[s.off] == '-') {
			s.off++
		}
		if s.digits() == 0 {
			return "", s.fail(pos, InvalidJSON, "bad number")
		}
	}
	text := s.text[start:s.off]
	if len(text) > maxNumber {
		return "", s.fail(pos, InvalidJSON, "huge number")
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return "", s.fail(pos, InvalidJSON, "huge number")
	}
	return text, true
}

// digits skips decimal digits and returns how many.
func (s *scanner) digits() int {
	start := s.off
	for s.off < len(s.text) && s.text[s.off] >= '0' && s.text[s.off] <= '9' {
		s.off++
	}
	return s.off - start
}
