package arn

import (
	"strings"
	"unicode/utf8"
)

// Match reports whether the name s fits pattern, each of the six parts by
// itself: a "*" crosses slashes, and colons of the resource, but never the five
// colons between the parts. A pattern of fewer than six parts matches nothing.
//
// Source: "IAM JSON policy elements: Resource" in the IAM User Guide.
func Match(pattern, s string) bool {
	p, n := Split(pattern)
	q, m := Split(s)
	if n < 6 || m < 6 {
		return false
	}
	for i := range p {
		if !Glob(p[i], q[i]) {
			return false
		}
	}
	return true
}

// Glob reports whether s as a whole fits pattern, in which "*" stands for any
// characters and "?" for one character (not one byte). Case matters.
//
// The pieces between stars are found leftmost first and never searched for
// again, so that no pattern backtracks.
func Glob(pattern, s string) bool {
	star := strings.IndexByte(pattern, '*')
	if star < 0 {
		n, ok := piece(pattern, s)
		return ok && n == len(s)
	}
	n, ok := piece(pattern[:star], s)
	if !ok {
		return false
	}
	s, pattern = s[n:], pattern[star+1:]
	for {
		star = strings.IndexByte(pattern, '*')
		if star < 0 {
			return suffix(pattern, s)
		}
		if s, ok = after(pattern[:star], s); !ok {
			return false
		}
		pattern = pattern[star+1:]
	}
}

// piece reports whether s begins with p, which has no star, and with how many
// bytes.
func piece(p, s string) (int, bool) {
	if strings.IndexByte(p, '?') < 0 {
		return len(p), strings.HasPrefix(s, p)
	}
	i := 0
	for j := 0; j < len(p); j++ {
		switch {
		case i == len(s):
			return 0, false
		case p[j] == '?':
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n
		case p[j] != s[i]:
			return 0, false
		default:
			i++
		}
	}
	return i, true
}

// after returns what follows the first place in s that fits p.
func after(p, s string) (string, bool) {
	if strings.IndexByte(p, '?') < 0 {
		i := strings.Index(s, p)
		if i < 0 {
			return "", false
		}
		return s[i+len(p):], true
	}
	for len(s) >= len(p) { // a "?" takes a byte at least
		if n, ok := piece(p, s); ok {
			return s[n:], true
		}
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	return "", false
}

// suffix reports whether s ends with p, which has no star.
func suffix(p, s string) bool {
	if strings.IndexByte(p, '?') < 0 {
		return strings.HasSuffix(s, p)
	}
	i := len(s)
	for j := len(p) - 1; j >= 0; j-- {
		switch {
		case i == 0:
			return false
		case p[j] == '?':
			_, n := utf8.DecodeLastRuneInString(s[:i])
			i -= n
		case p[j] != s[i-1]:
			return false
		default:
			i--
		}
	}
	return true
}
