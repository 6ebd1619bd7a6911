package state_test

import (
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store/memory"
)

// clientSignIn is a sign-in of a client that a browser let in.
func clientSignIn(digest string, expires time.Time) *state.SignIn {
	return &state.SignIn{
		Digest: digest, ID: "6f1f7b0e-0f43-4c3c-a3b4-90a1c4c0f1de", Account: account, PrincipalID: account, Home: "token",
		Client: "arn:aws:signin:::devtools/same-device", Key: "thumbprint", Redirect: "http://127.0.0.1:1/oauth/callback", Expires: expires,
	}
}

// TestClientSignIns survive a restart with all that a client must prove.
func TestClientSignIns(t *testing.T) {
	st := memory.New()
	db := openWithAccounts(t, state.Options{Store: st})
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.AddSignIn(clientSignIn("a", tx.Now().Add(time.Hour).Truncate(time.Second)))
		return nil
	})
	again := statetest.Open(t, state.Options{Store: st})
	if diff := statetest.Diff(db.Snapshot(), again.Snapshot()); diff != "" {
		t.Errorf("after a restart:\n%s", diff)
	}
	in, ok := again.Snapshot().SignIn("a")
	if !ok || in.Key != "thumbprint" || in.Redirect != "http://127.0.0.1:1/oauth/callback" {
		t.Errorf("%+v", in)
	}
}

// TestSignInInvariants: a client is bound to a key and to where its code went.
func TestSignInInvariants(t *testing.T) {
	for want, change := range map[string]func(*state.SignIn){
		"a client without a key":          func(in *state.SignIn) { in.Key = "" },
		"a client without a redirect URI": func(in *state.SignIn) { in.Redirect = "" },
		"a redirect URI without a client": func(in *state.SignIn) { in.Client, in.Key = "", "" },
		"no account":                      func(in *state.SignIn) { in.Account = "999999999999" },
		"no digest, id":                   func(in *state.SignIn) { in.Home = "" },
	} {
		db, err := state.Open(t.Context(), state.Options{Store: memory.New(), MasterKey: statetest.MasterKey})
		if err != nil {
			t.Fatal(err)
		}
		statetest.Organization(t, db, account)
		statetest.Update(t, db, func(tx *state.Tx) error {
			in := clientSignIn("a", tx.Now().Add(time.Hour))
			change(in)
			tx.AddSignIn(in)
			return nil
		})
		if err := state.Check(db.Snapshot()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Check: %v, want %q", err, want)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
