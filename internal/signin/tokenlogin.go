package signin

import (
	"net/http"
	"strings"
	"time"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// staleLink answers sign-in links that lead nowhere; which of the reasons it is
// it does not tell.
const staleLink = "This sign-in link is not valid, or not any more: it works once, within 15 minutes. Get a new one where this one came from."

// tokenLogin is a sign-in by a sign-in token.
type tokenLogin struct {
	token       *signInToken
	held        *authz.Session
	caller      *authz.Caller
	destination string // path of this installation
}

// tokenLoginPage is the link that a sign-in token stands in. Whoever made the
// link chose who is signed in by it: a browser that is signed in as somebody
// else is asked, and only a link that a person opens counts.
func (s *Service) tokenLoginPage(v *visit) {
	if !opened(v.r) {
		v.fail(http.StatusForbidden, "A sign-in link works when it is opened as a page of its own.")
		return
	}
	in, ok := s.tokenLogin(v)
	if !ok {
		return
	}
	s.recognize(v)
	if v.signIn != nil && !s.signedInAs(v, in.held) {
		s.askToReplace(v, in)
		return
	}
	s.logIn(v, in)
}

// replaceLogin signs in by a sign-in token whoever was asked by askToReplace.
func (s *Service) replaceLogin(v *visit) {
	if in, ok := s.tokenLogin(v); ok {
		s.logIn(v, in)
	}
}

// opened reports whether a person opens the page: no frame, no image, and no
// browser that loads ahead. A browser that says nothing of it is believed.
// See Fetch Metadata Request Headers.
func opened(r *http.Request) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	ahead := r.Header.Get("Sec-Purpose") + r.Header.Get("Purpose") + r.Header.Get("X-Moz")
	return (dest == "" || dest == "document") && !strings.Contains(ahead, "prefetch") && !strings.Contains(ahead, "prerender")
}

// tokenLogin reads token and destination. When it cannot, it answers and
// reports false; the token is not spent yet.
func (s *Service) tokenLogin(v *visit) (*tokenLogin, bool) {
	destination, once := v.one("Destination")
	path, ok := landing(s.Pipeline.Endpoint(v.r), destination)
	if !once || !ok {
		v.fail(http.StatusBadRequest, "The Destination of this link is neither a page of this site nor one of the AWS console.")
		return nil, false
	}
	in := &tokenLogin{token: &signInToken{}, destination: path}
	text, once := v.one("SigninToken")
	if !once || s.Sessions.OpenFor(v.snap, tokenPurpose, text, in.token) != nil || !v.now.Before(in.token.Ends) {
		v.fail(http.StatusBadRequest, staleLink)
		return nil, false
	}
	if in.held, in.caller, ok = s.open(v, in.token.Session); !ok || !signsIn(in.held) {
		v.fail(http.StatusBadRequest, staleLink)
		return nil, false
	}
	return in, true
}

// signedInAs reports whether it is the holder of a session who has signed in.
func (s *Service) signedInAs(v *visit, held *authz.Session) bool {
	present, _, ok := s.open(v, string(v.signIn.Home))
	return ok && present.Kind == held.Kind && present.PrincipalID == held.PrincipalID && present.Name == held.Name
}

func (s *Service) askToReplace(v *visit, in *tokenLogin) {
	if !s.openForms(v) {
		return
	}
	v.show(http.StatusOK, "replace.html", view{Title: "Sign in as somebody else?", Data: struct {
		Present, Next      identity
		Token, Destination string
	}{identityOf(v.snap, v.caller), identityOf(v.snap, in.caller), v.get("SigninToken"), in.destination}})
}

// logIn spends the token and begins the sign-in. The session stays the one that
// the token was given for, issued when that was: what ends or limits it goes
// on to do so.
func (s *Service) logIn(v *visit, in *tokenLogin) {
	n := *in.held.Session
	n.Expires = consoleEnd(v, in)
	fail := s.begin(v, &beginning{
		caller: in.caller, session: &n, additional: factorUsed(in.held),
		also: func(tx *state.Tx) error {
			if !tx.Spend(&state.Spent{Account: n.Account, Digest: state.Digest("sign-in token", in.token.ID), Until: in.token.Ends}) {
				return &shape.Error{Code: "InvalidParameterValue", Status: http.StatusBadRequest, Message: staleLink}
			}
			return nil
		},
	})
	if fail != nil {
		v.refuse(fail)
		return
	}
	v.redirect(in.destination)
}

// consoleEnd is when the sign-in ends: with the credentials, or after the
// SessionDuration asked for. That may be after the credentials' end, but not
// after what the role allows its sessions since this one was issued: a session
// that is passed on and on must end.
func consoleEnd(v *visit, in *tokenLogin) time.Time {
	end := in.held.Expires
	if in.token.Lasts == 0 {
		return end
	}
	if r, ok := v.snap.RoleByID(in.caller.ID); ok && in.caller.Kind == engine.AssumedRole {
		end = later(end, in.held.Issued.Add(r.MaxSession))
	}
	return earlier(end, v.now.UTC().Truncate(time.Second).Add(time.Duration(in.token.Lasts)*time.Second))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
