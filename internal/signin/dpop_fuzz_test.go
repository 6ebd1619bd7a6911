package signin

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"net/http/httptest"
	"testing"
	"time"
)

// FuzzProof: nothing but the proof that was signed is taken for one, in the
// spelling in which it was signed.
func FuzzProof(f *testing.F) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	d := make([]byte, 32)
	d[31] = 7
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	if err != nil {
		f.Fatal(err)
	}
	text := encoded(members{"typ": "dpop+jwt", "alg": "ES256", "jwk": jwkOf(f, key)}) + "." +
		encoded(members{"htm": "POST", "htu": origin + tokenPath, "iat": now.Unix(), "jti": "x"})
	signed := text + "." + base64.RawURLEncoding.EncodeToString(alwaysSame(f, key, text))
	for _, seed := range []string{signed, text + ".", "..", signed + "=", ".e30.", "e30.e30.AAAA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := httptest.NewRequest("POST", origin+tokenPath, nil)
		r.Header.Set("DPoP", text)
		if _, fail := proofOf(r, origin+tokenPath, now); (fail == nil) != (text == signed) {
			t.Errorf("%q is taken: %t", text, fail == nil)
		}
	})
}

// alwaysSame signs as ES256 does, but by RFC 6979: each process that fuzzes has
// to make the same proof.
func alwaysSame(t testing.TB, key *ecdsa.PrivateKey, text string) []byte {
	t.Helper()
	digest := sha256.Sum256([]byte(text))
	der, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		t.Fatal(err)
	}
	return append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...)
}
