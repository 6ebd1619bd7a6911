package api

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/authz"
)

// Proxies are the networks whose X-Forwarded-For and X-Forwarded-Proto are
// believed. From anyone else the headers are only bytes.
type Proxies []netip.Prefix

func (ps Proxies) trust(a netip.Addr) bool {
	for _, p := range ps {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// client returns the address that a request comes from: the peer's, or behind
// trusted proxies the last address in X-Forwarded-For that is not one of them.
// An address that cannot be read is unknown, never the next best.
func (ps Proxies) client(r *http.Request) netip.Addr {
	addr := peer(r)
	if !ps.trust(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		if hop == "" {
			continue
		}
		a, err := netip.ParseAddr(hop)
		if err != nil {
			return netip.Addr{}
		}
		if addr = a.Unmap(); !ps.trust(addr) {
			break
		}
	}
	return addr
}

// SourceIP returns the address that a request comes from, as aws:SourceIp has
// it; invalid when it is unknown.
func (p *Pipeline) SourceIP(r *http.Request) netip.Addr { return p.Proxies.client(r) }

func (ps Proxies) secure(r *http.Request) bool {
	return r.TLS != nil || ps.trust(peer(r)) && r.Header.Get("X-Forwarded-Proto") == "https"
}

// Endpoint returns the URL at which clients reach the endpoint: the one that is
// set, else the one that r addressed. That is the Host header, and https when
// the connection or a trusted proxy says so.
func (p *Pipeline) Endpoint(r *http.Request) string {
	if p.URL != "" {
		return p.URL
	}
	u := url.URL{Scheme: "http", Host: r.Host}
	if p.Proxies.secure(r) {
		u.Scheme = "https"
	}
	return u.String()
}

func peer(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// factsOf is what the request says of itself.
func (p *Pipeline) factsOf(r *http.Request, now time.Time) authz.Facts {
	return authz.Facts{
		Now: now, SourceIP: p.Proxies.client(r), SecureTransport: p.Proxies.secure(r),
		UserAgent: r.UserAgent(), Referer: r.Referer(),
	}
}
