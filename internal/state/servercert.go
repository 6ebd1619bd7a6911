package state

import (
	"errors"
	"iter"
	"time"

	"github.com/writ-iam/writ/arn"
)

// ServerCertificate is a certificate for TLS with its private key.
type ServerCertificate struct {
	Account string    `cbor:"1,keyasint"`
	ID      string    `cbor:"2,keyasint"` // ASCA…
	Name    string    `cbor:"3,keyasint"`
	Path    string    `cbor:"4,keyasint"` // begins and ends with "/"
	Body    string    `cbor:"5,keyasint"` // PEM, as it was uploaded
	Chain   string    `cbor:"6,keyasint,omitempty"`
	Key     Secret    `cbor:"7,keyasint"` // PEM
	Created time.Time `cbor:"8,keyasint"`
	Expires time.Time `cbor:"9,keyasint"`
	Tags    []Tag     `cbor:"10,keyasint,omitempty"`
}

// UniqueID implements Entity.
func (c *ServerCertificate) UniqueID() string { return c.ID }

// AccountID implements Entity.
func (c *ServerCertificate) AccountID() string { return c.Account }

// ARN implements Entity.
func (c *ServerCertificate) ARN() string { return arn.ServerCertificate(c.Account, c.Path, c.Name) }

type serverCertificateTables struct {
	rows   index[*ServerCertificate]
	byName index[*ServerCertificate] // account, name
}

var serverCertificates = table[ServerCertificate]{
	prefix:  "servercert",
	key:     func(c *ServerCertificate) string { return c.ID },
	account: func(c *ServerCertificate) string { return c.Account },
	rows:    func(s *Snapshot) *index[*ServerCertificate] { return &s.serverCertificates.rows },
	index: func(s *Snapshot, c *ServerCertificate, on bool) {
		s.serverCertificates.byName.put(s, on, c.Account, fold(c.Name), "", c)
	},
	check: func(s *Snapshot, c *ServerCertificate) error {
		if c.Body == "" || c.Key == "" {
			return errors.New("no certificate or no private key")
		}
		return s.checkEntity(c, "ASCA", nil, nil, "")
	},
}

// ServerCertificate returns a server certificate by name, compared without
// case.
func (s *Snapshot) ServerCertificate(account, name string) (*ServerCertificate, bool) {
	return s.serverCertificates.byName.get(account, fold(name), "")
}

// ServerCertificates yields the server certificates of an account whose names
// follow afterName, by name.
func (s *Snapshot) ServerCertificates(account, afterName string) iter.Seq[*ServerCertificate] {
	return s.serverCertificates.byName.after(account, fold(afterName), "")
}

// NumServerCertificates counts the server certificates of an account.
func (s *Snapshot) NumServerCertificates(account string) int {
	return s.serverCertificates.byName.count(account)
}

// PutServerCertificate adds or replaces a server certificate.
func (tx *Tx) PutServerCertificate(c *ServerCertificate) { put(tx, &serverCertificates, c) }

// DeleteServerCertificate removes a server certificate.
func (tx *Tx) DeleteServerCertificate(c *ServerCertificate) { remove(tx, &serverCertificates, c) }
