package session

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// KeySize is the length of a sealing key's secret.
const KeySize = 32

// Key is a sealing key. It may seal 2³² tokens, since their nonces are random
// (NIST SP 800-38D, 8.3): a key that is replaced daily may seal 49,000 a second.
type Key struct {
	ID     uint32 // stands in front of each token, so it is never used again
	Secret [KeySize]byte

	// NotAfter is when a retired key stops to open tokens: no sooner than the
	// longest session sealed with it ends. It is zero for the current key.
	NotAfter time.Time
}

// NewKey returns a key with a random secret and the id given.
func NewKey(rand io.Reader, id uint32) (Key, error) {
	k := Key{ID: id}
	if _, err := io.ReadFull(rand, k.Secret[:]); err != nil {
		return Key{}, fmt.Errorf("session: reading randomness: %w", err)
	}
	return k, nil
}

// Keys is a ring of keys: the current one seals and opens, retired ones only
// open. It does not change and is safe for concurrent use; rotation makes a
// new ring.
type Keys struct {
	current Key
	retired []Key
	seal    cipher.AEAD
	open    map[uint32]cipher.AEAD
}

var errKeyID = errors.New("session: two keys of a ring have the same id")

// NewKeys returns a ring. It fails when two keys have the same id.
func NewKeys(current Key, retired ...Key) (*Keys, error) {
	k := &Keys{current: current, retired: slices.Clone(retired), open: map[uint32]cipher.AEAD{}}
	for _, key := range append([]Key{current}, retired...) {
		if k.open[key.ID] != nil {
			return nil, errKeyID
		}
		block, err := aes.NewCipher(key.Secret[:])
		if err != nil {
			return nil, err
		}
		if k.open[key.ID], err = cipher.NewGCM(block); err != nil {
			return nil, err
		}
	}
	k.seal = k.open[current.ID]
	return k, nil
}

// Rotate returns a ring in which next is the current key. The one that was
// current opens tokens for the overlap, which must cover the longest session;
// keys that are past their NotAfter are dropped.
func (k *Keys) Rotate(next Key, now time.Time, overlap time.Duration) (*Keys, error) {
	former := k.current
	former.NotAfter = now.Add(overlap)
	return NewKeys(next, append(k.alive(now), former)...)
}

// At returns the ring without the retired keys that are past their NotAfter,
// which is k itself when there are none.
func (k *Keys) At(now time.Time) *Keys {
	alive := k.alive(now)
	if len(alive) == len(k.retired) {
		return k
	}
	ring, err := NewKeys(k.current, alive...)
	if err != nil {
		panic(err) // a part of a ring is a ring
	}
	return ring
}

func (k *Keys) alive(now time.Time) []Key {
	var alive []Key
	for _, key := range k.retired {
		if now.Before(key.NotAfter) {
			alive = append(alive, key)
		}
	}
	return alive
}

// Current returns the key that seals.
func (k *Keys) Current() Key { return k.current }

// Retired returns the keys that only open.
func (k *Keys) Retired() []Key { return slices.Clone(k.retired) }

const (
	version    = 1
	headerSize = 1 + 4 // version, key id
	nonceSize  = 12
	tagSize    = 16
)

// Purpose is what a token is for. One that was sealed for another purpose does
// not open.
type Purpose string

// SealBytes seals plaintext for a purpose, with a nonce from rand, and appends
// version, key id, nonce and ciphertext to dst.
func (k *Keys) SealBytes(dst []byte, rand io.Reader, purpose Purpose, plaintext []byte) ([]byte, error) {
	start := len(dst)
	dst = append(dst, version)
	dst = binary.BigEndian.AppendUint32(dst, k.current.ID)
	aad := append(dst[start:start+headerSize:start+headerSize], purpose...)
	var nonce [nonceSize]byte
	if _, err := io.ReadFull(rand, nonce[:]); err != nil {
		return nil, fmt.Errorf("session: reading randomness: %w", err)
	}
	dst = append(dst, nonce[:]...)
	return k.seal.Seal(dst, nonce[:], plaintext, aad), nil
}

// OpenBytes returns what SealBytes sealed for the purpose, with any key of the
// ring. All else is ErrInvalid.
func (k *Keys) OpenBytes(sealed []byte, purpose Purpose) ([]byte, error) {
	if len(sealed) < headerSize+nonceSize+tagSize || sealed[0] != version {
		return nil, ErrInvalid
	}
	aead := k.open[binary.BigEndian.Uint32(sealed[1:headerSize])]
	if aead == nil {
		return nil, ErrInvalid
	}
	aad := append(sealed[:headerSize:headerSize], purpose...)
	nonce := sealed[headerSize : headerSize+nonceSize]
	plaintext, err := aead.Open(nil, nonce, sealed[headerSize+nonceSize:], aad)
	if err != nil {
		return nil, ErrInvalid
	}
	return plaintext, nil
}
