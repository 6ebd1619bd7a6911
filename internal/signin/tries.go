package signin

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/writ-iam/writ/internal/api"
)

// tries limits how often somebody may present a password or a code from one
// address. The limit of each user's wrong guesses is state.SignInAttempts; this
// one keeps a flood from taking everybody's turn.
type tries struct {
	mu         sync.Mutex // guards what follows
	young, old map[netip.Prefix]*rate.Limiter
}

const (
	triesAMinute   = 10
	addressesYoung = 50_000 // bounds the memory at some 20 MB
)

// allow reports whether an address may try again.
func (t *tries) allow(from netip.Addr, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.limiter(api.Network(from)).AllowN(now, 1)
}

// limiter finds or makes the limiter of a network. When the young ones are many
// they become the old ones, and the former old ones are forgotten: who tries
// goes on being limited.
func (t *tries) limiter(network netip.Prefix) *rate.Limiter {
	l := t.young[network]
	if l != nil {
		return l
	}
	if l = t.old[network]; l == nil {
		l = rate.NewLimiter(rate.Every(time.Minute/triesAMinute), triesAMinute)
	}
	if len(t.young) >= addressesYoung || t.young == nil {
		t.old, t.young = t.young, make(map[netip.Prefix]*rate.Limiter)
	}
	t.young[network] = l
	return l
}
