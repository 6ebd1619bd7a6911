package session

import (
	"bytes"
	"encoding/binary"
)

// A packed record is its length as a uvarint and then items: a byte n below
// 128 and n+1 bytes that stand as they are, or 128+n and two bytes that tell
// how far back the n+4 bytes stood before. What stands before the first item is
// the dictionary.
//
// It is like DEFLATE without the Huffman codes: of session policies half as long
// again, and five times as quick.
const (
	maxLiteral = 1 << 7
	minMatch   = 4
	maxMatch   = minMatch + maxLiteral - 1

	// maxPack bounds what is packed, so that all distances have two bytes.
	maxPack = 16 << 10
)

// matches says where four bytes stood last, by their hash. It is a hint: other
// bytes may have the same hash.
type matches [1 << 11]uint16

func (m *matches) at(four []byte) *uint16 {
	const shift = 32 - 11
	return &m[binary.LittleEndian.Uint32(four)*2654435761>>shift] // Knuth's multiplicative hash
}

// ofDictionary are the matches that the dictionary offers.
var ofDictionary = func() (m matches) {
	for i := range len(dictionary) - minMatch + 1 {
		*m.at([]byte(dictionary[i : i+minMatch])) = uint16(i)
	}
	return m
}()

// pack appends the packed form of text, of at most maxPack bytes, to dst.
func pack(dst, text []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(text)))
	all := append([]byte(dictionary), text...)
	seen := ofDictionary
	written, i := len(dictionary), len(dictionary)
	for i+minMatch <= len(all) {
		last := seen.at(all[i:])
		from := int(*last)
		*last = uint16(i)
		if !bytes.Equal(all[from:from+minMatch], all[i:i+minMatch]) || from == i {
			i++
			continue
		}
		n := minMatch
		for n < maxMatch && i+n < len(all) && all[from+n] == all[i+n] {
			n++
		}
		dst = appendLiterals(dst, all[written:i])
		dst = binary.BigEndian.AppendUint16(append(dst, byte(maxLiteral+n-minMatch)), uint16(i-from))
		for end := i + n; i < end; i++ {
			if i+minMatch <= len(all) {
				*seen.at(all[i:]) = uint16(i)
			}
		}
		written = i
	}
	return appendLiterals(dst, all[written:])
}

func appendLiterals(dst, text []byte) []byte {
	for len(text) > 0 {
		n := min(len(text), maxLiteral)
		dst = append(append(dst, byte(n-1)), text[:n]...)
		text = text[n:]
	}
	return dst
}

// unpack returns what pack was given.
func unpack(packed []byte) ([]byte, error) {
	size, n := binary.Uvarint(packed)
	if n <= 0 || size > maxPack {
		return nil, ErrInvalid
	}
	packed = packed[n:]
	all := append(make([]byte, 0, len(dictionary)+int(size)), dictionary...)
	for len(packed) > 0 && len(all) <= len(dictionary)+int(size) {
		if n := int(packed[0]) + 1; n <= maxLiteral {
			if len(packed) < 1+n {
				return nil, ErrInvalid
			}
			all, packed = append(all, packed[1:1+n]...), packed[1+n:]
			continue
		}
		if len(packed) < 3 {
			return nil, ErrInvalid
		}
		n, back := int(packed[0])-maxLiteral+minMatch, int(binary.BigEndian.Uint16(packed[1:]))
		if back == 0 || back > len(all) {
			return nil, ErrInvalid
		}
		all, packed = appendAgain(all, n, back), packed[3:]
	}
	if len(all) != len(dictionary)+int(size) {
		return nil, ErrInvalid
	}
	return all[len(dictionary):], nil
}

// appendAgain appends the n bytes that stand so far back, which may reach into
// what it appends.
func appendAgain(all []byte, n, back int) []byte {
	for from := len(all) - back; n > 0; {
		k := min(n, len(all)-from)
		all = append(all, all[from:from+k]...)
		from, n = from+k, n-k
	}
	return all
}
