package signin

import (
	"net/http"
	"net/url"

	"github.com/writ-iam/writ/internal/state"
)

const (
	samlContinuePath = "/saml/continue"
	// samlCookie has the secret of a sign-in by SAML that is not yet the
	// browser's.
	samlCookie = "writ-saml"
)

// samlContinuePage makes a sign-in by SAML the browser's. When somebody else is
// signed in it asks first.
//
// Anybody can have a browser post a response of their own, so that it is signed
// in as them and its user types secrets into their account. Of responses that
// nobody asked for this cannot be told apart; that it happens unseen to who is
// signed in can be. A post from another site comes without the cookie of the
// sign-in (SameSite=Lax), and cannot know of it: so it ends with a redirect to
// here, to which Lax cookies come.
func (s *Service) samlContinuePage(v *visit) {
	destination := s.leadsTo(v, v.get("destination"))
	in, held, caller := s.heldBy(v, samlCookie)
	switch {
	case in == nil:
		v.redirect(destination)
	case v.signIn != nil && !s.signedInAs(v, held):
		v.show(http.StatusOK, "saml_continue.html", view{Title: "Sign in as somebody else?", Data: struct {
			Now, New identity
			SignIn   string
			Action   string
		}{identityOf(v.snap, v.caller), identityOf(v.snap, caller), in.ID, samlContinuePath + "?" + url.Values{"destination": {destination}}.Encode()}})
	default:
		s.take(v, in, destination)
	}
}

// samlContinue does what was answered to the question of samlContinuePage.
func (s *Service) samlContinue(v *visit) {
	in, _, caller := s.heldBy(v, samlCookie)
	asked, ok := v.one("sign_in")
	if in == nil || !ok || asked != in.ID {
		v.fail(http.StatusBadRequest, "This sign-in has ended, or another has begun. Sign in at your identity provider again.")
		return
	}
	if answer, ok := v.one("answer"); !ok || answer != "yes" {
		if fail := s.end(v, in, caller); fail != nil {
			v.refuse(fail)
			return
		}
		s.setCookie(v, samlCookie, "")
		v.redirect(home)
		return
	}
	s.take(v, in, s.leadsTo(v, v.r.URL.Query().Get("destination")))
}

// take makes a sign-in the browser's; the one before ends.
func (s *Service) take(v *visit, in *state.SignIn, destination string) {
	if v.signIn != nil {
		if fail := s.end(v, v.signIn, v.caller); fail != nil {
			v.refuse(fail)
			return
		}
	}
	s.setCookie(v, sessionCookie, s.cookie(v, samlCookie))
	s.setCookie(v, samlCookie, "")
	v.redirect(destination)
}
