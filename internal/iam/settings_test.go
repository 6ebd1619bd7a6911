package iam_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/sigv4"
)

var issuerElement = regexp.MustCompile(`<IssuerIdentifier>(.*)</IssuerIdentifier>`)

// at sends one call of the main account's root user to the endpoint at a host.
// Header lines are added after it was signed.
func (in *installation) at(host, operation string, headers ...string) (status int, issuer string) {
	in.t.Helper()
	body := "Action=" + operation + "&Version=2010-05-08"
	r := httptest.NewRequest(http.MethodPost, "http://"+host+"/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, err := sigv4.Sign(r, in.root(account), sigv4.Target{Region: "us-east-1", Service: "iam", Time: in.now}, sigv4.HashPayload([]byte(body)))
	must(in.t, err)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	status, answer := in.send(r)
	if m := issuerElement.FindStringSubmatch(answer); m != nil {
		issuer = m[1]
	}
	return status, issuer
}

// TestIssuerMovesWithTheEndpoint: the host is that of the call that enables it,
// what follows it is the account's own and stays.
func TestIssuerMovesWithTheEndpoint(t *testing.T) {
	in := start(t, nil)
	_, first := in.at("old.test", "EnableOutboundWebIdentityFederation")
	if _, seen := in.at("new.test", "GetOutboundWebIdentityFederationInfo"); seen != first || !strings.HasPrefix(first, "http://old.test/oidc/") {
		t.Errorf("enabled %s, seen at another host %s", first, seen)
	}
	in.at("new.test", "DisableOutboundWebIdentityFederation")
	_, second := in.at("new.test:8443", "EnableOutboundWebIdentityFederation")
	if want := strings.Replace(first, "old.test", "new.test:8443", 1); second != want {
		t.Errorf("enabled again %s, want %s", second, want)
	}
}

// TestCVE_2025_64101_IssuerOfForgedHost: Zitadel sent links to whatever host a
// forwarded header named. Whoever stands between cannot make an account's tokens
// point to keys of their own.
func TestCVE_2025_64101_IssuerOfForgedHost(t *testing.T) {
	in := start(t, nil)
	if status, _ := in.at("writ.test", "EnableOutboundWebIdentityFederation", "Host: evil.test"); status != http.StatusForbidden {
		t.Errorf("a forged Host: %d", status)
	}
	status, issuer := in.at("writ.test", "EnableOutboundWebIdentityFederation",
		"X-Forwarded-Host: evil.test", "X-Forwarded-Proto: https", "Forwarded: host=evil.test")
	if status != http.StatusOK || !strings.HasPrefix(issuer, "http://writ.test/oidc/") {
		t.Errorf("forwarded headers of a stranger: %d %s", status, issuer)
	}
}
