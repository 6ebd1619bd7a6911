package state_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/store/memory"
	"github.com/writ-iam/writ/policy"
)

const userARN = "arn:aws:iam::" + account + ":user/Ann"

func TestResolve(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	var userID, roleID string
	statetest.Update(t, db, func(tx *state.Tx) error {
		userID = putUser(tx, "Ann").ID
		r := *putRole(tx, "R", nilTrust(t))
		r.Path = "/team/x/"
		tx.PutRole(&r)
		roleID = r.ID
		return nil
	})
	const none = "-" // refused
	iam, sts := "arn:aws:iam::"+account+":", "arn:aws:sts::"+account+":"
	tests := []struct{ principal, want string }{
		{"*", ""},
		{account, ""},
		{iam + "root", ""},
		{"999999999999", ""},
		{iam + "user/Ann", userID},
		{iam + "user/ann", none}, // names are case-sensitive here
		{iam + "user/x/Ann", none},
		{iam + "user/Bob", none},
		{iam + "role/team/x/R", roleID},
		{iam + "role/R", none},
		{sts + "assumed-role/R/session", roleID + ":session"},
		{sts + "assumed-role/Q/session", none},
		{sts + "federated-user/Ann", ""},
		{"arn:aws:iam::999999999999:user/Ann", ""},
		{"arn:aws:iam::" + member + ":user/Ann", none},
		{"arn:aws-cn:iam::" + account + ":user/Nobody", ""},
		{userID, userID},
		{"AIDAZZZZZZZZZZZZZZZZZ", none},
	}
	s := db.Snapshot()
	for _, tt := range tests {
		doc, err := s.Resolve(trusting(t, tt.principal))
		if unknown := new(state.UnknownPrincipalError); errors.As(err, &unknown) {
			var words *policy.Error
			if tt.want != none || unknown.Principal.Value != tt.principal || !errors.As(err, &words) {
				t.Errorf("%s: %v", tt.principal, err)
			}
			continue
		}
		if err != nil || doc.Policy() == nil {
			t.Errorf("%s: not compiled: %v", tt.principal, err)
			continue
		}
		if got := doc.Principals[tt.principal]; got != tt.want {
			t.Errorf("%s is %q, want %q", tt.principal, got, tt.want)
		}
		if again, err := s.Resolve(doc); again != doc || err != nil {
			t.Errorf("%s: resolved again it is another document: %v", tt.principal, err)
		}
	}
}

// nilTrust trusts a service.
func nilTrust(t testing.TB) *state.Document {
	return parse(t, policy.Trust, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
}

// A principal made anew under an old name gets nothing from an old policy, and
// the policy shows the id of the one it meant.
func TestDeletedPrincipal(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	doc := trusting(t, userARN)
	var first, second *state.User
	statetest.Update(t, db, func(tx *state.Tx) error {
		first = putUser(tx, "Ann")
		resolved, err := tx.Resolve(doc)
		if err != nil {
			return err
		}
		putRole(tx, "R", resolved)
		return nil
	})
	trusts := func(u *state.User) bool {
		s := db.Snapshot()
		r, _ := s.Role(account, "R")
		d := engine.Decide(
			&engine.Request{
				Principal: engine.Principal{Kind: engine.User, Account: account, ARN: u.ARN(), ID: u.ID},
				Action:    "sts:AssumeRole", Resource: r.ARN(), ResourceAccount: account, Context: new(engine.Context),
			},
			&engine.Layers{Identity: []*engine.Policy{}, Resource: r.Trust.Policy(), Trust: true})
		return d.Effect == engine.Allow
	}
	display := func() string {
		s := db.Snapshot()
		r, _ := s.Role(account, "R")
		return s.Display(r.Trust)
	}
	if !trusts(first) || display() != doc.Text {
		t.Errorf("trusts %v, shows %s", trusts(first), display())
	}
	statetest.Update(t, db, func(tx *state.Tx) error {
		renamed := *first
		renamed.Name, renamed.Path = "Anna", "/x/"
		tx.PutUser(&renamed)
		return nil
	})
	if want := strings.Replace(doc.Text, "user/Ann", "user/x/Anna", 1); display() != want {
		t.Errorf("after the rename it shows %s", display())
	}
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.DeleteUser(first)
		second = putUser(tx, "Ann")
		return nil
	})
	if trusts(second) {
		t.Error("the new user inherits the old one's trust")
	}
	if want := strings.Replace(doc.Text, userARN, first.ID, 1); display() != want {
		t.Errorf("after the deletion it shows %s", display())
	}
	reopened := db.Snapshot()
	again, err := reopened.Resolve(doc)
	if err != nil || again.Principals[userARN] != second.ID {
		t.Errorf("written anew it means %v, %v", again, err)
	}
}

