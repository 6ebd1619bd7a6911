package state_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
)

func names[T any](seq func(func(T) bool), name func(T) string) []string {
	var all []string
	for v := range seq {
		all = append(all, name(v))
	}
	return all
}

func userName(u *state.User) string { return u.Name }

func TestNamesIgnoreCase(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	statetest.Update(t, db, func(tx *state.Tx) error {
		for _, name := range []string{"bob", "Ann", "Carl", "ann2"} {
			putUser(tx, name)
		}
		return nil
	})
	s := db.Snapshot()
	if u, ok := s.User(account, "aNN"); !ok || u.Name != "Ann" {
		t.Errorf("User(aNN) = %v, %v", u, ok)
	}
	if _, ok := s.User(member, "Ann"); ok {
		t.Error("the member account sees a user of the other")
	}
	if got, want := names(s.Users(account, ""), userName), []string{"Ann", "ann2", "bob", "Carl"}; !slices.Equal(got, want) {
		t.Errorf("Users = %v, want %v", got, want)
	}
	if got, want := names(s.Users(account, "ANN2"), userName), []string{"bob", "Carl"}; !slices.Equal(got, want) {
		t.Errorf("Users after ANN2 = %v, want %v", got, want)
	}
	if got := s.NumUsers(account); got != 4 {
		t.Errorf("NumUsers = %d", got)
	}
	if got := s.NumUsers(member); got != 0 {
		t.Errorf("NumUsers of the member = %d", got)
	}
}

func TestRename(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	var id string
	statetest.Update(t, db, func(tx *state.Tx) error {
		g := &state.Group{Account: account, ID: tx.NewID("AGPA"), Name: "g", Path: "/", Created: tx.Now()}
		tx.PutGroup(g)
		u := putUser(tx, "old")
		joined := *u
		joined.Groups = []string{g.ID}
		tx.PutUser(&joined)
		id = u.ID
		return nil
	})
	before := db.Snapshot()
	statetest.Update(t, db, func(tx *state.Tx) error {
		u, _ := tx.User(account, "old")
		renamed := *u
		renamed.Name = "new"
		tx.PutUser(&renamed)
		return nil
	})
	s := db.Snapshot()
	if _, ok := s.User(account, "old"); ok {
		t.Error("the old name still works")
	}
	if u, ok := s.User(account, "new"); !ok || u.ID != id {
		t.Errorf("new name: %v, %v", u, ok)
	}
	g, _ := s.Group(account, "g")
	if got := names(s.MembersOf(g.ID), userName); !slices.Equal(got, []string{"new"}) {
		t.Errorf("members = %v", got)
	}
	if u, ok := before.User(account, "old"); !ok || u.Name != "old" {
		t.Error("the snapshot from before has changed")
	}
}

func TestAttachments(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	doc := allow(t, "s3:*")
	statetest.Update(t, db, func(tx *state.Tx) error {
		p := putPolicy(tx, "p", doc)
		for _, name := range []string{"a", "b", "c"} {
			u := *putUser(tx, name)
			u.Attached, u.Boundary = []string{p.ARN()}, p.ARN()
			if name == "c" {
				u.Boundary = ""
			}
			tx.PutUser(&u)
		}
		return nil
	})
	s := db.Snapshot()
	arn := "arn:aws:iam::" + account + ":policy/p"
	if got := s.AttachmentCount(account, arn); got != 3 {
		t.Errorf("AttachmentCount = %d", got)
	}
	if got := s.BoundaryCount(account, arn); got != 2 {
		t.Errorf("BoundaryCount = %d", got)
	}
	if got := s.AttachmentCount(member, arn); got != 0 {
		t.Errorf("AttachmentCount of the member = %d", got)
	}
	if p, ok := s.ManagedPolicy(arn); !ok || p.DefaultVersion().Document.Policy() == nil {
		t.Errorf("ManagedPolicy = %v, %v", p, ok)
	}
}

