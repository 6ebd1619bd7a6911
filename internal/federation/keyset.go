package federation

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// Bounds on a set of keys. AWS takes 100 RSA and 100 EC keys of an issuer.
const (
	maxKeys       = 200
	maxSameKeyID  = 4
	minRSA        = 2048
	maxRSA        = 8192
	maxRSAExp     = 1<<31 - 1
	keySignatures = "sig"
)

var errKeySet = errors.New("federation: not a set of keys")

// KeySet are the public keys by which an issuer's tokens are verified.
type KeySet struct{ keys []jose.JSONWebKey }

// ParseKeySet reads a JSON Web Key Set (RFC 7517). Keys are read one by one: one
// of an unknown or unfit kind does not take the others with it. Shared secrets,
// private keys and keys that are not for signatures are left out.
func ParseKeySet(text []byte) (*KeySet, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil || set.Keys == nil || len(set.Keys) > maxKeys {
		return nil, errKeySet
	}
	s := &KeySet{}
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(raw) == nil && fit(&k) {
			s.keys = append(s.keys, jose.JSONWebKey{Key: k.Key, KeyID: k.KeyID, Algorithm: k.Algorithm})
		}
	}
	return s, nil
}

func fit(k *jose.JSONWebKey) bool {
	if k.Use != "" && k.Use != keySignatures || !k.Valid() {
		return false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		bits := key.N.BitLen()
		return bits >= minRSA && bits <= maxRSA && key.E >= 3 && key.E <= maxRSAExp && key.E%2 == 1
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}

// has reports whether the set has a key of that id.
func (s *KeySet) has(id string) bool {
	return s != nil && (id == "" || slices.ContainsFunc(s.keys, func(k jose.JSONWebKey) bool { return k.KeyID == id }))
}

// candidates returns the keys that a token with that key id and algorithm may
// be signed by. An issuer should use an id once; of several keys under one id a
// few are tried. A token without an id is verified only where no choice is left.
func (s *KeySet) candidates(id string, alg jose.SignatureAlgorithm) []any {
	var found []any
	for i := range s.keys {
		k := &s.keys[i]
		if id != "" && k.KeyID != id || k.Algorithm != "" && k.Algorithm != string(alg) || !suits(k.Key, alg) {
			continue
		}
		found = append(found, k.Key)
	}
	if id == "" && len(found) != 1 {
		return nil
	}
	return found[:min(len(found), maxSameKeyID)]
}

// suits reports whether an algorithm signs with keys of that type.
func suits(key any, alg jose.SignatureAlgorithm) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return alg[0] == 'R' || alg[0] == 'P'
	case *ecdsa.PublicKey:
		return alg == jose.ES256 && key.Curve == elliptic.P256() || alg == jose.ES384 && key.Curve == elliptic.P384() ||
			alg == jose.ES512 && key.Curve == elliptic.P521()
	case ed25519.PublicKey:
		return alg == jose.EdDSA
	}
	return false
}
