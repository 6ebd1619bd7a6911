package engine

import (
	"strings"
	"unicode/utf8"
)

// glob matches a whole text: "*" stands for any characters, "?" for one
// character, and a variable for the value of its key, which is no pattern.
// Case matters.
type glob struct {
	kind globKind
	text string // what an exact glob equals, what a prefix glob begins with
	more pattern
}

type globKind uint8

const (
	globExact  globKind = iota // text
	globAll                    // *
	globPrefix                 // text*
	globMore                   // anything else
)

func newGlob(s string, x syntax) glob {
	if x.plain(s) {
		return glob{kind: globExact, text: s}
	}
	if x.wildcards && s[len(s)-1] == '*' && x.plain(s[:len(s)-1]) {
		if len(s) == 1 {
			return glob{kind: globAll}
		}
		return glob{kind: globPrefix, text: s[:len(s)-1]}
	}
	return glob{kind: globMore, more: x.parse(s)}
}

func (g *glob) match(s string, ctx *Context) bool {
	switch g.kind {
	case globExact:
		return s == g.text
	case globAll:
		return true
	case globPrefix:
		return strings.HasPrefix(s, g.text)
	}
	// Most texts that do not fit fail here, for a few nanoseconds.
	if last := &g.more[len(g.more)-1]; last.kind == literal && !strings.HasSuffix(s, last.text) {
		return false
	}
	ok, _ := g.more.match(s, ctx)
	return ok
}

// match reports whether s as a whole fits p, and in how many steps it found
// out: a step looks at one element or at one place of s.
//
// The piece before the first star must begin s and the one behind the last star
// must end it. Those between are found one after the other, leftmost first, and
// are not searched for again: the leftmost place leaves most to the rest.
func (p pattern) match(s string, ctx *Context) (ok bool, steps int) {
	piece, p, more := p.cutStar()
	if s, ok = piece.cut(s, ctx); !ok || !more {
		return ok && s == "", len(piece) + 1
	}
	steps = len(piece) + 1
	for {
		scanner := p[0].scanner
		if piece, p, more = p[1:].cutStar(); !more {
			return piece.ends(s, ctx), steps + len(piece)
		}
		var n int
		s, ok, n = piece.after(s, ctx, scanner)
		if steps += n; !ok {
			return false, steps
		}
	}
}

// cutStar cuts p before its first star.
func (p pattern) cutStar() (piece, rest pattern, found bool) {
	for i := range p {
		if p[i].kind == star {
			return p[:i], p[i:], true
		}
	}
	return p, nil, false
}

// cut returns what follows p, which has no star, when s begins with it.
func (p pattern) cut(s string, ctx *Context) (rest string, ok bool) {
	for i := range p {
		if p[i].kind == anyChar {
			if s == "" {
				return "", false
			}
			s = s[width(s):]
			continue
		}
		text, ok := p[i].value(ctx)
		if !ok || !strings.HasPrefix(s, text) {
			return "", false
		}
		s = s[len(text):]
	}
	return s, true
}

// fewTries is how often a piece is tried before it is scanned for.
const fewTries = 4

// after returns what follows the first place where s fits p, which has no star
// and begins with text. The scanner for p is nil when p has variables, or is
// text alone.
func (p pattern) after(s string, ctx *Context, x *scanner) (rest string, ok bool, steps int) {
	first, ok := p[0].value(ctx)
	if !ok {
		return "", false, 1
	}
	for try := 0; ; try++ {
		if try == fewTries && len(p) > 1 {
			rest, ok, n := p.scan(s, ctx, x)
			return rest, ok, steps + n
		}
		steps += len(p)
		i := strings.Index(s, first)
		if i < 0 {
			return "", false, steps
		}
		s = s[i:]
		if rest, ok := p[1:].cut(s[len(first):], ctx); ok {
			return rest, true, steps
		}
		if s == "" {
			return "", false, steps
		}
		s = s[width(s):]
	}
}

// scan is after by a scanner, which it makes when there is none.
func (p pattern) scan(s string, ctx *Context, x *scanner) (rest string, ok bool, steps int) {
	if x == nil {
		chars, ok := p.characters(ctx)
		switch {
		case !ok || len(chars) > len(s):
			return "", false, len(chars)
		case len(chars) == 0: // variables with empty values
			return s, true, len(p)
		}
		x = newScanner(chars)
	}
	return x.after(s)
}

// ends reports whether s ends with p, which has no star.
func (p pattern) ends(s string, ctx *Context) bool {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].kind == anyChar {
			if s == "" {
				return false
			}
			_, n := utf8.DecodeLastRuneInString(s)
			s = s[:len(s)-n]
			continue
		}
		text, ok := p[i].value(ctx)
		if !ok || !strings.HasSuffix(s, text) {
			return false
		}
		s = s[:len(s)-len(text)]
	}
	return true
}

// width is the length of the first character of s, which is not empty.
func width(s string) int {
	if s[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s)
	return n
}
