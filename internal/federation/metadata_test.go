package federation

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newCertificate makes a certificate, expired long ago, and returns it in
// base64.
func newCertificate(t testing.TB, name string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

const head = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example.com/">`

// entity is a document of one identity provider with these in its role.
func entity(inner string) string {
	return head + `<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` + inner + `</IDPSSODescriptor></EntityDescriptor>`
}

func keyFor(use string, certificates ...string) string {
	var b strings.Builder
	b.WriteString(`<KeyDescriptor` + use + `><ds:KeyInfo><ds:X509Data>`)
	for _, c := range certificates {
		b.WriteString(`<ds:X509Certificate>` + c + `</ds:X509Certificate>`)
	}
	b.WriteString(`</ds:X509Data></ds:KeyInfo></KeyDescriptor>`)
	return b.String()
}

// summary is what of an issuer can be compared.
type summary struct {
	EntityID     string
	Certificates []string
	SignOn       []Endpoint
}

func summaries(t *testing.T, document string) []summary {
	t.Helper()
	m, err := ParseMetadata(document)
	if err != nil {
		t.Fatal(err)
	}
	var all []summary
	for _, i := range m.Issuers {
		s := summary{EntityID: i.EntityID, SignOn: i.SignOn}
		for _, c := range i.Certificates {
			s.Certificates = append(s.Certificates, c.Subject.CommonName)
		}
		all = append(all, s)
	}
	return all
}

func TestParseMetadata(t *testing.T) {
	a, b, ca := newCertificate(t, "a"), newCertificate(t, "b"), newCertificate(t, "ca")
	wrapped := a[:40] + "\n\t" + a[40:]
	const redirect, post = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
	got := summaries(t, `<?xml version="1.0" encoding="UTF-8"?><!-- made by hand -->
<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" validUntil="2001-01-02T03:04:05Z">
  <md:Extensions><x xmlns="urn:other"/></md:Extensions>
  <md:EntityDescriptor entityID="urn:one" ID="_1">
    <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol urn:oasis:names:tc:SAML:2.0:protocol">
      <md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>`+wrapped+`</ds:X509Certificate><ds:X509Certificate>`+ca+`</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
      <md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate><![CDATA[`+b+`]]></ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
      <md:KeyDescriptor use="encryption"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>`+ca+`</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
      <md:SingleSignOnService Binding="`+redirect+`" Location="https://one.example.com/sso?a=1&amp;b=2"/>
      <md:SingleSignOnService Binding="`+post+`" Location="https://one.example.com/post"/>
    </md:IDPSSODescriptor>
    <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/>
  </md:EntityDescriptor>
  <md:EntitiesDescriptor>
    <md:EntityDescriptor entityID="urn:service"><md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></md:EntityDescriptor>
    <md:EntityDescriptor entityID="urn:old"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol"/></md:EntityDescriptor>
    <md:EntityDescriptor entityID="urn:two"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></md:EntityDescriptor>
  </md:EntitiesDescriptor>
</md:EntitiesDescriptor>
<!-- the end -->`)
	want := []summary{
		{"urn:one", []string{"a", "b"}, []Endpoint{{redirect, "https://one.example.com/sso?a=1&b=2"}, {post, "https://one.example.com/post"}}},
		{"urn:two", nil, nil},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoIssuer(t *testing.T) {
	for _, document := range []string{
		head + `</EntityDescriptor>`,
		`<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>`,
		head + `<IDPSSODescriptor/></EntityDescriptor>`,
		head + `<IDPSSODescriptor xmlns="urn:other" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></EntityDescriptor>`,
	} {
		if _, err := ParseMetadata(document); !errors.Is(err, ErrNoIssuer) {
			t.Errorf("%s: %v", document, err)
		}
	}
}

// TestMalformedMetadata: documents that are well-formed and say what no
// identity provider means.
func TestMalformedMetadata(t *testing.T) {
	cert := newCertificate(t, "a")
	sso := `<SingleSignOnService Binding="b" Location="l"/>`
	if _, err := ParseMetadata(entity(keyFor(` use="signing"`, cert) + sso)); err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"another root":         `<Metadata xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>`,
		"no namespace":         `<EntityDescriptor entityID="x"/>`,
		"wrong namespace":      strings.Replace(entity(sso), "SAML:2.0:metadata", "SAML:2.0:metadatb", 1),
		"namespace as a name":  `<m:EntityDescriptor xmlns:m="urn:oasis:names:tc:SAML:2.0:Metadata" entityID="x"/>`,
		"no entityID":          strings.Replace(entity(sso), "entityID=", "entityid=", 1),
		"entityID elsewhere":   strings.Replace(entity(sso), "entityID=", "ds:entityID=", 1),
		"empty entityID":       strings.Replace(entity(sso), "https://idp.example.com/", "", 1),
		"long entityID":        strings.Replace(entity(sso), "https://idp.example.com/", strings.Repeat("x", 1025), 1),
		"an entity twice":      `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">` + entity(sso) + entity(sso) + `</EntitiesDescriptor>`,
		"unknown use":          entity(keyFor(` use="Signing"`, cert)),
		"no certificate in it": entity(keyFor("", "")),
		"not base64":           entity(keyFor("", "*")),
		"not a certificate":    entity(keyFor("", "YWJj")),
		"trailing bytes":       entity(keyFor("", cert[:len(cert)-4]+"YWJj"+"YWJj")),
		"bad second":           entity(keyFor("", cert, "YWJj")),
		"bad encryption":       entity(keyFor(` use="encryption"`, "YWJj")),
		"no location":          entity(`<SingleSignOnService Binding="b"/>`),
		"no binding":           entity(`<SingleSignOnService Location="l"/>`),
	}
	for name, document := range tests {
		if _, err := ParseMetadata(document); err == nil || errors.Is(err, ErrNoIssuer) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCommentsInCertificate: a comment splits a text for some readers and not
// for others, so there may be none.
func TestCommentsInCertificate(t *testing.T) {
	cert := newCertificate(t, "a")
	for _, inner := range []string{
		cert[:20] + "<!-- -->" + cert[20:], cert + "<!-- -->", "<!---->" + cert,
		cert[:20] + "<x/>" + cert[20:], "<x>" + cert + "</x>",
	} {
		if _, err := ParseMetadata(entity(keyFor("", inner))); err == nil {
			t.Errorf("accepted: %s", inner)
		}
	}
}

// TestChainSignsNothing: who vouches for a certificate does not sign in its
// place.
func TestChainSignsNothing(t *testing.T) {
	got := summaries(t, entity(keyFor("", newCertificate(t, "leaf"), newCertificate(t, "ca"))))
	if diff := cmp.Diff([]string{"leaf"}, got[0].Certificates); diff != "" {
		t.Error(diff)
	}
}

func FuzzParseMetadata(f *testing.F) {
	f.Add(entity(keyFor("", newCertificate(f, "a"))))
	f.Add(`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`)
	f.Add(`<a:b xmlns:a="c" a:d="e" d="e"><![CDATA[f]]><!-- g --></a:b>`)
	f.Fuzz(func(t *testing.T, document string) {
		m, err := ParseMetadata(document)
		if (m == nil) != (err != nil) {
			t.Errorf("%v, %v", m, err)
		}
		if err == nil && (len(m.Issuers) == 0 || m.Issuers[0].EntityID == "") {
			t.Errorf("no issuer in %q", document)
		}
	})
}
