package signin

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/writ-iam/writ/internal/api"
)

const (
	// failuresAtOnce is how many requests of one source may fail in a row, and
	// failurePause after how long each of them is forgiven.
	failuresAtOnce = 60
	failurePause   = 2 * time.Second
	// maxSources bounds what strangers can make a failures remember.
	maxSources = 10_000
)

// failures counts the failures of clients by their source, so that nobody tries
// codes, tokens and proofs without end. It is safe for concurrent use.
type failures struct {
	mu      sync.Mutex
	sources map[netip.Prefix]*rate.Limiter // guarded by mu
}

// tooMany reports whether a source has to wait.
func (f *failures) tooMany(from netip.Addr, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.sources[api.Network(from)]
	return l != nil && l.TokensAt(now) < 1
}

// add counts a failure.
func (f *failures) add(from netip.Addr, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.sources[api.Network(from)]
	if l == nil {
		if f.sources == nil || len(f.sources) >= maxSources {
			f.sources = make(map[netip.Prefix]*rate.Limiter) // all begin anew: strangers have many addresses
		}
		l = rate.NewLimiter(rate.Every(failurePause), failuresAtOnce)
		f.sources[api.Network(from)] = l
	}
	l.AllowN(now, 1)
}
