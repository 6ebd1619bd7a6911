package s3

import (
	"encoding/base64"
	"encoding/binary"
)

// combine returns the CRC of a content that is two others, one behind the
// other, from theirs and the length of the second. All CRCs here are of the
// usual kind: reversed, begun and ended with all ones. This is the way of
// zlib's crc32_combine: the first one is multiplied by x to the power of the
// bits that follow, modulo the polynomial.
func (a *algorithm) combine(first, second uint64, length int64) uint64 {
	return a.multiply(a.power(length), first) ^ second
}

func (a *algorithm) width() uint { return uint(a.new().Size()) * 8 }

// multiply multiplies two polynomials modulo a's. Bit width-1 is x⁰.
func (a *algorithm) multiply(x, y uint64) uint64 {
	var product uint64
	for bit := uint64(1) << (a.width() - 1); bit != 0; bit >>= 1 {
		if x&bit != 0 {
			product ^= y
		}
		if y&1 != 0 {
			y = y>>1 ^ a.poly
		} else {
			y >>= 1
		}
	}
	return product
}

// power returns x to the power of 8·bytes, modulo the polynomial.
func (a *algorithm) power(bytes int64) uint64 {
	result := uint64(1) << (a.width() - 1)
	square := result >> 8
	for ; bytes > 0; bytes >>= 1 {
		if bytes&1 != 0 {
			result = a.multiply(result, square)
		}
		square = a.multiply(square, square)
	}
	return result
}

// whole returns the checksum of a content from those of its parts.
func (a *algorithm) whole(parts []partSum) (string, bool) {
	var crc uint64
	for i, p := range parts {
		sum, ok := a.decode(p.sum)
		if !ok {
			return "", false
		}
		var padded [8]byte
		copy(padded[8-len(sum):], sum)
		next := binary.BigEndian.Uint64(padded[:])
		if i == 0 {
			crc = next
		} else {
			crc = a.combine(crc, next, p.size)
		}
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], crc)
	return base64.StdEncoding.EncodeToString(b[8-a.width()/8:]), true
}

// partSum is the checksum of a part, and its size.
type partSum struct {
	sum  string
	size int64
}

// composed returns the checksum of the parts' checksums, without the number of
// parts.
func (a *algorithm) composed(parts []partSum) (string, bool) {
	h := a.new()
	for _, p := range parts {
		sum, ok := a.decode(p.sum)
		if !ok {
			return "", false
		}
		h.Write(sum)
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil)), true
}
