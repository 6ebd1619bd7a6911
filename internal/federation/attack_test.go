package federation_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/federationtest"
)

const (
	entity = "https://idp.example.com/"
	saml   = "urn:oasis:names:tc:SAML:2.0:assertion"
	ds     = "http://www.w3.org/2000/09/xmldsig#"
)

// attacker has one genuine assertion of mallory and wants to be admin.
type attacker struct {
	*testing.T
	idp   *federationtest.Provider
	trust *federation.Trust
}

func newAttacker(t *testing.T) *attacker {
	p := federationtest.NewProvider(t, entity)
	return &attacker{T: t, idp: p, trust: trust(t, p)}
}

// genuine is mallory's signed assertion, forged one of admin that nobody
// signed.
func (a *attacker) genuine() *etree.Element {
	l := federationtest.NewLogin("_genuine", loginTime)
	l.Subject = "mallory"
	return a.idp.Sign(a.T, a.idp.Assertion(l))
}

func (a *attacker) forged(id string) *etree.Element {
	l := federationtest.NewLogin(id, loginTime)
	l.Subject = "admin"
	return a.idp.Assertion(l)
}

// refused demands that a response is not taken, for that reason.
func (a *attacker) refused(name, text string, want error) {
	a.Helper()
	got, err := a.trust.VerifyResponse(text)
	if got != nil || !errors.Is(err, want) {
		a.Errorf("%s: %+v, %v; want %v", name, got, err, want)
	}
}

func (a *attacker) text(e *etree.Element) string { return federationtest.Text(a.T, e) }

// take takes a child of that name out of an element.
func take(e *etree.Element, space, tag string) *etree.Element {
	for _, c := range e.ChildElements() {
		if c.Tag == tag && c.NamespaceURI() == space {
			e.RemoveChild(c)
			return c
		}
	}
	panic("no " + tag)
}

func in(parent *etree.Element, children ...*etree.Element) *etree.Element {
	for _, c := range children {
		parent.AddChild(c)
	}
	return parent
}

// TestXSW are the eight ways of signature wrapping of Somorovsky and others,
// "On Breaking SAML: Be Whoever You Want to Be": the signed element is moved
// where the verification finds it, and a forged one stands where it is read.
func TestXSW(t *testing.T) {
	a := newAttacker(t)
	signed := func() *etree.Element { // a genuine signed response
		l := federationtest.NewLogin("_genuine", loginTime)
		l.Subject = "mallory"
		return a.idp.Sign(t, a.idp.Response("_r", a.idp.Assertion(l)))
	}
	for _, tt := range []struct {
		name  string
		build func() *etree.Element
		want  error
	}{
		{"1: the response in the signature of a forged one", func() *etree.Element {
			old := signed()
			signature := take(old, ds, "Signature")
			forged := a.idp.Response("_evil", a.forged("_f"))
			forged.InsertChildAt(1, in(signature, old))
			return forged
		}, federation.ErrSAMLSignature},
		{"2: the response beside the detached signature", func() *etree.Element {
			old := signed()
			signature := take(old, ds, "Signature")
			forged := a.idp.Response("_evil", a.forged("_f"))
			forged.InsertChildAt(1, old)
			forged.InsertChildAt(2, signature)
			return forged
		}, federation.ErrSAMLSignature},
		{"3: the forged assertion in front", func() *etree.Element {
			return a.idp.Response("_r", a.forged("_f"), a.genuine())
		}, federation.ErrMalformedResponse},
		{"4: the genuine assertion in the forged one", func() *etree.Element {
			return a.idp.Response("_r", in(a.forged("_f"), a.genuine()))
		}, federation.ErrMalformedResponse},
		{"5: the signature in the forged assertion, the genuine behind", func() *etree.Element {
			genuine := a.genuine()
			forged := a.forged("_f")
			forged.InsertChildAt(1, take(genuine, ds, "Signature"))
			return a.idp.Response("_r", forged, genuine)
		}, federation.ErrMalformedResponse},
		{"6: the genuine assertion in the signature of the forged one", func() *etree.Element {
			genuine := a.genuine()
			forged := a.forged("_f")
			forged.InsertChildAt(1, in(take(genuine, ds, "Signature"), genuine))
			return a.idp.Response("_r", forged)
		}, federation.ErrMalformedResponse},
		{"7: the genuine assertion in Extensions", func() *etree.Element {
			r := a.idp.Response("_r", a.forged("_f"))
			r.InsertChildAt(1, in(etree.NewElement("samlp:Extensions"), a.genuine()))
			return r
		}, federation.ErrMalformedResponse},
		{"8: the genuine assertion in an Object of the signature", func() *etree.Element {
			genuine := a.genuine()
			signature := take(genuine, ds, "Signature")
			object := etree.NewElement("ds:Object")
			forged := a.forged("_f")
			forged.InsertChildAt(1, in(signature, in(object, genuine)))
			return a.idp.Response("_r", forged)
		}, federation.ErrMalformedResponse},
	} {
		a.refused("XSW "+tt.name, a.text(tt.build()), tt.want)
	}
}

