package api

import (
	"errors"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
)

// credential is what an access key id and a session token lead to. A zero one
// has a secret nobody knows, so that verifying against it costs what verifying
// against a real one does and never succeeds.
type credential struct {
	secret  string
	key     *state.AccessKey // long-term
	session *authz.Session   // temporary
	fail    *failure         // why it is no credential
}

// authenticate verifies the signature and sets the caller. The signature is
// verified even where the key is already known to be no good: a caller cannot
// tell by time which of both was wrong.
func (p *Pipeline) authenticate(c *Call, sig *sigv4.Signature, sigErr error, b *body) *shape.Error {
	if errors.Is(sigErr, sigv4.ErrNone) {
		if c.needsNoSignature() {
			return nil
		}
		return c.refuse(failure{kind: missing})
	}
	if sigErr != nil {
		return c.refuse(failureOf(sigErr))
	}
	cred := p.credential(c.Snapshot, sig)
	if _, sent := c.HTTP.Header["X-Amz-Security-Token"]; sent && sig.SecurityToken == "" {
		cred.fail = &failure{kind: badToken}
	}
	key, held := p.keys.Peek(sig, cred.secret)
	err := p.verify(c, sig, key, b)
	if cred.fail != nil {
		return c.refuse(*cred.fail)
	}
	if err != nil {
		return c.refuse(failureOf(err))
	}
	if !held {
		p.keys.Key(sig, cred.secret)
	}
	if fail := c.identify(cred); fail != nil {
		return c.refuse(*fail)
	}
	c.signature = sig
	return nil
}

// credential looks up the secret that the request must have been signed with.
func (p *Pipeline) credential(snap *state.Snapshot, sig *sigv4.Signature) credential {
	if sig.SecurityToken == "" {
		key, ok := snap.AccessKey(sig.AccessKeyID)
		if !ok || !key.Active {
			return credential{secret: p.nobodys, fail: &failure{kind: unknownKey}}
		}
		return credential{secret: string(key.Secret), key: key}
	}
	s, err := p.Sessions.Open(snap, sig.SecurityToken)
	if err != nil || s.AccessKeyID != sig.AccessKeyID {
		return credential{secret: p.nobodys, fail: &failure{kind: badToken}}
	}
	return credential{secret: s.Secret, session: s}
}

// verify checks freshness, signature and body. Freshness goes by the unmoved
// clock.
func (p *Pipeline) verify(c *Call, sig *sigv4.Signature, key *sigv4.SigningKey, b *body) error {
	if err := sig.CheckTime(p.SignatureNow()); err != nil {
		return err
	}
	if err := sig.Verify(key, c.HTTP, b.bytes); err != nil {
		return err
	}
	if b.stream == nil {
		return nil
	}
	signed, err := sig.Body(b.stream, key)
	if err != nil {
		return err
	}
	b.stream, b.signed = signed, signed
	return nil
}

// identify sets the caller from a verified credential.
func (c *Call) identify(cred credential) *failure {
	var caller *authz.Caller
	ok := false
	if cred.session != nil {
		if !c.Now.Before(cred.session.Expires) {
			return &failure{kind: expiredToken}
		}
		caller, ok = authz.ForSession(c.Snapshot, cred.session)
	} else {
		caller, ok = authz.ForAccessKey(c.Snapshot, cred.key)
	}
	if !ok {
		return &failure{kind: unknownKey}
	}
	c.Caller, c.Account = caller, caller.Account
	return nil
}

// identifyAgain looks the caller up on the call's present snapshot: between
// authentication and commit its key may have been made inactive, its user or
// role deleted.
func (c *Call) identifyAgain() error {
	if c.Caller.ID == "" { // a stranger, or one who has shown nothing to this installation
		return nil
	}
	cred := credential{session: c.Caller.Session}
	if cred.session == nil && c.Caller.AccessKeyID == "" {
		return c.stillThere()
	}
	if cred.session == nil {
		key, ok := c.Snapshot.AccessKey(c.Caller.AccessKeyID)
		if !ok || !key.Active {
			return c.protocol.refusal(failure{kind: unknownKey})
		}
		cred.key = key
	}
	if fail := c.identify(cred); fail != nil {
		return c.protocol.refusal(*fail)
	}
	return nil
}

// stillThere looks up a caller that has shown who it is otherwise than by a
// signature.
func (c *Call) stillThere() error {
	if u, ok := c.Snapshot.UserByID(c.Caller.ID); ok && u.Account == c.Account {
		return nil
	}
	return c.protocol.refusal(failure{kind: unknownKey})
}

// refuse is the answer to a request that is not authenticated; its reason is
// counted.
func (c *Call) refuse(f failure) *shape.Error {
	c.refused = f.kind.String()
	return c.protocol.refusal(f)
}
