package state_test

import (
	"slices"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
)

func TestReports(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	db := openWithAccounts(t, state.Options{Now: func() time.Time { return now }})
	put := func(tx *state.Tx, account, report string, numbers ...int) {
		for _, n := range numbers {
			tx.PutReportPart(&state.ReportPart{Account: account, Report: report, Number: n, Data: []byte("x"), Created: tx.Now()})
		}
	}
	statetest.Update(t, db, func(tx *state.Tx) error {
		put(tx, account, "r1", 1, 0)
		put(tx, account, "r2", 0)
		put(tx, account, "stray", 0)
		put(tx, member, "r3", 0)
		tx.PutCredentialReport(&state.CredentialReport{Account: account, ID: "r1", Created: tx.Now(), Parts: 2})
		for _, id := range []string{"r2", "r0"} {
			tx.PutAccessReport(&state.AccessReport{
				ID: id, Account: account, Owner: "AIDA", Seq: tx.NextSeq(), Created: tx.Now(), Completed: tx.Now(), Parts: len(id) - 1,
				Services: []state.ServiceAccess{{Namespace: "iam", Entities: 1, Last: state.Access{At: tx.Now(), By: "arn", Region: "r"},
					Actions: []state.ActionAccess{{Name: "GetUser"}}}},
			})
			put(tx, account, id, 0)
		}
		return nil
	})
	now = now.Add(time.Minute)
	s := db.Snapshot()
	number := func(p *state.ReportPart) string { return p.Report }
	if got := names(s.ReportParts(account, "r1"), number); !slices.Equal(got, []string{"r1", "r1"}) {
		t.Errorf("parts of r1: %v", got)
	}
	if got := names(s.StrayReportParts(account, now), number); !slices.Equal(got, []string{"stray"}) {
		t.Errorf("strays: %v", got)
	}
	if got := names(s.StrayReportParts(account, now.Add(-time.Minute)), number); got != nil {
		t.Errorf("strays that are too young: %v", got)
	}
	if got := names(s.AccessReports(account), func(r *state.AccessReport) string { return r.ID }); !slices.Equal(got, []string{"r2", "r0"}) {
		t.Errorf("AccessReports = %v", got)
	}
	if _, ok := s.AccessReport(member, "r2"); ok {
		t.Error("the member account sees a report of the other")
	}
	statetest.Check(t, db)
	statetest.Update(t, db, func(tx *state.Tx) error {
		for p := range s.ReportParts(account, "r2") {
			tx.DeleteReportPart(p)
		}
		return nil
	})
	if state.Check(db.Snapshot()) == nil {
		t.Error("a report without its parts passes the check")
	}
	statetest.Update(t, db, func(tx *state.Tx) error {
		put(tx, account, "r2", 0)
		return nil
	})
}