// TestMutatedAssertions changes a genuine response in one way each.
func TestMutatedAssertions(t *testing.T) {
	a := newAttacker(t)
	text := a.text(a.idp.Response("_r", a.genuine()))
	if got, err := a.trust.VerifyResponse(text); err != nil || got.Subject != "mallory" {
		t.Fatalf("the genuine one: %v, %v", got, err)
	}
	malformed, signature := federation.ErrMalformedResponse, federation.ErrSAMLSignature
	const method = `Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"`
	for _, tt := range []struct {
		name, old, new string
		want           error
	}{
		{"another subject", ">mallory<", ">admin<", signature},
		{"a space before the subject", ">mallory<", "> mallory<", signature},
		{"a comment in the subject", ">mallory<", ">admin<!-- -->mallory<", malformed},
		{"a comment behind the root", "</samlp:Response>", "</samlp:Response><!-- -->", malformed},
		{"a processing instruction in the subject", ">mallory<", ">admin<?x?>mallory<", malformed},
		{"a DTD", "<samlp:Response", "<!DOCTYPE r><samlp:Response", malformed},
		{"an entity", "<samlp:Response", `<!DOCTYPE r [<!ENTITY a "admin">]><samlp:Response`, malformed},
		{"an undeclared entity", ">mallory<", ">&a;<", malformed},
		{"an encoding", "<samlp:Response", `<?xml version="1.0" encoding="UTF-16"?><samlp:Response`, malformed},
		{"a second root", "</samlp:Response>", "</samlp:Response><x/>", malformed},
		{"an ID twice", `ID="_r"`, `ID="_genuine"`, malformed},
		{"two attributes ID", `ID="_genuine"`, `ID="_genuine" ID="_other"`, malformed},
		{"an ID with a prefix", `ID="_genuine"`, `ID="_genuine" saml:ID="_other"`, signature},
		{"a reference to something else", `URI="#_genuine"`, `URI="#_r"`, signature},
		{"an empty reference", `URI="#_genuine"`, `URI=""`, signature},
		{"no reference", `URI="#_genuine"`, ``, signature},
		{"a reference with a prefix", `URI="#_genuine"`, `URI="#_genuine" ds:URI=""`, signature},
		{"a reference by XPointer", `URI="#_genuine"`, `URI="#xpointer(id('_genuine'))"`, signature},
		{"SHA-1 in the signature", method, `Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"`, signature},
		{"HMAC with the public key", method, `Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"`, signature},
		{"no method", method, ``, signature},
		{"a weak digest", `"http://www.w3.org/2001/04/xmlenc#sha256"`, `"http://www.w3.org/2000/09/xmldsig#sha1"`, signature},
		{"a transform by XSLT", `Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"`, `Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"`, signature},
		{"an XPath filter", `<ds:Transforms>`, `<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"/>`, signature},
		{"inclusive canonical form", `<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"`, `<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"`, signature},
		{"a second SignedInfo", `<ds:SignatureValue>`, `<ds:SignedInfo/><ds:SignatureValue>`, signature},
		{"a second reference", `</ds:SignedInfo>`, `<ds:Reference URI="#_r"/></ds:SignedInfo>`, signature},
		{"two values", `<ds:SignatureValue>`, `<ds:SignatureValue/><ds:SignatureValue>`, signature},
		{"a signature of another namespace", `xmlns:ds="http://www.w3.org/2000/09/xmldsig#"`, `xmlns:ds="http://www.w3.org/2000/09/xmldsig"`, signature},
		{"an assertion of another namespace", `<saml:Assertion xmlns:saml="` + saml + `"`, `<saml:Assertion xmlns:saml="urn:x"`, malformed},
		{"a prefix that changes within", `<saml:Subject>`, `<saml:Subject xmlns:saml="urn:x">`, signature},
		{"an undeclared prefix", `<saml:Subject>`, `<saml:Subject x:y="z">`, malformed},
		{"no response", `samlp:Response`, `samlp:Respond`, malformed},
		{"another version", `ID="_r" Version="2.0"`, `ID="_r" Version="1.1"`, malformed},
		{"a failed login", `status:Success`, `status:AuthnFailed`, federation.ErrRejectedLogin},
		{"no status", `samlp:Status>`, `samlp:Stat>`, malformed},
		{"another issuer of the response", `>` + entity + `</saml:Issuer><samlp:`, `>https://other.example.com/</saml:Issuer><samlp:`, federation.ErrSAMLIssuer},
		{"text that is cut off", `</samlp:Response>`, ``, malformed},
		{"deep nesting", `</samlp:Response>`, strings.Repeat("<x>", 100) + strings.Repeat("</x>", 100) + `</samlp:Response>`, malformed},
		{"many elements", `</samlp:Response>`, strings.Repeat("<x/>", 18_000) + `</samlp:Response>`, malformed},
	} {
		mutant := strings.ReplaceAll(text, tt.old, tt.new)
		if mutant == text {
			t.Errorf("%s: nothing has changed:\n%s", tt.name, text)
			continue
		}
		a.refused(tt.name, mutant, tt.want)
	}
}

