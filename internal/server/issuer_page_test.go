package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/server"
)

// TestIssuerPagesNeedNoSignature: whoever verifies tokens finds the keys under
// the issuer's URL, and nothing else is open there.
func TestIssuerPagesNeedNoSignature(t *testing.T) {
	r := start(t, server.Config{Dev: true})
	defer r.end(t)
	issuer := must(t, r, root(r), "iam", iamCall+"EnableOutboundWebIdentityFederation", "<IssuerIdentifier>", "</IssuerIdentifier>")
	get := func(method, url string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(body)
	}
	resp, body := get(http.MethodGet, issuer+"/.well-known/openid-configuration")
	var d struct {
		Issuer string `json:"issuer"`
		KeySet string `json:"jwks_uri"`
	}
	if err := json.Unmarshal([]byte(body), &d); err != nil || d.Issuer != issuer {
		t.Errorf("%s: %s", resp.Status, body)
	}
	if got := resp.Header.Get("Cache-Control"); got != "public, max-age=3600" {
		t.Errorf("Cache-Control: %s", got)
	}
	if resp, body := get(http.MethodGet, d.KeySet); resp.StatusCode != 200 || !strings.Contains(body, `"keys":[`) {
		t.Errorf("%s: %s", resp.Status, body)
	}
	if resp, body := get(http.MethodHead, d.KeySet); resp.StatusCode != 200 || body != "" {
		t.Errorf("HEAD: %s: %s", resp.Status, body)
	}
	for _, path := range []string{"/oidc/", "/oidc/x/.well-known/jwks.json", "/oidc/../_writ/events", "/oidc/%2e%2e/x"} {
		if resp, _ := get(http.MethodGet, r.URL()+path); resp.StatusCode < 400 {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	if resp, _ := get(http.MethodPost, d.KeySet); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", resp.Status)
	}
}

// TestIssuerPagesAreLimited: strangers cannot ask without end.
func TestIssuerPagesAreLimited(t *testing.T) {
	r := start(t, server.Config{Dev: true, Limits: api.Limits{Rate: 0.001, Burst: 2}})
	defer r.end(t)
	var got []int
	for range 3 {
		resp, err := http.Get(r.URL() + "/oidc/x/.well-known/jwks.json")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		got = append(got, resp.StatusCode)
	}
	if want := []int{404, 404, 429}; !slices.Equal(got, want) {
		t.Errorf("statuses %v, want %v", got, want)
	}
}

// TestIssuerIsUnderTheURLThatIsSet: whoever may enable the issuer cannot choose
// its host by addressing the endpoint in another way.
func TestIssuerIsUnderTheURLThatIsSet(t *testing.T) {
	r := start(t, server.Config{Dev: true, URL: "https://iam.example.org/"})
	defer r.end(t)
	issuer := must(t, r, root(r), "iam", iamCall+"EnableOutboundWebIdentityFederation", "<IssuerIdentifier>", "</IssuerIdentifier>")
	if !strings.HasPrefix(issuer, "https://iam.example.org/oidc/") {
		t.Errorf("the issuer is %s", issuer)
	}
}

func TestURLIsSchemeAndHost(t *testing.T) {
	for _, url := range []string{
		"iam.example.org", "//iam.example.org", "ftp://iam.example.org", "https://", "https://:443", "https:iam.example.org",
		"https://iam.example.org/aws", "https://iam.example.org//", "https://iam.example.org?x", "https://iam.example.org#x",
		"https://a@iam.example.org", "https://iam.example.org:port", "https://iam example.org", "https://a\nb", "/",
	} {
		s, err := server.New(t.Context(), server.Config{Dev: true, Listen: "127.0.0.1:0", URL: url})
		if err == nil {
			s.Close()
			t.Errorf("%q is taken", url)
		} else if !strings.Contains(err.Error(), "is not a scheme and a host alone") {
			t.Errorf("%q: %v", url, err)
		}
	}
}
