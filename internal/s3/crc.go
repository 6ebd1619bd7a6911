package s3

import (
	"encoding/base64"
	"encoding/binary"
)

// The CRC of a content that is two others, one behind the other, comes from
// theirs and the length of the second: the first is multiplied by x to the
// power of the bits that follow, modulo the polynomial, and added to the
// second. This is the way of zlib's crc32_combine; all CRCs here are of its
// kind: reversed, begun and ended with all ones.

// multiply multiplies two polynomials modulo a's. The highest bit is x⁰.
func (a *algorithm) multiply(x, y uint64) uint64 {
	var product uint64
	for bit := uint64(1) << (8*a.size - 1); bit != 0; bit >>= 1 {
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
	result := uint64(1) << (8*a.size - 1)
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
	var crc, power uint64
	length := int64(-1) // that power is of; parts are mostly of one length
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
			continue
		}
		if p.size != length {
			power, length = a.power(p.size), p.size
		}
		crc = a.multiply(power, crc) ^ next
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], crc)
	return base64.StdEncoding.EncodeToString(b[8-a.size:]), true
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
