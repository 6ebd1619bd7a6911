package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// longest is how long a sign-in lasts at the most: the time of AWS's console.
const longest = 12 * time.Hour

// beginning is a sign-in that is about to begin.
type beginning struct {
	caller  *authz.Caller    // who signs in
	session *session.Session // what it will act with: all but key, secret and sign-in set

	password   string            // see state.SignIn
	additional map[string]string // of the event: additionalEventData
	cookie     string            // that keeps it; "" is sessionCookie
	// also is done in the same commit; may be nil. Its error is the answer.
	also func(tx *state.Tx) error
}

// begin records ConsoleLogin, keeps the sign-in and gives the browser its
// cookie. A sign-in that the browser had before ends.
func (s *Service) begin(v *visit, b *beginning) *shape.Error {
	secret, err := s.newSecret()
	if err != nil {
		return s.internal(err)
	}
	in, err := s.newSignIn(v, b.session, secret)
	if err != nil {
		return s.internal(err)
	}
	in.Password = b.password
	fail := s.Pipeline.Perform(v.r, b.caller, &api.Act{
		Name: "ConsoleLogin", Type: api.ConsoleSignIn,
		Do: func(ctx context.Context, c *api.Call) error {
			c.Describe(nil, []byte(`{"ConsoleLogin":"Success"}`))
			c.Add(object(b.additional))
			return s.keep(ctx, c, v, in, b)
		},
	})
	if fail == nil {
		s.setCookie(v, b.cookieName(), secret)
	}
	return fail
}

func (b *beginning) cookieName() string { return cmp.Or(b.cookie, sessionCookie) }

func (s *Service) keep(ctx context.Context, c *api.Call, v *visit, in *state.SignIn, b *beginning) error {
	former := state.Digest("sign-in", s.cookie(v, b.cookieName()))
	_, err := api.Update(ctx, c, func(tx *state.Tx) (*struct{}, error) {
		if b.also != nil {
			if err := b.also(tx); err != nil {
				return nil, err
			}
		}
		if old, ok := tx.SignIn(former); ok {
			tx.DeleteSignIn(old)
		}
		tx.AddSignIn(in)
		return nil, nil
	})
	return err
}

// newSignIn seals the session that a new sign-in acts with. secret is what its
// holder will present.
func (s *Service) newSignIn(v *visit, n *session.Session, secret string) (*state.SignIn, error) {
	id, err := awsid.NewUUID(s.Rand)
	if err != nil {
		return nil, err
	}
	own := *n
	own.SignIn = id
	own.Expires = earlier(own.Expires, v.now.Add(longest).Truncate(time.Second))
	token, _, err := s.Sessions.Issue(v.snap, &own)
	if err != nil {
		return nil, fmt.Errorf("seal a session of %s: %w", n.PrincipalID, err)
	}
	return &state.SignIn{
		Digest: state.Digest("sign-in", secret), ID: id, Account: own.Account, PrincipalID: own.PrincipalID, Session: own.Name,
		Home: state.Secret(token), Created: v.now.UTC().Truncate(time.Second), Expires: own.Expires,
	}, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// object prints strings as a JSON object.
func object(members map[string]string) []byte {
	b, err := json.Marshal(members)
	if err != nil {
		panic("signin: " + err.Error()) // strings only
	}
	return b
}
