package iam_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
)

// TestUsersMayChangePasswords: by AllowUsersToChangePassword users need no
// policy of their own; what denies still does.
func TestUsersMayChangePasswords(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateUser", "UserName=ann")
	in.ok("CreateLoginProfile", "UserName=ann", "Password=First-Secret-1")
	ann := in.user("ann")
	change := values("OldPassword=First-Secret-1", "NewPassword=Second-Secret-2")
	for _, c := range []struct {
		prepare []string
		want    int
	}{
		{[]string{"UpdateAccountPasswordPolicy"}, http.StatusForbidden},
		{[]string{"UpdateAccountPasswordPolicy", "AllowUsersToChangePassword=true"}, http.StatusOK},
		{[]string{"PutUserPolicy", "UserName=ann", "PolicyName=p",
			`PolicyDocument={"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}`}, http.StatusForbidden},
	} {
		in.ok(c.prepare[0], c.prepare[1:]...)
		if status, body := in.call(ann, "GetAccountPasswordPolicy", nil); status != c.want {
			t.Errorf("after %v: GetAccountPasswordPolicy: %d %s", c.prepare, status, body)
		}
		if status, body := in.call(ann, "ChangePassword", change); status != c.want {
			t.Errorf("after %v: ChangePassword: %d %s", c.prepare, status, body)
		}
	}
}

// TestLimitsOfUsersWhoMayChangePasswords: AllowUsersToChangePassword stands for
// a policy of the user: permissions boundaries and session policies limit it.
func TestLimitsOfUsersWhoMayChangePasswords(t *testing.T) {
	in := start(t, nil)
	in.ok("UpdateAccountPasswordPolicy", "AllowUsersToChangePassword=true")
	in.ok("CreateUser", "UserName=bob", "PermissionsBoundary=arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
	in.ok("CreateLoginProfile", "UserName=bob", "Password=First-Secret-1")
	in.ok("CreateUser", "UserName=ann")
	in.ok("CreateLoginProfile", "UserName=ann", "Password=First-Secret-1")
	ann, _ := in.db.Snapshot().User(account, "ann")
	delegated := func(action string) sigv4.Credentials {
		return in.seal(&session.Session{
			Kind: session.DelegatedUser, Account: account, PrincipalID: ann.ID,
			Policy: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`,
		})
	}
	change := values("OldPassword=First-Secret-1", "NewPassword=Second-Secret-2")
	for _, c := range []struct {
		name string
		who  sigv4.Credentials
		want int
	}{
		{"boundary", in.user("bob"), http.StatusForbidden},
		{"session policy", delegated("s3:*"), http.StatusForbidden},
		{"session policy that allows it", delegated("iam:*"), http.StatusOK},
	} {
		for _, operation := range []string{"GetAccountPasswordPolicy", "ChangePassword"} {
			if status, body := in.call(c.who, operation, change); status != c.want {
				t.Errorf("%s: %s: %d %s", c.name, operation, status, body)
			}
		}
	}
}

// TestOldPasswordGuesses: wrong guesses are limited, those at the same time
// too, and a right one does not count meanwhile.
func TestOldPasswordGuesses(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateUser", "UserName=ann")
	in.ok("CreateLoginProfile", "UserName=ann", "Password=First-Secret-1")
	in.ok("UpdateAccountPasswordPolicy", "AllowUsersToChangePassword=true")
	ann := in.user("ann")
	var looked atomic.Int32
	var all sync.WaitGroup
	for i := range 12 {
		r := in.request(ann, "ChangePassword", values(fmt.Sprintf("OldPassword=guess%d", i), "NewPassword=Second-Secret-2"))
		all.Go(func() {
			if _, body := in.send(r); strings.Contains(body, "The old password was incorrect.") {
				looked.Add(1)
			}
		})
	}
	all.Wait()
	if n := looked.Load(); n != 5 {
		t.Errorf("%d guesses were looked at, not 5", n)
	}
	right := values("OldPassword=First-Secret-1", "NewPassword=Second-Secret-2")
	if status, body := in.call(ann, "ChangePassword", right); !strings.Contains(body, "EntityTemporarilyUnmodifiable") {
		t.Errorf("while blocked: %d %s", status, body)
	}
	in.now = in.now.Add(time.Hour)
	if status, body := in.call(ann, "ChangePassword", right); status != http.StatusOK {
		t.Errorf("after the block: %d %s", status, body)
	}
}

// TestDeleteUserWithDevice: a user whose MFA device is active is not deleted.
func TestDeleteUserWithDevice(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateUser", "UserName=ann")
	in.update(func(tx *state.Tx) error {
		u, _ := tx.User(account, "ann")
		tx.PutMFADevice(&state.MFADevice{
			Account: account, Name: "phone", Path: "/", Seed: "JBSWY3DPEHPK3PXP", Created: tx.Now(), UserID: u.ID, Enabled: tx.Now(),
		})
		return nil
	})
	status, body := in.call(in.root(account), "DeleteUser", values("UserName=ann"))
	if status != http.StatusConflict || !strings.Contains(body, "must delete MFA device first") {
		t.Errorf("%d %s", status, body)
	}
}
