package state

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// LoginProfile is the password of a user. Of passwords only hashes are kept.
type LoginProfile struct {
	UserID        string    `cbor:"1,keyasint"`
	Account       string    `cbor:"2,keyasint"`
	Hash          Secret    `cbor:"3,keyasint"`           // as internal/password makes it
	Former        Secret    `cbor:"4,keyasint,omitempty"` // hashes of passwords before, the newest first, a line each
	Created       time.Time `cbor:"5,keyasint"`
	Changed       time.Time `cbor:"6,keyasint"`           // when the password was set
	ResetRequired bool      `cbor:"7,keyasint,omitempty"` // the user must choose another at the next sign-in
	Attempts      Attempts  `cbor:"8,keyasint,omitzero"`
}

// maxFormer is the most that a password policy can look back.
const maxFormer = 24

// Hashes returns the hashes of the newest n passwords, the present one first.
func (l *LoginProfile) Hashes(n int) []string {
	all := []string{string(l.Hash)}
	if l.Former != "" {
		all = append(all, strings.Split(string(l.Former), "\n")...)
	}
	return all[:min(n, len(all))]
}

// PasswordID tells the password apart from those before and after it.
func (l *LoginProfile) PasswordID() string { return Digest("password", string(l.Hash)) }

// SetHash sets another password, and keeps the hash of the one before.
func (l *LoginProfile) SetHash(hash string, now time.Time) {
	l.Former = Secret(strings.Join(l.Hashes(maxFormer), "\n"))
	l.Hash, l.Changed, l.Attempts = Secret(hash), now, Attempts{}
}

// Expires is when the password runs out under a policy; zero is never.
func (l *LoginProfile) Expires(p *PasswordPolicy) time.Time {
	if p == nil || p.MaxAge == 0 {
		return time.Time{}
	}
	return l.Changed.AddDate(0, 0, p.MaxAge)
}

var loginProfiles = table[LoginProfile]{
	prefix:  "login",
	key:     func(l *LoginProfile) string { return l.UserID },
	account: func(l *LoginProfile) string { return l.Account },
	rows:    func(s *Snapshot) *index[*LoginProfile] { return &s.loginProfiles },
	check: func(s *Snapshot, l *LoginProfile) error {
		if u, ok := s.UserByID(l.UserID); !ok || u.Account != l.Account {
			return fmt.Errorf("no user %s in its account", l.UserID)
		}
		if l.Hash == "" {
			return errors.New("no hash")
		}
		return nil
	},
}

// LoginProfile returns the login profile of a user, by the user's unique id.
func (s *Snapshot) LoginProfile(userID string) (*LoginProfile, bool) {
	return s.loginProfiles.get(userID, "", "")
}

// PutLoginProfile adds or replaces a login profile.
func (tx *Tx) PutLoginProfile(l *LoginProfile) { put(tx, &loginProfiles, l) }

// DeleteLoginProfile removes a login profile.
func (tx *Tx) DeleteLoginProfile(l *LoginProfile) { remove(tx, &loginProfiles, l) }

// PasswordPolicy is what an account asks of its users' passwords. An account
// without one has AWS's default policy.
type PasswordPolicy struct {
	Account     string `cbor:"1,keyasint"`
	MinLength   int    `cbor:"2,keyasint"`
	Symbols     bool   `cbor:"3,keyasint,omitempty"`
	Numbers     bool   `cbor:"4,keyasint,omitempty"`
	Uppercase   bool   `cbor:"5,keyasint,omitempty"`
	Lowercase   bool   `cbor:"6,keyasint,omitempty"`
	UsersChange bool   `cbor:"7,keyasint,omitempty"`  // users may change their own
	MaxAge      int    `cbor:"8,keyasint,omitempty"`  // days; 0 is for ever
	Reuse       int    `cbor:"9,keyasint,omitempty"`  // so many passwords cannot be used again
	HardExpiry  *bool  `cbor:"10,keyasint,omitempty"` // users cannot renew one that ran out; nil: not told
}

var passwordPolicies = table[PasswordPolicy]{
	prefix: "pwpolicy",
	key:    func(p *PasswordPolicy) string { return p.Account },
	rows:   func(s *Snapshot) *index[*PasswordPolicy] { return &s.passwordPolicies },
	check: func(s *Snapshot, p *PasswordPolicy) error {
		if _, ok := s.Account(p.Account); !ok {
			return fmt.Errorf("no account %s", p.Account)
		}
		return nil
	},
}

// PasswordPolicy returns the password policy that an account has set.
func (s *Snapshot) PasswordPolicy(account string) (*PasswordPolicy, bool) {
	return s.passwordPolicies.get(account, "", "")
}

// PutPasswordPolicy adds or replaces the password policy of an account.
func (tx *Tx) PutPasswordPolicy(p *PasswordPolicy) { put(tx, &passwordPolicies, p) }

// DeletePasswordPolicy removes the password policy of an account.
func (tx *Tx) DeletePasswordPolicy(p *PasswordPolicy) { remove(tx, &passwordPolicies, p) }
