package federation_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/federationtest"
)

// TestCVE_2026_33487_goxmldsig: of several references one counted for another.
// Here even a key holder's signature with two of them is refused.
func TestCVE_2026_33487_goxmldsig(t *testing.T) {
	a := newAttacker(t)
	signed := a.genuine()
	info := signed.FindElement("./Signature/SignedInfo")
	reference := info.FindElement("./Reference").Copy()
	reference.CreateAttr("URI", "#_r")
	info.AddChild(reference)
	resign(t, a.idp, signed)
	a.refused("two references", a.text(a.idp.Response("_r", signed)), federation.ErrSAMLSignature)

	info.RemoveChild(reference)
	resign(t, a.idp, signed)
	if _, err := a.trust.VerifyResponse(a.text(a.idp.Response("_r", signed))); err != nil {
		t.Errorf("signed again with one reference: %v", err)
	}
}

// resign replaces the value of a signature by that of its SignedInfo now.
func resign(t *testing.T, p *federationtest.Provider, signed *etree.Element) {
	t.Helper()
	resignBy(t, p, signed, crypto.SHA256)
}

func resignBy(t *testing.T, p *federationtest.Provider, signed *etree.Element, hash crypto.Hash) {
	t.Helper()
	info := signed.FindElement("./Signature/SignedInfo").Copy()
	info.CreateAttr("xmlns:ds", ds)
	text, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(info)
	if err != nil {
		t.Fatal(err)
	}
	digest := hash.New()
	digest.Write(text)
	value, err := rsa.SignPKCS1v15(rand.Reader, p.Key.(*rsa.PrivateKey), hash, digest.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	signed.FindElement("./Signature/SignatureValue").SetText(base64.StdEncoding.EncodeToString(value))
}

// TestCVE_2020_29509_GoXML: names that change when a document is written and
// read again.
func TestCVE_2020_29509_GoXML(t *testing.T) {
	a := newAttacker(t)
	text := a.text(a.idp.Response("_r", a.genuine()))
	for _, attribute := range []string{`:x="1"`, `x::y="1"`, `xmlns:="urn:x"`, `xmlns:x="" x:y="1"`, `saml:="1"`} {
		a.refused(attribute, strings.Replace(text, "<saml:Subject>", "<saml:Subject "+attribute+">", 1), federation.ErrMalformedResponse)
	}
	for _, name := range []string{"x::y", ":x", "x:", "x:y:z"} {
		a.refused(name, strings.Replace(text, "<saml:Subject>", "<saml:Subject><"+name+"/>", 1), federation.ErrMalformedResponse)
	}
}

// TestCVE_2024_45409_RubySAML: the digest was looked for in the whole document,
// so that one outside of the signature counted.
func TestCVE_2024_45409_RubySAML(t *testing.T) {
	a := newAttacker(t)
	l := federationtest.NewLogin("_genuine", loginTime)
	l.Subject = "admin"
	forged := a.idp.Sign(t, a.idp.Assertion(l)) // for its digest alone
	digest := forged.FindElement("./Signature/SignedInfo/Reference/DigestValue").Copy()
	take(forged, ds, "Signature")
	forged.InsertChildAt(1, take(a.genuine(), ds, "Signature"))
	r := a.idp.Response("_r", forged)
	extensions := etree.NewElement("samlp:Extensions")
	extensions.CreateAttr("xmlns:ds", ds)
	r.InsertChildAt(1, in(extensions, digest))
	a.refused("a digest elsewhere", a.text(r), federation.ErrSAMLSignature)
}

// TestCVE_2025_25291_25292_RubySAML: two parsers saw two documents, by a DTD or
// by namespaces.
func TestCVE_2025_25291_25292_RubySAML(t *testing.T) {
	a := newAttacker(t)
	text := a.text(a.idp.Response("_r", a.genuine()))
	a.refused("DTD", `<!DOCTYPE foo [<!NOTATION a SYSTEM "x"><!-- ' --> <!ENTITY b "c">]>`+text, federation.ErrMalformedResponse)
	forged := strings.ReplaceAll(a.text(a.forged("_f")), "saml:", "evil:")
	forged = strings.ReplaceAll(forged, "xmlns:saml", "xmlns:evil")
	a.refused("two prefixes of one namespace", strings.Replace(text, "<saml:Assertion", forged+"<saml:Assertion", 1), federation.ErrMalformedResponse)
	second := strings.ReplaceAll(a.text(a.genuine().FindElement("./Signature")), "ds:", "evil:")
	second = strings.ReplaceAll(second, "xmlns:ds", "xmlns:evil")
	a.refused("two signatures by prefix", strings.Replace(text, "<saml:Subject>", second+"<saml:Subject>", 1), federation.ErrSAMLSignature)
}

// TestCVE_2026_9090_KeyInTheResponse: Casdoor verified by the certificate that
// the response brought along. Here those of the metadata count alone, whatever
// a KeyInfo says.
func TestCVE_2026_9090_KeyInTheResponse(t *testing.T) {
	a := newAttacker(t)
	stranger := federationtest.NewProvider(t, entity)
	forged := func(certificates ...[]byte) string {
		l := federationtest.NewLogin("_1", loginTime)
		l.Subject = "admin"
		signed := stranger.Sign(t, stranger.Assertion(l))
		data := signed.FindElement("./Signature/KeyInfo/X509Data")
		data.Child = nil
		for _, c := range certificates {
			data.CreateElement("ds:X509Certificate").SetText(base64.StdEncoding.EncodeToString(c))
		}
		return a.text(a.idp.Response("_r", signed))
	}
	own, genuine := stranger.Certificate.Raw, a.idp.Certificate.Raw
	for name, certificates := range map[string][][]byte{
		"its own": {own}, "the provider's": {genuine}, "both": {genuine, own}, "both the other way": {own, genuine}, "none": nil,
	} {
		a.refused(name, forged(certificates...), federation.ErrSAMLSignature)
	}
}

// TestCVE_2026_9093_9096_Casdoor: the audience was not checked; the time was
// not. See also TestAssertionRules.
func TestCVE_2026_9093_9096_Casdoor(t *testing.T) {
	a := newAttacker(t)
	for name, tt := range map[string]struct {
		change func(l *federationtest.Login)
		want   error
	}{
		"audience": {func(l *federationtest.Login) { l.Audience = "https://another.example.com/" }, federation.ErrSAMLAudience},
		"time":     {func(l *federationtest.Login) { l.Until = loginTime.Add(-time.Hour) }, federation.ErrSAMLExpired},
	} {
		l := federationtest.NewLogin("_1", loginTime)
		tt.change(&l)
		a.refused(name, a.text(a.idp.Response("_r", a.idp.Sign(t, a.idp.Assertion(l)))), tt.want)
	}
}
