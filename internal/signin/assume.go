package signin

import (
	"context"
	"net/http"
	"time"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
	"github.com/writ-iam/writ/internal/stsapi"
)

// shortest is the shortest session that AssumeRole gives.
const shortest = 15 * time.Minute

// assume assumes a role for a sign-in, as whoever signed in: on AWS the
// permissions of the role switched to before do not count. It returns the
// session token, of which the sign-in's end is the end.
func (s *Service) assume(v *visit, held *authz.Session, role string) (string, *shape.Error) {
	who, ok := authz.ForSession(v.snap, held)
	if !ok {
		return "", signedOut()
	}
	seconds := int32(assumeDuration(v, who, role) / time.Second)
	out, fail := s.Pipeline.Invoke(v.r, held, "sts", "AssumeRole", &stsapi.AssumeRoleInput{
		RoleArn: role, RoleSessionName: who.Name, DurationSeconds: &seconds,
	})
	if fail != nil {
		return "", fail
	}
	snap := s.DB.Snapshot()
	assumed, err := s.Sessions.Open(snap, out.(*stsapi.AssumeRoleOutput).Credentials.SessionToken)
	if err != nil {
		return "", s.internal(err)
	}
	own := *assumed.Session
	own.SignIn = v.signIn.ID
	own.Expires = earlier(own.Expires, v.signIn.Expires)
	token, _, err := s.Sessions.Seal(snap, &own)
	if err != nil {
		return "", s.internal(err)
	}
	return token, nil
}

// assumeDuration is how long to ask for: what the role allows, the rest of the
// sign-in, or an hour for whoever is a role already, whichever is least.
func assumeDuration(v *visit, who *authz.Caller, role string) time.Duration {
	d := v.signIn.Expires.Sub(v.now)
	if r, ok := authz.RoleByARN(v.snap, role); ok {
		d = min(d, r.MaxSession)
	}
	if who.Kind == engine.AssumedRole {
		d = min(d, sts.MaxChained)
	}
	return max(d, shortest)
}

// actAs has the browser act with a role's session from now on.
func (s *Service) actAs(v *visit, token, name string) *shape.Error {
	_, caller, ok := s.open(v, token)
	if !ok {
		return signedOut()
	}
	from := s.homeARN(v)
	return s.Pipeline.Perform(v.r, caller, &api.Act{
		Name: "SwitchRole", Type: api.ConsoleSignIn,
		Do: func(ctx context.Context, c *api.Call) error {
			c.Describe(nil, []byte(`{"SwitchRole":"Success"}`))
			c.Add(object(map[string]string{"SwitchFrom": from, "RedirectTo": s.Pipeline.Endpoint(v.r) + home}))
			return s.change(ctx, c, v, func(in *state.SignIn) { in.Switched, in.Name = state.Secret(token), name })
		},
	})
}

// exitRole goes back to whoever signed in, also when the role's session has
// ended.
func (s *Service) exitRole(v *visit) {
	if v.signIn == nil {
		v.redirect(toSignIn(home))
		return
	}
	if kept, ok := v.snap.SignIn(v.signIn.Digest); ok && kept.Switched == "" {
		v.redirect(home)
		return
	}
	fail := s.Pipeline.Perform(v.r, v.caller, &api.Act{
		Name: "ExitRole", Type: api.ConsoleSignIn,
		Do: func(ctx context.Context, c *api.Call) error {
			c.Describe(nil, []byte(`{"ExitRole":"Success"}`))
			c.Add(object(map[string]string{"RedirectTo": s.Pipeline.Endpoint(v.r) + home}))
			return s.change(ctx, c, v, func(in *state.SignIn) { in.Switched, in.Name = "", "" })
		},
	})
	if fail != nil {
		v.refuse(fail)
		return
	}
	v.redirect(home)
}

// homeARN is the ARN of whoever signed in.
func (s *Service) homeARN(v *visit) string {
	if _, caller, ok := s.open(v, string(v.signIn.Home)); ok {
		return caller.ARN
	}
	return ""
}

// change changes the visitor's sign-in, unless it has ended meanwhile.
func (s *Service) change(ctx context.Context, c *api.Call, v *visit, edit func(*state.SignIn)) error {
	_, err := api.Update(ctx, c, func(tx *state.Tx) (*struct{}, error) {
		kept, ok := tx.SignIn(v.signIn.Digest)
		if !ok || !tx.Now().Before(kept.Expires) {
			return nil, signedOut()
		}
		next := *kept
		edit(&next)
		tx.PutSignIn(&next)
		return nil, nil
	})
	return err
}

func signedOut() *shape.Error {
	return &shape.Error{Code: "ExpiredToken", Status: http.StatusForbidden, Message: "You have been signed out meanwhile. Sign in again."}
}
