package signin

import (
	"testing"

	"github.com/writ-iam/writ/internal/state"
)

// TestAliasLikeAnAccount: IAM takes aliases of digits and dashes. One that is
// another account's id, however that is written, does not get the passwords of
// who signs in there, be there such an account yet or not.
func TestAliasLikeAnAccount(t *testing.T) {
	w := newWorld(t)
	w.user("ann", secret, "")
	aliases := []string{account, "1234-5678-9012", "2222-3333-4444", "222233334444", "2222-3333-444"}
	w.Update(func(tx *state.Tx) {
		a := *tx.CreateAccount(state.Account{ID: member, Name: "member"})
		a.Aliases = aliases
		tx.PutAccount(&a)
	})
	for i, want := range []string{account, account, "222233334444", "222233334444", member} {
		if got := newClaim(w.DB.Snapshot(), aliases[i], "ann"); got != (claim{want, "ann"}) {
			t.Errorf("%s: %v", aliases[i], got)
		}
	}
	for _, as := range aliases[:2] {
		w.browser().signIn(as, "ann", secret).enters(t, home)
	}
}
