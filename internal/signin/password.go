package signin

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// What the sign-in page says.
const (
	incorrect  = "Your authentication information is incorrect. Please try again."
	tooOften   = "Too many tries from your network. Wait a minute and try again."
	tooBusy    = "Too many people are signing in just now. Try again in a moment."
	hasExpired = "Your password has expired. An administrator has to set a new one."
)

// signInForm is the first page: who, the password, and where to afterwards.
type signInForm struct {
	Account, User, Destination string

	Signed *identity // who is signed in already
}

// Longer values are not shown again: no account, alias or user name is.
const (
	longestAccount = 63
	longestUser    = 64
)

// signInPage asks for user name and password.
func (s *Service) signInPage(v *visit) {
	f := signInForm{Account: v.get("account"), Destination: s.leadsTo(v, v.get("destination"))}
	if v.signIn != nil {
		id := identityOf(v.snap, v.caller)
		f.Signed = &id
	}
	s.showSignIn(v, http.StatusOK, f, "")
}

func (s *Service) showSignIn(v *visit, status int, f signInForm, problem string) {
	if len(f.Account) > longestAccount {
		f.Account = ""
	}
	if len(f.User) > longestUser {
		f.User = ""
	}
	v.show(status, "signin.html", view{Title: "Sign in", Error: problem, Data: f})
}

// signInByPassword takes the first page's form.
func (s *Service) signInByPassword(v *visit) {
	f, ok := v.fields("account", "username", "password", "destination")
	if !ok {
		return
	}
	form := signInForm{Account: f["account"], User: f["username"], Destination: s.leadsTo(v, f["destination"])}
	again := func(status int, problem string) { s.showSignIn(v, status, form, problem) }
	if !s.mayTry(v, again) {
		return
	}
	p, err := s.guess(v, newClaim(v.snap, f["account"], f["username"]), f["password"])
	switch {
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
		again(http.StatusServiceUnavailable, tooBusy)
	case err != nil:
		s.broken(v, err)
	case p == nil:
		again(http.StatusForbidden, incorrect)
	default:
		v.snap = s.DB.Snapshot()
		s.proceed(v, p)
	}
}

// mayTry holds the visit against the limit of its address; when it may not, it
// answers and reports false.
func (s *Service) mayTry(v *visit, again func(status int, problem string)) bool {
	if s.tries.allow(s.Pipeline.SourceIP(v.r), v.now) {
		return true
	}
	v.w.Header().Set("Retry-After", "60")
	again(http.StatusTooManyRequests, tooOften)
	return false
}

// proceed asks for what is still wanting, and else signs in.
func (s *Service) proceed(v *visit, p *proof) {
	switch {
	case p.mfa.IsZero() && len(v.snap.MFADevicesOf(p.user.ID)) > 0:
		s.ask(v, toCode, p, s.showCode)
	case expired(v, p) && hardExpiry(v.snap, p):
		v.fail(http.StatusForbidden, hasExpired)
	case p.login.ResetRequired || expired(v, p):
		s.ask(v, toNewPassword, p, s.showNewPassword)
	default:
		s.enter(v, p)
	}
}

// expired reports whether the account's password policy lets the password pass
// no more.
func expired(v *visit, p *proof) bool {
	policy, _ := v.snap.PasswordPolicy(p.user.Account)
	end := p.login.Expires(policy)
	return !end.IsZero() && !v.now.Before(end)
}

// hardExpiry reports whether users of the account cannot renew a password that
// has expired.
func hardExpiry(snap *state.Snapshot, p *proof) bool {
	policy, ok := snap.PasswordPolicy(p.user.Account)
	return ok && policy.HardExpiry != nil && *policy.HardExpiry
}

// enter begins the sign-in of who has shown everything.
func (s *Service) enter(v *visit, p *proof) {
	additional := map[string]string{"LoginTo": s.loginTo(v), "MobileVersion": "No", "MFAUsed": "No"}
	if !p.mfa.IsZero() {
		additional["MFAUsed"], additional["MFAIdentifier"] = "Yes", p.device
	}
	now := v.now.UTC().Truncate(time.Second)
	fail := s.begin(v, &beginning{
		caller: authz.ForUser(p.user),
		session: &session.Session{
			Kind: session.SignedIn, Account: p.user.Account, PrincipalID: p.user.ID,
			Issued: now, Expires: now.Add(longest), MFA: p.mfa,
		},
		password: p.login.PasswordID(), additional: additional,
		also: func(tx *state.Tx) error { return usePassword(tx, p) },
	})
	switch {
	case fail == nil:
		v.redirect(s.leadsTo(v, v.get("destination")))
	case fail.Status >= http.StatusInternalServerError:
		v.refuse(fail)
	default: // the user, the password or its devices are others than a moment ago
		s.beginAgain(v)
	}
}

// usePassword notes the use of a password that must still be the user's, and
// enough.
func usePassword(tx *state.Tx, p *proof) error {
	u, ok := tx.UserByID(p.user.ID)
	l, has := tx.LoginProfile(p.user.ID)
	if !ok || !has || l.Hash != p.login.Hash || l.ResetRequired || p.mfa.IsZero() && len(tx.MFADevicesOf(p.user.ID)) > 0 {
		return &shape.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: beginAnew}
	}
	used := *u
	used.PasswordLastUsed = tx.Now()
	tx.PutUser(&used)
	return nil
}

// loginTo is where a sign-in leads as its event has it: without the query,
// which may be for the destination alone.
func (s *Service) loginTo(v *visit) string {
	path, _, _ := strings.Cut(s.leadsTo(v, v.get("destination")), "?")
	return s.Pipeline.Endpoint(v.r) + path
}
