package signin

import (
	"net/http"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/session"
)

// newPasswordForm is what the page shows. Only who knows the old password sees
// it, and with it the account's rules.
type newPasswordForm struct {
	stepForm
	Rules []string
}

// showNewPassword shows the page for another password, which comes when an
// administrator asked for one or the old one has expired.
func (s *Service) showNewPassword(v *visit, p *proof, status int, sealed, problem string) {
	v.show(status, "newpassword.html", view{
		Title: "You must change your password to continue", Error: problem,
		Data: newPasswordForm{
			stepForm{Step: sealed, Destination: s.leadsTo(v, v.get("destination"))}, passwordRules(v.snap, p.user.Account),
		},
	})
}

// signInByNewPassword takes the form of that page, and signs in.
func (s *Service) signInByNewPassword(v *visit) {
	f, ok := v.fields("step", "old_password", "new_password", "repeated", "destination")
	if !ok {
		return
	}
	_, p, err := s.openStep(v, toNewPassword, f["step"])
	if err != nil || p.mfa.IsZero() && len(v.snap.MFADevicesOf(p.user.ID)) > 0 {
		s.beginAgain(v)
		return
	}
	again := func(status int, problem string) { s.showNewPassword(v, p, status, f["step"], problem) }
	switch {
	case !s.mayTry(v, again):
	case expired(v, p) && hardExpiry(v.snap, p):
		v.fail(http.StatusForbidden, hasExpired)
	case f["new_password"] != f["repeated"]:
		again(http.StatusBadRequest, "The new password and its repetition differ.")
	default:
		s.changePassword(v, p, f, again)
	}
}

// changePassword carries out ChangePassword as the user, who needs the
// permission, in a session that leaves this function in no form.
func (s *Service) changePassword(v *visit, p *proof, f map[string]string, again func(status int, problem string)) {
	now := v.now.UTC().Truncate(time.Second)
	own := &authz.Session{Session: &session.Session{
		Kind: session.SignedIn, Account: p.user.Account, PrincipalID: p.user.ID,
		Issued: now, Expires: now.Add(stepLasts), MFA: p.mfa,
	}}
	_, fail := s.Pipeline.Invoke(v.r, own, "iam", "ChangePassword", &iamapi.ChangePasswordInput{
		OldPassword: f["old_password"], NewPassword: f["new_password"],
	})
	if fail != nil {
		problem := fail.Message
		if strings.Contains(problem, "not authorized to perform: iam:ChangePassword") {
			problem += ". Ask whoever manages the account: the AWS managed policy IAMUserChangePassword permits it."
		}
		again(fail.Status, problem)
		return
	}
	v.snap = s.DB.Snapshot()
	l, ok := v.snap.LoginProfile(p.user.ID)
	if !ok {
		s.beginAgain(v)
		return
	}
	p.login = l
	s.enter(v, p)
}
