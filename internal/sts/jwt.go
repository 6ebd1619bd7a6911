package sts

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"

	"github.com/writ-iam/writ/internal/state"
)

// signJWT returns the claims as a JSON Web Token in compact form (RFC 7515,
// RFC 7519). Reading tokens, with all that can be wrong with them, is not
// needed here.
func signJWT(rand io.Reader, key crypto.Signer, algorithm, kid string, claims []byte) (string, error) {
	header, err := json.Marshal(struct {
		Kid string `json:"kid"`
		Typ string `json:"typ"`
		Alg string `json:"alg"`
	}{kid, "JWT", algorithm})
	if err != nil {
		return "", err
	}
	signed := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(claims)
	signature, err := signJWS(rand, key, algorithm, []byte(signed))
	if err != nil {
		return "", err
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// signJWS signs as RFC 7518 has it. An ECDSA signature there is R and S, each
// as long as the curve's order.
func signJWS(rand io.Reader, key crypto.Signer, algorithm string, text []byte) ([]byte, error) {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if algorithm == state.RS256 {
			digest := sha256.Sum256(text)
			return rsa.SignPKCS1v15(rand, k, crypto.SHA256, digest[:])
		}
	case *ecdsa.PrivateKey:
		if algorithm == state.ES384 {
			digest := sha512.Sum384(text)
			r, s, err := ecdsa.Sign(rand, k, digest[:])
			if err != nil {
				return nil, err
			}
			size := (k.Params().BitSize + 7) / 8
			out := make([]byte, 2*size)
			r.FillBytes(out[:size])
			s.FillBytes(out[size:])
			return out, nil
		}
	}
	return nil, fmt.Errorf("a key of type %T does not sign %s", key, algorithm)
}
