package sts

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/state"
)

const (
	// tokenKeyLife is after how long a key is to be replaced.
	tokenKeyLife = 90 * 24 * time.Hour
	// tokenKeyLead is how long a key is published before it signs, so that no
	// verifier with a cached key set meets a token of an unknown key.
	tokenKeyLead = 24 * time.Hour
	// tokenKeyTail is how long a key is published after it signed last: the
	// longest life of a token, and as much again for clocks that differ.
	tokenKeyTail = 2 * maxWebIdentityToken

	rsaBits = 2048
)

// keysFor returns the account's keys for an algorithm, the oldest first.
func keysFor(snap *state.Snapshot, account, algorithm string) []*state.TokenKey {
	var keys []*state.TokenKey
	for k := range snap.TokenKeys(account) {
		if k.Algorithm == algorithm {
			keys = append(keys, k)
		}
	}
	return keys
}

// signing returns the place of the key that signs now, -1 without keys. The
// first key signs at once: nobody has cached a key set without it.
func signing(keys []*state.TokenKey, now time.Time) int {
	for i := len(keys) - 1; i > 0; i-- {
		if !now.Before(keys[i].Created.Add(tokenKeyLead)) {
			return i
		}
	}
	return min(0, len(keys)-1)
}

// due reports whether a new key has to be made.
func due(keys []*state.TokenKey, now time.Time) bool {
	return len(keys) == 0 || now.Sub(keys[len(keys)-1].Created) >= tokenKeyLife
}

// retired returns how many of the keys verify no token any more.
func retired(keys []*state.TokenKey, now time.Time) int {
	n := 0
	for n+1 < len(keys) && !now.Before(keys[n+1].Created.Add(tokenKeyLead+tokenKeyTail)) {
		n++
	}
	return n
}

// published yields the keys of an account that verify tokens, or soon will.
func published(snap *state.Snapshot, account string, now time.Time) iter.Seq[*state.TokenKey] {
	return func(yield func(*state.TokenKey) bool) {
		for _, algorithm := range []string{state.ES384, state.RS256} {
			keys := keysFor(snap, account, algorithm)
			for _, k := range keys[retired(keys, now):] {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// SignToken returns claims, a JSON object, as a JSON Web Token that a key of
// the caller's account signs with ES384. Verifiers take the account's keys from
// its issuer: claims must not name that issuer as theirs.
func (s *Service) SignToken(ctx context.Context, c *api.Call, claims []byte) (string, error) {
	return s.sign(ctx, c, state.ES384, claims)
}

func (s *Service) sign(ctx context.Context, c *api.Call, algorithm string, claims []byte) (string, error) {
	key, err := s.tokenKeys.current(ctx, c, algorithm)
	if err != nil {
		return "", err
	}
	signer, err := s.tokenKeys.signer(key)
	if err != nil {
		return "", err
	}
	return signJWT(s.rand, signer, algorithm, key.ID(), claims)
}

// tokenKeys makes keys, one at a time, and keeps those that it has parsed.
type tokenKeys struct {
	rand   io.Reader
	making sync.Mutex // held while a key is made, which takes long

	mu     sync.Mutex
	parsed map[*state.TokenKey]crypto.Signer // guarded by mu
}

// maxParsedKeys bounds the parsed keys in memory.
const maxParsedKeys = 1000

func newTokenKeys(rand io.Reader) *tokenKeys {
	return &tokenKeys{rand: rand, parsed: make(map[*state.TokenKey]crypto.Signer)}
}

// current returns the key that signs the account's tokens now. It makes one
// when there is none, and a successor when the last one is old.
func (t *tokenKeys) current(ctx context.Context, c *api.Call, algorithm string) (*state.TokenKey, error) {
	keys := keysFor(c.Snapshot, c.Account, algorithm)
	if due(keys, c.Now) {
		var err error
		if keys, err = t.renew(ctx, c, algorithm); err != nil {
			return nil, err
		}
	}
	return keys[signing(keys, c.Now)], nil
}

// renew adds a key and removes those that verify nothing any more, unless
// another call was first. The key is made outside the transaction.
func (t *tokenKeys) renew(ctx context.Context, c *api.Call, algorithm string) (keys []*state.TokenKey, err error) {
	t.making.Lock()
	defer t.making.Unlock()
	err = api.Stage(ctx, c, func(tx *state.Tx) error {
		keys = keysFor(tx.Snapshot, c.Account, algorithm)
		return nil
	})
	if err != nil || !due(keys, c.Now) {
		return keys, err
	}
	made, err := t.generate(c.Account, algorithm)
	if err != nil {
		return nil, fmt.Errorf("make a key for %s: %w", algorithm, err)
	}
	err = api.Stage(ctx, c, func(tx *state.Tx) error {
		keys = keysFor(tx.Snapshot, c.Account, algorithm)
		if !due(keys, c.Now) {
			return nil
		}
		k := *made
		k.Number, k.Created = 1, c.Now
		if n := len(keys); n > 0 {
			k.Number = keys[n-1].Number + 1
		}
		gone := retired(keys, c.Now)
		for _, old := range keys[:gone] {
			tx.DeleteTokenKey(old)
		}
		tx.PutTokenKey(&k)
		keys = append(slices.Clone(keys[gone:]), &k)
		return nil
	})
	return keys, err
}

func (t *tokenKeys) generate(account, algorithm string) (*state.TokenKey, error) {
	signer, err := newSigner(t.rand, algorithm)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return nil, err
	}
	return &state.TokenKey{Account: account, Algorithm: algorithm, Private: state.Secret(private), Public: public}, nil
}

func newSigner(rand io.Reader, algorithm string) (crypto.Signer, error) {
	if algorithm == state.ES384 {
		return ecdsa.GenerateKey(elliptic.P384(), rand)
	}
	return rsa.GenerateKey(rand, rsaBits)
}

// signer returns the private key, parsed.
func (t *tokenKeys) signer(k *state.TokenKey) (crypto.Signer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.parsed[k]; s != nil {
		return s, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey([]byte(k.Private))
	if err != nil {
		return nil, fmt.Errorf("token key %s of %s cannot be read", k.ID(), k.Account)
	}
	s, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("token key %s of %s does not sign", k.ID(), k.Account)
	}
	if len(t.parsed) >= maxParsedKeys {
		clear(t.parsed)
	}
	t.parsed[k] = s
	return s, nil
}