// TestSignatureExcluded: nothing is taken without a signature of its own or of
// the response around it.
func TestSignatureExcluded(t *testing.T) {
	a := newAttacker(t)
	bare := a.genuine()
	take(bare, ds, "Signature")
	a.refused("no signature", a.text(a.idp.Response("_r", bare)), federation.ErrSAMLSignature)

	response := a.idp.Sign(t, a.idp.Response("_r", bare.Copy()))
	if got, err := a.trust.VerifyResponse(a.text(response)); err != nil || got.Subject != "mallory" {
		t.Fatalf("signed response: %v, %v", got, err)
	}
	take(response, ds, "Signature")
	a.refused("the response's signature is stripped", a.text(response), federation.ErrSAMLSignature)

	genuine := a.genuine()
	forged := a.forged("_f")
	forged.InsertChildAt(1, take(genuine, ds, "Signature"))
	a.refused("signature of another assertion", a.text(a.idp.Response("_r", forged)), federation.ErrSAMLSignature)

	moved := a.idp.Response("_r", a.forged("_f"))
	moved.InsertChildAt(1, take(a.genuine(), ds, "Signature"))
	a.refused("signature of the assertion at the response", a.text(moved), federation.ErrSAMLSignature)

	both := a.idp.Sign(t, a.idp.Response("_r", in(a.forged("_f"))))
	inner := take(both, saml, "Assertion")
	inner.InsertChildAt(1, take(a.genuine(), ds, "Signature"))
	a.refused("a bad signature inside of a signed response", a.text(a.idp.Sign(t, a.idp.Response("_r2", inner))), federation.ErrSAMLSignature)

	twice := a.genuine()
	for _, c := range twice.ChildElements() {
		if c.Tag == "Signature" {
			twice.AddChild(c.Copy())
		}
	}
	a.refused("two signatures", a.text(a.idp.Response("_r", twice)), federation.ErrSAMLSignature)
	a.refused("two assertions, both genuine", a.text(a.idp.Response("_r", a.genuine(), func() *etree.Element {
		return a.idp.Sign(t, a.idp.Assertion(federationtest.NewLogin("_second", loginTime)))
	}())), federation.ErrMalformedResponse)
	a.refused("no assertion", a.text(a.idp.Response("_r")), federation.ErrMalformedResponse)
	a.refused("the assertion alone", a.text(a.genuine()), federation.ErrMalformedResponse)
}

// TestKeyOfAnotherProvider: the key that a signature names does not count, also
// not when a stranger puts it there with the true issuer's name.
func TestKeyOfAnotherProvider(t *testing.T) {
	a := newAttacker(t)
	stranger := federationtest.NewProvider(t, entity)
	l := federationtest.NewLogin("_1", loginTime)
	a.refused("a stranger's key", a.text(stranger.Response("_r", stranger.Sign(t, stranger.Assertion(l)))), federation.ErrSAMLSignature)

	other := federationtest.NewProvider(t, "https://two.example.com/")
	m, err := federation.ParseMetadata(other.Metadata())
	if err != nil {
		t.Fatal(err)
	}
	a.trust.Issuers = append(a.trust.Issuers, m.Issuers...)
	l.Issuer = entity
	response := other.Response("_r", other.Sign(t, other.Assertion(l)))
	a.refused("another issuer of the same metadata", a.text(response), federation.ErrSAMLIssuer)
	signedBySecond := other.Sign(t, a.idp.Response("_r", a.genuine()))
	a.refused("a response of one issuer around an assertion of another", a.text(signedBySecond), federation.ErrSAMLSignature)
}

