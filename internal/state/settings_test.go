package state_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store/memory"
)

func TestSettingsAndDeletionsLast(t *testing.T) {
	st := memory.New()
	t.Cleanup(func() { st.Close() })
	db := openWithAccounts(t, state.Options{Store: st})
	settings := &state.AccountSettings{Account: member, GlobalTokenVersion: 2, Outbound: true, IssuerID: "1", Issuer: "https://writ.test/oidc/1"}
	var task *state.RoleDeletion
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.PutAccountSettings(settings)
		task = &state.RoleDeletion{ID: "task/aws-service-role/s/r/1", Account: member, Created: tx.Now(), Seq: tx.NextSeq(),
			InUse: &state.RoleInUse{Reason: "used", Usage: []state.RoleUsage{{Region: "us-east-1", Resources: []string{"arn:aws:s:::x"}}}}}
		tx.PutRoleDeletion(task)
		org := *tx.Organization()
		org.RootSessions = true
		tx.PutOrganization(&org)
		return nil
	})
	again := statetest.Open(t, state.Options{Store: st}).Snapshot()
	if diff := cmp.Diff(*settings, again.AccountSettings(member)); diff != "" {
		t.Errorf("settings: -put +read:\n%s", diff)
	}
	if diff := cmp.Diff(state.AccountSettings{Account: account}, again.AccountSettings(account)); diff != "" {
		t.Errorf("settings of an account that has set nothing: -want +got:\n%s", diff)
	}
	if got, _ := again.RoleDeletion(member, task.ID); cmp.Diff(task, got) != "" {
		t.Errorf("task: -put +read:\n%s", cmp.Diff(task, got))
	}
	if _, ok := again.RoleDeletion(account, task.ID); ok {
		t.Error("an account sees the task of another")
	}
	if org := again.Organization(); !org.RootSessions || org.RootCredentials {
		t.Errorf("organization: %+v", org)
	}
}

func TestOldestDeletionsGo(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	id := func(i int) string { return fmt.Sprintf("task/aws-service-role/s/r/%03d", i) }
	for batch := range 3 { // one update holds a hundred changes
		statetest.Update(t, db, func(tx *state.Tx) error {
			for i := range 40 {
				tx.PutRoleDeletion(&state.RoleDeletion{ID: id(batch*40 + i), Account: account, Created: tx.Now(), Seq: tx.NextSeq()})
			}
			tx.PutRoleDeletion(&state.RoleDeletion{ID: id(1000 + batch), Account: member, Created: tx.Now(), Seq: tx.NextSeq()})
			return nil
		})
	}
	for i := range 120 {
		if _, ok := db.Snapshot().RoleDeletion(account, id(i)); ok != (i >= 20) {
			t.Errorf("task %d: %v", i, ok)
		}
	}
	if _, ok := db.Snapshot().RoleDeletion(member, id(1000)); !ok {
		t.Error("tasks of one account push out those of another")
	}
}

func TestCheckFindsBadSettings(t *testing.T) {
	for want, fn := range map[string]func(tx *state.Tx){
		"no issuer":               func(tx *state.Tx) { tx.PutAccountSettings(&state.AccountSettings{Account: account, Outbound: true}) },
		"settings/999999999999":   func(tx *state.Tx) { tx.PutAccountSettings(&state.AccountSettings{Account: "999999999999"}) },
		"no account 999999999999": func(tx *state.Tx) { tx.PutRoleDeletion(&state.RoleDeletion{ID: "task/x", Account: "999999999999"}) },
	} {
		db := openUnchecked(t)
		statetest.Update(t, db, func(tx *state.Tx) error { fn(tx); return nil })
		if err := state.Check(db.Snapshot()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Check = %v, want %q", err, want)
		}
	}
}

// openUnchecked opens a state that a test makes inconsistent.
func openUnchecked(t *testing.T) *state.DB {
	t.Helper()
	db, err := state.Open(t.Context(), state.Options{Store: memory.New(), MasterKey: statetest.MasterKey})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	statetest.Organization(t, db, account)
	return db
}
