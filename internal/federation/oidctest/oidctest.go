// Package oidctest runs OpenID Connect providers on loopback, over HTTPS and
// with keys that can be rotated, for tests. Start at Start.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// Provider is an identity provider. Its fields may be set before the first
// request to it.
type Provider struct {
	*httptest.Server
	T       testing.TB
	Issuer  string
	KeysURL string           // jwks_uri
	Serve   http.HandlerFunc // answers what is no document, nil is 404

	Discoveries, Fetches atomic.Int32 // how often the documents were fetched

	mu   sync.Mutex
	keys []any  // guarded by mu: of the set, each marshals to JSON
	key  Key    // guarded by mu
	raw  []byte // guarded by mu: replaces the set
}

// Key is a key that tokens are signed with.
type Key struct {
	ID        string
	Algorithm jose.SignatureAlgorithm
	Private   crypto.Signer
}

// Public is the key as a set has it.
func (k Key) Public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.Private.Public(), KeyID: k.ID, Algorithm: string(k.Algorithm), Use: "sig"}
}

// NewKey returns a fresh ES256 key.
func NewKey(t testing.TB, id string) Key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return Key{ID: id, Algorithm: jose.ES256, Private: private}
}

var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// RSAKey returns an RSA key, the same for all tests of a program.
func RSAKey(t testing.TB, id string, alg jose.SignatureAlgorithm) Key {
	t.Helper()
	private, err := rsaKey()
	if err != nil {
		t.Fatal(err)
	}
	return Key{ID: id, Algorithm: alg, Private: private}
}

// Start starts a provider that ends with the test.
func Start(t testing.TB) *Provider {
	t.Helper()
	p := &Provider{T: t}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Server.Close)
	p.Issuer, p.KeysURL = p.URL, p.URL+"/keys"
	p.Rotate(NewKey(t, "first"))
	return p
}

func (p *Provider) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
		p.Discoveries.Add(1)
		p.write(w, map[string]any{"issuer": p.Issuer, "jwks_uri": p.KeysURL})
	case r.URL.Path == "/keys":
		p.Fetches.Add(1)
		if p.raw != nil {
			w.Write(p.raw)
			return
		}
		p.write(w, map[string]any{"keys": p.keys})
	case p.Serve != nil:
		p.Serve(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (p *Provider) write(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.T.Error(err)
	}
}

// Rotate makes the set of keys that of k alone, and signs with it from now on.
func (p *Provider) Rotate(k Key) {
	p.Publish(k.Public())
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key = k
}

// Publish makes the set of keys that of these.
func (p *Provider) Publish(keys ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = keys
}

// PublishRaw makes the document of keys that text.
func (p *Provider) PublishRaw(text []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.raw = text
}

// Key is the present key.
func (p *Provider) Key() Key {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.key
}

// Token signs claims with the present key.
func (p *Provider) Token(claims map[string]any) string {
	p.T.Helper()
	return Sign(p.T, p.Key(), claims, nil)
}

// Sign signs claims with a key; header adds to the header, or replaces in it.
func Sign(t testing.TB, k Key, claims any, header map[jose.HeaderKey]any) string {
	t.Helper()
	payload, ok := claims.([]byte)
	if !ok {
		var err error
		if payload, err = json.Marshal(claims); err != nil {
			t.Fatal(err)
		}
	}
	o := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{}}
	if k.ID != "" {
		o.ExtraHeaders["kid"] = k.ID
	}
	for name, v := range header {
		o.ExtraHeaders[name] = v
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.Algorithm, Key: k.Private}, o)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Roots vouch for the provider's certificate.
func (p *Provider) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.Certificate())
	return pool
}
