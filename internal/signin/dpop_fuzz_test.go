package signin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
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
	signed := text + "." + base64.RawURLEncoding.EncodeToString(signES256(f, key, text))
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
