package federation_test

import (
	"testing"

	"github.com/beevik/etree"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/federationtest"
)

// TestAssertionElsewhere: the one assertion counts where SAML has it, as a child
// of the response, however well it is signed.
func TestAssertionElsewhere(t *testing.T) {
	a, key := receiver(t)
	a.trust.Encrypted = false
	extensions := func(inner *etree.Element) *etree.Element {
		r := a.idp.Response("_r")
		r.InsertChildAt(1, in(etree.NewElement("samlp:Extensions"), inner))
		return r
	}
	encrypted := func() *etree.Element { return federationtest.GCM().Encrypt(t, a.text(a.genuine()), &key.PublicKey) }
	for name, response := range map[string]*etree.Element{
		"a signed assertion":    extensions(a.genuine()),
		"in a signed response":  a.idp.Sign(t, extensions(a.forged("_f"))),
		"an encrypted one":      extensions(encrypted()),
		"encrypted in a signed": a.idp.Sign(t, extensions(encrypted())),
		"in another response":   a.idp.Response("_r", a.idp.Response("_inner", a.genuine())),
		"in an Issuer":          a.idp.Response("_r", in(etree.NewElement("saml:Issuer"), a.genuine())),
	} {
		a.refused(name, a.text(response), federation.ErrMalformedResponse)
	}
	for name, response := range map[string]*etree.Element{
		"signed": a.idp.Response("_r", a.genuine()), "encrypted": a.idp.Response("_r", encrypted()),
	} {
		if _, err := a.trust.VerifyResponse(a.text(response)); err != nil {
			t.Errorf("a child, %s: %v", name, err)
		}
	}
}
