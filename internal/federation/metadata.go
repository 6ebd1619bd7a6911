package federation

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Metadata is what a document of SAML 2.0 metadata says of identity providers.
type Metadata struct {
	Issuers []Issuer // at least one, in the order of the document
}

// Issuer is an entity that issues assertions.
type Issuer struct {
	EntityID string
	// Certificates have the keys that its assertions are signed with. There may
	// be none, and they may be expired: SAML takes them for keys alone.
	Certificates []*x509.Certificate
	SignOn       []Endpoint
}

// Endpoint is where an identity provider signs people in.
type Endpoint struct{ Binding, Location string }

// ErrNoIssuer says that a document is fine and has no identity provider.
var ErrNoIssuer = errors.New("federation: the metadata has no SAML 2.0 identity provider")

const (
	metadataNamespace  = "urn:oasis:names:tc:SAML:2.0:metadata"
	signatureNamespace = "http://www.w3.org/2000/09/xmldsig#"
	samlProtocol       = "urn:oasis:names:tc:SAML:2.0:protocol"

	maxEntityID = 1024 // as SAML has it
)

// ParseMetadata reads a document of SAML 2.0 metadata: one entity, or a group
// of them. See "Metadata for the OASIS Security Assertion Markup Language
// (SAML) V2.0". Roles other than that of an identity provider are passed over;
// two entities of one name are an error. It fails with ErrNoIssuer when no
// entity is a SAML 2.0 identity provider.
//
// A signature of the document is not looked at: who hands it in vouches for it.
// Nor is when it ends (validUntil): as on AWS it counts until it is replaced.
func ParseMetadata(document string) (*Metadata, error) {
	root, err := parseDocument(document)
	if err != nil {
		return nil, fmt.Errorf("federation: metadata: %w", err)
	}
	r := reader{seen: make(map[string]bool)}
	if err := r.group(root); err != nil {
		return nil, fmt.Errorf("federation: metadata: %w", err)
	}
	if len(r.issuers) == 0 {
		return nil, ErrNoIssuer
	}
	return &Metadata{Issuers: r.issuers}, nil
}

// reader gathers the issuers of a document.
type reader struct {
	issuers []Issuer
	seen    map[string]bool // entity IDs
}

// group reads an entity, or a group with all that is in it.
func (r *reader) group(e *element) error {
	if e.name.Space != metadataNamespace {
		return fmt.Errorf("the element %s is none of SAML metadata", e.name.Local)
	}
	switch e.name.Local {
	case "EntityDescriptor":
		return r.entity(e)
	case "EntitiesDescriptor":
		for _, c := range e.children {
			if c.name.Space == metadataNamespace && (c.name.Local == "EntityDescriptor" || c.name.Local == "EntitiesDescriptor") {
				if err := r.group(c); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return fmt.Errorf("the element %s describes no entity", e.name.Local)
}

func (r *reader) entity(e *element) error {
	id, _ := e.attr("entityID")
	if id == "" || utf8.RuneCountInString(id) > maxEntityID {
		return fmt.Errorf("an entityID has 1 to %d characters", maxEntityID)
	}
	if r.seen[id] {
		return fmt.Errorf("the entity %q twice", id)
	}
	r.seen[id] = true
	issuer := Issuer{EntityID: id}
	found := false
	for _, role := range e.named(metadataNamespace, "IDPSSODescriptor") {
		protocols, _ := role.attr("protocolSupportEnumeration")
		if !slices.Contains(strings.Fields(protocols), samlProtocol) {
			continue
		}
		found = true
		if err := issuer.read(role); err != nil {
			return fmt.Errorf("entity %q: %w", id, err)
		}
	}
	if found {
		r.issuers = append(r.issuers, issuer)
	}
	return nil
}

// read takes in a role.
func (i *Issuer) read(role *element) error {
	for _, key := range role.named(metadataNamespace, "KeyDescriptor") {
		certs, err := certificates(key)
		if err != nil {
			return err
		}
		use, limited := key.attr("use")
		switch {
		case !limited || use == "signing":
			i.Certificates = append(i.Certificates, certs...)
		case use != "encryption":
			return fmt.Errorf("a key for %q", use)
		}
	}
	for _, service := range role.named(metadataNamespace, "SingleSignOnService") {
		binding, _ := service.attr("Binding")
		location, _ := service.attr("Location")
		if binding == "" || location == "" {
			return errors.New("a SingleSignOnService without binding or location")
		}
		i.SignOn = append(i.SignOn, Endpoint{binding, location})
	}
	return nil
}

// certificates returns those of a key. Where several stand together the first
// has the key, and the others are who vouches for it: their keys sign no
// assertions.
func certificates(key *element) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for _, info := range key.named(signatureNamespace, "KeyInfo") {
		for _, data := range info.named(signatureNamespace, "X509Data") {
			for n, e := range data.named(signatureNamespace, "X509Certificate") {
				cert, err := certificate(e)
				if err != nil {
					return nil, err
				}
				if n == 0 {
					found = append(found, cert)
				}
			}
		}
	}
	return found, nil
}

func certificate(e *element) (*x509.Certificate, error) {
	if e.comment || len(e.children) > 0 {
		return nil, errors.New("a certificate with something else in it")
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(e.text)), ""))
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	if key, ok := cert.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxRSABits {
		return nil, fmt.Errorf("an RSA key of more than %d bits", maxRSABits)
	}
	return cert, nil
}
