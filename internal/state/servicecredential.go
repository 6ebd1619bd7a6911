package state

import (
	"errors"
	"iter"
	"slices"
	"time"
)

// ServiceCredential is a service-specific credential of a user: a name and a
// secret for one service.
type ServiceCredential struct {
	ID      string    `cbor:"1,keyasint"` // ACCA…
	Account string    `cbor:"2,keyasint"`
	UserID  string    `cbor:"3,keyasint"`
	Service string    `cbor:"4,keyasint"` // codecommit.amazonaws.com
	Name    string    `cbor:"5,keyasint"` // unique in the service and account
	Secret  Secret    `cbor:"6,keyasint"`
	Active  bool      `cbor:"7,keyasint,omitempty"`
	Created time.Time `cbor:"8,keyasint"`
	Expires time.Time `cbor:"9,keyasint,omitzero"` // zero: never
	Seq     uint64    `cbor:"10,keyasint"`         // order of creation; from Tx.NextSeq
}

type serviceCredentialTables struct {
	rows      index[*ServiceCredential]
	byUser    index[*ServiceCredential] // user id, order
	byAccount index[*ServiceCredential] // account, order
	byName    index[*ServiceCredential] // account, service, name
}

var serviceCredentials = table[ServiceCredential]{
	prefix:  "servicecred",
	key:     func(c *ServiceCredential) string { return c.ID },
	account: func(c *ServiceCredential) string { return c.Account },
	rows:    func(s *Snapshot) *index[*ServiceCredential] { return &s.serviceCredentials.rows },
	index: func(s *Snapshot, c *ServiceCredential, on bool) {
		t, order := &s.serviceCredentials, sequence(c.Seq)
		t.byUser.put(s, on, c.UserID, order, "", c)
		t.byAccount.put(s, on, c.Account, order, "", c)
		t.byName.put(s, on, c.Account, c.Service, fold(c.Name), c)
	},
	check: func(s *Snapshot, c *ServiceCredential) error {
		if c.UserID == c.Account {
			return errors.New("the root user has service-specific credentials")
		}
		if c.Secret == "" {
			return errors.New("no secret")
		}
		return s.checkOwner(c.Account, c.UserID)
	},
}

// ServiceCredential returns a service-specific credential by its id.
func (s *Snapshot) ServiceCredential(id string) (*ServiceCredential, bool) {
	return s.serviceCredentials.rows.get(id, "", "")
}

// ServiceCredentialNamed returns a service-specific credential by the name
// that the service knows it by.
func (s *Snapshot) ServiceCredentialNamed(account, service, name string) (*ServiceCredential, bool) {
	return s.serviceCredentials.byName.get(account, service, fold(name))
}

// ServiceCredentials returns the service-specific credentials of a user in
// order of creation. The slice is the caller's.
func (s *Snapshot) ServiceCredentials(userID string) []*ServiceCredential {
	return slices.Collect(s.serviceCredentials.byUser.under(userID))
}

// AllServiceCredentials yields the service-specific credentials of an account
// behind that sequence number, in order of creation.
func (s *Snapshot) AllServiceCredentials(account string, afterSeq uint64) iter.Seq[*ServiceCredential] {
	return s.serviceCredentials.byAccount.after(account, sequence(afterSeq), "")
}

// PutServiceCredential adds or replaces a service-specific credential.
func (tx *Tx) PutServiceCredential(c *ServiceCredential) { put(tx, &serviceCredentials, c) }

// DeleteServiceCredential removes a service-specific credential.
func (tx *Tx) DeleteServiceCredential(c *ServiceCredential) { remove(tx, &serviceCredentials, c) }
