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
	if strings.IndexByte(s, ':') < 0 && strings.Trim(s, "*") != "" || s == "" {
		return actionPattern{}, false
	}
	i := strings.IndexAny(s, "*?")
	if i < 0 {
		return actionPattern{text: s}, true
	}
	return actionPattern{s[:i], s[i:]}, true
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

// matchBytes is a glob over the names of actions, which are ASCII. It goes back
// only to the last star.
func matchBytes(pattern string, s []byte) bool {
	i, j := 0, 0
	star, from := -1, 0
	for j < len(s) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, from = i, j
			i++
		case i < len(pattern) && (pattern[i] == '?' || pattern[i] == s[j]):
			i++
			j++
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(pattern) && pattern[i] == '*' {
		i++
	}
	return i == len(pattern)
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
