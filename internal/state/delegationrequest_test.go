package state_test

import (
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store/memory"
	"github.com/writ-iam/writ/policy"
)

func putDelegation(t *testing.T, tx *state.Tx, workflow string, change func(*state.DelegationRequest)) *state.DelegationRequest {
	t.Helper()
	r := &state.DelegationRequest{
		ID: "id-of-" + workflow, Requestor: member, RequestorName: "Example Corp", WorkflowID: workflow, Template: "arn:aws:iam::aws:delegation-template/t",
		Parameters: []state.DelegationParameter{{Name: "bucket", Values: []string{"a", "b"}, List: true}},
		Policy:     parse(t, policy.Session, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`),
		Channel:    "arn:aws:sns:us-east-1:" + member + ":t", Duration: time.Hour, State: state.DelegationUnassigned,
		Created: tx.Now(), Updated: tx.Now(), Seq: tx.NextSeq(),
	}
	if change != nil {
		change(r)
	}
	tx.PutDelegationRequest(r)
	return r
}

func finalized(r *state.DelegationRequest) {
	r.OwnerAccount, r.Owner, r.OwnerID, r.State = account, "arn:aws:iam::"+account+":root", account, state.DelegationFinalized
	r.Approver = &state.DelegationApprover{ARN: r.Owner, PrincipalID: account, SessionTags: []state.Tag{{Key: "k", Value: "v"}}}
	r.Token, r.Exchanged = "an exchange token", r.Created
}

// TestDelegationRequestsLast: they come back as they were, tokens encrypted.
func TestDelegationRequestsLast(t *testing.T) {
	st := memory.New()
	o := state.Options{Store: st, MasterKey: statetest.MasterKey}
	db := openWithAccounts(t, o)
	statetest.Update(t, db, func(tx *state.Tx) error {
		putDelegation(t, tx, "one", nil)
		putDelegation(t, tx, "two", finalized)
		return nil
	})
	statetest.Replay(t, db, o)
	if contains(t, st, "an exchange token") {
		t.Error("a token is stored in clear")
	}
	s := statetest.Open(t, o).Snapshot()
	r, ok := s.DelegationRequestOf(member, "two")
	if !ok || string(r.Token) != "an exchange token" || !r.Exchanged.Equal(r.Created) || r.Approver.SessionTags[0].Value != "v" {
		t.Errorf("read back: %+v, %v", r, ok)
	}
	workflow := func(r *state.DelegationRequest) string { return r.WorkflowID }
	for what, got := range map[string][]string{
		"one two": names(s.DelegationRequestsFrom(member), workflow),
		"two":     names(s.DelegationRequests(account, 0), workflow),
		"":        names(s.DelegationRequests(account, r.Seq), workflow),
	} {
		if strings.Join(got, " ") != what {
			t.Errorf("%v, want %s", got, what)
		}
	}
	if got := names(s.DelegationRequestsOwnedBy(account), workflow); len(got) != 1 {
		t.Errorf("owned: %v", got)
	}
}

func TestDelegationRequestStates(t *testing.T) {
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		is    state.DelegationState
		after time.Duration
		want  state.DelegationState
	}{
		{state.DelegationUnassigned, 24*time.Hour - 1, state.DelegationUnassigned},
		{state.DelegationUnassigned, 24 * time.Hour, state.DelegationExpired},
		{state.DelegationAssigned, 7*24*time.Hour - 1, state.DelegationAssigned},
		{state.DelegationAssigned, 7 * 24 * time.Hour, state.DelegationExpired},
		{state.DelegationFinalized, 7 * 24 * time.Hour, state.DelegationExpired},
		{state.DelegationRejected, 7 * 24 * time.Hour, state.DelegationExpired},
	} {
		r := state.DelegationRequest{State: test.is, Updated: now}
		if got := r.StateAt(now.Add(test.after)); got != test.want {
			t.Errorf("%s after %v: %s, want %s", test.is, test.after, got, test.want)
		}
	}
}

// TestCheckDelegationRequests: what does not fit together is found.
func TestCheckDelegationRequests(t *testing.T) {
	for want, change := range map[string]func(*state.DelegationRequest){
		"no account":          func(r *state.DelegationRequest) { r.Requestor = "999999999999" },
		"with the owner":      func(r *state.DelegationRequest) { r.State = state.DelegationAssigned },
		"without an approver": func(r *state.DelegationRequest) { finalized(r); r.Approver = nil },
		"exchange token":      func(r *state.DelegationRequest) { finalized(r); r.Token = "" },
		`state "EXPIRED"`:     func(r *state.DelegationRequest) { r.State = state.DelegationExpired },
	} {
		db, err := state.Open(t.Context(), state.Options{Store: memory.New(), MasterKey: statetest.MasterKey})
		if err != nil {
			t.Fatal(err)
		}
		statetest.Organization(t, db, account)
		statetest.Update(t, db, func(tx *state.Tx) error {
			tx.CreateAccount(state.Account{ID: member, Name: "member"})
			putDelegation(t, tx, "w", change)
			return nil
		})
		if err := state.Check(db.Snapshot()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Check = %v, want %s", err, want)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestWorkflowIDsAreUnique within an account.
func TestWorkflowIDsAreUnique(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	err := db.Update(t.Context(), func(tx *state.Tx) error {
		putDelegation(t, tx, "w", nil)
		putDelegation(t, tx, "w", func(r *state.DelegationRequest) { r.ID = "another id" })
		return nil
	})
	if err == nil {
		t.Error("two requests have one workflow id")
	}
}
