package signin

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// recognize sets who is signed in by the browser's cookie, if anybody is.
func (s *Service) recognize(v *visit) {
	v.signIn, v.acting, v.caller = s.heldBy(v, sessionCookie)
}

// heldBy returns the sign-in of which a cookie has the secret; nil when there
// is none that lasts.
func (s *Service) heldBy(v *visit, cookie string) (*state.SignIn, *authz.Session, *authz.Caller) {
	secret := s.cookie(v, cookie)
	if secret == "" {
		return nil, nil, nil
	}
	in, ok := v.snap.SignIn(state.Digest("sign-in", secret))
	if !ok || in.Client != "" || !s.lasts(v, in) {
		return nil, nil, nil
	}
	in, acting, caller, ok := s.present(v, in)
	if !ok {
		return nil, nil, nil
	}
	return in, acting, caller
}

// present opens what a sign-in acts with now: the role that it switched to, or
// when that session has ended whoever signed in.
func (s *Service) present(v *visit, in *state.SignIn) (*state.SignIn, *authz.Session, *authz.Caller, bool) {
	acting, caller, ok := s.open(v, in.Acting())
	if !ok && in.Switched != "" { // the role's session has ended before its user's
		back := *in
		back.Switched, back.Name = "", ""
		in = &back
		acting, caller, ok = s.open(v, in.Acting())
	}
	return in, acting, caller, ok
}

// lasts reports whether a sign-in has not ended, by time or because its
// password is another or gone.
func (s *Service) lasts(v *visit, in *state.SignIn) bool {
	if !v.now.Before(in.Expires) {
		return false
	}
	return in.Password == "" || s.samePassword(v.snap, in)
}

// samePassword reports whether the password is still the one by which its
// holder signed in.
func (s *Service) samePassword(snap *state.Snapshot, in *state.SignIn) bool {
	l, ok := snap.LoginProfile(in.PrincipalID)
	return ok && l.PasswordID() == in.Password
}

// open opens a session token that a sign-in holds.
func (s *Service) open(v *visit, token string) (*authz.Session, *authz.Caller, bool) {
	opened, err := s.Sessions.Open(v.snap, token)
	if err != nil || !v.now.Before(opened.Expires) {
		return nil, nil, false
	}
	caller, ok := authz.ForSession(v.snap, opened)
	return opened, caller, ok
}

// signOut ends the sign-in; who is not signed in is signed out.
func (s *Service) signOut(v *visit) {
	if v.signIn != nil {
		if fail := s.end(v, v.signIn, v.caller); fail != nil {
			v.refuse(fail)
			return
		}
	}
	s.setCookie(v, sessionCookie, "")
	v.redirect("/signin")
}

// end records Logout and forgets the sign-in.
func (s *Service) end(v *visit, in *state.SignIn, who *authz.Caller) *shape.Error {
	return s.Pipeline.Perform(v.r, who, &api.Act{
		Name: "Logout", Type: api.ConsoleSignIn,
		Do: func(ctx context.Context, c *api.Call) error {
			_, err := api.Update(ctx, c, func(tx *state.Tx) (*struct{}, error) {
				if kept, ok := tx.SignIn(in.Digest); ok {
					tx.DeleteSignIn(kept)
				}
				return nil, nil
			})
			return err
		},
	})
}
