package engine

import "unicode/utf8"

// longPiece is how many elements a piece between stars has that nobody writes,
// but somebody might to make the server work: trying it at every place of a text
// would take the product of their lengths.
const longPiece = 8

// anyRune stands for "?" among the characters of a piece.
const anyRune = -1

// scan is after for long pieces. It goes through s once, and keeps for every
// character of the piece a bit that says whether the text up to here fits the
// piece up to there.
func (p pattern) scan(s string, ctx *Context) (rest string, ok bool, steps int) {
	chars, ok := p.characters(ctx)
	switch {
	case !ok || len(chars) > len(s):
		return "", false, len(chars)
	case len(chars) == 0: // variables with empty values
		return s, true, len(p)
	}
	masks, others := bitMasks(chars)
	state := make([]uint64, len(others))
	last, final := len(state)-1, uint64(1)<<((len(chars)-1)&63)
	for s != "" {
		r, n := character(s)
		s = s[n:]
		mask, known := masks[r]
		if !known {
			mask = others
		}
		carry := uint64(1)
		for w := range state {
			next := state[w] >> 63
			state[w] = (state[w]<<1 | carry) & mask[w]
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

// bitMasks returns for each character of a piece the places where it fits, and
// the places where all others do.
func bitMasks(chars []rune) (masks map[rune][]uint64, others []uint64) {
	others = make([]uint64, (len(chars)+63)/64)
	for i, r := range chars {
		if r == anyRune {
			others[i>>6] |= 1 << (i & 63)
		}
	}
	masks = make(map[rune][]uint64)
	for i, r := range chars {
		if r == anyRune {
			continue
		}
		if masks[r] == nil {
			masks[r] = append([]uint64(nil), others...)
		}
		masks[r][i>>6] |= 1 << (i & 63)
	}
	return masks, others
}
