// Package api is the way of a call, written once for every service and
// protocol:
//
//	route → authenticate → decode → validate → verify → authorize → handle → commit → record → encode
//
// A service is a Table of operations; an operation is one call of Op. Start at
// Pipeline.ServeHTTP and at Op. The package knows no operation, and no other
// package reads a call's request: what authorizes a call sees the same decoded
// input as what carries it out. The forms of people are read by internal/signin,
// which comes in by Invoke and Perform.
package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
)

// Options are what a Pipeline is made of. All are required but where the
// comment says otherwise.
type Options struct {
	DB         *state.DB
	Authorizer *authz.Authorizer
	Sessions   *authz.Sessions
	Events     *audit.Log
	Tables     []*Table

	// Now governs expiry, conditions and dates; SignatureNow the freshness of
	// signatures. They differ only where a test moves the clock.
	Now, SignatureNow func() time.Time
	Rand              io.Reader
	Log               *slog.Logger

	// ReadOnly says whether an action only reads, as CloudTrail's readOnly.
	ReadOnly func(action string) bool
	// Observe is told of every finished call. May be nil.
	Observe func(Observation)
	// Domains are host names under which virtual-host style S3 requests carry
	// a bucket. May be empty.
	Domains []string
	// URL is where clients reach the endpoint, without a path; "" when it is
	// where they say that they do.
	URL string
	// Proxies say which peers' X-Forwarded-For and X-Forwarded-Proto are
	// believed. May be empty.
	Proxies Proxies
	// Limits bound what one request and one account may ask.
	Limits Limits
}

// Observation is what metrics learn of one call. It names no principal.
type Observation struct {
	Service, Operation string // as built; "" when the request names none
	Code               string // error code; "" for success
	Refused            string // why the request was not authenticated; "" when it was
	Duration           time.Duration
}

// Pipeline serves AWS calls. It is safe for concurrent use.
type Pipeline struct {
	Options
	db         *state.DB
	authorizer *authz.Authorizer
	tables     map[string]*Table
	domains    []string
	keys       *sigv4.SigningKeyCache
	throttle   *throttle
	used       *lastUsed
	nobodys    string // a secret for keys that do not exist
}

// New returns a pipeline. It panics when two tables serve the same service.
func New(o Options) *Pipeline {
	o.Limits = o.Limits.withDefaults()
	p := &Pipeline{
		Options: o, db: o.DB, authorizer: o.Authorizer, domains: append([]string{loopback}, o.Domains...),
		tables: make(map[string]*Table), keys: sigv4.NewSigningKeyCache(o.Limits.SigningKeys),
		throttle: newThrottle(o.Limits.Rate, o.Limits.Burst), used: newLastUsed(), nobodys: newRequestID(o.Rand),
	}
	for _, t := range o.Tables {
		name := t.service.Name
		if p.tables[name] != nil {
			panic("api: two tables for " + name)
		}
		p.tables[name] = t
		for _, op := range t.ops {
			op.readOnly = o.ReadOnly(name + ":" + op.Name)
		}
	}
	return p
}

// ServeHTTP serves one call.
func (p *Pipeline) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := p.SignatureNow()
	c := p.newCall(r)
	c.waitForClient(w)
	out, fail := p.guard(c, func() (any, *shape.Error) { return p.run(c) })
	fail = p.record(c, out, fail)
	if fail != nil {
		p.nameDecision(w, c)
		p.fail(w, c, fail)
	} else if err := c.protocol.encode(w, c, out); err != nil {
		p.Log.Debug("client gone", "request", c.RequestID, "err", err)
	}
	p.observe(c, fail, p.SignatureNow().Sub(start))
}

func (p *Pipeline) newCall(r *http.Request) *Call {
	snap := p.db.Snapshot()
	c := &Call{
		HTTP: r, pipeline: p, Snapshot: snap, Caller: authz.Anonymous,
		Now: p.Now(), RequestID: newRequestID(p.Rand),
	}
	c.facts = p.factsOf(r, c.Now)
	return c
}

// guard runs the call and turns a panic into an answer: one broken call must
// not take the server down, nor leave the client without a request id.
func (p *Pipeline) guard(c *Call, run func() (any, *shape.Error)) (out any, fail *shape.Error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler {
			panic(v)
		}
		p.Log.Error("panic", "request", c.RequestID, "value", v, "stack", string(debug.Stack()))
		out, fail = nil, internalFailure(fmt.Errorf("panic: %v", v))
	}()
	return run()
}

