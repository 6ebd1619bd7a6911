package engine

import (
	"math/bits"
	"slices"
	"sync"
)

// scanner finds pieces of patterns in a text. It knows the places where the text
// has each byte, as a set of bits: one operation tells of 64 places whether a
// piece that fits so far still fits with its next byte. However text and piece
// are made, looking for the piece takes about a 64th of the product of their
// lengths.
//
// To know the places takes a pass over the text, which the patterns that are
// compared with it one after the other share.
type scanner struct {
	text    []byte
	asked   int  // how many patterns have been compared with it
	known   bool // where its bytes are: what follows
	words   int  // of a set, which has a bit for each byte and one for the end
	rows    []uint64
	bytes   [256]uint16 // the row of the places with that byte; 0 when text lacks it
	widths  [5]int      // of the places where a character of so many bytes begins
	wide    bool        // some characters have more than one
	values  []valueEnds
	learned int // how much of rows is known of the text alone; values come behind
	set     placeSet
	spare   placeSet
}

// valueEnds is the row of the places where the value of a variable ends.
type valueEnds struct {
	value string
	row   int
}

// scanners are those of the texts that were last asked about.
type scanners struct {
	list [8]scanner
	next int // to be given to another text
}

// idleScanners pass from one pattern to the next, so that no pattern, however
// slow it is made, makes Decide allocate.
var idleScanners = sync.Pool{New: func() any { return new(scanners) }}

// idleWords is how much memory an idle scanner may take to another text.
const idleWords = 1 << 16

// maxValues is of how many values of variables a scanner knows where they stand.
const maxValues = 32

// of returns the scanner of s.
func of[T string | []byte](all *scanners, s T) *scanner {
	for i := range all.list {
		if x := &all.list[i]; len(x.text) == len(s) && string(x.text) == string(s) {
			x.asked++
			return x
		}
	}
	x := &all.list[all.next]
	all.next = (all.next + 1) % len(all.list)
	x.text, x.asked, x.known = append(x.text[:0], s...), 1, false
	return x
}

// learn finds the places of all bytes.
func (x *scanner) learn() (steps int) {
	if x.known {
		return 0
	}
	if cap(x.rows) > idleWords {
		x.rows = nil
	}
	x.known, x.wide, x.words, x.rows = true, false, len(x.text)/64+1, x.rows[:0]
	clear(x.bytes[:])
	clear(x.values)
	x.values = x.values[:0]
	x.set.room(x.words)
	x.spare.room(x.words)
	x.addRow() // row 0 is empty
	x.widths = [5]int{1: x.addRow()}
	for i, b := range x.text {
		if x.bytes[b] == 0 {
			x.bytes[b] = uint16(x.addRow())
		}
		x.row(int(x.bytes[b])).add(int32(i))
		x.wide = x.wide || b >= 0x80
	}
	x.learnWidths()
	x.learned = len(x.rows)
	return len(x.text)
}

func (x *scanner) learnWidths() {
	if !x.wide {
		all := x.row(x.widths[1])
		for w := range all {
			all[w] = ^uint64(0)
		}
		all[x.words-1] = 1<<(len(x.text)&63) - 1
		return
	}
	for n := 2; n < len(x.widths); n++ {
		x.widths[n] = x.addRow()
	}
	// Only where a character begins: "?" takes no part of one.
	for i := 0; i < len(x.text); {
		n := width(x.text[i:])
		x.row(x.widths[n]).add(int32(i))
		i += n
	}
}

// addRow returns the number of a new row, which is empty.
func (x *scanner) addRow() int {
	n := len(x.rows) / x.words
	x.rows = slices.Grow(x.rows, x.words)[:len(x.rows)+x.words]
	clear(x.row(n))
	return n
}

func (x *scanner) row(n int) bitset { return x.rows[n*x.words : (n+1)*x.words] }

// after returns the first place at or behind from at which p may end, which has
// no star.
func (x *scanner) after(p pattern, from int, ctx *Context) (end int, ok bool, steps int) {
	// Most pieces are found soon: look at more and more places.
	for lo, n := from>>6, 4; lo < x.words; lo, n = lo+n, 8*n {
		x.set.fill(lo, min(lo+n, x.words))
		if lo == from>>6 {
			x.set.bits[lo] &^= 1<<(from&63) - 1
		}
		steps += x.keep(p, ctx)
		if x.set.lo < x.set.hi {
			return x.set.first(), true, steps
		}
	}
	return 0, false, steps
}

// keep leaves those places in x.set at which p fits, and moves them to where it
// ends.
func (x *scanner) keep(p pattern, ctx *Context) (steps int) {
	for i := 0; i < len(p) && x.set.lo < x.set.hi; i++ {
		switch e := &p[i]; e.kind {
		case anyChar:
			steps += x.keepAny()
		case literal:
			steps += x.keepText(&x.set, e.text)
		default:
			text, ok := e.value(ctx)
			if !ok {
				x.set.empty()
				return steps
			}
			steps += x.keepValue(text)
		}
	}
	return steps
}

