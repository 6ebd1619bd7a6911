package state_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store/memory"
)

func TestTokenKeysLast(t *testing.T) {
	st := memory.New()
	t.Cleanup(func() { st.Close() })
	db := openWithAccounts(t, state.Options{Store: st})
	var want []*state.TokenKey
	statetest.Update(t, db, func(tx *state.Tx) error {
		for _, k := range []state.TokenKey{
			{Account: member, Algorithm: state.RS256, Number: 10}, {Account: member, Algorithm: state.RS256, Number: 9},
			{Account: account, Algorithm: state.RS256, Number: 9}, {Account: member, Algorithm: state.ES384, Number: 9},
		} {
			k.Private, k.Public, k.Created = "private", []byte("public"), tx.Now()
			tx.PutTokenKey(&k)
			want = append(want, &k)
		}
		tx.PutAccountSettings(&state.AccountSettings{Account: member, IssuerID: "i-1", Issuer: "https://writ.test/oidc/i-1"})
		return nil
	})
	gone := &state.TokenKey{Account: member, Algorithm: state.RS256, Number: 1, Private: "private", Public: []byte("public")}
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.PutTokenKey(gone)
		return nil
	})
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.DeleteTokenKey(gone)
		return nil
	})
	again := statetest.Open(t, state.Options{Store: st}).Snapshot()
	got := slices.Collect(again.TokenKeys(member))
	if diff := cmp.Diff([]*state.TokenKey{want[3], want[1], want[0]}, got); diff != "" {
		t.Errorf("-put +read:\n%s", diff)
	}
	if a, ok := again.AccountOfIssuer("i-1"); !ok || a.Account != member {
		t.Errorf("the issuer's account: %v", a)
	}
	if _, ok := again.AccountOfIssuer(""); ok {
		t.Error("accounts without an issuer are found by the empty id")
	}
}
