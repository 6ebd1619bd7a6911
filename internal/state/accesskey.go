package state

import (
	"errors"
	"time"
)

// AccessKey is a long-term access key of a user, or of the root user of an
// account: then UserID is the account id.
type AccessKey struct {
	ID              string    `cbor:"1,keyasint"` // AKIA…
	Account         string    `cbor:"2,keyasint"`
	UserID          string    `cbor:"3,keyasint"`
	Secret          Secret    `cbor:"4,keyasint"`
	Active          bool      `cbor:"5,keyasint,omitempty"`
	Created         time.Time `cbor:"6,keyasint"`
	Seq             uint64    `cbor:"7,keyasint"` // order of creation; from Tx.NextSeq
	LastUsed        time.Time `cbor:"8,keyasint,omitzero"`
	LastUsedRegion  string    `cbor:"9,keyasint,omitempty"`
	LastUsedService string    `cbor:"10,keyasint,omitempty"`
}

type accessKeyTables struct {
	rows   index[*AccessKey]
	byUser index[*AccessKey] // user id, order, id
}

var accessKeys = table[AccessKey]{
	prefix:  "key",
	key:     func(k *AccessKey) string { return k.ID },
	account: func(k *AccessKey) string { return k.Account },
	rows:    func(s *Snapshot) *index[*AccessKey] { return &s.accessKeys.rows },
	index: func(s *Snapshot, k *AccessKey, on bool) {
		s.accessKeys.byUser.put(s, on, k.UserID, sequence(k.Seq), k.ID, k)
	},
	check: func(s *Snapshot, k *AccessKey) error {
		if k.Secret == "" {
			return errors.New("no secret")
		}
		return s.checkOwner(k.Account, k.UserID)
	},
}

// AccessKey returns an access key by its id.
func (s *Snapshot) AccessKey(id string) (*AccessKey, bool) { return s.accessKeys.rows.get(id, "", "") }

// AccessKeys returns the keys of a user in order of creation; those of a root
// user stand under its account id. The slice is the caller's.
func (s *Snapshot) AccessKeys(userID string) []*AccessKey {
	var keys []*AccessKey
	for k := range s.accessKeys.byUser.under(userID) {
		keys = append(keys, k)
	}
	return keys
}

// PutAccessKey adds or replaces an access key.
func (tx *Tx) PutAccessKey(k *AccessKey) { put(tx, &accessKeys, k) }

// DeleteAccessKey removes an access key.
func (tx *Tx) DeleteAccessKey(k *AccessKey) { remove(tx, &accessKeys, k) }
