package sigv4

import (
	"crypto/sha256"
	"strings"
	"sync"
)

// SigningKeyCache keeps derived signing keys, so that a request costs one HMAC
// instead of five. It holds no more than its size and is safe for concurrent
// use. It never holds a secret: an entry is found by the secret's hash.
type SigningKeyCache struct {
	half int

	mu sync.RWMutex // guards the two below
	// Keys enter and return to young; when it has reached half the size, it
	// becomes old and the former old ones are dropped.
	young, old map[cacheKey]*SigningKey
}

type cacheKey struct {
	accessKeyID, date, region, service string
	secret                             [sha256.Size]byte
}

// NewSigningKeyCache returns a cache of at most size keys, at least two.
func NewSigningKeyCache(size int) *SigningKeyCache {
	return &SigningKeyCache{half: max(1, size/2), young: map[cacheKey]*SigningKey{}}
}

// Key returns the signing key for a signature, were it made with secret.
func (c *SigningKeyCache) Key(s *Signature, secret string) *SigningKey {
	var stack [64]byte // a secret has 40 bytes
	k := cacheKey{s.AccessKeyID, s.Date(), s.Region, s.Service, sha256.Sum256(append(stack[:0], secret...))}
	c.mu.RLock()
	key := c.young[k]
	c.mu.RUnlock()
	if key != nil {
		return key
	}
	return c.enter(k, secret)
}

// Peek is Key without entering: held reports whether the cache had the key. A
// server keeps, by Key, what a signature has proven; else anybody could crowd
// out the keys in use.
func (c *SigningKeyCache) Peek(s *Signature, secret string) (key *SigningKey, held bool) {
	var stack [64]byte
	k := cacheKey{s.AccessKeyID, s.Date(), s.Region, s.Service, sha256.Sum256(append(stack[:0], secret...))}
	c.mu.RLock()
	key = c.young[k]
	c.mu.RUnlock()
	if key != nil {
		return key, true
	}
	return DeriveKey(secret, s.Date(), s.Region, s.Service), false
}

func (c *SigningKeyCache) enter(k cacheKey, secret string) *SigningKey {
	c.mu.RLock()
	key := c.old[k]
	c.mu.RUnlock()
	if key == nil {
		key = DeriveKey(secret, k.date, k.region, k.service)
	}
	// The strings are parts of a request's headers, which would stay with them.
	k.accessKeyID, k.date = strings.Clone(k.accessKeyID), strings.Clone(k.date)
	k.region, k.service = strings.Clone(k.region), strings.Clone(k.service)

	c.mu.Lock()
	defer c.mu.Unlock()
	if present := c.young[k]; present != nil {
		return present
	}
	if len(c.young) >= c.half {
		c.young, c.old = make(map[cacheKey]*SigningKey, c.half), c.young
	}
	c.young[k] = key
	return key
}

// Len returns the number of keys held.
func (c *SigningKeyCache) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.young) + len(c.old)
}