func TestAWSManagedPolicy(t *testing.T) {
	const arn = "arn:aws:iam::aws:policy/service-role/X"
	asked := 0
	db := openWithAccounts(t, state.Options{AWSManaged: func(a string) (string, string, string, bool) {
		asked++
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`, "v7", "ANPAX", a == arn
	}})
	s := db.Snapshot()
	p, ok := s.ManagedPolicy(arn)
	if !ok || p.Name != "X" || p.Path != "/service-role/" || p.ARN() != arn || p.Default != "v7" {
		t.Fatalf("ManagedPolicy = %+v, %v", p, ok)
	}
	again, _ := s.ManagedPolicy(arn)
	if again != p || asked != 1 {
		t.Errorf("compiled %d times", asked)
	}
	if _, ok := s.ManagedPolicy("arn:aws:iam::aws:policy/Y"); ok {
		t.Error("found a policy that AWS has not")
	}
}

func TestAccessKeysInOrder(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	var want []string
	var user *state.User
	statetest.Update(t, db, func(tx *state.Tx) error {
		want, user = nil, putUser(tx, "u")
		for range 5 {
			want = append(want, putKey(tx, user, "s").ID)
		}
		return nil
	})
	var got []string
	for _, k := range db.Snapshot().AccessKeys(user.ID) {
		got = append(got, k.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("keys %v, want %v", got, want)
	}
}

func TestMistakesFailTheUpdate(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	statetest.Update(t, db, func(tx *state.Tx) error { putUser(tx, "taken"); return nil })
	trust := trusting(t, "arn:aws:iam::"+account+":user/taken")
	tests := map[string]func(tx *state.Tx){
		"in use":          func(tx *state.Tx) { putUser(tx, "TAKEN") },
		"without a key":   func(tx *state.Tx) { tx.PutUser(&state.User{Account: account, Name: "x"}) },
		"without Resolve": func(tx *state.Tx) { putRole(tx, "r", trust) },
		"exists":          func(tx *state.Tx) { tx.CreateAccount(state.Account{ID: member}) },
	}
	for text, fn := range tests {
		err := db.Update(t.Context(), func(tx *state.Tx) error { fn(tx); return nil })
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("error %v, want one with %q", err, text)
		}
	}
}

func TestSwapNamesInOneUpdate(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	statetest.Update(t, db, func(tx *state.Tx) error { putUser(tx, "x"); return nil })
	statetest.Update(t, db, func(tx *state.Tx) error {
		old, _ := tx.User(account, "x")
		tx.DeleteUser(old)
		putUser(tx, "X")
		return nil
	})
	if u, _ := db.Snapshot().User(account, "x"); u.Name != "X" {
		t.Errorf("user %v", u)
	}
}

func TestObjects(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.PutBucket(&state.Bucket{Name: "b", Account: account, ID: "1", Region: "us-east-1", Created: tx.Now()})
		put := func(key, version string, marker bool) {
			tx.PutObjectVersion(&state.ObjectVersion{Bucket: "b", Key: key, VersionID: version, Seq: tx.NextSeq(), DeleteMarker: marker, Modified: tx.Now()})
		}
		put("a/1", "v1", false)
		put("a/1", "v2", false)
		put("a", state.NullVersion, false)
		put("gone", "v1", false)
		put("gone", "v2", true)
		put("z", "v1", false)
		return nil
	})
	s := db.Snapshot()
	name := func(v *state.ObjectVersion) string { return v.Key + "@" + v.VersionID }
	if got, want := names(s.Objects("b", ""), name), []string{"a@null", "a/1@v2", "z@v1"}; !slices.Equal(got, want) {
		t.Errorf("Objects = %v, want %v", got, want)
	}
	if got, want := names(s.Objects("b", "a"), name), []string{"a/1@v2", "z@v1"}; !slices.Equal(got, want) {
		t.Errorf("Objects after a = %v, want %v", got, want)
	}
	want := []string{"a@null", "a/1@v2", "a/1@v1", "gone@v2", "gone@v1", "z@v1"}
	if got := names(s.Versions("b", "", 0), name); !slices.Equal(got, want) {
		t.Errorf("Versions = %v, want %v", got, want)
	}
	v2, _ := s.Version("b", "a/1", "v2")
	if got := names(s.Versions("b", "a/1", v2.Seq), name); !slices.Equal(got, want[2:]) {
		t.Errorf("Versions after a/1@v2 = %v, want %v", got, want[2:])
	}
	if got := names(s.Versions("b", "a/1", 0), name); !slices.Equal(got, want[3:]) {
		t.Errorf("Versions after a/1 = %v, want %v", got, want[3:])
	}
	if v, ok := s.Latest("b", "gone"); !ok || !v.DeleteMarker {
		t.Errorf("Latest(gone) = %v, %v", v, ok)
	}
}

func TestUploads(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.PutBucket(&state.Bucket{Name: "b", Account: account, ID: "1", Region: "us-east-1", Created: tx.Now()})
		for _, id := range []string{"up2", "up1"} {
			tx.PutUpload(&state.Upload{Bucket: "b", Key: "k", ID: id, Seq: tx.NextSeq(), Created: tx.Now()})
			for _, n := range []int{10000, 2, 1} {
				tx.PutPart(&state.Part{Upload: id, Number: n, ETag: "e", Modified: tx.Now(), Content: "c"})
			}
		}
		return nil
	})
	s := db.Snapshot()
	id := func(u *state.Upload) string { return u.ID }
	if got := names(s.Uploads("b", "", 0), id); !slices.Equal(got, []string{"up2", "up1"}) {
		t.Errorf("Uploads = %v", got)
	}
	up2, _ := s.Upload("b", "k", "up2")
	if got := names(s.Uploads("b", "k", up2.Seq), id); !slices.Equal(got, []string{"up1"}) {
		t.Errorf("Uploads after up2 = %v", got)
	}
	if _, ok := s.Upload("b", "other", "up2"); ok {
		t.Error("found the upload of another key")
	}
	var numbers []int
	for p := range s.Parts("up1", 1) {
		numbers = append(numbers, p.Number)
	}
	if !slices.Equal(numbers, []int{2, 10000}) {
		t.Errorf("Parts after 1 = %v", numbers)
	}
}

func TestSame(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	before := db.Snapshot()
	errStop := errors.New("stop")
	err := db.Update(t.Context(), func(tx *state.Tx) error {
		if !tx.Same(before) || tx.Base() != before.Rev {
			t.Error("a transaction that wrote nothing is another state")
		}
		putUser(tx, "x")
		if tx.Same(before) {
			t.Error("the same state after a write")
		}
		return errStop
	})
	if !errors.Is(err, errStop) || !db.Snapshot().Same(before) {
		t.Errorf("a failed update changed the state: %v", err)
	}
}
