package engine

import "unicode/utf8"

// scanner finds a piece of a pattern, which has no stars, in one pass over a text.
// It keeps for every character of the piece a bit that says whether the text up
// to here fits the piece up to there (the shift-and algorithm), so that no piece
// costs the product of the two lengths, as trying it at every place would.
type scanner struct {
	classes [utf8.RuneSelf]int32 // of ASCII characters; 0 for those not in the piece
	wide    map[rune]int32       // of the others
	masks   [][]uint64           // by class: where in the piece such a character fits
	length  int                  // of the piece, in characters
}

// anyRune stands for "?" among the characters of a piece.
const anyRune = -1

// newScanner makes a scanner for a piece of at least one character.
func newScanner(chars []rune) *scanner {
	x := &scanner{length: len(chars), masks: [][]uint64{make([]uint64, words(len(chars)))}}
	others := bitset(x.masks[0])
	for i, r := range chars {
		if r == anyRune {
			others.add(int32(i))
		}
	}
	for i, r := range chars {
		if r == anyRune {
			continue
		}
		class := x.class(r)
		if class == 0 {
			class = int32(len(x.masks))
			x.masks = append(x.masks, append([]uint64(nil), others...))
			x.setClass(r, class)
		}
		bitset(x.masks[class]).add(int32(i))
	}
	return x
}

func (x *scanner) class(r rune) int32 {
	if 0 <= r && r < utf8.RuneSelf {
		return x.classes[r]
	}
	return x.wide[r]
}

func (x *scanner) setClass(r rune, class int32) {
	if 0 <= r && r < utf8.RuneSelf {
		x.classes[r] = class
		return
	}
	if x.wide == nil {
		x.wide = make(map[rune]int32)
	}
	x.wide[r] = class
}

// after returns what follows the first place where s fits the piece.
func (x *scanner) after(s string) (rest string, ok bool, steps int) {
	var buf [32]uint64
	state := buf[:0]
	for range x.masks[0] {
		state = append(state, 0)
	}
	last, final := len(state)-1, uint64(1)<<((x.length-1)&63)
	for s != "" {
		r, n := rune(s[0]), 1
		if r >= utf8.RuneSelf {
			r, n = character(s)
		}
		s = s[n:]
		carry := uint64(1)
		for w, mask := range x.masks[x.class(r)] {
			next := state[w] >> 63
			state[w] = (state[w]<<1 | carry) & mask
			carry = next
		}
		steps += len(state)
		if state[last]&final != 0 {
			return s, true, steps
		}
	}
	return "", false, steps
}

// characters writes a piece out, with the values of its variables.
func (p pattern) characters(ctx *Context) ([]rune, bool) {
	var chars []rune
	for i := range p {
		if p[i].kind == anyChar {
			chars = append(chars, anyRune)
			continue
		}
		text, ok := p[i].value(ctx)
		if !ok {
			return nil, false
		}
		for text != "" {
			r, n := character(text)
			chars, text = append(chars, r), text[n:]
		}
	}
	return chars, true
}

// character is the first character of s and its length. A byte that is not part
// of one is a character of its own, unlike any other.
func character(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		return anyRune - 1 - rune(s[0]), 1
	}
	return r, n
}

// prepare gives each star that is followed by a piece with question marks, and
// without variables, the scanner for it.
func (p pattern) prepare() {
	for i := range p {
		if p[i].kind != star {
			continue
		}
		piece, _, more := p[i+1:].cutStar()
		if !more || !piece.has(anyChar) || piece.has(variable) {
			continue // the last piece is not searched for
		}
		chars, _ := piece.characters(nil)
		p[i].scanner = newScanner(chars)
	}
}

func (p pattern) has(kind elementKind) bool {
	for i := range p {
		if p[i].kind == kind {
			return true
		}
	}
	return false
}
