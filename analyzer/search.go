package analyzer

import (
	"slices"
	"strings"
)

// glob is a value of Resource as tokens, one a character or a wildcard.
type glob []token

type token struct {
	kind tokenKind
	r    rune
}

type tokenKind uint8

const (
	one      tokenKind = iota // r
	any1                      // any character
	part1                     // any character but a colon
	anyMany                   // any characters
	partMany                  // any characters but colons
)

// part appends one part of an ARN, and the colon that stands behind it unless it
// is the last. Its wildcards take in colons when it is the last, its final star
// when beyond is set.
func (g *glob) part(s string, last, beyond bool) {
	for i, r := range s {
		switch {
		case r == '*' && (last || beyond && i == len(s)-1):
			*g = append(*g, token{kind: anyMany})
		case r == '*':
			*g = append(*g, token{kind: partMany})
		case r == '?' && last:
			*g = append(*g, token{kind: any1})
		case r == '?':
			*g = append(*g, token{kind: part1})
		default:
			*g = append(*g, token{kind: one, r: r})
		}
	}
	if !last {
		*g = append(*g, token{kind: one, r: ':'})
	}
}

// places are the places in a glob that a text may have come to: those before the
// tokens that may be next, and len(glob) at its end.
type places []uint64

func (g glob) start() places {
	p := make(places, len(g)/64+1)
	g.enter(p, 0)
	return p
}

// enter adds place i, and those that follow it where a star may match nothing.
func (g glob) enter(p places, i int) {
	p[i/64] |= 1 << (i % 64)
	for i < len(g) && g[i].many() {
		i++
		p[i/64] |= 1 << (i % 64)
	}
}

func (t token) many() bool { return t.kind == anyMany || t.kind == partMany }

func (t token) takes(r rune) bool {
	switch t.kind {
	case one:
		return t.r == r
	case part1, partMany:
		return r != ':'
	}
	return true
}

// step returns the places after one more character, and whether there are any.
func (g glob) step(p places, r rune) (places, bool) {
	next, some := make(places, len(p)), false
	for i, t := range g {
		if p[i/64]&(1<<(i%64)) == 0 || !t.takes(r) {
			continue
		}
		some = true
		if t.many() {
			g.enter(next, i)
		} else {
			g.enter(next, i+1)
		}
	}
	return next, some
}

func (g glob) ended(p places) bool { return p[len(g)/64]&(1<<(len(g)%64)) != 0 }

// match reports whether s as a whole fits g.
func (g glob) match(s string) bool {
	p, ok := g.start(), true
	for _, r := range s {
		if p, ok = g.step(p, r); !ok {
			return false
		}
	}
	return g.ended(p)
}

// search looks for the shortest text of a shape that the wide reading matches and
// the other does not: it spells texts of the shape, character by character and
// all at once, and follows both readings. Texts that have come to the same places
// are one.
type search struct {
	*readings
	shape *shape
	steps *int

	seen  map[string]bool
	queue []spelled
}

// spelled is the beginning of a text: where it has come to, and how.
type spelled struct {
	at             spot
	wide, segments places
	r              rune
	before         int // index in queue, -1 at the start
}

// spot is a place in a shape: within a piece, which text of it and how far.
type spot struct{ piece, text, chars int }

func (s *search) run() (string, bool) {
	s.seen = map[string]bool{}
	s.queue = append(s.queue, spelled{wide: s.wide.start(), segments: s.segments.start(), before: -1})
	for i := 0; i < len(s.queue) && *s.steps < maxSteps; i++ {
		now := s.queue[i]
		if s.shape.ended(now.at) && s.wide.ended(now.wide) && !s.segments.ended(now.segments) {
			return s.spell(i), true
		}
		s.follow(now.at, i)
	}
	return "", false
}

// follow queues what may come after the text i, which has come to at.
func (s *search) follow(at spot, i int) {
	if at.piece == len(s.shape.pieces) {
		return
	}
	switch p := &s.shape.pieces[at.piece]; p.kind {
	case oneText:
		s.add(i, at.within(len(p.text)), rune(p.text[at.chars]))
	case onePartition:
		s.followTexts(at, i, s.partitions)
	case oneRegion:
		s.followTexts(at, i, s.regions)
	case account:
		to := at.within(len(usualAccount))
		s.add(i, to, rune(usualAccount[at.chars]))
		for d := '0'; d <= '9'; d++ {
			s.add(i, to, d)
		}
	case aName:
		if at.chars > 0 {
			s.follow(spot{piece: at.piece + 1}, i)
		}
		s.followName(spot{at.piece, 0, 1}, i, p)
	}
}

func (s *search) followTexts(at spot, i int, texts []string) {
	for n, text := range texts {
		if at.chars == 0 || n == at.text {
			s.add(i, spot{at.piece, n, at.chars}.within(len(text)), rune(text[at.chars]))
		}
	}
}

// followName queues the characters that make a difference to the value, and one
// that stands for all others.
func (s *search) followName(to spot, i int, p *piece) {
	others := false
	for _, r := range "xyzabcdefghijklmnopqrstuvw0123456789-" {
		if !others && p.takes(r) && !slices.Contains(s.letters, r) {
			s.add(i, to, r)
			others = true
		}
	}
	for _, r := range s.letters {
		if p.takes(r) {
			s.add(i, to, r)
		}
	}
	if p.takes(':') {
		s.add(i, to, ':')
	}
}

// within is the spot one character on, in a piece of so many.
func (at spot) within(chars int) spot {
	if at.chars+1 == chars {
		return spot{piece: at.piece + 1}
	}
	return spot{at.piece, at.text, at.chars + 1}
}

// add queues the text i and one more character, unless it cannot come to match or
// another has come to the same places.
func (s *search) add(i int, to spot, r rune) {
	*s.steps += 1 + len(s.wide)/32 // what a step looks at
	now := &s.queue[i]
	wide, ok := s.wide.step(now.wide, r)
	if !ok {
		return
	}
	segments, _ := s.segments.step(now.segments, r)
	key := to.key(wide, segments)
	if s.seen[key] {
		return
	}
	s.seen[key] = true
	s.queue = append(s.queue, spelled{to, wide, segments, r, i})
}

func (at spot) key(sets ...places) string {
	b := []byte{byte(at.piece), byte(at.text), byte(at.chars), byte(at.chars >> 8)}
	for _, set := range sets {
		for _, word := range set {
			for range 8 {
				b = append(b, byte(word))
				word >>= 8
			}
		}
	}
	return string(b)
}

func (s *search) spell(i int) string {
	var text []rune
	for ; s.queue[i].before >= 0; i = s.queue[i].before {
		text = append(text, s.queue[i].r)
	}
	var b strings.Builder
	for _, r := range slices.Backward(text) {
		b.WriteRune(r)
	}
	return b.String()
}

// ended reports whether a text at this spot is complete.
func (s *shape) ended(at spot) bool {
	if at.piece == len(s.pieces) {
		return true
	}
	return at.piece == len(s.pieces)-1 && s.pieces[at.piece].kind == aName && at.chars > 0
}