// keepText is keep for a text.
func (x *scanner) keepText(set *placeSet, text string) (steps int) {
	for i := 0; i < len(text); i++ {
		steps += set.hi - set.lo + 1
		if set.keep(x.row(int(x.bytes[text[i]]))); set.lo == set.hi {
			break
		}
	}
	return steps
}

func (x *scanner) keepAny() (steps int) {
	if steps = x.set.hi - x.set.lo + 1; !x.wide {
		x.set.keep(x.row(x.widths[1]))
		return steps
	}
	x.set.keepWide(x.row(x.widths[1]), x.row(x.widths[2]), x.row(x.widths[3]), x.row(x.widths[4]))
	return 4 * steps
}

// keepValue is keep for the value of a variable, which a policy can name more
// often than it could write it: where it stands is found out once.
func (x *scanner) keepValue(value string) (steps int) {
	switch {
	case len(value) > len(x.text):
		x.set.empty()
		return 1
	case len(value) <= 8:
		return x.keepText(&x.set, value)
	}
	row := -1
	for i := range x.values {
		if x.values[i].value == value {
			row = x.values[i].row
			break
		}
	}
	if row < 0 {
		if len(x.values) == maxValues { // of other requests
			clear(x.values)
			x.values, x.rows = x.values[:0], x.rows[:x.learned]
		}
		x.spare.fill(0, x.words)
		steps = x.keepText(&x.spare, value)
		row = x.addRow()
		copy(x.row(row)[x.spare.lo:x.spare.hi], x.spare.bits[x.spare.lo:x.spare.hi])
		x.values = append(x.values, valueEnds{value, row})
	}
	x.set.move(len(value), x.words)
	x.set.intersect(x.row(row))
	return steps + x.set.hi - x.set.lo + 1
}

// placeSet is a set of places. Places outside of the words lo to hi-1 are not in
// it.
type placeSet struct {
	bits   bitset
	lo, hi int
}

func (s *placeSet) room(words int) { s.bits = slices.Grow(s.bits[:0], words)[:words] }

func (s *placeSet) empty() { s.lo, s.hi = 0, 0 }

// fill makes s the set of all places of some words.
func (s *placeSet) fill(lo, hi int) {
	s.lo, s.hi = lo, hi
	for w := lo; w < hi; w++ {
		s.bits[w] = ^uint64(0)
	}
}

// first is the smallest place of a set that is not empty.
func (s *placeSet) first() int {
	s.trim()
	return s.lo<<6 + bits.TrailingZeros64(s.bits[s.lo])
}

// trim leaves no empty words at the ends of s.
func (s *placeSet) trim() {
	for s.lo < s.hi && s.bits[s.lo] == 0 {
		s.lo++
	}
	for s.lo < s.hi && s.bits[s.hi-1] == 0 {
		s.hi--
	}
}

// keep leaves the places of row, and moves each by one. Row has no place in the
// last bit of a set.
func (s *placeSet) keep(row bitset) {
	set := s.bits[s.lo:s.hi]
	row = row[s.lo:s.hi]
	row = row[:len(set)]
	carry, some := uint64(0), uint64(0)
	for i := range set {
		w := set[i] & row[i]
		set[i], carry, some = w<<1|carry, w>>63, some|w
	}
	switch {
	case some == 0:
		s.empty()
		return
	case carry != 0:
		s.bits[s.hi] = carry
		s.hi++
	}
	if s.bits[s.lo] == 0 {
		s.lo++
	}
}

// keepWide leaves the places of four rows, and moves those of the n-th by n.
func (s *placeSet) keepWide(r1, r2, r3, r4 bitset) {
	carry := uint64(0)
	for i := s.lo; i < s.hi; i++ {
		w := s.bits[i]
		w1, w2, w3, w4 := w&r1[i], w&r2[i], w&r3[i], w&r4[i]
		s.bits[i] = w1<<1 | w2<<2 | w3<<3 | w4<<4 | carry
		carry = w1>>63 | w2>>62 | w3>>61 | w4>>60
	}
	if carry != 0 {
		s.bits[s.hi] = carry
		s.hi++
	}
	s.trim()
}

// move moves every place by n, and drops those behind the last word.
func (s *placeSet) move(n, words int) {
	off, shift := n>>6, n&63
	lo, hi := s.lo+off, min(s.hi+off+1, words)
	for i := hi - 1; i >= lo; i-- {
		w := uint64(0)
		if from := i - off; from < s.hi {
			w = s.bits[from] << shift
		}
		if from := i - off - 1; from >= s.lo {
			w |= s.bits[from] >> (64 - shift)
		}
		s.bits[i] = w
	}
	if s.lo, s.hi = lo, hi; lo > hi {
		s.empty()
	}
}

func (s *placeSet) intersect(row bitset) {
	for i := s.lo; i < s.hi; i++ {
		s.bits[i] &= row[i]
	}
	s.trim()
}

func (p pattern) has(kind elementKind) bool {
	for i := range p {
		if p[i].kind == kind {
			return true
		}
	}
	return false
}
