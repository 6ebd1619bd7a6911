package iam

import (
	"context"
	"fmt"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/password"
	"github.com/writ-iam/writ/internal/state"
)

func (s *Service) addLogin(t *api.Table) {
	api.Op(t, "CreateLoginProfile", createsLoginProfile, s.createLoginProfile)
	api.Op(t, "GetLoginProfile", getsLoginProfile, s.getLoginProfile)
	api.Op(t, "UpdateLoginProfile", updatesLoginProfile, s.updateLoginProfile)
	api.Op(t, "DeleteLoginProfile", deletesLoginProfile, s.deleteLoginProfile)
	api.Op(t, "ChangePassword", changesPassword, s.changePassword)
	api.Op(t, "GetAccountPasswordPolicy", getsPasswordPolicy, s.getPasswordPolicy)
	api.Op(t, "UpdateAccountPasswordPolicy", updatesPasswordPolicy, s.updatePasswordPolicy)
	api.Op(t, "DeleteAccountPasswordPolicy", deletesPasswordPolicy, s.deletePasswordPolicy)
}

func createsLoginProfile(c *api.Call, in *iamapi.CreateLoginProfileInput) []api.Check {
	return onSelf(c, in.UserName)
}

func (s *Service) createLoginProfile(ctx context.Context, c *api.Call, in *iamapi.CreateLoginProfileInput) (*iamapi.CreateLoginProfileOutput, error) {
	if in.Password == nil { // without one only sessions of AssumeRoot make a profile
		return nil, invalid(noPassword)
	}
	who, err := userSelf(c, c.Snapshot, in.UserName)
	if err != nil {
		return nil, err
	}
	if _, has := c.Snapshot.LoginProfile(who.ID); has {
		return nil, exists(loginExists, who.Name)
	}
	if err := conforms(c.Snapshot, c.Account, *in.Password); err != nil {
		return nil, err
	}
	hash, err := password.Hash(ctx, s.rand, *in.Password)
	if err != nil {
		return nil, fmt.Errorf("hash a password: %w", err)
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateLoginProfileOutput, error) {
		who, err := userSelf(c, tx.Snapshot, in.UserName)
		if err != nil {
			return nil, err
		}
		if _, has := tx.LoginProfile(who.ID); has {
			return nil, exists(loginExists, who.Name)
		}
		if err := conforms(tx.Snapshot, c.Account, *in.Password); err != nil {
			return nil, err
		}
		l := &state.LoginProfile{
			UserID: who.ID, Account: c.Account, Hash: state.Secret(hash), Created: tx.Now(), Changed: tx.Now(),
			ResetRequired: or(in.PasswordResetRequired, false),
		}
		tx.PutLoginProfile(l)
		return &iamapi.CreateLoginProfileOutput{LoginProfile: loginShape(who, l)}, nil
	})
}

func getsLoginProfile(c *api.Call, in *iamapi.GetLoginProfileInput) []api.Check {
	return onSelf(c, in.UserName)
}

func (s *Service) getLoginProfile(_ context.Context, c *api.Call, in *iamapi.GetLoginProfileInput) (*iamapi.GetLoginProfileOutput, error) {
	who, l, err := ownLogin(c, c.Snapshot, in.UserName)
	if err != nil {
		return nil, err
	}
	return &iamapi.GetLoginProfileOutput{LoginProfile: loginShape(who, l)}, nil
}

func updatesLoginProfile(c *api.Call, in *iamapi.UpdateLoginProfileInput) []api.Check {
	return only(users.on(c, in.UserName))
}

// updateLoginProfile implements UpdateLoginProfile: whoever may, sets another's
// password without knowing the old one.
func (s *Service) updateLoginProfile(ctx context.Context, c *api.Call, in *iamapi.UpdateLoginProfileInput) (*iamapi.UpdateLoginProfileOutput, error) {
	_, before, err := ownLogin(c, c.Snapshot, &in.UserName)
	if err != nil {
		return nil, err
	}
	hash := ""
	if in.Password != nil {
		if hash, err = s.newHash(ctx, c, before, *in.Password); err != nil {
			return nil, err
		}
	}
	return write[iamapi.UpdateLoginProfileOutput](ctx, c, func(tx *state.Tx) error {
		_, l, err := ownLogin(c, tx.Snapshot, &in.UserName)
		if err != nil {
			return err
		}
		changed := *l
		changed.ResetRequired = or(in.PasswordResetRequired, l.ResetRequired)
		if in.Password != nil {
			if err := stillFits(tx.Snapshot, before, l, *in.Password); err != nil {
				return err
			}
			changed.SetHash(hash, tx.Now())
		}
		tx.PutLoginProfile(&changed)
		return nil
	})
}

func deletesLoginProfile(c *api.Call, in *iamapi.DeleteLoginProfileInput) []api.Check {
	return onSelf(c, in.UserName)
}

func (s *Service) deleteLoginProfile(ctx context.Context, c *api.Call, in *iamapi.DeleteLoginProfileInput) (*iamapi.DeleteLoginProfileOutput, error) {
	return write[iamapi.DeleteLoginProfileOutput](ctx, c, func(tx *state.Tx) error {
		_, l, err := ownLogin(c, tx.Snapshot, in.UserName)
		if err != nil {
			return err
		}
		tx.DeleteLoginProfile(l)
		return nil
	})
}

