package state

import (
	"errors"
	"slices"
	"time"
)

// SigningCertificate is an X.509 certificate of a user, or of the root user of
// an account: then UserID is the account id.
type SigningCertificate struct {
	ID      string    `cbor:"1,keyasint"` // capitals and digits, without a prefix
	Account string    `cbor:"2,keyasint"`
	UserID  string    `cbor:"3,keyasint"`
	Body    string    `cbor:"4,keyasint"` // PEM, as it was uploaded
	Digest  []byte    `cbor:"5,keyasint"` // SHA-256 of the certificate
	Active  bool      `cbor:"6,keyasint,omitempty"`
	Created time.Time `cbor:"7,keyasint"`
	Seq     uint64    `cbor:"8,keyasint"` // order of creation; from Tx.NextSeq
}

type signingCertificateTables struct {
	rows     index[*SigningCertificate]
	byUser   index[*SigningCertificate] // user id, order
	byDigest index[*SigningCertificate] // account, digest
}

var signingCertificates = table[SigningCertificate]{
	prefix: "signingcert",
	key:    func(c *SigningCertificate) string { return c.ID },
	rows:   func(s *Snapshot) *index[*SigningCertificate] { return &s.signingCertificates.rows },
	index: func(s *Snapshot, c *SigningCertificate, on bool) {
		s.signingCertificates.byUser.put(s, on, c.UserID, sequence(c.Seq), "", c)
		s.signingCertificates.byDigest.put(s, on, c.Account, string(c.Digest), "", c)
	},
	check: func(s *Snapshot, c *SigningCertificate) error {
		if c.Body == "" || len(c.Digest) == 0 {
			return errors.New("no certificate")
		}
		return s.checkOwner(c.Account, c.UserID)
	},
}

// SigningCertificate returns a signing certificate by its id.
func (s *Snapshot) SigningCertificate(id string) (*SigningCertificate, bool) {
	return s.signingCertificates.rows.get(id, "", "")
}

// SigningCertificates returns the signing certificates of a user in order of
// creation; those of a root user stand under its account id. The slice is the
// caller's.
func (s *Snapshot) SigningCertificates(userID string) []*SigningCertificate {
	return slices.Collect(s.signingCertificates.byUser.under(userID))
}

// SigningCertificateOf returns the entry of an account for the certificate of
// that SHA-256: an account has no certificate twice.
func (s *Snapshot) SigningCertificateOf(account string, digest []byte) (*SigningCertificate, bool) {
	return s.signingCertificates.byDigest.get(account, string(digest), "")
}

// PutSigningCertificate adds or replaces a signing certificate.
func (tx *Tx) PutSigningCertificate(c *SigningCertificate) { put(tx, &signingCertificates, c) }

// DeleteSigningCertificate removes a signing certificate.
func (tx *Tx) DeleteSigningCertificate(c *SigningCertificate) { remove(tx, &signingCertificates, c) }
