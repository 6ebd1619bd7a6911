package api_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// verified is an operation that is only read, for a user who needs MFA for it.
func verified(t *testing.T, verify func(e *apitest.Env, c *api.Call, u *state.User) (time.Time, error)) (apitest.Answer, bool) {
	t.Helper()
	var u *state.User
	done := false
	e := apitest.New(t, func(e *apitest.Env) []*api.Table {
		table := api.NewTable(&iamapi.Service)
		api.Verified(table, "ListUsers", func(_ context.Context, c *api.Call, _ *iamapi.ListUsersInput) (time.Time, error) {
			return verify(e, c, u)
		},
			func(*api.Call, *iamapi.ListUsersInput) []api.Check {
				return []api.Check{{Action: "iam:ListUsers", Resource: "*"}}
			},
			func(context.Context, *api.Call, *iamapi.ListUsersInput) (*iamapi.ListUsersOutput, error) {
				done = true
				return &iamapi.ListUsersOutput{}, nil
			})
		return []*api.Table{table}
	})
	doc, err := state.ParseDocument(policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",
		"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericEquals":{"aws:MultiFactorAuthAge":"0"}}}}`, e.Schema)
	if err != nil {
		t.Fatal(err)
	}
	creds := apitest.Root
	e.Update(func(tx *state.Tx) {
		u = &state.User{Account: apitest.Account, ID: tx.NewID(awsid.User), Name: "ann", Path: "/", Created: tx.Now(), Inline: []state.InlinePolicy{{Name: "p", Document: doc}}}
		tx.PutUser(u)
		creds.AccessKeyID = tx.NewAccessKeyID(awsid.AccessKey, apitest.Account)
		tx.PutAccessKey(&state.AccessKey{ID: creds.AccessKeyID, Account: apitest.Account, UserID: u.ID,
			Secret: state.Secret(creds.SecretAccessKey), Active: true, Created: tx.Now(), Seq: tx.NextSeq()})
	})
	return e.Form(creds, "iam", "Action=ListUsers&Version=2010-05-08"), done
}

// TestVerified: what is verified counts for the call; where nothing is, or it
// is wrong, nothing is carried out.
func TestVerified(t *testing.T) {
	for name, c := range map[string]struct {
		verify func(*apitest.Env, *api.Call, *state.User) (time.Time, error)
		status int
	}{
		"right": {func(_ *apitest.Env, c *api.Call, _ *state.User) (time.Time, error) { return c.Now, nil }, 200},
		"none":  {func(*apitest.Env, *api.Call, *state.User) (time.Time, error) { return time.Time{}, nil }, 403},
		"long ago": {func(_ *apitest.Env, c *api.Call, _ *state.User) (time.Time, error) {
			return c.Now.Add(-time.Minute), nil
		}, 403},
		"wrong": {func(*apitest.Env, *api.Call, *state.User) (time.Time, error) {
			return time.Time{}, iamapi.InvalidAuthenticationCode("wrong")
		}, 403},
		"broken": {func(*apitest.Env, *api.Call, *state.User) (time.Time, error) {
			return time.Time{}, errors.New("broken")
		}, 500},
	} {
		if a, done := verified(t, c.verify); a.Status != c.status || done != (c.status == 200) {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}

// TestVerifiedJudgesAgain: a call is judged on the state behind what was
// verified, which takes a while.
func TestVerifiedJudgesAgain(t *testing.T) {
	for name, change := range map[string]func(tx *state.Tx, u *state.User){
		"the permission is gone": func(tx *state.Tx, u *state.User) {
			stripped := *u
			stripped.Inline = nil
			tx.PutUser(&stripped)
		},
		"the key is inactive": func(tx *state.Tx, u *state.User) {
			inactive := *tx.AccessKeys(u.ID)[0]
			inactive.Active = false
			tx.PutAccessKey(&inactive)
		},
		"the user is gone": func(tx *state.Tx, u *state.User) {
			tx.DeleteAccessKey(tx.AccessKeys(u.ID)[0])
			tx.DeleteUser(u)
		},
	} {
		a, done := verified(t, func(e *apitest.Env, c *api.Call, u *state.User) (time.Time, error) {
			e.Update(func(tx *state.Tx) { change(tx, u) })
			return c.Now, nil
		})
		if a.Status != 403 || done {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}
