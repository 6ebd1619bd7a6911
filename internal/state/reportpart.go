package state

import (
	"fmt"
	"iter"
	"time"
)

// ReportPart is a piece of a report that is too large for a row of its own.
// Parts are stored before the report that has them: parts without a report are
// of one that is being made, or that never was finished.
type ReportPart struct {
	Account string    `cbor:"1,keyasint"`
	Report  string    `cbor:"2,keyasint"` // id of the report
	Number  int       `cbor:"3,keyasint"` // from 0
	Data    []byte    `cbor:"4,keyasint"`
	Created time.Time `cbor:"5,keyasint"`
}

var reportParts = table[ReportPart]{
	prefix: "reportpart",
	key:    func(p *ReportPart) string { return reportPartKey(p.Account, p.Report, p.Number) },
	rows:   func(s *Snapshot) *index[*ReportPart] { return &s.reportParts },
	check: func(s *Snapshot, p *ReportPart) error {
		if _, ok := s.Account(p.Account); !ok {
			return fmt.Errorf("no account %s", p.Account)
		}
		return nil
	},
}

// reportPartKey sorts the parts of an account by report, then by number.
func reportPartKey(account, report string, number int) string {
	return fmt.Sprintf("%s/%s/%05d", account, report, number)
}

// ReportParts yields the parts of a report by number.
func (s *Snapshot) ReportParts(account, report string) iter.Seq[*ReportPart] {
	return func(yield func(*ReportPart) bool) {
		for p := range s.reportParts.from(reportPartKey(account, report, 0)) {
			if p.Account != account || p.Report != report || !yield(p) {
				return
			}
		}
	}
}

// StrayReportParts yields the parts of an account that belong to no report and
// were stored before a time.
func (s *Snapshot) StrayReportParts(account string, before time.Time) iter.Seq[*ReportPart] {
	return func(yield func(*ReportPart) bool) {
		for p := range s.reportParts.from(account + "/") {
			if p.Account != account {
				return
			}
			if p.Created.Before(before) && !s.hasReport(account, p.Report) && !yield(p) {
				return
			}
		}
	}
}

func (s *Snapshot) hasReport(account, id string) bool {
	if r, ok := s.CredentialReport(account); ok && r.ID == id {
		return true
	}
	_, ok := s.AccessReport(account, id)
	return ok
}

// checkParts reports a report whose parts are not all there.
func (s *Snapshot) checkParts(account, report string, parts int) error {
	n := 0
	for p := range s.ReportParts(account, report) {
		if p.Number != n {
			return fmt.Errorf("part %d is missing", n)
		}
		n++
	}
	if n != parts {
		return fmt.Errorf("it has %d parts, not %d", n, parts)
	}
	if _, ok := s.Account(account); !ok {
		return fmt.Errorf("no account %s", account)
	}
	return nil
}

// PutReportPart adds a part.
func (tx *Tx) PutReportPart(p *ReportPart) { put(tx, &reportParts, p) }

// DeleteReportPart removes a part of a report that is gone.
func (tx *Tx) DeleteReportPart(p *ReportPart) { remove(tx, &reportParts, p) }
