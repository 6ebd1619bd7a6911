package policy

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads the tokens of a JSON text (RFC 8259) and knows where they stand.
// It keeps the first fault; a method that returns false has reported it.
type scanner struct {
	text      string
	off       int // of the next byte
	line      int
	lineStart int // offset of the line's first byte
	fault     *fault
}

func (s *scanner) pos() Position {
	return Position{Offset: s.off, Line: s.line, Column: s.off - s.lineStart + 1}
}

// fail notes a fault, unless there is one, and returns false.
func (s *scanner) fail(pos Position, code Code, arg string) bool {
	if s.fault == nil {
		s.fault = &fault{code, pos, arg}
	}
	return false
}

// failAt is fail for a place behind the scanner, of which only the offset was
// kept.
func (s *scanner) failAt(off Offset, code Code, arg string) bool {
	return s.fail(positionIn(s.text, int(off)), code, arg)
}

// stringAt reads again the string at off.
func (s *scanner) stringAt(off Offset) string {
	text, _ := (&scanner{text: s.text, off: int(off)}).str()
	return text
}

// next skips white space and returns the byte that begins the next token, or 0
// at the end of the text. Line ends stand nowhere but here: within strings they
// are no JSON.
func (s *scanner) next() byte {
	for s.off < len(s.text) {
		switch c := s.text[s.off]; c {
		case '\n':
			s.off++
			s.line++
			s.lineStart = s.off
		case ' ', '\t', '\r':
			s.off++
		case 0: // the end is told by 0, a NUL byte is not
			return 1
		default:
			return c
		}
	}
	return 0
}

// punct reads c, which must be the next token.
func (s *scanner) punct(c byte) bool {
	if s.next() != c {
		return s.unexpected()
	}
	s.off++
	return true
}

// unexpected reports the next token as one that JSON does not allow here.
func (s *scanner) unexpected() bool {
	if s.next() == 0 {
		return s.fail(s.pos(), InvalidJSON, "unexpected end")
	}
	r, n := utf8.DecodeRuneInString(s.text[s.off:])
	if r == utf8.RuneError && n == 1 {
		return s.fail(s.pos(), InvalidCharacter, "not UTF-8")
	}
	return s.fail(s.pos(), InvalidJSON, "unexpected "+strconv.QuoteRune(r))
}

// str reads a string, whose quote is the next token. Without escapes it is a
// substring of the text.
func (s *scanner) str() (string, bool) {
	if s.next() != '"' {
		return "", s.unexpected()
	}
	start := s.off + 1
	i := plain(s.text, start)
	for i < len(s.text) {
		switch c := s.text[i]; {
		case c == '"':
			s.off = i + 1
			return s.text[start:i], true
		case c == '\\':
			return s.escaped(start, i)
		case latin1(s.text, i):
			i = plain(s.text, i+2)
		default:
			return "", s.badByte(i)
		}
	}
	s.off = len(s.text)
	return "", s.unexpected()
}

// plain returns the offset of the first byte of t, from i on, that does not stand
// for itself in a string: a quote, a backslash, a control character or a part of
// a character beyond ASCII. It looks at eight bytes at a time.
func plain(t string, i int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for i+8 <= len(t) {
		w := t[i : i+8]
		x := uint64(w[0]) | uint64(w[1])<<8 | uint64(w[2])<<16 | uint64(w[3])<<24 |
			uint64(w[4])<<32 | uint64(w[5])<<40 | uint64(w[6])<<48 | uint64(w[7])<<56
		// A byte's high bit is set where the byte is below ' ', is one of the two,
		// or had it set. A borrow sets it wrongly only behind a right one.
		found := ((x - ones*' ') | ((x ^ ones*'"') - ones) | ((x ^ ones*'\\') - ones) | x) & high
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
		i += 8
	}
	for i < len(t) && t[i] >= ' ' && t[i] < 0x80 && t[i] != '"' && t[i] != '\\' {
		i++
	}
	return i
}

// latin1 reports whether a character of U+0080 to U+00FF stands at i.
func latin1(t string, i int) bool {
	return t[i]&^1 == 0xC2 && i+1 < len(t) && t[i+1]&0xC0 == 0x80
}

// badByte reports the byte at offset i, which may not stand in a string.
func (s *scanner) badByte(i int) bool {
	s.off = i
	r, n := utf8.DecodeRuneInString(s.text[i:])
	switch {
	case r < ' ':
		return s.fail(s.pos(), InvalidJSON, "unexpected "+strconv.QuoteRune(r)+" in a string")
	case r == utf8.RuneError && n == 1:
		return s.fail(s.pos(), InvalidCharacter, "not UTF-8")
	}
	return s.fail(s.pos(), InvalidCharacter, strconv.QuoteRuneToASCII(r))
}

// escaped reads the rest of a string that begins at start and has its first
// backslash at i.
func (s *scanner) escaped(start, i int) (string, bool) {
	b := append(make([]byte, 0, 2*(i-start)+16), s.text[start:i]...)
	for i < len(s.text) {
		switch c := s.text[i]; {
		case c == '"':
			s.off = i + 1
			return string(b), true
		case c == '\\':
			r, n := unescape(s.text[i:])
			if n == 0 {
				s.off = i
				return "", s.fail(s.pos(), InvalidJSON, "bad escape in a string")
			}
			b = utf8.AppendRune(b, r)
			i += n
		case c < 0x80 || latin1(s.text, i):
			end := plain(s.text, i)
			if c >= 0x80 {
				end = i + 2
			}
			if end == i {
				return "", s.badByte(i)
			}
			b = append(b, s.text[i:end]...)
			i = end
		default:
			return "", s.badByte(i)
		}
	}
	s.off = len(s.text)
	return "", s.unexpected()
}

// escapes are the characters that a backslash and one letter stand for.
var escapes = map[byte]rune{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// unescape returns the character that the escape at the start of t stands for,
// and the length of the escape: 0 when it is none, or half a surrogate pair.
func unescape(t string) (rune, int) {
	if len(t) < 2 {
		return 0, 0
	}
	if t[1] != 'u' {
		r, ok := escapes[t[1]]
		if !ok {
			return 0, 0
		}
		return r, 2
	}
	r, ok := hex4(t[2:])
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if !strings.HasPrefix(t[6:], `\u`) {
		return 0, 0
	}
	low, ok := hex4(t[8:])
	if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

func hex4(t string) (rune, bool) {
	if len(t) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(t[:4], 16, 32)
	return rune(n), err == nil
}
