package state_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/store/memory"
)

func TestSecretHidesItself(t *testing.T) {
	k := state.AccessKey{Secret: "hunter2hunter2"}
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("key", "secret", k.Secret, "key", k)
	asJSON, _ := json.Marshal(k)
	for _, text := range []string{
		fmt.Sprint(k.Secret), fmt.Sprintf("%v %+v %#v %s %q %x", k, k, k, k.Secret, k.Secret, k.Secret), logged.String(), string(asJSON),
	} {
		if strings.Contains(text, "hunter") || strings.Contains(text, fmt.Sprintf("%x", "hunter")) {
			t.Errorf("shown: %s", text)
		}
	}
}

func TestSecretsAreEncrypted(t *testing.T) {
	st := memory.New()
	db := openWithAccounts(t, state.Options{Store: st})
	const secret, raw = "wJalrXUtnFEMI", "raw sealing key"
	var id string
	statetest.Update(t, db, func(tx *state.Tx) error {
		id = putKey(tx, putUser(tx, "u"), secret).ID
		tx.PutSealingKey(&state.SealingKey{ID: "1", Key: raw, Created: tx.Now()})
		return nil
	})
	if contains(t, st, secret) || contains(t, st, raw) {
		t.Error("a secret is stored in clear")
	}
	again := statetest.Open(t, state.Options{Store: st})
	if k, _ := again.Snapshot().AccessKey(id); string(k.Secret) != secret {
		t.Errorf("read back: %q", string(k.Secret))
	}
}

func TestWrongMasterKey(t *testing.T) {
	st := memory.New()
	openWithAccounts(t, state.Options{Store: st})
	_, err := state.Open(t.Context(), state.Options{Store: st, MasterKey: make([]byte, 32)})
	if err == nil || !strings.Contains(err.Error(), "give the master key the data was made with") {
		t.Errorf("Open with another master key: %v", err)
	}
	_, err = state.Open(t.Context(), state.Options{Store: st, MasterKey: make([]byte, 16)})
	if err == nil || !strings.Contains(err.Error(), "32 bytes") {
		t.Errorf("Open with a short master key: %v", err)
	}
}

// A sealed secret does not open in the row of another key.
func TestSecretIsBoundToItsRow(t *testing.T) {
	st := memory.New()
	db := openWithAccounts(t, state.Options{Store: st})
	var a, b string
	statetest.Update(t, db, func(tx *state.Tx) error {
		u := putUser(tx, "u")
		a, b = putKey(tx, u, "secret of a").ID, putKey(tx, u, "secret of b").ID
		return nil
	})
	copied := memory.New()
	defer copied.Close()
	var changes []store.Change
	var valueOfA []byte
	st.Load(t.Context(), func(key string, value []byte) error {
		if key == "key/"+a {
			valueOfA = bytes.Clone(value)
		}
		changes = append(changes, store.Change{Key: key, Value: bytes.Clone(value)})
		return nil
	})
	for i := range changes {
		if changes[i].Key == "key/"+b {
			changes[i].Value = bytes.Replace(valueOfA, []byte(a), []byte(b), 1)
		}
	}
	if _, err := copied.Append(t.Context(), 0, changes); err != nil {
		t.Fatal(err)
	}
	_, err := state.Open(t.Context(), state.Options{Store: copied, MasterKey: statetest.MasterKey})
	if err == nil || !strings.Contains(err.Error(), "changed or moved") {
		t.Errorf("Open: %v", err)
	}
}

func TestNotOurData(t *testing.T) {
	st := memory.New()
	defer st.Close()
	st.Append(t.Context(), 0, []store.Change{{Key: "user/AIDA1", Value: []byte{1, 0xa0}}})
	_, err := state.Open(t.Context(), state.Options{Store: st, MasterKey: statetest.MasterKey})
	if err == nil || !strings.Contains(err.Error(), "no data key") {
		t.Errorf("Open: %v", err)
	}
}
