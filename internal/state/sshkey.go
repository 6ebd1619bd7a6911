package state

import (
	"errors"
	"slices"
	"time"
)

// SSHKey is the public part of a user's SSH key.
type SSHKey struct {
	ID      string    `cbor:"1,keyasint"` // APKA…
	Account string    `cbor:"2,keyasint"`
	UserID  string    `cbor:"3,keyasint"`
	Key     []byte    `cbor:"4,keyasint"` // as SSH has it on the wire
	Active  bool      `cbor:"5,keyasint,omitempty"`
	Created time.Time `cbor:"6,keyasint"`
	Seq     uint64    `cbor:"7,keyasint"` // order of creation; from Tx.NextSeq
}

type sshKeyTables struct {
	rows   index[*SSHKey]
	byUser index[*SSHKey] // user id, order
	byKey  index[*SSHKey] // user id, key
}

var sshKeys = table[SSHKey]{
	prefix: "sshkey",
	key:    func(k *SSHKey) string { return k.ID },
	rows:   func(s *Snapshot) *index[*SSHKey] { return &s.sshKeys.rows },
	index: func(s *Snapshot, k *SSHKey, on bool) {
		s.sshKeys.byUser.put(s, on, k.UserID, sequence(k.Seq), "", k)
		s.sshKeys.byKey.put(s, on, k.UserID, string(k.Key), "", k)
	},
	check: func(s *Snapshot, k *SSHKey) error {
		if k.UserID == k.Account {
			return errors.New("the root user has SSH keys")
		}
		if len(k.Key) == 0 {
			return errors.New("no key")
		}
		return s.checkOwner(k.Account, k.UserID)
	},
}

// SSHKeys returns the SSH keys of a user in order of creation. The slice is
// the caller's.
func (s *Snapshot) SSHKeys(userID string) []*SSHKey {
	return slices.Collect(s.sshKeys.byUser.under(userID))
}

// SSHKeyOf returns the entry of a user for a key as SSH has it on the wire: a
// user has no key twice.
func (s *Snapshot) SSHKeyOf(userID string, key []byte) (*SSHKey, bool) {
	return s.sshKeys.byKey.get(userID, string(key), "")
}

// PutSSHKey adds or replaces an SSH key.
func (tx *Tx) PutSSHKey(k *SSHKey) { put(tx, &sshKeys, k) }

// DeleteSSHKey removes an SSH key.
func (tx *Tx) DeleteSSHKey(k *SSHKey) { remove(tx, &sshKeys, k) }
