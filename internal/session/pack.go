package session

import (
	"bytes"
	"encoding/binary"
	"sync"
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
		if !bytes.Equal(all[from:from+minMatch], all[i:i+minMatch]) {
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

// unpacking has room for the dictionary and for what is unpacked behind it.
type unpacking [len(dictionary) + maxPack]byte

var unpackings = sync.Pool{New: func() any {
	u := new(unpacking)
	copy(u[:], dictionary)
	return u
}}

// unpack returns what pack was given, for as long as u is not used again.
func (u *unpacking) unpack(packed []byte) ([]byte, error) {
	size, n := binary.Uvarint(packed)
	if n <= 0 || size > maxPack {
		return nil, ErrInvalid
	}
	packed = packed[n:]
	at, end := len(dictionary), len(dictionary)+int(size)
	for len(packed) > 0 {
		n := int(packed[0]) + 1
		if n <= maxLiteral {
			if len(packed) < 1+n || n > end-at {
				return nil, ErrInvalid
			}
			at += copy(u[at:], packed[1:1+n])
			packed = packed[1+n:]
			continue
		}
		n += minMatch - 1 - maxLiteral
		if len(packed) < 3 || n > end-at {
			return nil, ErrInvalid
		}
		back := int(binary.BigEndian.Uint16(packed[1:]))
		if back == 0 || back > at {
			return nil, ErrInvalid
		}
		for from := at - back; n > 0; { // again and again, where it reaches into what it makes
			k := copy(u[at:at+n], u[from:at])
			at, n = at+k, n-k
		}
		packed = packed[3:]
	}
	if at != end {
		return nil, ErrInvalid
	}
	return u[len(dictionary):end], nil
}
