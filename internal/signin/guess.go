package signin

import (
	"context"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/password"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// longestPassword is longer than any that IAM takes: 128 characters of Latin-1.
const longestPassword = 512

// hashWait is how long a guess waits for its turn while many are hashed.
const hashWait = 10 * time.Second

// guess looks at a password for a claim and returns the user when it is right;
// nil says that it is not, and never why: there is no such account or user, the
// user has no password, another one, or too many have been tried.
//
// All of these do the same work: a commit that counts the guess, a hash, a
// commit that settles it, in which rides the event of a failure, if it has one.
func (s *Service) guess(v *visit, c claim, given string) (*proof, error) {
	var u *state.User
	var l *state.LoginProfile
	look := false
	err := s.DB.Update(v.r.Context(), func(tx *state.Tx) error {
		u, l = c.find(tx.Snapshot)
		var set time.Time
		if l != nil {
			set = l.Changed
		}
		look = tx.CountSignIn(c.digest(), set)
		return nil
	})
	if err != nil {
		return nil, err
	}
	hash := password.Nobodys
	if look && l != nil {
		hash = string(l.Hash)
	}
	if len(given) > longestPassword {
		given = "" // which nobody's password is
	}
	ctx, cancel := context.WithTimeout(v.r.Context(), hashWait)
	defer cancel()
	same, err := s.matches(ctx, hash, given)
	if err != nil {
		return nil, err
	}
	if !same || hash == password.Nobodys {
		return nil, s.wrongPassword(v, c, u, look)
	}
	p := &proof{user: u, login: l}
	return p, s.rightPassword(v, c, p)
}

// imaginaryEvents is how many failures with names that nobody has are recorded
// in a minute: there is no end of such names, and each would have its guesses.
const imaginaryEvents = 60

// wrongPassword keeps a wrong guess counted. It is recorded where the account
// is held here, unless it was not looked at.
func (s *Service) wrongPassword(v *visit, c claim, u *state.User, looked bool) error {
	settle := func(tx *state.Tx) { tx.SettleSignIn(c.digest(), false) }
	_, held := v.snap.Account(c.account)
	if !held || !looked || u == nil && !s.imaginary.AllowN(v.now, 1) {
		return s.DB.Update(lasting(v), func(tx *state.Tx) error { settle(tx); return nil })
	}
	why := "Failed authentication"
	if u == nil {
		why = "No username found in supplied account"
	}
	return s.failed(v, authz.Claimed(c.account, u), why, "No", settle)
}

// failed records a ConsoleLogin that failed, in one commit with what settle
// writes. See "AWS Management Console sign-in events" in the AWS CloudTrail
// User Guide.
func (s *Service) failed(v *visit, who *authz.Caller, why, mfaUsed string, settle func(tx *state.Tx)) error {
	return s.note(v, who, &notice{
		name: "ConsoleLogin", outcome: "Failure", failure: why, settle: settle,
		additional: map[string]string{"LoginTo": s.loginTo(v), "MobileVersion": "No", "MFAUsed": mfaUsed},
	})
}

// rightPassword takes the count back. Where a code is asked for next, that is
// an event.
func (s *Service) rightPassword(v *visit, c claim, p *proof) error {
	settle := func(tx *state.Tx) { tx.SettleSignIn(c.digest(), true) }
	if len(v.snap.MFADevicesOf(p.user.ID)) == 0 {
		return s.DB.Update(lasting(v), func(tx *state.Tx) error { settle(tx); return nil })
	}
	return s.note(v, authz.Claimed(c.account, p.user), &notice{
		name: "CheckMfa", outcome: "Success", settle: settle, additional: map[string]string{"MfaType": "Virtual MFA"},
	})
}

// notice is an event of signing in that nobody has to be allowed.
type notice struct {
	name, outcome string
	failure       string
	additional    map[string]string
	settle        func(tx *state.Tx) // in the same commit
}

func (s *Service) note(v *visit, who *authz.Caller, n *notice) error {
	fail := s.Pipeline.Perform(v.r.WithContext(lasting(v)), who, &api.Act{
		Name: n.name, Type: api.ConsoleSignIn,
		Do: func(ctx context.Context, c *api.Call) error {
			c.Describe(nil, object(map[string]string{n.name: n.outcome}))
			c.Add(object(n.additional))
			c.Failed(n.failure)
			_, err := api.Update(ctx, c, func(tx *state.Tx) (*struct{}, error) {
				n.settle(tx)
				return nil, nil
			})
			return err
		},
	})
	return plain(fail)
}

// plain is an error of an act as an error: a nil one is nil.
func plain(fail *shape.Error) error {
	if fail == nil {
		return nil
	}
	return fail
}

// lasting is the context for what is written about a guess: who guesses and
// hangs up has guessed.
func lasting(v *visit) context.Context { return context.WithoutCancel(v.r.Context()) }
