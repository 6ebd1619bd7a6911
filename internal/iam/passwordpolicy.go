package iam

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// getsPasswordPolicy: users who may change their passwords by the policy may
// read it.
func getsPasswordPolicy(c *api.Call, _ *iamapi.GetAccountPasswordPolicyInput) []api.Check {
	return unlessUsersMay(c, account(c))
}

func (s *Service) getPasswordPolicy(_ context.Context, c *api.Call, _ *iamapi.GetAccountPasswordPolicyInput) (*iamapi.GetAccountPasswordPolicyOutput, error) {
	p, ok := c.Snapshot.PasswordPolicy(c.Account)
	if !ok {
		return nil, notFound(passwordPolicyMissing, c.Account)
	}
	length, expires := int32(p.MinLength), p.MaxAge > 0
	return &iamapi.GetAccountPasswordPolicyOutput{PasswordPolicy: iamapi.PasswordPolicy{
		MinimumPasswordLength: &length, RequireSymbols: &p.Symbols, RequireNumbers: &p.Numbers,
		RequireUppercaseCharacters: &p.Uppercase, RequireLowercaseCharacters: &p.Lowercase,
		AllowUsersToChangePassword: &p.UsersChange, ExpirePasswords: &expires,
		MaxPasswordAge: optional(int32(p.MaxAge)), PasswordReusePrevention: optional(int32(p.Reuse)), HardExpiry: p.HardExpiry,
	}}, nil
}

func updatesPasswordPolicy(c *api.Call, _ *iamapi.UpdateAccountPasswordPolicyInput) []api.Check {
	return account(c)
}

// shortestPassword is the least that a policy can ask for, and what one asks
// for that names no length.
const shortestPassword = 6

// updatePasswordPolicy implements UpdateAccountPasswordPolicy. It sets the
// whole policy: what the request does not have is as if it were new.
func (s *Service) updatePasswordPolicy(ctx context.Context, c *api.Call, in *iamapi.UpdateAccountPasswordPolicyInput) (*iamapi.UpdateAccountPasswordPolicyOutput, error) {
	p := &state.PasswordPolicy{
		Account: c.Account, MinLength: int(or(in.MinimumPasswordLength, shortestPassword)),
		Symbols: or(in.RequireSymbols, false), Numbers: or(in.RequireNumbers, false),
		Uppercase: or(in.RequireUppercaseCharacters, false), Lowercase: or(in.RequireLowercaseCharacters, false),
		UsersChange: or(in.AllowUsersToChangePassword, false), MaxAge: int(or(in.MaxPasswordAge, 0)),
		Reuse: int(or(in.PasswordReusePrevention, 0)), HardExpiry: in.HardExpiry,
	}
	return write[iamapi.UpdateAccountPasswordPolicyOutput](ctx, c, func(tx *state.Tx) error {
		tx.PutPasswordPolicy(p)
		return nil
	})
}

func deletesPasswordPolicy(c *api.Call, _ *iamapi.DeleteAccountPasswordPolicyInput) []api.Check {
	return account(c)
}

func (s *Service) deletePasswordPolicy(ctx context.Context, c *api.Call, _ *iamapi.DeleteAccountPasswordPolicyInput) (*iamapi.DeleteAccountPasswordPolicyOutput, error) {
	return write[iamapi.DeleteAccountPasswordPolicyOutput](ctx, c, func(tx *state.Tx) error {
		p, ok := tx.PasswordPolicy(c.Account)
		if !ok {
			return notFound(accountPolicyMissing)
		}
		tx.DeletePasswordPolicy(p)
		return nil
	})
}

// The kinds of characters that a policy may ask for. See "Set an account
// password policy for IAM users" in the IAM User Guide.
const (
	upperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowerCase = "abcdefghijklmnopqrstuvwxyz"
	digits    = "0123456789"
	symbols   = "!@#$%^&*()_+-=[]{}|'"
)

// conforms returns an error when a password is not what the account's policy
// asks for. Of the default policy, three of four kinds of characters are
// enough, and the password is not the account's name or address.
func conforms(snap *state.Snapshot, account, password string) error {
	has := func(chars string) bool { return strings.ContainsAny(password, chars) }
	length := utf8.RuneCountInString(password)
	ok := false
	if p, set := snap.PasswordPolicy(account); set {
		ok = length >= p.MinLength && (!p.Uppercase || has(upperCase)) && (!p.Lowercase || has(lowerCase)) &&
			(!p.Numbers || has(digits)) && (!p.Symbols || has(symbols))
	} else {
		kinds := 0
		for _, chars := range []string{upperCase, lowerCase, digits, symbols} {
			if has(chars) {
				kinds++
			}
		}
		a, _ := snap.Account(account)
		ok = length >= 8 && kinds >= 3 && !strings.EqualFold(password, a.Name) && !strings.EqualFold(password, a.Email)
	}
	if !ok {
		return iamapi.PasswordPolicyViolation(badPassword)
	}
	return nil
}
