package engine

import "math/bits"

// shortText is how long a text may be to have its places in two words.
const shortText = 128

// shortPlaces are places in a short text, as bits.
type shortPlaces [2]uint64

// shortScanner finds pieces of patterns in a short text, at all places at once,
// as a scanner does in a long one. The zero value is ready for one text.
type shortScanner struct {
	bytes [32]uint16 // 1 + the byte of a row
	rows  [32]shortPlaces
}

// in returns the places in s, which is the same in all calls, with that byte.
// What a row is found by tells letters apart.
func in[T string | []byte](x *shortScanner, s T, b byte) *shortPlaces {
	i := b & 31
	if x.bytes[i] != uint16(b)+1 {
		x.bytes[i], x.rows[i] = uint16(b)+1, placesIn(s, b)
	}
	return &x.rows[i]
}

// scanShort is scan for a pattern without variables in a short text, which is
// ASCII.
func (p pattern) scanShort(s string) (ok bool, steps int) {
	var x shortScanner
	for from := 0; ; {
		piece, rest, more := p[1:].cutStar()
		if !more {
			return piece.ends(s[from:], nil), steps + len(piece)
		}
		p = rest
		n := piece.length()
		if n == 0 {
			continue // variables with empty values, put in before
		}
		left, at := between(from, len(s)-n+1), 0
		for i := 0; i < len(piece) && !left.empty(); i++ {
			if piece[i].kind == anyChar {
				at++
				continue
			}
			text := piece[i].text
			for k := 0; k < len(text) && !left.empty(); k++ {
				left.keep(in(&x, s, text[k]), at)
				at++
			}
		}
		if steps += n; left.empty() {
			return false, steps
		}
		from = left.first() + n
	}
}

// length is how long an ASCII text that fits p is. There are no stars and no
// variables in p.
func (p pattern) length() (n int) {
	for i := range p {
		if p[i].kind == anyChar {
			n++
		}
		n += len(p[i].text)
	}
	return n
}

func isASCII(s string) bool {
	all := uint64(0)
	for ; len(s) >= 8; s = s[8:] {
		all |= uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	}
	for i := range len(s) {
		all |= uint64(s[i])
	}
	return all&0x8080808080808080 == 0
}

// placesIn returns the places in s with that byte.
func placesIn[T string | []byte](s T, b byte) (p shortPlaces) {
	const low, high, gather = 0x0101010101010101, 0x8080808080808080, 0x0102040810204080
	every, i := low*uint64(b), 0
	for ; len(s) >= 8; s = s[8:] {
		x := every ^ (uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56)
		// Equal bytes are 0 now. Set the high bit of those and of no other.
		x = ^(x&^high + ^uint64(high) | x) & high
		p[i>>6&1] |= x >> 7 * gather >> 56 << (i & 63)
		i += 8
	}
	for k := range len(s) {
		if s[k] == b {
			p[i>>6&1] |= 1 << (i & 63)
		}
		i++
	}
	return p
}

// between returns the places from one to another, the latter not included.
func between(from, to int) shortPlaces {
	return shortPlaces{below(to) &^ below(from), below(to-64) &^ below(from-64)}
}

// below has the bits 0 to n-1.
func below(n int) uint64 { return 1<<max(n, 0) - 1 }

// keep leaves those places in p that are n before a place in row.
func (p *shortPlaces) keep(row *shortPlaces, n int) {
	if n >= 64 {
		p[0], p[1] = p[0]&(row[1]>>(n-64)), 0
		return
	}
	p[0] &= row[0]>>n | row[1]<<(64-n)
	p[1] &= row[1] >> n
}

func (p *shortPlaces) empty() bool { return p[0]|p[1] == 0 }

// first is the smallest place of a set that is not empty.
func (p *shortPlaces) first() int {
	if p[0] != 0 {
		return bits.TrailingZeros64(p[0])
	}
	return 64 + bits.TrailingZeros64(p[1])
}
