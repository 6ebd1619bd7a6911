package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
)

// SigningKey is the key derived from a secret for one day, region and service.
// It is safe for concurrent use.
type SigningKey struct {
	key  [sha256.Size]byte
	macs sync.Pool // of *mac, keyed with key: saves two blocks and the setup a call
}

type mac struct {
	hash hash.Hash
	sum  [sha256.Size]byte
}

// DeriveKey derives the signing key of a secret. The date is the day of the
// credential scope, "20150830".
func DeriveKey(secret, date, region, service string) *SigningKey {
	seed := append([]byte("AWS4"), secret...)
	sum := hmacOnce(seed, date)
	clear(seed)
	sum = hmacOnce(sum[:], region)
	sum = hmacOnce(sum[:], service)
	return &SigningKey{key: hmacOnce(sum[:], terminator)}
}

func hmacOnce(key []byte, message string) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	h.Sum(sum[:0])
	return sum
}

// sign returns the HMAC-SHA256 of message.
func (k *SigningKey) sign(message []byte) (sum [sha256.Size]byte) {
	m, _ := k.macs.Get().(*mac)
	if m == nil {
		m = &mac{hash: hmac.New(sha256.New, k.key[:])}
	}
	m.hash.Reset()
	m.hash.Write(message)
	m.hash.Sum(m.sum[:0])
	sum = m.sum
	k.macs.Put(m)
	return sum
}
