package federation_test

import (
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/federationtest"
	"github.com/writ-iam/writ/internal/federation/oidctest"
)

// FuzzVerifyResponse: whatever is put into genuine responses and taken out of
// them, nobody but who was signed comes out.
func FuzzVerifyResponse(f *testing.F) {
	p := federationtest.NewProvider(f, entity)
	l := federationtest.NewLogin("_genuine", loginTime)
	l.Subject = "mallory"
	believed := trust(f, p)
	genuine := []string{
		federationtest.Text(f, p.Response("_r", p.Sign(f, p.Assertion(l)))),
		federationtest.Text(f, p.Sign(f, p.Response("_r", p.Assertion(l)))),
	}
	f.Add(false, 0, 0, "")
	f.Add(true, 100, 10, `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">`)
	f.Add(true, 1500, 0, `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">`)
	f.Add(false, 2500, 7, "<!-- -->admin")
	f.Fuzz(func(t *testing.T, second bool, at, length int, insert string) {
		text := genuine[0]
		if second {
			text = genuine[1]
		}
		at, length = max(0, at)%len(text), max(0, length)
		text = text[:at] + insert + text[min(len(text), at+length%len(text)):]
		if a, err := believed.VerifyResponse(text); err == nil && a.Subject != "mallory" {
			t.Errorf("%q: %+v", text, a)
		}
		federation.Unverified(text, "urn:x") // whatever it returns
	})
}

// FuzzVerifyToken: whatever is put into a genuine token and taken out of it, and
// whatever is presented in its place, nobody but who was signed comes out.
func FuzzVerifyToken(f *testing.F) {
	k, r := oidctest.NewKey(f, "k"), oidctest.RSAKey(f, "r", jose.RS256)
	keys := set(f, k.Public(), r.Public())
	genuine := []string{oidctest.Sign(f, k, claims(), nil), oidctest.Sign(f, r, claims(), nil)}
	f.Add(false, 0, 0, "")
	f.Add(false, 0, 1000, b64(`{"alg":"none"}`)+"."+b64(`{"iss":"https://idp.example.com","sub":"root"}`)+".")
	f.Add(true, 0, 1000, b64(`{"alg":"HS256","kid":"r"}`)+"."+b64(`{"iss":"https://idp.example.com","sub":"root"}`)+".AAAA")
	f.Add(true, 40, 10, "=\n")
	f.Fuzz(func(t *testing.T, second bool, at, length int, insert string) {
		text := genuine[0]
		if second {
			text = genuine[1]
		}
		at, length = max(0, at)%len(text), max(0, length)
		text = text[:at] + insert + text[min(len(text), at+length%(len(text)+1)):]
		if id, err := verify(text, keys); err == nil && id.Subject != "ann" {
			t.Errorf("%q: %+v", text, id)
		}
	})
}

// FuzzParseKeySet: no set of keys makes a token of the fuzzer's count.
func FuzzParseKeySet(f *testing.F) {
	k := oidctest.NewKey(f, "k")
	token, err := federation.ParseToken(oidctest.Sign(f, k, claims(), nil))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"keys":[]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"AA","y":"AA"},{"kty":"oct","k":"AA"},{"kty":"RSA","n":"AQ","e":"AQAB"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := federation.ParseKeySet(text)
		if err != nil {
			return
		}
		if id, err := token.Verify(keys, []string{"app"}, now.Add(-time.Minute)); err == nil {
			t.Errorf("%q verifies: %+v", text, id)
		}
	})
}
