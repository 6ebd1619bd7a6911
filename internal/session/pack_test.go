package session

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestForms: what a record is like depends on its length alone, and each form
// is the shorter one for what it is for.
func TestForms(t *testing.T) {
	for name, want := range map[string]byte{"role": formPlain, "full": formPlain, "packed": formPacked, "longest": formPacked, "deflated": formDeflated} {
		plaintext, err := encode(sessions()[name])
		if err != nil {
			t.Fatal(err)
		}
		if plaintext[0] != want {
			t.Errorf("%s has form %d, want %d", name, plaintext[0], want)
		}
	}
	plaintext, err := encode(longestSession())
	if s := longestSession(); err != nil || len(plaintext) > len(s.Policy)/2 {
		t.Errorf("a policy of %d characters makes a record of %d, %v", len(s.Policy), len(plaintext), err)
	}
}

// TestDeflatedTokensOpen: tokens were deflated from 1 KB on, and still open.
func TestDeflatedTokensOpen(t *testing.T) {
	plain := append([]byte{formPlain}, must(encMode.Marshal(record{Kind: AssumedRole, Policy: longestSession().Policy}))...)
	got, err := decode(append([]byte{formDeflated}, deflate(plain)[1:]...))
	if err != nil || got.Policy != longestSession().Policy {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestUnpackReturnsWhatWasPacked(t *testing.T) {
	words := rapid.SampledFrom([]string{"a", "aaaaaaaa", "abcd", dictionary, dictionary[40:60], "s3:GetObject", "\x00\xff", strings.Repeat("x", 200), "{"})
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(strings.Join(rapid.SliceOfN(words, 0, 12).Draw(t, "words"), rapid.SampledFrom([]string{"", ",", "\x80"}).Draw(t, "between")))
		text = append(text, rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "noise")...)
		packed := pack([]byte("before"), text)
		got, err := unpack(packed[len("before"):])
		if err != nil || !bytes.Equal(got, text) || string(packed[:6]) != "before" {
			t.Fatalf("%q, %v", got, err)
		}
	})
	longest := bytes.Repeat([]byte("abc"), maxPack/3)
	if got, err := unpack(pack(nil, longest)); err != nil || !bytes.Equal(got, longest) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestUnpackRefuses(t *testing.T) {
	size := binary.AppendUvarint(nil, 4)
	for name, packed := range map[string][]byte{
		"nothing":              {},
		"an endless size":      {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255},
		"a great size":         binary.AppendUvarint(nil, maxPack+1),
		"too little":           append(size, 2, 'a', 'b', 'c'),
		"too much":             append(size, 4, 'a', 'b', 'c', 'd', 'e'),
		"items after the end":  append(size, 3, 'a', 'b', 'c', 'd', 0, 'e'),
		"literals cut off":     append(size, 3, 'a', 'b'),
		"a reference cut off":  append(size, 0x80, 0),
		"a reference to ahead": append(size, 0x80, 0, 0),
		"before the beginning": append(size, 0x80, 0xff, 0xff),
		"a bomb":               append(size, bytes.Repeat([]byte{0xff, 0, 1}, 1<<20)...),
	} {
		if got, err := unpack(packed); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte(longestSession().Policy))
	f.Add(pack(nil, []byte(longestSession().Policy)))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, err := unpack(text); err == nil && len(got) > maxPack {
			t.Errorf("unpacked %d bytes", len(got))
		}
		if len(text) > maxPack {
			return
		}
		if got, err := unpack(pack(nil, text)); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// unpack unpacks with room that held something else before.
func unpack(packed []byte) ([]byte, error) {
	u := unpackings.Get().(*unpacking)
	for i := range u[len(dictionary):] {
		u[len(dictionary)+i] = '!'
	}
	return u.unpack(packed)
}
