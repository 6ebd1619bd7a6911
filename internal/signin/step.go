package signin

import (
	"errors"
	"net/http"
	"time"

	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
)

// proof is what somebody has shown of being a user.
type proof struct {
	user   *state.User
	login  *state.LoginProfile // of the password that was right
	mfa    time.Time           // when a code was right; zero without one
	device string              // that showed it
}

// What a step leads to, the password having been right.
const (
	toCode        session.Purpose = "sign-in: code"
	toNewPassword session.Purpose = "sign-in: new password"
)

// step is a proof on its way through a form: sealed, for a short time, for one
// browser and one password, and of no use without what the form asks for.
type step struct {
	ID       string `json:"i"`
	User     string `json:"u"` // unique id
	Password string `json:"p"` // its PasswordID
	Form     string `json:"f"` // form token of the browser
	Until    int64  `json:"e"`
	MFA      int64  `json:"m,omitempty"`
	Device   string `json:"d,omitempty"`
}

const stepLasts = 5 * time.Minute

// sealStep is the hidden field that carries a proof to the next page.
func (s *Service) sealStep(v *visit, purpose session.Purpose, p *proof) (string, error) {
	id, err := awsid.NewUUID(s.Rand)
	if err != nil {
		return "", err
	}
	st := step{
		ID: id, User: p.user.ID, Password: p.login.PasswordID(), Form: v.formToken,
		Until: v.now.Add(stepLasts).Unix(), Device: p.device,
	}
	if !p.mfa.IsZero() {
		st.MFA = p.mfa.Unix()
	}
	return s.Sessions.SealFor(v.snap, purpose, st)
}

// ask seals the proof and shows the page that asks for what is wanting.
func (s *Service) ask(v *visit, purpose session.Purpose, p *proof, show func(v *visit, p *proof, status int, sealed, problem string)) {
	sealed, err := s.sealStep(v, purpose, p)
	if err != nil {
		s.broken(v, err)
		return
	}
	show(v, p, http.StatusOK, sealed, "")
}

// errStep reports a step that leads nowhere.
var errStep = errors.New("the step is of another browser, too old, or of a password that is another now")

// openStep opens what sealStep sealed. The user must still be there with the
// same password. Any error is errStep.
func (s *Service) openStep(v *visit, purpose session.Purpose, text string) (*step, *proof, error) {
	st := new(step)
	if s.Sessions.OpenFor(v.snap, purpose, text, st) != nil || st.Form != v.formToken || v.now.Unix() >= st.Until {
		return nil, nil, errStep
	}
	p := &proof{device: st.Device}
	if st.MFA != 0 {
		p.mfa = time.Unix(st.MFA, 0).UTC()
	}
	var ok, has bool
	p.user, ok = v.snap.UserByID(st.User)
	p.login, has = v.snap.LoginProfile(st.User)
	if !ok || !has || p.login.PasswordID() != st.Password {
		return nil, nil, errStep
	}
	return st, p, nil
}

// spend takes a step, which leads on once.
func (st *step) spend(tx *state.Tx, account string) bool {
	return tx.Spend(&state.Spent{Account: account, Digest: state.Digest("sign-in step", st.ID), Until: time.Unix(st.Until, 0).UTC()})
}

const beginAnew = "Your sign-in took too long, or was begun in another browser. Sign in again."

// beginAgain answers with the first page.
func (s *Service) beginAgain(v *visit) {
	s.showSignIn(v, http.StatusForbidden, signInForm{Destination: s.leadsTo(v, v.get("destination"))}, beginAnew)
}
