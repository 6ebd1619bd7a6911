package state_test

import (
	"regexp"
	"testing"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/policy"
)

func TestOrganization(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	s := db.Snapshot()
	org := s.Organization()
	if !regexp.MustCompile(`^o-[a-z0-9]{10}$`).MatchString(org.ID) || !regexp.MustCompile(`^r-[a-z0-9]{4}$`).MatchString(org.RootID) {
		t.Errorf("organization %+v", org)
	}
	a, _ := s.Account(account)
	m, _ := s.Account(member)
	if !a.Management || m.Management || m.Parent != org.RootID || m.Status != state.AccountActive {
		t.Errorf("accounts %+v and %+v", a, m)
	}
	for _, id := range []string{state.FullAWSAccess, state.RCPFullAWSAccess} {
		p, ok := s.OrgPolicy(id)
		if !ok || len(p.Targets) != 3 || p.Document.Policy() == nil {
			t.Errorf("policy %s: %+v", id, p)
		}
	}
	if got, want := s.OrgPath(member), org.ID+"/"+org.RootID+"/"; got != want {
		t.Errorf("OrgPath = %q, want %q", got, want)
	}
}

func TestGuardrails(t *testing.T) {
	db := openWithAccounts(t, state.Options{})
	levels := func(account string) (scp, rcp []int) {
		g := db.Snapshot().Guardrails(account)
		for i := range g.SCP {
			scp, rcp = append(scp, len(g.SCP[i])), append(rcp, len(g.RCP[i]))
		}
		return scp, rcp
	}
	expect := func(when string, want ...int) {
		t.Helper()
		scp, rcp := levels(member)
		if len(scp) != len(want) || len(rcp) != len(want) {
			t.Fatalf("%s: levels %v, want %v", when, scp, want)
		}
		for i := range want {
			if scp[i] != want[i] {
				t.Errorf("%s: levels %v, want %v", when, scp, want)
			}
		}
	}
	expect("at first", 1, 1)
	if g := db.Snapshot().Guardrails(account); g.SCP != nil || g.RCP != nil {
		t.Error("the management account is bound")
	}
	if g := db.Snapshot().Guardrails("999999999999"); g.SCP != nil || g.RCP != nil {
		t.Error("a foreign account is bound")
	}
	before := db.Snapshot()
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.PutOrganizationalUnit(&state.OrganizationalUnit{ID: "ou-1", Name: "unit", Parent: tx.Organization().RootID})
		a, _ := tx.Account(member)
		moved := *a
		moved.Parent = "ou-1"
		tx.PutAccount(&moved)
		return nil
	})
	expect("in a unit without policies", 1, 0, 1)
	if got := db.Snapshot().Guardrails(member).SCP[1]; got == nil {
		t.Error("a level without policies takes no part")
	}
	statetest.Update(t, db, func(tx *state.Tx) error {
		tx.PutOrgPolicy(&state.OrgPolicy{
			ID: "p-1", Type: state.SCP, Name: "deny", Targets: []string{"ou-1", member},
			Document: parse(t, policy.ServiceControl, `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`),
		})
		return nil
	})
	expect("with a policy", 1, 1, 2)
	if got := len(before.Guardrails(member).SCP); got != 2 {
		t.Errorf("the snapshot from before has %d levels", got)
	}
}

func BenchmarkGuardrails(b *testing.B) {
	s := openWithAccounts(b, state.Options{}).Snapshot()
	b.ReportAllocs()
	for b.Loop() {
		s.Guardrails(member)
	}
}
