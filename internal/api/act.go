package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/shape"
)

// Act is a step of signing in, or of somebody who has signed in: what CloudTrail
// calls a sign-in event. It is authorized and recorded as a call is.
type Act struct {
	Name   string // event name: "SwitchRole"
	Type   string // event type: AwsConsoleSignIn; "" is AwsApiCall
	Checks []Check
	// Asked is what the event tells of the request, also of one that is denied:
	// a JSON object without secrets, or nil. ReadOnly says that the act changes
	// nothing of the account's.
	Asked    []byte
	ReadOnly bool
	// Do carries the act out, with Update where it changes something; may be
	// nil. What it fails with is the act's error.
	Do func(ctx context.Context, c *Call) error
}

// ConsoleSignIn is the type of the events of signing in. See "AWS Management
// Console sign-in events" in the AWS CloudTrail User Guide.
const ConsoleSignIn = "AwsConsoleSignIn"

const signInSource = "signin.amazonaws.com"

// Perform performs an act of who: the caller that a password, a provider or a
// sign-in has shown, whose session, if it has one, must not have ended, and
// whose account then pays for the act as for a call. Of r only what it says of the connection and the client counts.
func (p *Pipeline) Perform(r *http.Request, who *authz.Caller, act *Act) *shape.Error {
	start := p.SignatureNow()
	c := p.newCall(r)
	c.setRegion(nil)
	c.protocol = pageProtocol{}
	c.page = &Page{Source: signInSource, Name: act.Name, Type: act.Type, ReadOnly: act.ReadOnly}
	c.asked = act.Asked
	_, fail := p.guard(c, func() (any, *shape.Error) { return nil, p.perform(c, who, act) })
	fail = p.record(c, nil, fail)
	p.observe(c, fail, p.SignatureNow().Sub(start))
	return fail
}

func (p *Pipeline) perform(c *Call, who *authz.Caller, act *Act) *shape.Error {
	c.Caller, c.Account = who, who.Account
	if who.Session != nil {
		if fail := c.identify(credential{session: who.Session}); fail != nil {
			return c.refuse(*fail)
		}
		if !p.throttle.allow(c.payer(), c.Now) {
			return c.protocol.throttled()
		}
	}
	c.op = &operation{table: &Table{protocol: c.protocol}, checks: func(*Call, any) []Check { return act.Checks }}
	if fail := c.authorize(); fail != nil {
		return fail
	}
	if act.Do == nil {
		return nil
	}
	err := act.Do(c.HTTP.Context(), c)
	var known *shape.Error
	if err == nil || errors.As(err, &known) {
		return known
	}
	p.Log.Error("act failed", "request", c.RequestID, "act", act.Name, "err", err)
	return internalFailure(err)
}

// Add sets the additionalEventData of an act's event: a JSON object.
func (c *Call) Add(data []byte) { c.additional = data }

// Failed says that an act, though it was carried out, failed for whoever tried
// it: its event tells why, beside what Describe says.
func (c *Call) Failed(why string) { c.failure = why }
