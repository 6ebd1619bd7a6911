package federation_test

import (
	"testing"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/federationtest"
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
