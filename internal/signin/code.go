package signin

import (
	"net/http"
	"strings"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/mfa"
	"github.com/writ-iam/writ/internal/state"
)

// stepForm is a page between the first one and the destination.
type stepForm struct{ Step, Destination string }

// showCode shows the page for the code of an MFA device. Only who knows the
// password sees it.
func (s *Service) showCode(v *visit, _ *proof, status int, sealed, problem string) {
	v.show(status, "code.html", view{
		Title: "Multi-factor authentication", Error: problem,
		Data: stepForm{Step: sealed, Destination: s.leadsTo(v, v.get("destination"))},
	})
}

// signInByCode takes the form of that page.
func (s *Service) signInByCode(v *visit) {
	f, ok := v.fields("step", "code", "destination")
	if !ok {
		return
	}
	st, p, err := s.openStep(v, toCode, f["step"])
	if err != nil {
		s.beginAgain(v)
		return
	}
	again := func(status int, problem string) { s.showCode(v, p, status, f["step"], problem) }
	if !s.mayTry(v, again) {
		return
	}
	end, err := s.takeCode(v, st, p, strings.ReplaceAll(f["code"], " ", ""))
	switch {
	case err != nil:
		s.broken(v, err)
	case end == codeRight:
		v.snap = s.DB.Snapshot()
		s.proceed(v, p)
	case end == stepSpent:
		s.beginAgain(v)
	default:
		again(http.StatusForbidden, incorrect)
	}
}

// outcome is what came of a code.
type outcome int

const (
	codeWrong outcome = iota
	codeRight
	codeUnseen // too many wrong ones before
	stepSpent
)

// takeCode has the user's devices take a guess at their code: any of them may
// have shown it. A right code is taken, and with it the step; a wrong one counts
// for every device, and is recorded. The proof then has the code.
func (s *Service) takeCode(v *visit, st *step, p *proof, code string) (outcome, error) {
	guesses := make(map[string]mfa.Guess)
	for _, d := range v.snap.MFADevicesOf(p.user.ID) {
		guesses[d.ARN()] = mfa.One(d, code, v.now)
	}
	var end outcome
	err := s.DB.Update(lasting(v), func(tx *state.Tx) error {
		var taken *state.MFADevice
		if end, taken = judge(tx, p.user.ID, guesses); taken == nil {
			return nil
		}
		if !st.spend(tx, p.user.Account) {
			end = stepSpent
			return nil
		}
		tx.PutMFADevice(taken)
		p.mfa, p.device = tx.Now(), taken.ARN()
		return nil
	})
	if err != nil || end != codeWrong {
		return end, err
	}
	return end, s.failed(v, authz.Claimed(p.user.Account, p.user), "Failed authentication", "Yes", func(*state.Tx) {})
}

// judge returns the device that a guess is right of, as it is behind that.
// Without one it keeps the wrong guess with every device that looked at it.
func judge(tx *state.Tx, userID string, guesses map[string]mfa.Guess) (outcome, *state.MFADevice) {
	end := codeUnseen
	var wrong []*state.MFADevice
	for _, d := range tx.MFADevicesOf(userID) {
		guess, ok := guesses[d.ARN()]
		if !ok {
			continue
		}
		after, right := guess.Take(d, tx.Now())
		if right {
			return codeRight, after
		}
		if after != nil {
			wrong = append(wrong, after)
		}
	}
	for _, d := range wrong {
		end = codeWrong
		tx.PutMFADevice(d)
	}
	return end, nil
}
