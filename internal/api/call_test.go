package api

import (
	"crypto/tls"
	"net/http/httptest"
	"testing"
)

func TestEndpoint(t *testing.T) {
	for _, tt := range []struct {
		host   string
		secure bool
		want   string
	}{
		{"127.0.0.1:4600", false, "http://127.0.0.1:4600"},
		{"iam.example.org", true, "https://iam.example.org"},
		{"[::1]:4600", false, "http://[::1]:4600"},
		{"a/b?c#d", true, "https://a%2Fb%3Fc%23d"},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Host = tt.host
		if tt.secure {
			r.TLS = new(tls.ConnectionState)
		}
		c := &Call{HTTP: r, pipeline: new(Pipeline)}
		if got := c.Endpoint(); got != tt.want {
			t.Errorf("Endpoint at %s = %s, want %s", tt.host, got, tt.want)
		}
		const set = "https://writ.example.org"
		c.pipeline.URL = set
		if got := c.Endpoint(); got != set {
			t.Errorf("Endpoint at %s = %s, though %s is set", tt.host, got, set)
		}
	}
}
