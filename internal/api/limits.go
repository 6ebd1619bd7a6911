package api

import (
	"cmp"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits bound what one request and one account may ask. Zero values mean the
// defaults.
type Limits struct {
	Body        int64         // bytes of a body that is not streamed; default 1 MiB
	BodyTime    time.Duration // that a form may take to arrive; default a minute
	Rate        float64       // calls a second of one account; default no limit
	Burst       int           // calls at once above the rate; default twice the rate
	SigningKeys int           // derived signing keys kept; default 10,000
}

func (l Limits) withDefaults() Limits {
	if l.Body == 0 {
		l.Body = 1 << 20
	}
	l.BodyTime = cmp.Or(l.BodyTime, time.Minute)
	if l.Burst == 0 {
		l.Burst = max(1, int(2*l.Rate))
	}
	if l.SigningKeys == 0 {
		l.SigningKeys = 10_000
	}
	return l
}

// throttle limits the calls of each account, and of strangers by the network
// that they come from.
type throttle struct {
	limit rate.Limit
	burst int

	mu     sync.Mutex
	payers map[string]*rate.Limiter // guarded by mu
}

// maxPayers bounds what strangers can make the throttle remember.
const maxPayers = 100_000

// payer is to whose account a call is reckoned.
func (c *Call) payer() string {
	if c.Account != "" {
		return c.Account
	}
	return Network(c.facts.SourceIP).String()
}

// Network is what one customer has to itself: an address of IPv4, 64 bits of
// IPv6. It is zero for an unknown address.
func Network(from netip.Addr) netip.Prefix {
	bits := from.BitLen()
	if from.Is6() {
		bits = 64
	}
	n, _ := from.WithZone("").Prefix(bits)
	return n
}

func newThrottle(perSecond float64, burst int) *throttle {
	return &throttle{limit: rate.Limit(perSecond), burst: burst, payers: make(map[string]*rate.Limiter)}
}

func (t *throttle) allow(payer string, now time.Time) bool {
	if t.limit == 0 {
		return true
	}
	t.mu.Lock()
	l := t.payers[payer]
	if l == nil {
		if len(t.payers) >= maxPayers {
			clear(t.payers) // all begin anew: strangers have many addresses
		}
		l = rate.NewLimiter(t.limit, t.burst)
		t.payers[payer] = l
	}
	t.mu.Unlock()
	return l.AllowN(now, 1)
}
