package shape

import (
	"strings"
	"testing"
)

func TestClassMatch(t *testing.T) {
	// [0-9\u00A1-\u00FF\p{L}]{2,3}
	p := &Pattern{Class: &Class{ASCII: [2]uint64{0x3ff000000000000, 0}, Ranges: []rune{0xa1, 0xff}, Categories: "L"}, Min: 2, Max: 3}
	for s, want := range map[string]bool{
		"":             false,
		"1":            false,
		"12":           true,
		"123":          true,
		"1234":         false,
		"12\n":         false,
		"1¡":           true,
		"1\u00a0":      false,
		"1ж":           true,
		"1\xff":        false, // not UTF-8
		"1\xd0":        false,
		"\ufffd\u0031": false,
	} {
		if got := p.Match(s); got != want {
			t.Errorf("Match(%q) = %v, want %v", s, got, want)
		}
	}
}

func TestClassCategories(t *testing.T) {
	for _, test := range []struct {
		categories string
		r          rune
		want       bool
	}{
		{"L", 'é', true}, {"L", '٣', false}, {"L", '\u2003', false},
		{"N", '٣', true}, {"N", 'é', false},
		{"Z", '\u2003', true}, {"Z", '\u0085', false},
		{"LNZ", '€', false},
	} {
		c := &Class{Categories: test.categories}
		if got := c.wide(test.r); got != test.want {
			t.Errorf("%U in %s: %v, want %v", test.r, test.categories, got, test.want)
		}
	}
}

func TestRegexpMatchesTheWholeValue(t *testing.T) {
	p := &Pattern{Regexp: `(/)|(/[!-~]+/)`}
	for s, want := range map[string]bool{"/": true, "/a/": true, "/a/b/": true, "": false, "/a": false, "x/a/": false, "/a/\n": false} {
		if got := p.Match(s); got != want {
			t.Errorf("Match(%q) = %v, want %v", s, got, want)
		}
	}
}

func TestWithout(t *testing.T) {
	p := &Pattern{Regexp: `^[a-z0-9]([a-z0-9]|-){1,61}[a-z0-9]$`, Without: "--"}
	for s, want := range map[string]bool{
		"my-account": true, "a-b-c": true, "a--b": false, "-ab": false, "ab-": false, "ab": false,
		strings.Repeat("a", 63): true, strings.Repeat("a", 64): false,
	} {
		if got := p.Match(s); got != want {
			t.Errorf("Match(%q) = %v, want %v", s, got, want)
		}
	}
}
