package engine

import "strings"

// actionPattern is a value of Action or NotAction in lower case: text, which a
// matching action begins with, and what may follow.
type actionPattern struct {
	text string
	tail string // a pattern; "" is the end of the action, "*" anything
}

// newActionPattern takes apart a value in lower case. A value without a colon
// names no action, unless it is "*".
func newActionPattern(s string) (actionPattern, bool) {
	colon, wild := false, len(s)
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case ':':
			colon = true
		case '*', '?':
			wild = i
		}
	}
	if !colon && strings.Trim(s, "*") != "" || s == "" {
		return actionPattern{}, false
	}
	return actionPattern{s[:wild], s[wild:]}, true
}

// matchTail reports whether rest, the part of an action behind text, fits.
func (a *actionPattern) matchTail(rest []byte) bool {
	switch a.tail {
	case "":
		return len(rest) == 0
	case "*":
		return true
	}
	return matchBytes(a.tail, rest)
}

func (a *actionPattern) match(action []byte) bool {
	return hasPrefix(action, a.text) && a.matchTail(action[len(a.text):])
}

// hasPrefix is strings.HasPrefix for a text in bytes.
func hasPrefix(s []byte, prefix string) bool {
	return len(s) >= len(prefix) && string(s[:len(prefix)]) == prefix
}

// fewRetries is how many characters matchBytes goes back before it searches.
const fewRetries = 32

// matchBytes is a glob over the names of actions, which are ASCII. It goes back
// only to the last star.
func matchBytes(pattern string, s []byte) bool {
	i, j := 0, 0
	star, from, retries := -1, 0, 0
	for j < len(s) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, from = i, j
			i++
		case i < len(pattern) && (pattern[i] == '?' || pattern[i] == s[j]):
			i++
			j++
		case star < 0:
			return false
		case retries > fewRetries:
			return searchBytes(pattern[star:], s[from+1:])
		default:
			retries += i - star
			from++
			i, j = star+1, from
		}
	}
	for i < len(pattern) && pattern[i] == '*' {
		i++
	}
	return i == len(pattern)
}

// searchBytes is matchBytes for a pattern that begins with a star.
func searchBytes(pattern string, s []byte) bool {
	var x shortScanner
	for from := 0; ; {
		piece, rest, more := strings.Cut(pattern[1:], "*")
		if !more {
			return len(piece) <= len(s)-from && fitsBytes(piece, s[len(s)-len(piece):])
		}
		if piece == "" { // two stars are as good as one
			pattern = pattern[1:]
			continue
		}
		left := between(from, len(s)-len(piece)+1)
		for i := 0; i < len(piece) && !left.empty(); i++ {
			if piece[i] != '?' {
				left.keep(in(&x, s, piece[i]), i)
			}
		}
		if left.empty() {
			return false
		}
		from, pattern = left.first()+len(piece), pattern[len(pattern)-len(rest)-1:]
	}
}

// fitsBytes compares a piece of a pattern, which has no star, with a text of the
// same length.
func fitsBytes(piece string, s []byte) bool {
	for i := range s {
		if piece[i] != '?' && piece[i] != s[i] {
			return false
		}
	}
	return true
}

// maxAction is how long an action may be.
const maxAction = 128

// actionBytes are the bytes that an action may have, in lower case; 0 stands for
// all others.
var actionBytes = func() (t [256]byte) {
	for b := byte('!'); b < 0x7f; b++ {
		if strings.IndexByte("*?,", b) < 0 {
			t[b] = lowerByte(b)
		}
	}
	return t
}()

// IsAction reports whether s has the form of an action that a request is for: a
// service's prefix, a colon and a name. Wildcards are for policies. Whether there
// is such an action is not asked. Decide allows nothing else.
func IsAction(s string) bool {
	_, ok := lowerAction(new([maxAction]byte), s)
	return ok
}

// lowerAction writes an action into dst in lower case and returns its length. It
// reports false for what has not the form of an action: a service and a name, in
// ASCII, without wildcards or spaces.
func lowerAction(dst *[maxAction]byte, s string) (n int, ok bool) {
	if len(s) > len(dst) {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		b := actionBytes[s[i]]
		if b == 0 {
			return 0, false
		}
		dst[i] = b
	}
	colon := strings.IndexByte(s, ':')
	return len(s), 0 < colon && colon < len(s)-1 && strings.IndexByte(s[colon+1:], ':') < 0
}
