package state

import "time"

// CredentialReport is the newest credential report of an account. Its content
// is compressed, in report parts.
type CredentialReport struct {
	Account string    `cbor:"1,keyasint"`
	ID      string    `cbor:"2,keyasint"` // of the parts
	Created time.Time `cbor:"3,keyasint"`
	Parts   int       `cbor:"4,keyasint"`
}

var credentialReports = table[CredentialReport]{
	prefix: "credreport",
	key:    func(r *CredentialReport) string { return r.Account },
	rows:   func(s *Snapshot) *index[*CredentialReport] { return &s.credentialReports },
	check: func(s *Snapshot, r *CredentialReport) error {
		return s.checkParts(r.Account, r.ID, r.Parts)
	},
}

// CredentialReport returns the newest credential report of an account.
func (s *Snapshot) CredentialReport(account string) (*CredentialReport, bool) {
	return s.credentialReports.get(account, "", "")
}

// PutCredentialReport adds or replaces the credential report of an account.
// The parts of the one before become strays.
func (tx *Tx) PutCredentialReport(r *CredentialReport) { put(tx, &credentialReports, r) }
