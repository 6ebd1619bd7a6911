package signin

import (
	"net/http/httptest"
	"testing"
)

// TestServes: a signed request is a call and none of the pages, where the
// signature may be.
func TestServes(t *testing.T) {
	const signature = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0123"
	for _, test := range []struct {
		target, authorization string
		want                  bool
	}{
		{"/signin", "", true},
		{"/signin?account=" + account, "Basic YTpi", true},
		{samlACS + "x", "", true},
		{"/signin", "AWS4-HMAC-SHA256 Credential=x", false},
		{"/signin", "AWS4-ECDSA-P256-SHA256 Credential=x", false},
		{"/signin?" + signature, "", false},
		{"/saml?" + signature, "", false},
		{"/signin/key", "", false},
		{"/bucket", "", false},
	} {
		r := httptest.NewRequest("GET", origin+test.target, nil)
		if test.authorization != "" {
			r.Header.Set("Authorization", test.authorization)
		}
		if got := Serves(r); got != test.want {
			t.Errorf("%s, %q: %t", test.target, test.authorization, got)
		}
	}
}