func TestDisplayKeepsTheText(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	text := "{ \"Version\":\"2012-10-17\",\n\t\"Statement\": {\"Effect\":\"Allow\", \"Principal\": {\"AWS\": [\"arn:aws:iam::111122223333:\\u0075ser/Ann\",\n \"999999999999\"], \"Service\": \"ec2.amazonaws.com\"}, \"Action\": \"sts:AssumeRole\" } }\n"
	var u *state.User
	var doc *state.Document
	statetest.Update(t, db, func(tx *state.Tx) (err error) {
		u = putUser(tx, "Ann")
		doc, err = tx.Resolve(parse(t, policy.Trust, text))
		if err == nil {
			putRole(tx, "R", doc)
			tx.DeleteUser(u)
		}
		return err
	})
	want := strings.Replace(text, `arn:aws:iam::111122223333:\u0075ser/Ann`, u.ID, 1)
	if got := db.Snapshot().Display(doc); got != want {
		t.Errorf("Display gives\n%s\nwant\n%s", got, want)
	}
}

func TestDocumentsAreShared(t *testing.T) {
	st := memory.New()
	db := openWithAccounts(t, state.Options{Store: st})
	for _, name := range []string{"a", "b"} {
		doc, err := db.Snapshot().Resolve(trusting(t, account))
		if err != nil {
			t.Fatal(err)
		}
		statetest.Update(t, db, func(tx *state.Tx) error { putRole(tx, name, doc); return nil })
	}
	again := statetest.Open(t, state.Options{Store: st})
	for name, s := range map[string]*state.Snapshot{"written": db.Snapshot(), "loaded": again.Snapshot()} {
		a, _ := s.Role(account, "a")
		b, _ := s.Role(account, "b")
		if a.Trust != b.Trust {
			t.Errorf("%s: equal documents are compiled twice", name)
		}
	}
}

// A stored policy that cannot be read any more denies.
func TestUnreadableDocument(t *testing.T) {
	st := &faulty{Store: memory.New()}
	db := openWithAccounts(t, state.Options{Store: st})
	doc := allow(t, "s3:*")
	doc.Text = `{"Version":"2012-10-17","Statement":"what?"}` // as if another version had written it
	statetest.Update(t, db, func(tx *state.Tx) error { putPolicy(tx, "p", doc); return nil })
	again := statetest.Open(t, state.Options{Store: st})
	p, _ := again.Snapshot().Policy(account, "p")
	read := p.DefaultVersion().Document
	d := engine.Decide(
		&engine.Request{Principal: engine.Principal{Kind: engine.User, Account: account, ARN: userARN}, Action: "s3:ListBucket", Resource: "*", ResourceAccount: account, Context: new(engine.Context)},
		&engine.Layers{Identity: []*engine.Policy{allow(t, "*").Policy(), read.Policy()}})
	if d.Effect != engine.ExplicitDeny || read.Text != doc.Text || read.Parsed() == nil {
		t.Errorf("decision %v with %+v", d, read)
	}
}

func TestNewerFormat(t *testing.T) {
	for name, change := range map[string]store.Change{
		"table":  {Key: "hologram/1", Value: []byte{1, 0xa0}},
		"format": {Key: "user/AIDA1", Value: []byte{2, 0xa0}},
	} {
		t.Run(name, func(t *testing.T) {
			st := memory.New()
			db := openWithAccounts(t, state.Options{Store: st})
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			head, _ := st.Head(t.Context())
			if _, err := st.Append(t.Context(), head, []store.Change{change}); err != nil {
				t.Fatal(err)
			}
			_, err := state.Open(t.Context(), state.Options{Store: st, MasterKey: statetest.MasterKey})
			if err == nil || !strings.Contains(err.Error(), "newer version") {
				t.Errorf("Open: %v", err)
			}
			st.Append(t.Context(), head+1, []store.Change{{Key: change.Key}})
		})
	}
}
