package signin

import (
	"io"
	"net/http"
)

// federationPage answers what brokers and command lines ask of AWS's federation
// endpoint. See "Enable custom identity broker access to the AWS console" in
// the IAM User Guide. Issuer, to which AWS sends people back, is not followed:
// anybody may have written it.
func (s *Service) federationPage(v *visit) {
	action, ok := v.one("Action")
	reads := v.r.Method != http.MethodPost
	switch {
	case v.r.Method == http.MethodHead: // asks what there is, and must change nothing
		v.say(http.StatusOK, "")
	case ok && action == "getSigninToken":
		s.getSigninToken(v)
	case ok && action == "login" && reads:
		s.tokenLoginPage(v)
	case ok && action == "logout" && reads:
		s.signOutPage(v)
	default:
		v.say(http.StatusBadRequest, "Action has to be getSigninToken, or in a link login or logout.")
	}
}

// say answers a program with a line of text.
func (v *visit) say(status int, text string) {
	v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	v.w.WriteHeader(status)
	io.WriteString(v.w, text+"\n") // an error means that the client is gone
}

// signOutPage asks whether to sign out: a link by itself must not do it.
func (s *Service) signOutPage(v *visit) {
	s.recognize(v)
	if v.signIn == nil {
		v.redirect("/signin")
		return
	}
	if s.openForms(v) {
		v.show(http.StatusOK, "signout.html", view{Title: "Sign out?", Data: identityOf(v.snap, v.caller)})
	}
}
