package federation

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// What signatures may be made with. SHA-1 is not among it.
var (
	signatureMethods = map[string]bool{ // whether it is ECDSA
		dsig.RSASHA256SignatureMethod: false, dsig.RSASHA384SignatureMethod: false, dsig.RSASHA512SignatureMethod: false,
		dsig.ECDSASHA256SignatureMethod: true, dsig.ECDSASHA384SignatureMethod: true, dsig.ECDSASHA512SignatureMethod: true,
	}
	digestMethods = []string{
		"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2001/04/xmlenc#sha512",
	}
	canonicalForms = []string{
		string(dsig.CanonicalXML10ExclusiveAlgorithmId), string(dsig.CanonicalXML10ExclusiveWithCommentsAlgorithmId),
	}
)

const envelopedTransform = string(dsig.EnvelopedSignatureAltorithmId)

// validID is an ID that a reference can name. See NCName of "Namespaces in XML
// 1.0"; letters outside of ASCII are not in use.
var validID = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9._-]*$`)

// signedItself reports whether an element has a signature among its children.
func signedItself(e *etree.Element) bool {
	return len(childrenNamed(e, signatureNamespace, "Signature")) > 0
}

// verify verifies the signature of an element itself, and returns the element
// as it was signed. All parts of a response are signed by one issuer.
func (v *verifier) verify(e *etree.Element) (*etree.Element, error) {
	ctx, err := etreeutils.NSBuildParentContext(e)
	if err == nil {
		e, err = etreeutils.NSDetatch(ctx, e)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformedResponse, err)
	}
	if err := prepare(e); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrSAMLSignature, err)
	}
	err = errors.New("no issuer has a key")
	for i := range v.Issuers {
		issuer := &v.Issuers[i]
		if v.signer != nil && v.signer != issuer {
			continue
		}
		for _, cert := range issuer.Certificates {
			var signed *etree.Element
			if signed, err = verifyWith(cert, e); err == nil {
				v.signer = issuer
				return signed, nil
			}
		}
	}
	return nil, fmt.Errorf("%w: %v", ErrSAMLSignature, err)
}

// verifyWith verifies a prepared element with one key. Certificates of SAML
// metadata are keys alone: when they expire does not matter.
func verifyWith(cert *x509.Certificate, e *etree.Element) (*etree.Element, error) {
	ctx := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{cert}})
	ctx.Clock = dsig.NewFakeClockAt(cert.NotBefore)
	return ctx.Validate(e)
}

// prepare demands of an element with a signature that it has the form which
// SAML gives signatures, section 5.4 of "Assertions and Protocols": one
// reference, to the element itself, by its ID, enveloped, in exclusive
// canonical form. It then takes out what of the signature is not signed: which
// key it says it was made with does not count.
func prepare(e *etree.Element) error {
	id := attrOf(e, "ID")
	for _, a := range e.Attr {
		if a.Key == "ID" && a.Space != "" {
			return errors.New("an ID of another namespace")
		}
	}
	if !validID.MatchString(id) {
		return fmt.Errorf("the ID %q", id)
	}
	signature, ok := only(e, signatureNamespace, "Signature")
	if !ok {
		return errors.New("several signatures")
	}
	for _, other := range descendants(e, signatureNamespace, "Signature") {
		if other != signature && !(is(other.Parent(), assertionNamespace, "Assertion") && other.Parent().Parent() == e) {
			return errors.New("a signature of something else")
		}
	}
	if foreignAttr(signature) {
		return errors.New("a signature with attributes of another namespace")
	}
	info, value, err := signatureParts(signature)
	if err != nil {
		return err
	}
	method, err := checkSignedInfo(info, id)
	if err != nil {
		return err
	}
	text, ok := textOf(value)
	if !ok {
		return errors.New("a SignatureValue with elements")
	}
	text = strings.Join(strings.Fields(text), "")
	if signatureMethods[method] {
		if text, err = joinedECDSA(text); err != nil {
			return err
		}
	}
	value.SetText(text)
	for _, key := range childrenNamed(signature, signatureNamespace, "KeyInfo") {
		signature.RemoveChild(key)
	}
	return nil
}

// signatureParts returns SignedInfo and SignatureValue of a signature that has
// no more than a KeyInfo besides.
func signatureParts(signature *etree.Element) (info, value *etree.Element, err error) {
	info, hasInfo := only(signature, signatureNamespace, "SignedInfo")
	value, hasValue := only(signature, signatureNamespace, "SignatureValue")
	keys := len(childrenNamed(signature, signatureNamespace, "KeyInfo"))
	if !hasInfo || !hasValue || len(signature.ChildElements()) != 2+keys || keys > 1 {
		return nil, nil, errors.New("a signature has SignedInfo, SignatureValue and KeyInfo")
	}
	return info, value, nil
}

// checkSignedInfo returns the method of a signature of the element with that
// ID.
func checkSignedInfo(info *etree.Element, id string) (method string, err error) {
	algorithm := func(of *etree.Element, local string) string {
		e, ok := only(of, signatureNamespace, local)
		if !ok {
			return ""
		}
		return attrOf(e, "Algorithm")
	}
	reference, ok := only(info, signatureNamespace, "Reference")
	if !ok || len(info.ChildElements()) != 3 {
		return "", errors.New("SignedInfo has two methods and one Reference")
	}
	if form := algorithm(info, "CanonicalizationMethod"); !slices.Contains(canonicalForms, form) {
		return "", fmt.Errorf("the canonical form %q", form)
	}
	method = algorithm(info, "SignatureMethod")
	if _, ok := signatureMethods[method]; !ok {
		return "", fmt.Errorf("the signature method %q", method)
	}
	if digest := algorithm(reference, "DigestMethod"); !slices.Contains(digestMethods, digest) {
		return "", fmt.Errorf("the digest method %q", digest)
	}
	if uri := attrOf(reference, "URI"); uri != "#"+id {
		return "", fmt.Errorf("a reference to %q", uri)
	}
	return method, checkTransforms(reference)
}

func checkTransforms(reference *etree.Element) error {
	list, ok := only(reference, signatureNamespace, "Transforms")
	if !ok || len(reference.ChildElements()) != 3 {
		return errors.New("a reference has Transforms, DigestMethod and DigestValue")
	}
	transforms := childrenNamed(list, signatureNamespace, "Transform")
	if len(transforms) != 2 || len(list.ChildElements()) != 2 ||
		attrOf(transforms[0], "Algorithm") != envelopedTransform ||
		!slices.Contains(canonicalForms, attrOf(transforms[1], "Algorithm")) {
		return errors.New("the transforms are others than the enveloped signature and an exclusive canonical form")
	}
	return nil
}

// joinedECDSA turns a signature of two numbers side by side, as XML has it (RFC
// 4050), into the form of X.509.
func joinedECDSA(text string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) == 0 || len(b)%2 != 0 {
		return "", errors.New("no ECDSA signature")
	}
	half := len(b) / 2
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(b[:half]), new(big.Int).SetBytes(b[half:])})
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(der), nil
}
