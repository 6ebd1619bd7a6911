package sts

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/state"
)

// IssuerPath begins the paths of the issuers of web identity tokens. No bucket
// can have it.
const IssuerPath = "/oidc/"

const (
	discoveryPath = "/.well-known/openid-configuration"
	keySetPath    = "/.well-known/jwks.json"
)

// discovery is an issuer's metadata (OpenID Connect Discovery 1.0, section 3),
// as far as it concerns tokens that no user signs in for.
type discovery struct {
	Issuer       string   `json:"issuer"`
	KeySet       string   `json:"jwks_uri"`
	ResponseType []string `json:"response_types_supported"`
	SubjectType  []string `json:"subject_types_supported"`
	Algorithms   []string `json:"id_token_signing_alg_values_supported"`
	Claims       []string `json:"claims_supported"`
}

// jwk is a public key (RFC 7517, RFC 7518 section 6).
type jwk struct {
	Type      string `json:"kty"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	ID        string `json:"kid"`
	Curve     string `json:"crv,omitempty"`
	X         string `json:"x,omitempty"`
	Y         string `json:"y,omitempty"`
	N         string `json:"n,omitempty"`
	E         string `json:"e,omitempty"`
}

// IssuerDocument returns what stands at a path under IssuerPath: the metadata
// of an account's issuer or its public keys. It reports false when nothing
// does. An issuer stays when its account stops to issue tokens, for those that
// it has issued.
func IssuerDocument(snap *state.Snapshot, path string, now time.Time) (document []byte, ok bool, err error) {
	id, isDiscovery := strings.CutSuffix(strings.TrimPrefix(path, IssuerPath), discoveryPath)
	if !isDiscovery {
		var isKeySet bool
		if id, isKeySet = strings.CutSuffix(id, keySetPath); !isKeySet {
			return nil, false, nil
		}
	}
	settings, ok := snap.AccountOfIssuer(id)
	if !ok {
		return nil, false, nil
	}
	var v any
	if isDiscovery {
		v = discovery{
			Issuer: settings.Issuer, KeySet: settings.Issuer + keySetPath, ResponseType: []string{"id_token"},
			SubjectType: []string{"public"}, Algorithms: []string{state.RS256, state.ES384},
			Claims: []string{"aud", "exp", "iat", "iss", "jti", "sub", "https://sts.amazonaws.com/"},
		}
	} else if v, err = keySet(snap, settings.Account, now); err != nil {
		return nil, false, err
	}
	document, err = json.Marshal(v)
	return document, err == nil, err
}

func keySet(snap *state.Snapshot, account string, now time.Time) (map[string][]jwk, error) {
	keys := []jwk{}
	for k := range published(snap, account, now) {
		j, err := publicJWK(k)
		if err != nil {
			return nil, err
		}
		keys = append(keys, j)
	}
	return map[string][]jwk{"keys": keys}, nil
}

func publicJWK(k *state.TokenKey) (jwk, error) {
	j := jwk{Use: "sig", Algorithm: k.Algorithm, ID: k.ID()}
	parsed, err := x509.ParsePKIXPublicKey(k.Public)
	if err != nil {
		return j, fmt.Errorf("token key %s of %s: %w", k.ID(), k.Account, err)
	}
	switch p := parsed.(type) {
	case *rsa.PublicKey:
		j.Type, j.N, j.E = "RSA", segment(p.N.Bytes()), segment(big.NewInt(int64(p.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := p.Bytes() // 4, X, Y
		if err != nil {
			return j, fmt.Errorf("token key %s of %s: %w", k.ID(), k.Account, err)
		}
		half := (len(point) - 1) / 2
		j.Type, j.Curve, j.X, j.Y = "EC", p.Params().Name, segment(point[1:1+half]), segment(point[1+half:])
	default:
		return j, fmt.Errorf("token key %s of %s is a %T", k.ID(), k.Account, p)
	}
	return j, nil
}

func segment(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
