package api

import (
	"crypto/tls"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestClientAddress(t *testing.T) {
	proxies := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct{ name, peer, forwarded, want string }{
		{"a stranger's header is not believed", "192.0.2.1:1", "203.0.113.9", "192.0.2.1"},
		{"a trusted proxy's is", "10.0.0.1:1", "203.0.113.9", "203.0.113.9"},
		{"the last hop that is no proxy counts", "10.0.0.1:1", "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"},
		{"a forged first hop does not", "10.0.0.1:1", "127.0.0.1, 203.0.113.9", "203.0.113.9"},
		{"an unreadable hop is unknown", "10.0.0.1:1", "not-an-address", "invalid IP"},
		{"mapped addresses are plain", "[::ffff:192.0.2.1]:1", "", "192.0.2.1"},
		{"an unreadable peer is unknown", "@", "", "invalid IP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.peer
			if tt.forwarded != "" {
				r.Header.Set("X-Forwarded-For", tt.forwarded)
			}
			if got := proxies.client(r).String(); got != tt.want {
				t.Errorf("client = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestSecureTransport(t *testing.T) {
	proxies := Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Forwarded-Proto", "https")
	r.RemoteAddr = "192.0.2.1:1"
	if proxies.secure(r) {
		t.Error("a stranger's X-Forwarded-Proto is believed")
	}
	r.RemoteAddr = "10.0.0.1:1"
	if !proxies.secure(r) {
		t.Error("a trusted proxy's X-Forwarded-Proto is not believed")
	}
	r.RemoteAddr, r.TLS = "192.0.2.1:1", &tls.ConnectionState{}
	if !proxies.secure(r) {
		t.Error("TLS is not secure")
	}
}
