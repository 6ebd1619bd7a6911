package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// identityTokensBreadth: the account issues a token, and its key is found by
// whoever follows the issuer's metadata.
func identityTokensBreadth(t *testing.T, c *client) {
	ask := &sts.GetWebIdentityTokenInput{Audience: []string{"https://api.example.com"}, SigningAlgorithm: new("ES384")}
	fails(c.sts.GetWebIdentityToken(ctx, ask))(t, failure{403, "OutboundWebIdentityFederationDisabledException", ""})
	issuer := *must(c.iam.EnableOutboundWebIdentityFederation(ctx, &iam.EnableOutboundWebIdentityFederationInput{}))(t).IssuerIdentifier
	token := *must(c.sts.GetWebIdentityToken(ctx, ask))(t).WebIdentityToken
	c.server.seen.secret(token)
	if strings.Count(token, ".") != 2 {
		t.Error("the token is no JWT")
	}
	var metadata struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	readJSON(t, issuer+"/.well-known/openid-configuration", &metadata)
	equal(t, "issuer", metadata.Issuer, issuer)
	var set struct{ Keys []struct{ Kid, Alg string } }
	readJSON(t, metadata.Keys, &set)
	if len(set.Keys) != 1 || set.Keys[0].Alg != "ES384" {
		t.Errorf("keys: %v", set.Keys)
	}
	must(c.iam.DisableOutboundWebIdentityFederation(ctx, &iam.DisableOutboundWebIdentityFederationInput{}))(t)
}

// readJSON gets a page that needs no signature.
func readJSON(t *testing.T, url string, v any) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, resp.Status, err)
	}
}
