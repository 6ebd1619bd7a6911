package state_test

import (
	"testing"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store/memory"
)

// TestMFADevices: a device is found by its serial number, listed in order of
// creation, and belongs to a user for as long as it is enabled.
func TestMFADevices(t *testing.T) {
	st := memory.New()
	db := openWithAccounts(t, state.Options{Store: st})
	const seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	var user string
	statetest.Update(t, db, func(tx *state.Tx) error {
		user = putUser(tx, "ann").ID
		for _, name := range []string{"b", "a", "c"} {
			tx.PutMFADevice(&state.MFADevice{Account: account, Name: name, Path: "/x/", Seed: seed, Created: tx.Now(), Seq: tx.NextSeq()})
		}
		d, _ := tx.MFADevice(account, "arn:aws:iam::"+account+":MFA/x/A")
		enabled := *d
		enabled.UserID, enabled.Enabled = user, tx.Now()
		tx.PutMFADevice(&enabled)
		return nil
	})
	s := db.Snapshot()
	var names string
	for d := range s.MFADevices(account, 0) {
		names += d.Name
	}
	if names != "bac" || s.NumMFADevices(account) != 3 || s.NumMFADevices(member) != 0 {
		t.Errorf("devices %q", names)
	}
	if _, ok := s.MFADevice(member, "arn:aws:iam::"+account+":mfa/x/a"); ok {
		t.Error("another account finds the device")
	}
	if of := s.MFADevicesOf(user); len(of) != 1 || of[0].Name != "a" {
		t.Errorf("of the user: %v", of)
	}
	if contains(t, st, seed) {
		t.Error("a seed is stored in clear")
	}
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.DeleteMFADevice(tx.MFADevicesOf(user)[0])
		return nil
	})
	if s := db.Snapshot(); len(s.MFADevicesOf(user)) != 0 || s.NumMFADevices(account) != 2 {
		t.Error("the device is still there")
	}
}

// TestCheckOfMFADevices: Check finds a device that is somebody's without being
// enabled, or nobody's.
func TestCheckOfMFADevices(t *testing.T) {
	for name, change := range map[string]func(d *state.MFADevice, tx *state.Tx){
		"not enabled":      func(d *state.MFADevice, tx *state.Tx) { d.UserID = account },
		"of another":       func(d *state.MFADevice, tx *state.Tx) { d.UserID, d.Enabled = member, tx.Now() },
		"of no user":       func(d *state.MFADevice, tx *state.Tx) { d.UserID, d.Enabled = "AIDAQ", tx.Now() },
		"without a seed":   func(d *state.MFADevice, _ *state.Tx) { d.Seed = "" },
		"of nobody's time": func(d *state.MFADevice, tx *state.Tx) { d.Enabled = tx.Now() },
	} {
		db, err := state.Open(t.Context(), state.Options{Store: memory.New(), MasterKey: statetest.MasterKey})
		if err != nil {
			t.Fatal(err)
		}
		statetest.Organization(t, db, account)
		statetest.Update(t, db, func(tx *state.Tx) error {
			tx.CreateAccount(state.Account{ID: member, Name: "member"})
			d := &state.MFADevice{Account: account, Name: "d", Path: "/", Seed: "JBSWY3DP", Created: tx.Now(), Seq: tx.NextSeq()}
			change(d, tx)
			tx.PutMFADevice(d)
			return nil
		})
		if state.Check(db.Snapshot()) == nil {
			t.Errorf("%s: nothing found", name)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
