package federation_test

import (
	"compress/flate"
	"encoding/base64"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/federationtest"
)

func TestAuthnRequest(t *testing.T) {
	r := federation.AuthnRequest{
		ID: "_1", Issued: loginTime, Destination: `https://idp.example.com/sso?a=1&b="<`, Issuer: "urn:amazon:webservices", ReplyTo: "https://sts.example.org/saml",
	}
	text, err := r.URL()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if u.Query().Get("a") != "1" || u.Query().Get("b") != `"<` {
		t.Errorf("the query of the destination is lost: %s", text)
	}
	packed, err := base64.StdEncoding.DecodeString(u.Query().Get("SAMLRequest"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(flate.NewReader(strings.NewReader(string(packed))))
	if err != nil {
		t.Fatal(err)
	}
	want := `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0" IssueInstant="2030-01-02T03:04:05Z" ` +
		`Destination="https://idp.example.com/sso?a=1&amp;b=&quot;&lt;" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" ` +
		`AssertionConsumerServiceURL="https://sts.example.org/saml"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">urn:amazon:webservices</saml:Issuer></samlp:AuthnRequest>`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestAnswers: a response and its confirmation name one request, or none.
func TestAnswers(t *testing.T) {
	p := federationtest.NewProvider(t, "https://idp.example.com/")
	for _, tt := range []struct {
		response, confirmation string
		want                   string
		ok                     bool
	}{
		{"", "", "", true},
		{"_q", "_q", "_q", true},
		{"_q", "", "", false},
		{"", "_q", "_q", false},
		{"_q", "_Q", "_Q", false},
	} {
		l := federationtest.NewLogin("_1", loginTime)
		l.InResponseTo = tt.confirmation
		for _, whole := range []bool{false, true} {
			a := p.Assertion(l)
			if !whole {
				a = p.Sign(t, a)
			}
			r := p.Response("_r", a)
			if tt.response != "" {
				r.CreateAttr("InResponseTo", tt.response)
			}
			if whole {
				r = p.Sign(t, r)
			}
			got, err := trust(t, p).VerifyResponse(federationtest.Text(t, r))
			if err != nil {
				t.Fatal(err)
			}
			if id, ok := got.Answers(); id != tt.want || ok != tt.ok {
				t.Errorf("%+v: %q, %v", tt, id, ok)
			}
		}
	}
}
