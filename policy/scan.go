package policy

import (
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

// special marks the bytes at which str must stop and look.
var special = func() (t [256]bool) {
	for i := range t {
		t[i] = i < ' ' || i >= 0x80 || i == '"' || i == '\\'
	}
	return t
}()

// str reads a string, whose quote is the next token. Without escapes it is a
// substring of the text.
func (s *scanner) str() (string, bool) {
	if s.next() != '"' {
		return "", s.unexpected()
	}
	start := s.off + 1
	for i := start; i < len(s.text); i++ {
		c := s.text[i]
		if !special[c] {
			continue
		}
		switch {
		case c == '"':
			s.off = i + 1
			return s.text[start:i], true
		case c == '\\':
			return s.escaped(start, i)
		case c == 0xC2 || c == 0xC3: // U+0080 to U+00FF
			if i+1 < len(s.text) && s.text[i+1]&0xC0 == 0x80 {
				i++
				continue
			}
		}
		return "", s.badByte(i)
	}
	s.off = len(s.text)
	return "", s.unexpected()
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
		c := s.text[i]
		switch {
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
		case !special[c]:
			b = append(b, c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(s.text[i:])
			if c < ' ' || r > 0xFF {
				return "", s.badByte(i)
			}
			b = append(b, s.text[i:i+n]...)
			i += n
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
