package state_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/store/memory"
	"github.com/writ-iam/writ/policy"
)

const account = "111122223333"

var masterKey = make([]byte, 32)

func openAt(t *testing.T, o state.Options) *state.DB {
	t.Helper()
	if o.Store == nil {
		o.Store = memory.New()
	}
	if o.MasterKey == nil {
		o.MasterKey = masterKey
	}
	db, err := state.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func update(t *testing.T, db *state.DB, fn func(*state.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func newUser(tx *state.Tx, name string) *state.User {
	return &state.User{Account: account, ID: tx.NewID("AIDA"), Name: name, Path: "/", Created: tx.Now()}
}

func TestSmoke(t *testing.T) {
	st := memory.New()
	db := openAt(t, state.Options{Store: st})
	update(t, db, func(tx *state.Tx) error {
		tx.CreateOrganization(state.Account{ID: account, Name: "main"})
		u := newUser(tx, "Ann")
		tx.PutUser(u)
		tx.PutAccessKey(&state.AccessKey{ID: tx.NewAccessKeyID("AKIA", account), Account: account, UserID: u.ID, Secret: "s3cret", Active: true, Created: tx.Now(), Seq: tx.NextSeq()})
		return nil
	})
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/Ann"},"Action":"sts:AssumeRole"}}`
	doc, err := state.ParseDocument(policy.Trust, trust, nil)
	if err != nil {
		t.Fatal(err)
	}
	update(t, db, func(tx *state.Tx) error {
		d, err := tx.Resolve(doc)
		if err != nil {
			return err
		}
		tx.PutRole(&state.Role{Account: account, ID: tx.NewID("AROA"), Name: "r", Path: "/", Created: tx.Now(), MaxSession: time.Hour, Trust: d})
		return nil
	})
	if u, ok := db.Snapshot().User(account, "ann"); !ok || u.Name != "Ann" {
		t.Fatal("no user")
	}
	again, err := state.Open(context.Background(), state.Options{Store: st, MasterKey: masterKey})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	s := again.Snapshot()
	u, _ := s.User(account, "ANN")
	if k := s.AccessKeys(u.ID); len(k) != 1 || string(k[0].Secret) != "s3cret" {
		t.Fatal(k)
	}
	r, _ := s.Role(account, "r")
	if got := r.Trust.Principals["arn:aws:iam::111122223333:user/Ann"]; got != u.ID {
		t.Fatal(got)
	}
	if s.Display(r.Trust) != trust {
		t.Fatal(s.Display(r.Trust))
	}
	if !errors.Is(again.Update(t.Context(), func(tx *state.Tx) error { return state.ErrClosed }), state.ErrClosed) {
		t.Fatal("want the error of fn")
	}
}
