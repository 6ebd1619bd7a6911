package signin

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// visit is a visit of the CLI's to the token endpoint: it sees what is so now,
// also when it goes on later.
func (c *cli) visit() *visit {
	r := httptest.NewRequest("POST", origin+tokenPath, nil)
	r.TLS = new(tls.ConnectionState)
	return &visit{w: httptest.NewRecorder(), r: r, snap: c.world.DB.Snapshot(), now: c.world.Now}
}

// end ends a sign-in behind everybody's back.
func (w *world) end(in *state.SignIn) {
	w.T.Helper()
	w.Update(func(tx *state.Tx) {
		kept, _ := tx.SignIn(in.Digest)
		tx.DeleteSignIn(kept)
	})
}

// TestRedemptionOfEndedSignIn: a sign-in that ends while its code is redeemed
// begins no other one.
func TestRedemptionOfEndedSignIn(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	in := c.redemption(c.code(b))
	v := c.visit()
	w.end(b.signedIn())
	if out, fail := w.signIn.redeem(v, c.client, in, &keyProof{key: "k", id: "1"}); out != nil || fail != codeExpired {
		t.Errorf("%+v, %v", out, fail)
	}
	if n := w.DB.Snapshot().NumSignIns(); n != 0 {
		t.Errorf("%d sign-ins are kept", n)
	}
}

// TestRefreshOfEndedSignIn: who is signed out while a client asks for new
// credentials gives it none.
func TestRefreshOfEndedSignIn(t *testing.T) {
	w, c, in := loggedIn(t)
	v := c.visit()
	own, _ := v.snap.SignIn(refreshDigest(in.RefreshToken))
	proof := &keyProof{key: own.Key, id: "1"}
	if out, fail := w.signIn.refresh(v, c.client, in, &keyProof{key: own.Key, id: "0"}); out == nil {
		t.Fatal(fail)
	}
	w.end(own)
	if out, fail := w.signIn.refresh(v, c.client, in, proof); out != nil || fail != tokenExpired {
		t.Errorf("%+v, %v", out, fail)
	}
}

// TestSwitchAtTheEndOfSignIn: a sign-in that ends before its change commits is
// not changed.
func TestSwitchAtTheEndOfSignIn(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.enter(w.user("ann", "", allowAll))
	in := b.signedIn()
	v := b.visit()
	fail := w.signIn.Pipeline.Perform(v.r, v.caller, &api.Act{
		Name: "SwitchRole", Type: api.ConsoleSignIn,
		Do: func(ctx context.Context, c *api.Call) error {
			w.Now = in.Expires
			return w.signIn.change(ctx, c, v, func(in *state.SignIn) { in.Name = "changed" })
		},
	})
	if fail == nil || fail.Code != "ExpiredToken" || b.signedIn().Name != "" {
		t.Errorf("%v, now %q", fail, b.signedIn().Name)
	}
}

// TestTokenFailures: a client is told to sign in again when its principal is
// gone, and not when the server has failed.
func TestTokenFailures(t *testing.T) {
	w, c, in := loggedIn(t)
	v := c.visit()
	own, _ := v.snap.SignIn(refreshDigest(in.RefreshToken))
	_, caller, ok := w.signIn.open(v, own.Acting())
	if !ok {
		t.Fatal("the client has no session")
	}
	asked := &grant{client: c.client, kind: byRefresh, caller: caller, signIn: own, take: func(*state.Tx) error { return errors.New("no disk") }}
	_, fail := w.signIn.grant(v, asked, in.RefreshToken)
	if fail == nil || fail.Status != 500 || fail.Code != "InternalServerException" || strings.Contains(fail.Message, "disk") {
		t.Errorf("the server fails: %+v", fail)
	}
	u, _ := v.snap.UserByID(own.PrincipalID)
	w.Update(func(tx *state.Tx) { tx.DeleteUser(u) })
	for name, ask := range map[string]func() (*tokenOutput, *shape.Error){
		"grant": func() (*tokenOutput, *shape.Error) { return w.signIn.grant(v, asked, in.RefreshToken) },
		"refresh": func() (*tokenOutput, *shape.Error) {
			return w.signIn.refresh(v, c.client, in, &keyProof{key: own.Key, id: "1"})
		},
	} {
		if out, fail := ask(); out != nil || fail != tokenExpired {
			t.Errorf("%s: the user is gone: %+v, %v", name, out, fail)
		}
	}
}
