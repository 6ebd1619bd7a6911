package api_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// perform has who carry out what do does.
func perform(e *apitest.Env, who *authz.Caller, do func(ctx context.Context, c *api.Call) error) *shape.Error {
	return e.Pipeline.Perform(httptest.NewRequest("POST", "https://writ.test/signin", nil), who, &api.Act{Name: "SwitchRole", Type: api.ConsoleSignIn, Do: do})
}

// TestActOfEndedSession: who was signed in when a page began, and is not any
// more, carries nothing out, also where nothing is written.
func TestActOfEndedSession(t *testing.T) {
	for name, test := range map[string]struct {
		kind   session.Kind
		ending func(e *apitest.Env, u *state.User)
		want   string
	}{
		"it lasts":           {session.SignedIn, func(*apitest.Env, *state.User) {}, ""},
		"at its last":        {session.SignedIn, func(e *apitest.Env, _ *state.User) { e.Now = e.Now.Add(time.Hour - time.Second) }, ""},
		"it has ended":       {session.SignedIn, func(e *apitest.Env, _ *state.User) { e.Now = e.Now.Add(time.Hour) }, "ExpiredToken"},
		"the user is gone":   {session.SignedIn, remove, "InvalidClientTokenId"},
		"its issuer is gone": {session.FederatedUser, remove, "InvalidClientTokenId"},
	} {
		t.Run(name, func(t *testing.T) {
			e, _, _, u := newService(t)
			who := signedIn(e, test.kind, u)
			test.ending(e, u)
			done := false
			fail := perform(e, who, func(context.Context, *api.Call) error { done = true; return nil })
			if got := codeOf(fail); got != test.want || done != (test.want == "") {
				t.Errorf("%q, carried out: %t", got, done)
			}
		})
	}
}

// signedIn is the caller of an hour's session of a user.
func signedIn(e *apitest.Env, kind session.Kind, u *state.User) *authz.Caller {
	e.T.Helper()
	snap := e.DB.Snapshot()
	token, _, err := e.Sessions.Issue(snap, &session.Session{
		Kind: kind, Account: u.Account, PrincipalID: u.ID, Name: u.Name, Issued: e.Now, Expires: e.Now.Add(time.Hour),
	})
	if err != nil {
		e.T.Fatal(err)
	}
	s, err := e.Sessions.Open(snap, token)
	if err != nil {
		e.T.Fatal(err)
	}
	who, ok := authz.ForSession(snap, s)
	if !ok {
		e.T.Fatal("the session is nobody's")
	}
	return who
}

func remove(e *apitest.Env, u *state.User) {
	e.Update(func(tx *state.Tx) {
		for _, k := range tx.AccessKeys(u.ID) {
			tx.DeleteAccessKey(k)
		}
		tx.DeleteUser(u)
	})
}

func codeOf(fail *shape.Error) string {
	if fail == nil {
		return ""
	}
	return fail.Code
}

// TestActOfDeletedUser: who has shown a password, and is deleted while it is
// compared, changes nothing.
func TestActOfDeletedUser(t *testing.T) {
	for name, test := range map[string]struct {
		meanwhile func(e *apitest.Env, u *state.User)
		want      string
	}{
		"another change":   {func(e *apitest.Env, u *state.User) { e.Update(func(tx *state.Tx) { tx.PutUser(u) }) }, ""},
		"the user is gone": {remove, "InvalidClientTokenId"},
	} {
		e, _, _, u := newService(t)
		written := false
		fail := perform(e, authz.ForUser(u), func(ctx context.Context, c *api.Call) error {
			test.meanwhile(e, u)
			_, err := api.Update(ctx, c, func(*state.Tx) (*struct{}, error) { written = true; return nil, nil })
			return err
		})
		if got := codeOf(fail); got != test.want || written != (test.want == "") {
			t.Errorf("%s: %q, written: %t", name, got, written)
		}
	}
}
