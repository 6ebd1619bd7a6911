package iam_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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