// changesPassword: a password policy may let all users change their own
// passwords, as if an identity-based policy allowed it. What denies or limits
// still does. See "Permit IAM users to change their own passwords" in the IAM
// User Guide.
func changesPassword(c *api.Call, _ *iamapi.ChangePasswordInput) []api.Check {
	return unlessUsersMay(c, onSelf(c, nil))
}

func unlessUsersMay(c *api.Call, checks []api.Check) []api.Check {
	p, ok := c.Snapshot.PasswordPolicy(c.Account)
	if !ok || !p.UsersChange || c.Caller.Kind != engine.User || len(checks) != 1 {
		return checks
	}
	checks[0].Granted = "AllowUsersToChangePassword"
	return checks
}

// changePassword implements ChangePassword. Each guess at the old password
// counts before it is looked at, so that many at once get no further. A password
// that has expired can be changed here whatever HardExpiry says, which is for
// the sign-in page: see AccountPasswordPolicy in the IAM API Reference.
func (s *Service) changePassword(ctx context.Context, c *api.Call, in *iamapi.ChangePasswordInput) (*iamapi.ChangePasswordOutput, error) {
	if c.Caller.Kind != engine.User {
		return nil, iamapi.InvalidUserType(onlyUsersChange)
	}
	before, err := s.countGuess(ctx, c)
	if err != nil {
		return nil, err
	}
	right, err := password.Matches(ctx, string(before.Hash), in.OldPassword)
	if err != nil {
		return nil, fmt.Errorf("compare the password of %s: %w", before.UserID, err)
	}
	if !right {
		return nil, denied(wrongOldPassword)
	}
	hash, err := s.newHash(ctx, c, before, in.NewPassword)
	if err != nil {
		return nil, err
	}
	return write[iamapi.ChangePasswordOutput](ctx, c, func(tx *state.Tx) error {
		_, l, err := ownLogin(c, tx.Snapshot, nil)
		if err != nil {
			return err
		}
		if err := stillFits(tx.Snapshot, before, l, in.NewPassword); err != nil {
			return err
		}
		changed := *l
		changed.SetHash(hash, tx.Now())
		changed.ResetRequired = false
		tx.PutLoginProfile(&changed)
		return nil
	})
}

// countGuess counts a guess at the caller's password as a wrong one, which the
// change that follows a right one takes back.
func (s *Service) countGuess(ctx context.Context, c *api.Call) (before *state.LoginProfile, err error) {
	err = api.Count(ctx, c, func(tx *state.Tx) error {
		_, l, err := ownLogin(c, tx.Snapshot, nil)
		if err != nil {
			return err
		}
		if l.Attempts.Blocked(tx.Now()) {
			return iamapi.EntityTemporarilyUnmodifiable(tooManyGuesses)
		}
		before = l
		changed := *l
		changed.Attempts = l.Attempts.More(tx.Now())
		tx.PutLoginProfile(&changed)
		return nil
	})
	return before, err
}

// newHash hashes a user's next password, which must conform to the account's
// policy. It takes long: never inside an update.
func (s *Service) newHash(ctx context.Context, c *api.Call, l *state.LoginProfile, next string) (string, error) {
	if err := conforms(c.Snapshot, c.Account, next); err != nil {
		return "", err
	}
	if p, ok := c.Snapshot.PasswordPolicy(c.Account); ok && p.Reuse > 0 {
		for _, old := range l.Hashes(p.Reuse) {
			same, err := password.Matches(ctx, old, next)
			if err != nil {
				return "", fmt.Errorf("compare a former password of %s: %w", l.UserID, err)
			}
			if same {
				return "", iamapi.PasswordPolicyViolation(badPassword)
			}
		}
	}
	hash, err := password.Hash(ctx, s.rand, next)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// stillFits reports what changed since a password was judged and hashed.
func stillFits(snap *state.Snapshot, before, now *state.LoginProfile, next string) error {
	if before.Hash != now.Hash {
		return iamapi.EntityTemporarilyUnmodifiable(changedMeanwhile)
	}
	return conforms(snap, now.Account, next)
}

// userSelf is self for what the root user of an account does not have here.
func userSelf(c *api.Call, snap *state.Snapshot, name *string) (*state.User, error) {
	who, err := self(c, snap, name)
	if err != nil {
		return nil, err
	}
	if who.user == nil {
		return nil, invalid(mustNameUser)
	}
	return who.user, nil
}

// ownLogin returns the login profile of the user of that name, or of the
// caller.
func ownLogin(c *api.Call, snap *state.Snapshot, name *string) (*state.User, *state.LoginProfile, error) {
	who, err := userSelf(c, snap, name)
	if err != nil {
		return nil, nil, err
	}
	l, ok := snap.LoginProfile(who.ID)
	if !ok {
		return nil, nil, notFound(loginMissing, who.Name)
	}
	return who, l, nil
}

func loginShape(u *state.User, l *state.LoginProfile) iamapi.LoginProfile {
	return iamapi.LoginProfile{UserName: u.Name, CreateDate: l.Created, PasswordResetRequired: &l.ResetRequired}
}
