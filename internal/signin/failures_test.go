package signin

import (
	"net/netip"
	"testing"
	"time"
)

// TestSourcesAreBounded: failures from addresses without end take no memory
// without end.
func TestSourcesAreBounded(t *testing.T) {
	var f failures
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	from := netip.MustParseAddr("10.0.0.0")
	most := 0
	for range maxSources + 100 {
		from = from.Next()
		f.add(from, now)
		most = max(most, len(f.sources))
	}
	if most != maxSources || len(f.sources) != 100 {
		t.Errorf("%d sources were remembered at once, %d are now", most, len(f.sources))
	}
}
