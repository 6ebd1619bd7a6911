package shape

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Pattern is a regular expression of a model; the whole value must match. The
// models are written for Java: apimodel translates them. A Pattern is either a
// repeated Class, which is a scan of the value, or a Regexp, compiled when it
// is first needed.
type Pattern struct {
	Text string // as in the model, and in AWS's messages

	Class    *Class
	Min, Max int // repetitions of Class; Max 0: any number

	Regexp  string // in Go's syntax, not anchored
	Without string // and the value must not contain this; Go knows no look-ahead

	once     sync.Once
	compiled *regexp.Regexp
}

// Match reports whether the whole of s matches. It does not allocate, except
// for the first use of a Regexp.
func (p *Pattern) Match(s string) bool {
	if p.Class != nil {
		return p.Class.scan(s, p.Min, p.Max)
	}
	p.once.Do(func() { p.compiled = regexp.MustCompile(`\A(?:` + p.Regexp + `)\z`) })
	return p.compiled.MatchString(s) && (p.Without == "" || !strings.Contains(s, p.Without))
}

// Class is a set of characters.
type Class struct {
	ASCII  [2]uint64 // bit c is set: ASCII character c belongs
	Ranges []rune    // first and last of each range above ASCII

	// Categories are the general categories that belong, above ASCII, by
	// their first letter: L, N, Z.
	Categories string
}

// scan reports whether s is min to max characters of the class. Bytes that
// are not UTF-8 belong to no class.
func (c *Class) scan(s string, min, max int) bool {
	n := 0
	for i := 0; i < len(s); n++ {
		if b := s[i]; b < utf8.RuneSelf {
			if c.ASCII[b>>6]&(1<<(b&63)) == 0 {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || !c.wide(r) {
			return false
		}
		i += size
	}
	return n >= min && (max == 0 || n <= max)
}

// wide reports whether a character above ASCII belongs.
func (c *Class) wide(r rune) bool {
	for i := 0; i < len(c.Ranges); i += 2 {
		if c.Ranges[i] <= r && r <= c.Ranges[i+1] {
			return true
		}
	}
	for _, category := range c.Categories {
		switch category {
		case 'L':
			if unicode.IsLetter(r) {
				return true
			}
		case 'N':
			if unicode.IsNumber(r) {
				return true
			}
		case 'Z':
			if unicode.In(r, unicode.Z) {
				return true
			}
		}
	}
	return false
}