// run takes the call from its bytes to the handler's answer.
func (p *Pipeline) run(c *Call) (any, *shape.Error) {
	sig, sigErr := sigv4.Parse(c.HTTP)
	if fail := p.findService(c, sig); fail != nil {
		return nil, fail
	}
	b, fail := p.receive(c)
	if fail != nil {
		return nil, fail
	}
	name, routeFail := c.protocol.route(c, b)
	if routeFail == nil {
		c.setOperation(name)
	}
	if fail := p.authenticate(c, sig, sigErr, b); fail != nil {
		return nil, fail
	}
	switch {
	case routeFail != nil:
		return nil, routeFail
	case c.op == nil:
		return nil, c.protocol.unbuilt(name)
	case !p.throttle.allow(c.payer(), c.Now):
		return nil, c.protocol.throttled()
	}
	if fail := c.barred(); fail != nil {
		return nil, fail
	}
	return p.call(c, b)
}

// call decodes and does the rest.
func (p *Pipeline) call(c *Call, b *body) (any, *shape.Error) {
	if fail := p.readForDecoding(c, b); fail != nil {
		return nil, fail
	}
	c.extras.body = b
	c.input = c.op.newInput()
	missing, fail := c.protocol.decode(c, c.input, b)
	if fail != nil {
		return nil, fail
	}
	return p.carryOut(c, missing)
}

// carryOut validates the input, verifies, authorizes and carries out. missing
// are required members that the input lacks.
func (p *Pipeline) carryOut(c *Call, missing []string) (any, *shape.Error) {
	if vs := shape.Merge(missing, c.op.validate(c.input)); len(vs) > 0 {
		return nil, c.protocol.invalid(vs)
	}
	if err := c.vouch(); err != nil {
		return nil, p.answer(c, err)
	}
	if fail := c.verify(); fail != nil {
		return nil, fail
	}
	if fail := c.authorize(); fail != nil {
		return nil, fail
	}
	p.used.note(c)
	out, err := c.op.do(c.HTTP.Context(), c, c.input)
	if err != nil {
		return nil, p.answer(c, err)
	}
	return out, nil
}

// answer is the error that the client gets for err: itself when it is one of
// an API, the refusal when the body turned out not to be the signed one, and
// else no more than that something failed here.
func (p *Pipeline) answer(c *Call, err error) *shape.Error {
	var known *shape.Error
	if errors.As(err, &known) {
		return known
	}
	var sig *sigv4.Error
	if errors.As(err, &sig) {
		return c.protocol.refusal(failureOf(sig))
	}
	if ctx := c.HTTP.Context().Err(); ctx != nil && errors.Is(err, context.Canceled) {
		return &shape.Error{Code: "RequestTimeout", Status: http.StatusRequestTimeout, Message: "The client went away.", Cause: err}
	}
	p.Log.Error("call failed", "request", c.RequestID, "service", c.Service.Name, "operation", c.Operation.Name, "err", err)
	return internalFailure(err)
}

func internalFailure(cause error) *shape.Error {
	return &shape.Error{
		Code: "InternalFailure", Status: http.StatusInternalServerError, Cause: cause,
		Message: "The request processing has failed because of an unknown error, exception or failure.",
	}
}

// fail writes an error in the words of the call's protocol; a request that
// names no service gets S3's, as AWS's front answers in XML too.
func (p *Pipeline) fail(w http.ResponseWriter, c *Call, e *shape.Error) {
	if c.protocol == nil {
		(&restProtocol{}).fail(w, c, e)
		return
	}
	c.protocol.fail(w, c, e)
}

// authorizationMessage is the header by which a denied call names its decision:
// what it holds goes to DecodeAuthorizationMessage, for those who may.
const authorizationMessage = "X-Writ-Authorization-Message"

func (p *Pipeline) nameDecision(w http.ResponseWriter, c *Call) {
	if !c.verdict.made || c.verdict.decision.Effect == engine.Allow || c.Account == "" {
		return
	}
	text, err := p.Sessions.SealMessage(c.Snapshot, authz.Message{Account: c.Account, RequestID: c.RequestID})
	if err != nil {
		p.Log.Error("authorization message", "request", c.RequestID, "err", err)
		return
	}
	w.Header().Set(authorizationMessage, text)
}

func (p *Pipeline) observe(c *Call, fail *shape.Error, took time.Duration) {
	if p.Observe == nil {
		return
	}
	o := Observation{Duration: took, Refused: c.refused}
	if c.Service != nil {
		o.Service = c.Service.Name
	}
	switch {
	case c.page != nil:
		o.Service, o.Operation = "writ", c.page.Name
	case c.op != nil:
		o.Operation = c.op.Name
	}
	if fail != nil {
		o.Code = fail.Code
	}
	p.Observe(o)
}
