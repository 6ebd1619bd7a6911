package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/sigv4"
)

// Page is a call to one of Writ's own pages under /_writ/. It goes the same
// way as an AWS call: a signature of any service name, the checks, the event.
type Page struct {
	Source string // event source: "organizations.amazonaws.com"
	Name   string // event name: "CreateAccount"

	ReadOnly bool // the call changes nothing
	Checks   func(c *Call) []Check

	// RootOnly lets only the management account's root user in.
	RootOnly bool
	// Do carries the call out. What it returns is sent as JSON; nil means
	// that it has written the answer itself.
	Do func(ctx context.Context, c *Call, w http.ResponseWriter, body []byte) (any, error)
}

// ServePage serves one call of a page.
func (p *Pipeline) ServePage(w http.ResponseWriter, r *http.Request, page *Page) {
	c := p.newCall(r)
	c.protocol = pageProtocol{}
	c.page = page
	out, fail := p.guardPage(c, w)
	fail = p.record(c, out, fail)
	if fail != nil {
		c.protocol.fail(w, c, fail)
		return
	}
	if out == nil {
		return
	}
	if err := c.protocol.encode(w, c, out); err != nil {
		p.Log.Debug("client gone", "request", c.RequestID, "err", err)
	}
}

func (p *Pipeline) guardPage(c *Call, w http.ResponseWriter) (out any, fail *shape.Error) {
	sig, sigErr := sigv4.Parse(c.HTTP)
	c.setRegion(sig)
	b, err := readAtMost(c.HTTP.Body, p.Limits.Body)
	if err != nil {
		return nil, unreadable(err)
	}
	if sig != nil && sig.Service == "s3" { // S3's signatures leave the body out
		return nil, c.refuse(failure{kind: unsupportedSig, text: "Sign this request for another service than s3."})
	}
	if fail := p.authenticate(c, sig, sigErr, &body{bytes: b}); fail != nil {
		return nil, fail
	}
	if c.page.RootOnly && !c.ofManagementRoot() {
		return nil, c.protocol.denied("Only the root user of the management account may do this.")
	}
	c.op = &operation{table: &Table{protocol: c.protocol}, checks: func(c *Call, _ any) []Check { return c.page.Checks(c) }}
	if fail := c.authorize(); fail != nil {
		return nil, fail
	}
	out, err = c.page.Do(c.HTTP.Context(), c, w, b)
	var known *shape.Error
	switch {
	case err == nil:
		return out, nil
	case errors.As(err, &known):
		return nil, known
	}
	p.Log.Error("page failed", "request", c.RequestID, "page", c.HTTP.URL.Path, "err", err)
	return nil, internalFailure(err)
}

// ofManagementRoot reports whether the caller is the root user, by its own
// long-term key, of the account that owns the installation.
func (c *Call) ofManagementRoot() bool {
	acct, ok := c.Snapshot.Account(c.Account)
	return ok && acct.Management && c.Caller.IsRoot() && c.Caller.Session == nil
}

// pageProtocol answers in JSON.
type pageProtocol struct{}

func (pageProtocol) route(*Call, *body) (string, *shape.Error) { return "", nil }

func (pageProtocol) decode(*Call, any, *body) ([]string, *shape.Error) { return nil, nil }

func (pageProtocol) encode(w http.ResponseWriter, c *Call, out any) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Requestid", c.RequestID)
	return json.NewEncoder(w).Encode(out)
}

func (pageProtocol) fail(w http.ResponseWriter, c *Call, e *shape.Error) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Requestid", c.RequestID)
	w.WriteHeader(e.Status)
	json.NewEncoder(w).Encode(map[string]string{"code": e.Code, "message": e.Message, "requestId": c.RequestID})
}

func (pageProtocol) denied(text string) *shape.Error {
	return &shape.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: text}
}

func (pageProtocol) refusal(f failure) *shape.Error { return queryWords.refusal(f) }

func (pageProtocol) invalid(vs []shape.Violation) *shape.Error {
	return &shape.Error{Code: "ValidationError", Status: http.StatusBadRequest, Message: shape.Message(vs, false)}
}

func (pageProtocol) unbuilt(name string) *shape.Error { return notBuilt("writ", name) }

func (pageProtocol) throttled() *shape.Error { return (*queryProtocol)(nil).throttled() }

func (pageProtocol) anonymous() bool   { return false }
func (pageProtocol) buffersBody() bool { return true }
