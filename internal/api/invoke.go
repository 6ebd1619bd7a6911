package api

import (
	"net/http"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/shape"
)

// Invoke carries out an operation for whoever uses a browser: the way of a call
// but for its bytes. session is the one that the browser's sign-in acts with,
// nil for an operation that needs no signature; in is the operation's input,
// and what is returned its output or the error that a client would get. Of r
// only what it says of the connection and the client counts.
//
// It is for pages that have found out whose session it is; the session's end
// and its principal are checked here.
func (p *Pipeline) Invoke(r *http.Request, session *authz.Session, service, operation string, in any) (any, *shape.Error) {
	start := p.SignatureNow()
	c := p.newCall(r)
	out, fail := p.guard(c, func() (any, *shape.Error) { return p.invoke(c, session, service, operation, in) })
	fail = p.record(c, out, fail)
	p.observe(c, fail, p.SignatureNow().Sub(start))
	if fail != nil {
		return nil, fail
	}
	return out, nil
}

func (p *Pipeline) invoke(c *Call, session *authz.Session, service, operation string, in any) (any, *shape.Error) {
	t := p.tables[service]
	c.setRegion(nil)
	c.Service, c.protocol, c.table = t.service, t.protocol, t
	c.setOperation(operation)
	if fail := c.actFor(session); fail != nil {
		return nil, fail
	}
	if fail := c.barred(); fail != nil {
		return nil, fail
	}
	c.input = in
	return p.carryOut(c, nil)
}

// actFor sets the caller to the holder of a session, if there is one.
func (c *Call) actFor(session *authz.Session) *shape.Error {
	if session != nil {
		if fail := c.identify(credential{session: session}); fail != nil {
			return c.refuse(*fail)
		}
	} else if !c.needsNoSignature() {
		return c.refuse(failure{kind: missing})
	}
	if !c.pipeline.throttle.allow(c.payer(), c.Now) {
		return c.protocol.throttled()
	}
	return nil
}