// TestRotation: each key of the metadata counts, whichever certificate the
// signature has with it, also when it has none.
func TestRotation(t *testing.T) {
	old, young := federationtest.NewProvider(t, entity), federationtest.NewProvider(t, entity)
	both := trust(t, old, young)
	for _, p := range []*federationtest.Provider{old, young} {
		signed := p.Sign(t, p.Assertion(federationtest.NewLogin("_1", loginTime)))
		bare := signed.Copy()
		for _, c := range bare.ChildElements() {
			if c.Tag == "Signature" {
				take(c, ds, "KeyInfo")
			}
		}
		for _, e := range []*etree.Element{signed, bare} {
			if _, err := both.VerifyResponse(federationtest.Text(t, p.Response("_r", e))); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestECDSA(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := federationtest.WithKey(t, entity, key)
	signed := p.Sign(t, p.Assertion(federationtest.NewLogin("_1", loginTime)), func(ctx *dsig.SigningContext) {
		if err := ctx.SetSignatureMethod(dsig.ECDSASHA256SignatureMethod); err != nil {
			t.Fatal(err)
		}
	})
	value := signed.FindElement(".//SignatureValue")
	der, err := base64.StdEncoding.DecodeString(value.Text())
	if err != nil {
		t.Fatal(err)
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		t.Fatal(err)
	}
	value.SetText(base64.StdEncoding.EncodeToString(append(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32))...)))
	if _, err := trust(t, p).VerifyResponse(federationtest.Text(t, p.Response("_r", signed))); err != nil {
		t.Error(err)
	}
}

// TestSHA1IsRefused: also where an identity provider signs with it indeed.
func TestSHA1IsRefused(t *testing.T) {
	a := newAttacker(t)
	signed := a.idp.Sign(t, a.idp.Assertion(federationtest.NewLogin("_1", loginTime)), func(ctx *dsig.SigningContext) { ctx.Hash = crypto.SHA1 })
	a.refused("SHA-1", a.text(a.idp.Response("_r", signed)), federation.ErrSAMLSignature)
}

// TestInclusiveCanonicalFormIsRefused: likewise.
func TestInclusiveCanonicalFormIsRefused(t *testing.T) {
	a := newAttacker(t)
	signed := a.idp.Sign(t, a.idp.Assertion(federationtest.NewLogin("_1", loginTime)), func(ctx *dsig.SigningContext) {
		ctx.Canonicalizer = dsig.MakeC14N10RecCanonicalizer()
	})
	a.refused("inclusive", a.text(a.idp.Response("_r", signed)), federation.ErrSAMLSignature)
}

// TestAssertionRules: what is signed and genuine, and not for here and now.
func TestAssertionRules(t *testing.T) {
	a := newAttacker(t)
	for _, tt := range []struct {
		name   string
		change func(l *federationtest.Login)
		want   error
	}{
		{"no audience", func(l *federationtest.Login) { l.Audience = "" }, federation.ErrSAMLAudience},
		{"another audience", func(l *federationtest.Login) { l.Audience = "https://other.example.com/" }, federation.ErrSAMLAudience},
		{"an audience with a space", func(l *federationtest.Login) { l.Audience += " " }, federation.ErrSAMLAudience},
		{"no recipient", func(l *federationtest.Login) { l.Recipient = "" }, federation.ErrSAMLAudience},
		{"another recipient", func(l *federationtest.Login) { l.Recipient += "/" }, federation.ErrSAMLAudience},
		{"another issuer", func(l *federationtest.Login) { l.Issuer = "https://other.example.com/" }, federation.ErrSAMLIssuer},
		{"an issuer with a space", func(l *federationtest.Login) { l.Issuer = entity + "\n" }, federation.ErrSAMLIssuer},
		{"no end", func(l *federationtest.Login) { l.Until = time.Time{} }, federation.ErrMalformedResponse},
		{"expired", func(l *federationtest.Login) { l.Until = loginTime.Add(-time.Minute) }, federation.ErrSAMLExpired},
		{"not yet", func(l *federationtest.Login) { l.NotBefore = loginTime.Add(time.Minute + time.Second) }, federation.ErrSAMLNotYetValid},
		{"issued tomorrow", func(l *federationtest.Login) { l.Issued = loginTime.Add(24 * time.Hour) }, federation.ErrSAMLNotYetValid},
		{"issued long ago", func(l *federationtest.Login) { l.Issued = loginTime.Add(-6 * time.Minute) }, federation.ErrRedeemedLate},
		{"issued never", func(l *federationtest.Login) { l.Issued = time.Time{} }, federation.ErrMalformedResponse},
		{"session has ended", func(l *federationtest.Login) { l.SessionEnds = loginTime }, federation.ErrSAMLExpired},
		{"no subject", func(l *federationtest.Login) { l.Subject = "" }, federation.ErrMalformedResponse},
	} {
		l := federationtest.NewLogin("_1", loginTime)
		tt.change(&l)
		a.refused(tt.name, a.text(a.idp.Response("_r", a.idp.Sign(t, a.idp.Assertion(l)))), tt.want)
	}
	for _, tt := range []struct {
		name  string
		build func(e *etree.Element)
		want  error
	}{
		{"an unknown condition", func(e *etree.Element) { e.FindElement("./Conditions").CreateElement("saml:Condition") }, federation.ErrMalformedResponse},
		{"a second restriction that is not met", func(e *etree.Element) {
			e.FindElement("./Conditions").CreateElement("saml:AudienceRestriction").CreateElement("saml:Audience").SetText("x")
		}, federation.ErrSAMLAudience},
		{"no conditions", func(e *etree.Element) { take(e, saml, "Conditions") }, federation.ErrSAMLAudience},
		{"no AuthnStatement", func(e *etree.Element) { take(e, saml, "AuthnStatement") }, federation.ErrMalformedResponse},
		{"two confirmations", func(e *etree.Element) {
			s := e.FindElement("./Subject")
			s.AddChild(s.FindElement("./SubjectConfirmation").Copy())
		}, federation.ErrMalformedResponse},
		{"holder of key", func(e *etree.Element) {
			e.FindElement(".//SubjectConfirmation").CreateAttr("Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")
		}, federation.ErrMalformedResponse},
		{"a confirmation that has ended", func(e *etree.Element) {
			e.FindElement(".//SubjectConfirmationData").CreateAttr("NotOnOrAfter", "2030-01-02T03:00:00Z")
		}, federation.ErrSAMLExpired},
		{"a confirmation that has not begun", func(e *etree.Element) {
			e.FindElement(".//SubjectConfirmationData").CreateAttr("NotBefore", "2030-01-02T03:06:00Z")
		}, federation.ErrSAMLNotYetValid},
		{"conditions that have ended", func(e *etree.Element) {
			e.FindElement("./Conditions").CreateAttr("NotOnOrAfter", "2030-01-02T03:00:00Z")
		}, federation.ErrSAMLExpired},
		{"an end that is no time", func(e *etree.Element) {
			e.FindElement("./Conditions").CreateAttr("NotOnOrAfter", "never")
		}, federation.ErrMalformedResponse},
		{"confirmation without end", func(e *etree.Element) { e.FindElement(".//SubjectConfirmationData").RemoveAttr("NotOnOrAfter") }, federation.ErrMalformedResponse},
		{"an element in the name", func(e *etree.Element) { e.FindElement(".//NameID").CreateElement("saml:x") }, federation.ErrMalformedResponse},
	} {
		e := a.idp.Assertion(federationtest.NewLogin("_1", loginTime))
		tt.build(e)
		a.refused(tt.name, a.text(a.idp.Response("_r", a.idp.Sign(t, e))), tt.want)
	}
}

// TestSubjectIsExact: a name is what the provider has signed, spaces included.
func TestSubjectIsExact(t *testing.T) {
	a := newAttacker(t)
	for _, name := range []string{" alice", "alice\n", "\u00a0alice", "a&<>\"lice", "alice]]>"} {
		l := federationtest.NewLogin("_1", loginTime)
		l.Subject = name
		got, err := a.trust.VerifyResponse(a.text(a.idp.Response("_r", a.idp.Sign(t, a.idp.Assertion(l)))))
		if err != nil || got.Subject != name {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
}

// TestSkew: clocks may be a minute apart, and no more.
func TestSkew(t *testing.T) {
	a := newAttacker(t)
	l := federationtest.NewLogin("_1", loginTime)
	l.Issued, l.NotBefore, l.Until = loginTime.Add(time.Minute), loginTime.Add(time.Minute), loginTime.Add(-59*time.Second)
	if _, err := a.trust.VerifyResponse(a.text(a.idp.Response("_r", a.idp.Sign(t, a.idp.Assertion(l))))); err != nil {
		t.Error(err)
	}
}
