package state_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/policy"
)

const account, member = "111122223333", "444455556666"

// openWithAccounts opens a state with a management and a member account.
func openWithAccounts(t testing.TB, o state.Options) *state.DB {
	t.Helper()
	db := statetest.Open(t, o)
	statetest.Organization(t, db, account)
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.CreateAccount(state.Account{ID: member, Name: "member"})
		return nil
	})
	return db
}

func putUser(tx *state.Tx, name string) *state.User {
	u := &state.User{Account: account, ID: tx.NewID("AIDA"), Name: name, Path: "/", Created: tx.Now()}
	tx.PutUser(u)
	return u
}

func putRole(tx *state.Tx, name string, trust *state.Document) *state.Role {
	r := &state.Role{Account: account, ID: tx.NewID("AROA"), Name: name, Path: "/", Created: tx.Now(), MaxSession: time.Hour, Trust: trust}
	tx.PutRole(r)
	return r
}

func putKey(tx *state.Tx, u *state.User, secret state.Secret) *state.AccessKey {
	k := &state.AccessKey{ID: tx.NewAccessKeyID("AKIA", account), Account: account, UserID: u.ID, Secret: secret, Active: true, Created: tx.Now(), Seq: tx.NextSeq()}
	tx.PutAccessKey(k)
	return k
}

func putPolicy(tx *state.Tx, name string, doc *state.Document) *state.ManagedPolicy {
	p := &state.ManagedPolicy{
		Account: account, ID: tx.NewID("ANPA"), Name: name, Path: "/", Created: tx.Now(), Updated: tx.Now(),
		Versions: []state.PolicyVersion{{ID: "v1", Document: doc, Created: tx.Now()}}, Default: "v1", NextVersion: 2,
	}
	tx.PutPolicy(p)
	return p
}

// allow is an identity-based policy; equal actions give equal documents.
func allow(t testing.TB, action string) *state.Document {
	t.Helper()
	return parse(t, policy.IdentityBased, fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":%q,"Resource":"*"}]}`, action))
}

// trusting is a trust policy for one principal, not resolved yet.
func trusting(t testing.TB, principal string) *state.Document {
	t.Helper()
	return parse(t, policy.Trust, fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":%q},"Action":"sts:AssumeRole"}]}`, principal))
}

func parse(t testing.TB, kind policy.Kind, text string) *state.Document {
	t.Helper()
	doc, err := state.ParseDocument(kind, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// contains reports whether the store has some text in any key or value.
func contains(t *testing.T, st store.Store, text string) bool {
	t.Helper()
	found := false
	_, err := st.Load(context.Background(), func(key string, value []byte) error {
		found = found || bytes.Contains([]byte(key), []byte(text)) || bytes.Contains(value, []byte(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// faulty is a store whose Append does what the test wants.
type faulty struct {
	store.Store
	append func(ctx context.Context, after uint64, changes []store.Change) (uint64, error)
}

func (f *faulty) Append(ctx context.Context, after uint64, changes []store.Change) (uint64, error) {
	if f.append != nil {
		return f.append(ctx, after, changes)
	}
	return f.Store.Append(ctx, after, changes)
}
