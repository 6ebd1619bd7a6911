package signin

import (
	"fmt"
	"time"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// redeem lets a client in by an authorization code. Who redeems one again knows
// all that its client knew, so one of both has stolen it: what the code has
// become then ends (RFC 6749, 4.1.2).
func (s *Service) redeem(v *visit, client *oauthClient, in *tokenInput, p *keyProof) (*tokenOutput, *shape.Error) {
	code, ok := s.openCode(v, in.Code)
	if !ok {
		return nil, codeExpired
	}
	if !code.isFor(client, in.RedirectURI, in.CodeVerifier) {
		return nil, invalidGrant
	}
	out, fail := s.redeemFirst(v, client, in, p, code)
	if fail == nil {
		return out, nil
	}
	if err := s.endOf(v, code); err != nil {
		return nil, s.tokenFailure(err)
	}
	return nil, fail
}

// redeemFirst redeems a code that was not redeemed before. The client gets a
// sign-in of its own, which lasts as long as the browser's would, and ends with
// it only when that is ended for both: by another password, or with the
// principal.
func (s *Service) redeemFirst(v *visit, client *oauthClient, in *tokenInput, p *keyProof, code *authorizationCode) (*tokenOutput, *shape.Error) {
	browser, ok := v.snap.SignIn(code.SignIn)
	if !ok || browser.Client != "" || !v.now.Before(browser.Expires) {
		return nil, codeExpired
	}
	browser, acting, caller, ok := s.present(v, browser)
	if !ok || acting.AccessKeyID != code.Acting {
		return nil, codeExpired
	}
	if !s.lasts(v, browser) {
		return nil, credentialsChanged
	}
	own, err := s.newClient(v, browser, acting)
	if err != nil {
		return nil, s.tokenFailure(err)
	}
	own.Digest, own.Client, own.Key, own.Redirect = code.becomes(), client.id, p.key, in.RedirectURI
	return s.grant(v, &grant{
		client: client, kind: byCode, caller: caller, signIn: own,
		take: func(tx *state.Tx) error {
			if _, lasts := tx.SignIn(browser.Digest); !lasts {
				return codeExpired
			}
			if !tx.Spend(&state.Spent{Account: own.Account, Digest: state.Digest("code", in.Code), Until: time.Unix(code.Expires, 0)}) {
				return codeExpired
			}
			if !p.spend(tx, own.Account) {
				return proofSpent
			}
			tx.AddSignIn(own)
			return nil
		},
	}, code.Refresh)
}

// endOf ends the sign-in that a code has become, if it has.
func (s *Service) endOf(v *visit, code *authorizationCode) error {
	if _, redeemed := s.DB.Snapshot().SignIn(code.becomes()); !redeemed {
		return nil
	}
	s.Log.Warn("an authorization code was used twice: the client's sign-in ends", "client", code.Client)
	return s.DB.Update(v.r.Context(), func(tx *state.Tx) error {
		if in, ok := tx.SignIn(code.becomes()); ok {
			tx.DeleteSignIn(in)
		}
		return nil
	})
}

// refresh renews a client's credentials. The refresh token stays: a client that
// lost the answer asks again, and a thief lacks the key.
func (s *Service) refresh(v *visit, client *oauthClient, in *tokenInput, p *keyProof) (*tokenOutput, *shape.Error) {
	own, ok := v.snap.SignIn(refreshDigest(in.RefreshToken))
	if !ok || own.Client != client.id || own.Key != p.key || !v.now.Before(own.Expires) {
		return nil, tokenExpired
	}
	_, caller, ok := s.open(v, own.Acting())
	if !ok {
		return nil, tokenExpired
	}
	if !s.lasts(v, own) {
		return nil, credentialsChanged
	}
	return s.grant(v, &grant{
		client: client, kind: byRefresh, caller: caller, signIn: own,
		take: func(tx *state.Tx) error {
			if _, lasts := tx.SignIn(own.Digest); !lasts {
				return tokenExpired
			}
			if !p.spend(tx, own.Account) {
				return proofSpent
			}
			return nil
		},
	}, in.RefreshToken)
}

// newClient makes the sign-in of a client, which is of the browser's person and
// acts as the browser does now.
func (s *Service) newClient(v *visit, browser *state.SignIn, acting *authz.Session) (*state.SignIn, error) {
	id, err := awsid.NewUUID(s.Rand)
	if err != nil {
		return nil, err
	}
	n := *acting.Session
	n.SignIn = id
	n.Expires = earlier(n.Expires, browser.Expires)
	token, _, err := s.Sessions.Issue(v.snap, &n)
	if err != nil {
		return nil, fmt.Errorf("seal a session of %s: %w", n.PrincipalID, err)
	}
	own := *browser
	own.ID, own.Home, own.Switched, own.Name = id, state.Secret(token), "", ""
	own.Created, own.Expires = v.now.UTC().Truncate(time.Second), n.Expires
	return &own, nil
}
