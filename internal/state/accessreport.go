package state

import (
	"iter"
	"time"
)

// AccessReport says which services something may use, and when it last tried
// to: a user, group, role or managed policy, or an entity of the organization.
type AccessReport struct {
	ID          string          `cbor:"1,keyasint"` // a UUID
	Account     string          `cbor:"2,keyasint"`
	Owner       string          `cbor:"3,keyasint"` // who asked for it, and alone may read it
	Seq         uint64          `cbor:"4,keyasint"` // order of creation; from Tx.NextSeq
	Created     time.Time       `cbor:"5,keyasint"`
	Completed   time.Time       `cbor:"6,keyasint"`
	ActionLevel bool            `cbor:"7,keyasint,omitempty"`
	Services    []ServiceAccess `cbor:"8,keyasint,omitempty"` // by namespace
	Parts       int             `cbor:"9,keyasint,omitempty"` // of the entities; see ReportPart

	// Of a report about an entity of the organization.
	EntityPath string `cbor:"10,keyasint,omitempty"`
	PolicyID   string `cbor:"11,keyasint,omitempty"`

	// Why it failed, "" when it did not.
	ErrorCode    string `cbor:"12,keyasint,omitempty"`
	ErrorMessage string `cbor:"13,keyasint,omitempty"`
}

// ServiceAccess is a service that may be used.
type ServiceAccess struct {
	Namespace string         `cbor:"1,keyasint"`
	Last      Access         `cbor:"2,keyasint,omitzero"`
	Entities  int            `cbor:"3,keyasint,omitempty"` // how many tried
	Actions   []ActionAccess `cbor:"4,keyasint,omitempty"` // those that are tracked, by name
}

// ActionAccess is an action that may be used.
type ActionAccess struct {
	Name string `cbor:"1,keyasint"`
	Last Access `cbor:"2,keyasint,omitzero"`
}

// Access is an attempt to use something; zero is none.
type Access struct {
	At     time.Time `cbor:"1,keyasint,omitzero"`
	By     string    `cbor:"2,keyasint,omitempty"` // ARN of a user or role, or path of an account in the organization
	Region string    `cbor:"3,keyasint,omitempty"`
}

type accessReportTables struct {
	rows      index[*AccessReport]
	byAccount index[*AccessReport] // account, order
}

var accessReports = table[AccessReport]{
	prefix: "accessreport",
	key:    func(r *AccessReport) string { return r.ID },
	rows:   func(s *Snapshot) *index[*AccessReport] { return &s.accessReports.rows },
	index: func(s *Snapshot, r *AccessReport, on bool) {
		s.accessReports.byAccount.put(s, on, r.Account, sequence(r.Seq), "", r)
	},
	check: func(s *Snapshot, r *AccessReport) error {
		return s.checkParts(r.Account, r.ID, r.Parts)
	},
}

// AccessReport returns a report of an account.
func (s *Snapshot) AccessReport(account, id string) (*AccessReport, bool) {
	r, ok := s.accessReports.rows.get(id, "", "")
	return r, ok && r.Account == account
}

// AccessReports yields the reports of an account, the oldest first.
func (s *Snapshot) AccessReports(account string) iter.Seq[*AccessReport] {
	return s.accessReports.byAccount.under(account)
}

// NumAccessReports counts the reports of an account.
func (s *Snapshot) NumAccessReports(account string) int {
	return s.accessReports.byAccount.count(account)
}

// PutAccessReport adds or replaces a report.
func (tx *Tx) PutAccessReport(r *AccessReport) { put(tx, &accessReports, r) }

// DeleteAccessReport removes a report. Its parts become strays.
func (tx *Tx) DeleteAccessReport(r *AccessReport) { remove(tx, &accessReports, r) }
