package signin

import (
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/state"
)

// claim says whom somebody wants to sign in as, in one spelling however it was
// typed: otherwise each spelling would have guesses of its own.
type claim struct {
	account string // id; what was typed when that is no account
	user    string // name in lower case
}

func newClaim(snap *state.Snapshot, account, user string) claim {
	account = strings.ToLower(strings.TrimSpace(account))
	if id := strings.ReplaceAll(account, "-", ""); arn.IsAccount(id) {
		account = id
	} else if a, ok := snap.Alias(account); ok {
		account = a.ID
	}
	return claim{account, strings.ToLower(strings.TrimSpace(user))}
}

// digest is under what guesses at the claim's password are counted.
func (c claim) digest() string { return state.Digest("sign-in attempts", c.account, c.user) }

// find returns the user of a claim and the user's password; nil for what there
// is not.
func (c claim) find(snap *state.Snapshot) (*state.User, *state.LoginProfile) {
	u, ok := snap.User(c.account, c.user)
	if !ok {
		return nil, nil
	}
	l, ok := snap.LoginProfile(u.ID)
	if !ok {
		return u, nil
	}
	return u, l
}
