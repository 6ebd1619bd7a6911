package iam_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestIssuerURLs: what is no plain https URL of a host is refused, so that a
// provider can only stand for the issuer that its name shows.
func TestIssuerURLs(t *testing.T) {
	in := start(t, nil)
	for _, url := range []string{
		"https://good.example.com@evil.example.com", "https://good.example.com:443@evil.example.com", `https://good.example.com\@evil.example.com`,
		"https://good.example.com:0443", "https://good.example.com:", "https://good.example.com:443:443", "https://good.example.com:443.evil.example.com",
		"https://good..example.com", "https://.example.com", "https://good.example.com.", "https://-good.example.com", "https://good-.example.com",
		"https://" + strings.Repeat("a", 64) + ".example.com", "https://g%6Fod.example.com", "https://*.example.com",
		"https://gööd.example.com", "https://good.example.com/ä", "https://good.example.com/a b", "https://good.example.com/%zz",
		"https://good.example.com/a\nb", " https://good.example.com", "https:good.example.com", "https:///good.example.com", "//good.example.com",
		"https://good.example.com?", "https://good.example.com/#", "javascript:alert(1)", "arn:aws:iam::123456789012:oidc-provider/x",
		"https://localhost:08443", "https://localhost:0", "https://localhost:65536", "https://localhost:8443:1", "https://localhost.example.com:8443", "https://127.0.0.2:8443",
		"https://[::1]", "https://[::1]:443", "https://[fe80::1%25en0]",
	} {
		status, body := in.call(in.root(account), "CreateOpenIDConnectProvider", values("Url="+url))
		if status != http.StatusBadRequest {
			t.Errorf("%q: %d %s", url, status, body)
		}
	}
	for url, want := range map[string]string{
		"https://good.example.com/a%20b":           "good.example.com/a%20b",
		"HTTPS://localhost":                        "localhost",
		"https://oidc.eks.eu-west-1.x.com/id/AB12": "oidc.eks.eu-west-1.x.com/id/AB12",
		"https://good.example.com:443/":            "good.example.com/",
		"https://localhost:8443":                   "localhost:8443",
		"https://127.0.0.1:8443/realm":             "127.0.0.1:8443/realm",
	} {
		if body := in.ok("CreateOpenIDConnectProvider", "Url="+url); !strings.Contains(body, ":oidc-provider/"+want+"<") {
			t.Errorf("%q: %s", url, body)
		}
	}
}

// TestMetadataAttacks: each document is refused as what it is, and nothing of
// it is answered.
func TestMetadataAttacks(t *testing.T) {
	in := start(t, nil)
	good := certFile(t, "saml/idp.xml")
	pad := "<!--" + strings.Repeat("x", 1000) + "-->"
	for name, document := range map[string]string{
		"external entity":      `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>` + pad,
		"billion laughs":       `<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]>` + strings.Replace(good, "https://idp.example.com/saml", "&y;", 1),
		"DTD":                  `<!DOCTYPE EntityDescriptor>` + good,
		"deep nesting":         strings.Repeat("<a>", 10_000) + strings.Repeat("</a>", 10_000),
		"wrong namespace":      strings.Replace(good, "SAML:2.0:metadata", "SAML:2.0:assertion", 1),
		"duplicate attribute":  strings.Replace(good, "entityID=", `entityID="https://evil.example.com" entityID=`, 1),
		"comment in the key":   strings.Replace(good, "<ds:X509Certificate>MII", "<ds:X509Certificate>MII<!---->", 1),
		"two documents":        good + good,
		"processing":           strings.Replace(good, "<IDPSSO", "<?xml-stylesheet href='x'?><IDPSSO", 1),
		"undeclared namespace": strings.Replace(good, "xmlns:ds=", "xmlns:other=", 1),
	} {
		status, body := in.call(in.root(account), "CreateSAMLProvider", values("Name=p", "SAMLMetadataDocument="+document))
		if status != http.StatusBadRequest || !strings.Contains(body, "<Code>InvalidInput</Code><Message>Could not parse metadata</Message>") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

// TestMetadataSize: what is accepted fits into a commit.
func TestMetadataSize(t *testing.T) {
	in := start(t, nil)
	const most = 768 << 10
	good := certFile(t, "saml/idp.xml")
	fill := func(size int) string {
		return good + "<!--" + strings.Repeat("x", size-len(good)-len("<!---->")) + "-->"
	}
	in.ok("CreateSAMLProvider", "Name=p", "SAMLMetadataDocument="+fill(most))
	in.ok("UpdateSAMLProvider", "SAMLProviderArn=arn:aws:iam::"+account+":saml-provider/p", "SAMLMetadataDocument="+fill(most))
	status, body := in.call(in.root(account), "CreateSAMLProvider", values("Name=q", "SAMLMetadataDocument="+fill(most+1)))
	if status != http.StatusBadRequest || !strings.Contains(body, "The metadata has more than 786432 bytes.") {
		t.Errorf("%d %s", status, body)
	}
}

// TestMetadataQuotas: ten identity providers and ten keys, see "IAM and AWS STS
// quotas" in the IAM User Guide.
func TestMetadataQuotas(t *testing.T) {
	in := start(t, nil)
	issuers := func(n int) string {
		var b strings.Builder
		b.WriteString(`<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">`)
		for i := range n {
			fmt.Fprintf(&b, `<EntityDescriptor entityID="urn:%d"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></EntityDescriptor>`, i)
		}
		return b.String() + `</EntitiesDescriptor>`
	}
	keys := func(n int) string {
		good := certFile(t, "saml/idp.xml")
		from, to := strings.Index(good, "<KeyDescriptor"), strings.Index(good, "</KeyDescriptor>")+len("</KeyDescriptor>")
		return good[:from] + strings.Repeat(good[from:to], n) + good[to:]
	}
	for name, document := range map[string]func(int) string{"IdentityProvidersPerSAMLProvider": issuers, "KeysPerSAMLProvider": keys} {
		in.ok("CreateSAMLProvider", "Name="+name, "SAMLMetadataDocument="+document(10))
		status, body := in.call(in.root(account), "CreateSAMLProvider", values("Name=over", "SAMLMetadataDocument="+document(11)))
		if status != http.StatusConflict || !strings.Contains(body, "<Message>Cannot exceed quota for "+name+": 10</Message>") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

// TestProviderOfUnknownAccount: an ARN of an account that is not here is not
// for its caller to touch.
func TestProviderOfUnknownAccount(t *testing.T) {
	in := start(t, nil)
	for operation, param := range map[string]string{
		"GetSAMLProvider":               "SAMLProviderArn=arn:aws:iam::999999999999:saml-provider/p",
		"DeleteOpenIDConnectProvider":   "OpenIDConnectProviderArn=arn:aws:iam::999999999999:oidc-provider/idp.example.com",
		"ListOpenIDConnectProviderTags": "OpenIDConnectProviderArn=arn:aws:iam::999999999999:oidc-provider/idp.example.com",
		"UntagSAMLProvider":             "SAMLProviderArn=arn:aws:iam::999999999999:saml-provider/p",
	} {
		p := values(param)
		if operation == "UntagSAMLProvider" {
			p.Set("TagKeys.member.1", "k")
		}
		if status, body := in.call(in.root(account), operation, p); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", operation, status, body)
		}
	}
}
