// Package federationtest is an identity provider of SAML for tests.
package federationtest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// Where AWS takes assertions, and who they are for.
const (
	Recipient = "https://signin.aws.amazon.com/saml"
	Audience  = "urn:amazon:webservices"
)

// Provider is an identity provider with one key.
type Provider struct {
	EntityID    string
	Key         crypto.Signer
	Certificate *x509.Certificate
}

// NewProvider returns a provider with an RSA key.
func NewProvider(t testing.TB, entityID string) *Provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return WithKey(t, entityID, key)
}

// WithKey returns a provider with that key. Its certificate expired long ago.
func WithKey(t testing.TB, entityID string, key crypto.Signer) *Provider {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: entityID},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &Provider{EntityID: entityID, Key: key, Certificate: certificate}
}

// Metadata is the provider's document, with the certificates of others beside
// its own.
func (p *Provider) Metadata(others ...*Provider) string {
	keys := ""
	for _, one := range append(others, p) {
		keys += `<KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` +
			base64.StdEncoding.EncodeToString(one.Certificate.Raw) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>`
	}
	return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="` + p.EntityID +
		`"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` + keys +
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/>` +
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso?app=1"/></IDPSSODescriptor></EntityDescriptor>`
}

// Login is what an assertion says. The zero value of a member leaves the thing
// out, but where it says otherwise.
type Login struct {
	ID, Subject, Format string
	Issuer              string // "" is the provider's
	Issued              time.Time
	Recipient, Audience string
	InResponseTo        string // ID of the request that it answers
	NotBefore           time.Time
	Until               time.Time // of conditions and confirmation
	SessionEnds         time.Time
	Attributes          map[string][]string
}

// NewLogin is a login that AWS takes at that time.
func NewLogin(id string, now time.Time) Login {
	return Login{
		ID: id, Subject: "alice", Format: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", Issued: now,
		Recipient: Recipient, Audience: Audience, NotBefore: now.Add(-time.Minute), Until: now.Add(10 * time.Minute),
		Attributes: map[string][]string{},
	}
}

const stamp = "2006-01-02T15:04:05.000Z"

func set(e *etree.Element, name string, at time.Time) {
	if !at.IsZero() {
		e.CreateAttr(name, at.UTC().Format(stamp))
	}
}

// Assertion returns the assertion of a login, not signed.
func (p *Provider) Assertion(l Login) *etree.Element {
	if l.Issuer == "" {
		l.Issuer = p.EntityID
	}
	a := etree.NewElement("saml:Assertion")
	a.CreateAttr("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion")
	a.CreateAttr("ID", l.ID)
	a.CreateAttr("Version", "2.0")
	set(a, "IssueInstant", l.Issued)
	a.CreateElement("saml:Issuer").SetText(l.Issuer)
	subject := a.CreateElement("saml:Subject")
	name := subject.CreateElement("saml:NameID")
	name.SetText(l.Subject)
	if l.Format != "" {
		name.CreateAttr("Format", l.Format)
	}
	confirmation := subject.CreateElement("saml:SubjectConfirmation")
	confirmation.CreateAttr("Method", "urn:oasis:names:tc:SAML:2.0:cm:bearer")
	data := confirmation.CreateElement("saml:SubjectConfirmationData")
	set(data, "NotOnOrAfter", l.Until)
	if l.Recipient != "" {
		data.CreateAttr("Recipient", l.Recipient)
	}
	if l.InResponseTo != "" {
		data.CreateAttr("InResponseTo", l.InResponseTo)
	}
	conditions := a.CreateElement("saml:Conditions")
	set(conditions, "NotBefore", l.NotBefore)
	set(conditions, "NotOnOrAfter", l.Until)
	if l.Audience != "" {
		conditions.CreateElement("saml:AudienceRestriction").CreateElement("saml:Audience").SetText(l.Audience)
	}
	authn := a.CreateElement("saml:AuthnStatement")
	set(authn, "AuthnInstant", l.Issued)
	set(authn, "SessionNotOnOrAfter", l.SessionEnds)
	if len(l.Attributes) > 0 {
		statement := a.CreateElement("saml:AttributeStatement")
		for name, values := range l.Attributes {
			attribute := statement.CreateElement("saml:Attribute")
			attribute.CreateAttr("Name", name)
			for _, v := range values {
				attribute.CreateElement("saml:AttributeValue").SetText(v)
			}
		}
	}
	return a
}

// Response returns a response with that in it, not signed.
func (p *Provider) Response(id string, inner ...*etree.Element) *etree.Element {
	r := etree.NewElement("samlp:Response")
	r.CreateAttr("xmlns:samlp", "urn:oasis:names:tc:SAML:2.0:protocol")
	r.CreateAttr("ID", id)
	r.CreateAttr("Version", "2.0")
	issuer := r.CreateElement("saml:Issuer")
	issuer.CreateAttr("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion")
	issuer.SetText(p.EntityID)
	r.CreateElement("samlp:Status").CreateElement("samlp:StatusCode").CreateAttr("Value", "urn:oasis:names:tc:SAML:2.0:status:Success")
	for _, e := range inner {
		r.AddChild(e)
	}
	return r
}

// Sign returns e with the provider's signature, behind its issuer. The choices
// change how it signs.
func (p *Provider) Sign(t testing.TB, e *etree.Element, choices ...func(*dsig.SigningContext)) *etree.Element {
	t.Helper()
	ctx, err := dsig.NewSigningContext(p.Key, [][]byte{p.Certificate.Raw})
	if err != nil {
		t.Fatal(err)
	}
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	for _, choose := range choices {
		choose(ctx)
	}
	signature, err := ctx.ConstructSignature(e, true)
	if err != nil {
		t.Fatal(err)
	}
	signed := e.Copy()
	signed.InsertChildAt(1, signature)
	return signed
}

// Text is the document whose root is e.
func Text(t testing.TB, e *etree.Element) string {
	t.Helper()
	doc := etree.NewDocument()
	doc.SetRoot(e.Copy())
	text, err := doc.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Post is a response with the signed assertion of a login, in base64.
func (p *Provider) Post(t testing.TB, l Login) string {
	t.Helper()
	r := p.Response("_r"+l.ID, p.Sign(t, p.Assertion(l)))
	if l.InResponseTo != "" {
		r.CreateAttr("InResponseTo", l.InResponseTo)
	}
	return Encode(t, r)
}

// Encode is the document whose root is e, in base64 as a browser posts it.
func Encode(t testing.TB, e *etree.Element) string {
	t.Helper()
	return base64.StdEncoding.EncodeToString([]byte(Text(t, e)))
}
