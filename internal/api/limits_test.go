package api

import (
	"net/netip"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/authz"
)

// TestFloodFromOneNetwork: whoever has 2^64 addresses to itself is one stranger.
func TestFloodFromOneNetwork(t *testing.T) {
	now := time.Unix(1e9, 0)
	limit := newThrottle(1, 1)
	for _, tt := range []struct {
		from string
		want bool
	}{
		{"2001:db8:0:1::1", true}, {"2001:db8:0:1::2", false}, {"2001:db8:0:1:ffff:ffff:ffff:ffff%eth0", false},
		{"2001:db8:0:2::1", true}, {"192.0.2.1", true}, {"192.0.2.2", true}, {"192.0.2.1", false},
	} {
		c := &Call{facts: authz.Facts{SourceIP: netip.MustParseAddr(tt.from)}}
		if got := limit.allow(c.payer(), now); got != tt.want {
			t.Errorf("%s: allowed %v", tt.from, got)
		}
	}
	unknown := new(Call)
	if !limit.allow(unknown.payer(), now) || limit.allow(unknown.payer(), now) {
		t.Error("unknown addresses are not one stranger")
	}
}
