package api

import (
	"net/http"

	"github.com/writ-iam/writ/internal/state"
)

// ServeStranger answers a request that needs no signature with what do makes of
// the state: something public, such as the keys of an issuer of tokens. It
// limits strangers by their network and records nothing.
func (p *Pipeline) ServeStranger(w http.ResponseWriter, r *http.Request, do func(w http.ResponseWriter, snap *state.Snapshot)) {
	c := p.newCall(r)
	w.Header().Set("X-Amzn-Requestid", c.RequestID)
	if !p.throttle.allow(c.payer(), c.Now) {
		http.Error(w, "too many requests", http.StatusTooManyRequests)
		return
	}
	do(w, c.Snapshot)
}
