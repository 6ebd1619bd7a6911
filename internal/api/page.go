package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/sigv4"
)

// Page is a call to one of Writ's own pages under /_writ/. It goes the same
// way as an AWS call: a signature of any service name, the checks, the event.
type Page struct {
	Source string // event source: "organizations.amazonaws.com"
	Name   string // event name: "CreateAccount"
	Type   string // event type; "" is AwsApiCall

	ReadOnly bool // the call changes nothing
	Checks   func(c *Call) []Check

	// RootOnly lets only the management account's root user in.
	RootOnly bool
	// Streams says that Do writes the answer itself, perhaps for long. The
	// call is recorded before, as allowed.
	Streams bool
	// Do carries the call out. What it returns is sent as JSON; nil means that
	// there is nothing to send.
	Do func(ctx context.Context, c *Call, w http.ResponseWriter, body []byte) (any, error)
}

// ServePage serves one call of a page.
func (p *Pipeline) ServePage(w http.ResponseWriter, r *http.Request, page *Page) {
	start := p.SignatureNow()
	c := p.newCall(r)
	c.waitForClient(w)
	c.protocol = pageProtocol{}
	c.page = page
	out, fail := p.guard(c, func() (any, *shape.Error) { return p.runPage(c, w) })
	fail = p.record(c, out, fail)
	switch {
	case fail != nil:
		c.protocol.fail(w, c, fail)
	case out != nil:
		if err := c.protocol.encode(w, c, out); err != nil {
			p.Log.Debug("client gone", "request", c.RequestID, "err", err)
		}
	}
	p.observe(c, fail, p.SignatureNow().Sub(start))
}

// runPage takes a page's call as far as its answer.
func (p *Pipeline) runPage(c *Call, w http.ResponseWriter) (any, *shape.Error) {
	b, fail := p.admitToPage(c)
	if fail != nil {
		return nil, fail
	}
	if c.page.Streams {
		if fail := p.record(c, nil, nil); fail != nil {
			return nil, fail
		}
		c.recorded = true
	}
	out, err := c.page.Do(c.HTTP.Context(), c, w, b)
	if err == nil {
		return out, nil
	}
	var known *shape.Error
	if errors.As(err, &known) {
		return nil, known
	}
	p.Log.Error("page failed", "request", c.RequestID, "page", c.HTTP.URL.Path, "err", err)
	return nil, internalFailure(err)
}

// admitToPage authenticates and authorizes, and returns the body.
func (p *Pipeline) admitToPage(c *Call) ([]byte, *shape.Error) {
	sig, sigErr := sigv4.Parse(c.HTTP)
	c.setRegion(sig)
	b, err := p.readWhole(c)
	if err != nil {
		return nil, unreadable(err)
	}
	if sig != nil && sig.Service == "s3" { // S3's signatures leave the body out
		return nil, c.refuse(failure{kind: unsupportedSig, text: "Sign this request for another service than s3."})
	}
	if fail := p.authenticate(c, sig, sigErr, &body{bytes: b}); fail != nil {
		return nil, fail
	}
	if !p.throttle.allow(c.payer(), c.Now) {
		return nil, c.protocol.throttled()
	}
	if s := c.Caller.Session; s != nil && s.Kind != session.AssumedRole && s.Kind != session.SignedIn {
		return nil, c.protocol.denied("Use a user's own key, aws login or the session of a role here.")
	}
	if c.page.RootOnly && !c.OfManagementRoot() {
		return nil, c.protocol.denied("Only the root user of the management account may do this.")
	}
	c.op = &operation{table: &Table{protocol: c.protocol}, checks: func(c *Call, _ any) []Check { return c.page.Checks(c) }}
	return b, c.authorize()
}

// StillAdmitted reports whether the caller of a page would be let in now. A
// page whose answer goes on for long asks now and then.
func (c *Call) StillAdmitted() bool {
	again := *c
	again.Snapshot, again.Now = c.pipeline.db.Snapshot(), c.pipeline.Now()
	return again.identifyAgain() == nil && again.authorize() == nil
}

// OfManagementRoot reports whether the caller is the root user, by its own
// long-term key, of the account that owns the installation.
func (c *Call) OfManagementRoot() bool {
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
