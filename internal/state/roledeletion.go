package state

import (
	"errors"
	"fmt"
	"time"
)

// RoleDeletion is a task that was to delete a service-linked role. Tasks end in
// the transaction that makes them: there is none that still runs.
type RoleDeletion struct {
	ID      string     `cbor:"1,keyasint"` // task/aws-service-role/SERVICE/ROLE/UUID
	Account string     `cbor:"2,keyasint"`
	Created time.Time  `cbor:"3,keyasint"`
	Seq     uint64     `cbor:"4,keyasint"`           // order of creation; from Tx.NextSeq
	InUse   *RoleInUse `cbor:"5,keyasint,omitempty"` // why it failed; nil: the role is deleted
}

// RoleInUse says what a service still uses its role for.
type RoleInUse struct {
	Reason string      `cbor:"1,keyasint"`
	Usage  []RoleUsage `cbor:"2,keyasint,omitempty"`
}

// RoleUsage are resources of a region that a service-linked role is used for.
type RoleUsage struct {
	Region    string   `cbor:"1,keyasint"`
	Resources []string `cbor:"2,keyasint"` // ARNs
}

// maxRoleDeletions bounds the tasks that are kept of an account: who deletes
// and makes roles again and again does not fill the state.
const maxRoleDeletions = 100

type roleDeletionTables struct {
	rows      index[*RoleDeletion]
	byAccount index[*RoleDeletion] // account, order
}

var roleDeletions = table[RoleDeletion]{
	prefix: "roledeletion",
	key:    func(d *RoleDeletion) string { return d.ID },
	rows:   func(s *Snapshot) *index[*RoleDeletion] { return &s.roleDeletions.rows },
	index: func(s *Snapshot, d *RoleDeletion, on bool) {
		s.roleDeletions.byAccount.put(s, on, d.Account, sequence(d.Seq), "", d)
	},
	check: func(s *Snapshot, d *RoleDeletion) error {
		if _, ok := s.Account(d.Account); !ok {
			return fmt.Errorf("no account %s", d.Account)
		}
		if s.roleDeletions.byAccount.count(d.Account) > maxRoleDeletions {
			return errors.New("the account has too many tasks")
		}
		return nil
	},
}

// RoleDeletion returns a task by its id, which tells nothing of other accounts.
func (s *Snapshot) RoleDeletion(account, id string) (*RoleDeletion, bool) {
	d, ok := s.roleDeletions.rows.get(id, "", "")
	if !ok || d.Account != account {
		return nil, false
	}
	return d, true
}

// PutRoleDeletion adds a task. Of an account the newest hundred are kept.
func (tx *Tx) PutRoleDeletion(d *RoleDeletion) {
	put(tx, &roleDeletions, d)
	if tx.roleDeletions.byAccount.count(d.Account) <= maxRoleDeletions {
		return
	}
	var oldest *RoleDeletion
	for oldest = range tx.roleDeletions.byAccount.under(d.Account) {
		break
	}
	remove(tx, &roleDeletions, oldest)
}
