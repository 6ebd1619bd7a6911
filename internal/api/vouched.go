package api

import (
	"context"

	"github.com/writ-iam/writ/internal/authz"
)

// Vouched is Op for an operation that needs no signature, because an identity
// provider speaks for whoever calls. vouch verifies what the provider says,
// between validation and authorization, and returns the caller, who has no
// account, and the proof that checks and do work with. What it refuses counts
// as a request that was not authenticated.
func Vouched[In, Out, Proof any](t *Table, name string, vouch func(context.Context, *Call, *In) (*authz.Caller, *Proof, error),
	checks func(*Call, *In, *Proof) []Check, do func(context.Context, *Call, *In, *Proof) (*Out, error)) {
	op := add(t, name,
		func(c *Call, in *In) []Check { return checks(c, in, c.proof.(*Proof)) },
		func(ctx context.Context, c *Call, in *In) (*Out, error) { return do(ctx, c, in, c.proof.(*Proof)) })
	op.vouch = func(ctx context.Context, c *Call, in any) (*authz.Caller, any, error) {
		caller, proof, err := vouch(ctx, c, in.(*In))
		return caller, proof, err
	}
}

// needsNoSignature reports whether a request without one may come further.
func (c *Call) needsNoSignature() bool {
	return c.protocol.anonymous() || c.op != nil && c.op.vouch != nil
}

// vouch has the operation find out for whom the identity provider speaks.
func (c *Call) vouch() error {
	if c.op.vouch == nil {
		return nil
	}
	caller, proof, err := c.op.vouch(c.HTTP.Context(), c, c.input)
	if err != nil {
		c.refused = "identity provider"
		return err
	}
	c.Caller, c.Account, c.proof = caller, "", proof
	return nil
}
