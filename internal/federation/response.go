package federation

import (
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Why a SAML response is refused. What VerifyResponse returns is one of these,
// wrapped in what exactly is wrong.
var (
	ErrMalformedResponse = errors.New("federation: no acceptable SAML response")
	ErrRejectedLogin     = errors.New("federation: the identity provider says that the login failed")
	ErrSAMLSignature     = errors.New("federation: the signature is missing or not valid")
	ErrSAMLIssuer        = errors.New("federation: the issuer is another one")
	ErrNotEncrypted      = errors.New("federation: the assertion is not encrypted")
	ErrDecryption        = errors.New("federation: the assertion does not decrypt")
	ErrSAMLAudience      = errors.New("federation: the assertion is for somebody else")
	ErrSAMLExpired       = errors.New("federation: the assertion has expired")
	ErrSAMLNotYetValid   = errors.New("federation: the assertion is not valid yet")
	ErrRedeemedLate      = errors.New("federation: the assertion was issued too long ago")
)

const (
	protocolNamespace  = samlProtocol
	assertionNamespace = "urn:oasis:names:tc:SAML:2.0:assertion"

	statusSuccess = "urn:oasis:names:tc:SAML:2.0:status:Success"
)

// Trust says which SAML responses are believed.
type Trust struct {
	Issuers []Issuer // the entities, with their keys
	// Keys open encrypted assertions; with Encrypted others are refused.
	Keys      []*rsa.PrivateKey
	Encrypted bool
	// Audiences and Recipients report whether assertions for them are for us.
	Audience, Recipient func(name string) bool
	Now                 time.Time
}

// DecodeResponse returns the XML of a response in base64, as the HTTP POST
// binding has it. White space between the characters is passed over.
func DecodeResponse(text string) (string, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return "", fmt.Errorf("%w: %v", ErrMalformedResponse, err)
	}
	return string(b), nil
}

// VerifyResponse verifies a SAML 2.0 response with one assertion and returns
// what the assertion says. Signed is the response, the assertion, or both, by a
// key of one of the issuers; each signature that is there must be valid. What
// is read was returned by the verification of a signature: nothing that stands
// elsewhere in the response counts.
//
// It does not know whether the assertion was presented before, see Assertion.ID
// and Assertion.Until, nor which requests there were: see Assertion.Answers.
//
// See "Assertions and Protocols for the OASIS Security Assertion Markup
// Language (SAML) V2.0", and section 4.1.4 of its "Profiles".
func (t *Trust) VerifyResponse(text string) (*Assertion, error) {
	root, err := parseTree(text)
	if err != nil {
		return nil, err
	}
	version := attrOf(root, "Version")
	if !is(root, protocolNamespace, "Response") || version != "2.0" {
		return nil, fmt.Errorf("%w: the root element is no Response of SAML 2.0", ErrMalformedResponse)
	}
	if err := checkStatus(root); err != nil {
		return nil, err
	}
	v := verifier{Trust: t}
	if signedItself(root) {
		if root, err = v.verify(root); err != nil {
			return nil, err
		}
	}
	assertion, err := v.assertion(root)
	if err != nil {
		return nil, err
	}
	if v.signer == nil {
		return nil, fmt.Errorf("%w: neither response nor assertion is signed", ErrSAMLSignature)
	}
	if err := v.checkIssuer(root); err != nil {
		return nil, err
	}
	a, err := t.read(assertion, v.signer)
	if err != nil {
		return nil, err
	}
	a.ResponseTo = attrOf(root, "InResponseTo")
	return a, nil
}

// Unverified returns the values of an attribute of a response that nobody has
// verified, and whether its assertion is encrypted, so that it has none. It is
// for finding whose keys to try; nothing else may rest on it.
func Unverified(text, attribute string) (values []string, encrypted bool, err error) {
	root, err := parseTree(text)
	if err != nil {
		return nil, false, err
	}
	for _, e := range childrenNamed(root, assertionNamespace, "Assertion") {
		var a Assertion
		readAttributes(e, &a)
		values = append(values, a.Values(attribute)...)
	}
	return values, len(childrenNamed(root, assertionNamespace, "EncryptedAssertion")) > 0, nil
}

// checkStatus refuses a response that says that nobody was authenticated. Of a
// response that is not signed no more than this is believed.
func checkStatus(root *etree.Element) error {
	status := childrenNamed(root, protocolNamespace, "Status")
	if len(status) != 1 {
		return fmt.Errorf("%w: %d elements Status", ErrMalformedResponse, len(status))
	}
	codes := childrenNamed(status[0], protocolNamespace, "StatusCode")
	if len(codes) != 1 {
		return fmt.Errorf("%w: %d elements StatusCode", ErrMalformedResponse, len(codes))
	}
	if code := attrOf(codes[0], "Value"); code != statusSuccess {
		return fmt.Errorf("%w: status %q", ErrRejectedLogin, code)
	}
	return nil
}

// verifier keeps who has signed the parts of one response.
type verifier struct {
	*Trust
	signer *Issuer
}

// assertion returns the assertion of a response, decrypted, and as it was signed
// if it has a signature. There is one, and it is a child of the response: a
// second anywhere else has no purpose but to be taken for it.
func (v *verifier) assertion(root *etree.Element) (*etree.Element, error) {
	found := append(descendants(root, assertionNamespace, "Assertion"), descendants(root, assertionNamespace, "EncryptedAssertion")...)
	if len(found) != 1 || found[0].Parent() != root {
		return nil, fmt.Errorf("%w: %d assertions, where there must be one", ErrMalformedResponse, len(found))
	}
	if found[0].Tag == "EncryptedAssertion" {
		return v.decrypt(found[0])
	}
	if v.Encrypted {
		return nil, ErrNotEncrypted
	}
	return v.verifyIfSigned(found[0])
}

func (v *verifier) verifyIfSigned(assertion *etree.Element) (*etree.Element, error) {
	if !signedItself(assertion) {
		return assertion, nil
	}
	return v.verify(assertion)
}

// checkIssuer demands of a signed response that it has the signer's name, if it
// has one.
func (v *verifier) checkIssuer(root *etree.Element) error {
	for _, e := range childrenNamed(root, assertionNamespace, "Issuer") {
		if name, ok := textOf(e); !ok || name != v.signer.EntityID {
			return fmt.Errorf("%w: the response has the issuer %q", ErrSAMLIssuer, name)
		}
	}
	return nil
}
