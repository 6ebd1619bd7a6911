package federation

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"fmt"
	"net/url"
	"time"

	"github.com/beevik/etree"
)

// AuthnRequest asks an identity provider to authenticate somebody and to post
// the answer.
type AuthnRequest struct {
	ID          string // an xs:ID: a letter or "_", then letters, digits, "-", "." and "_"
	Issued      time.Time
	Destination string // where the provider takes requests
	Issuer      string // who asks
	ReplyTo     string // AssertionConsumerServiceURL
}

// redirectBinding is how a request comes in the query of a URL.
const redirectBinding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"

// RequestEndpoint returns where the first of the issuers that takes requests by
// redirection does so; "" when none does.
func (m *Metadata) RequestEndpoint() string {
	for _, issuer := range m.Issuers {
		for _, e := range issuer.SignOn {
			if e.Binding == redirectBinding {
				return e.Location
			}
		}
	}
	return ""
}

// URL is where the request sends a browser, by the HTTP redirect binding. It is
// not signed: there is no key that providers would know. See section 3.4 of
// "Bindings for the OASIS Security Assertion Markup Language (SAML) V2.0".
func (r *AuthnRequest) URL() (string, error) {
	to, err := url.Parse(r.Destination)
	if err != nil {
		return "", fmt.Errorf("federation: destination: %w", err)
	}
	text, err := r.document().WriteToBytes()
	if err != nil {
		return "", err
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(text); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	query := to.Query()
	query.Set("SAMLRequest", base64.StdEncoding.EncodeToString(packed.Bytes()))
	to.RawQuery = query.Encode()
	return to.String(), nil
}

func (r *AuthnRequest) document() *etree.Document {
	doc := etree.NewDocument()
	e := doc.CreateElement("samlp:AuthnRequest")
	e.CreateAttr("xmlns:samlp", protocolNamespace)
	e.CreateAttr("ID", r.ID)
	e.CreateAttr("Version", "2.0")
	e.CreateAttr("IssueInstant", r.Issued.UTC().Format(time.RFC3339))
	e.CreateAttr("Destination", r.Destination)
	e.CreateAttr("ProtocolBinding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST")
	e.CreateAttr("AssertionConsumerServiceURL", r.ReplyTo)
	issuer := e.CreateElement("saml:Issuer")
	issuer.CreateAttr("xmlns:saml", assertionNamespace)
	issuer.SetText(r.Issuer)
	return doc
}
