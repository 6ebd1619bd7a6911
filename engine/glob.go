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
// out: a step looks at one element or at some places of s.
//
// The piece before the first star must begin s and the one behind the last star
// must end it. Those between are found one after the other, leftmost first, and
// are not searched for again: the leftmost place leaves most to the rest.
func (p pattern) match(s string, ctx *Context) (ok bool, steps int) {
	text := s
	piece, p, more := p.cutStar()
	if s, ok = piece.cut(s, ctx); !ok || !more {
		return ok && s == "", len(piece) + 1
	}
	steps = len(piece) + 1
	for {
		rest := p
		if piece, p, more = p[1:].cutStar(); !more {
			return piece.ends(s, ctx), steps + len(piece)
		}
		if len(piece) > 1 && len(s) > longText {
			ok, n := rest.scan(text, len(text)-len(s), ctx)
			return ok, steps + n
		}
		after, found, n := piece.try(s, ctx)
		switch steps += n; found {
		case no:
			return false, steps
		case perhaps:
			ok, n := rest.search(text, len(text)-len(s), ctx)
			return ok, steps + n
		}
		s = after
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

const (
	// fewTries is how often a piece is tried before it is scanned for.
	fewTries = 2
	// longText is from when on more pieces are scanned for than are tried.
	longText = shortText
	// fewPatterns is how many are tried on a long text before it is scanned.
	fewPatterns = 4
)

// finding is whether a piece is in a text.
type finding uint8

const (
	no finding = iota
	yes
	perhaps // it was tried often enough
)

// try returns what follows the first place where s fits p, which has no star and
// begins with text.
func (p pattern) try(s string, ctx *Context) (rest string, found finding, steps int) {
	first, ok := p[0].value(ctx)
	if !ok {
		return "", no, 1
	}
	for range fewTries {
		steps += len(p)
		i := strings.Index(s, first)
		if i < 0 {
			return "", no, steps
		}
		s = s[i:]
		if rest, ok := p[1:].cut(s[len(first):], ctx); ok {
			return rest, yes, steps
		}
		if s == "" {
			return "", no, steps
		}
		s = s[width(s):]
	}
	return "", perhaps, steps
}

// search is scan by the scanner that is best.
func (p pattern) search(text string, from int, ctx *Context) (ok bool, steps int) {
	if s := text[from:]; len(s) <= shortText && isASCII(s) && !p.has(variable) {
		return p.scanShort(s)
	}
	return p.scan(text, from, ctx)
}

// scan is match for p, which begins with a star, and what comes behind a place of
// text, with the help of a scanner.
func (p pattern) scan(text string, from int, ctx *Context) (ok bool, steps int) {
	all := idleScanners.Get().(*scanners)
	defer idleScanners.Put(all)
	return p.scanWith(of(all, text), text, from, ctx)
}

func (p pattern) scanWith(x *scanner, text string, from int, ctx *Context) (ok bool, steps int) {
	for more := true; ; {
		var piece pattern
		if piece, p, more = p[1:].cutStar(); !more {
			return piece.ends(text[from:], ctx), steps + len(piece)
		}
		found, n := perhaps, 0
		if len(piece) == 1 && piece[0].kind == literal || !x.known && x.asked <= fewPatterns {
			var rest string
			rest, found, n = piece.try(text[from:], ctx)
			if found == yes {
				from = len(text) - len(rest)
			}
			steps += n
		}
		if found == perhaps {
			steps += x.learn()
			from, ok, n = x.after(piece, from, ctx)
			steps += n
			if !ok {
				return false, steps
			}
		} else if found == no {
			return false, steps
		}
	}
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

// width is the length of the first character of s, which is not empty. A byte
// that is not part of one is a character of its own.
func width[T string | []byte](s T) int {
	if s[0] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
	return n
}
