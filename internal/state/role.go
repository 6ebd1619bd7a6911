package state

import (
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// Role is an IAM role.
type Role struct {
	Account        string         `cbor:"1,keyasint"`
	ID             string         `cbor:"2,keyasint"` // AROA…
	Name           string         `cbor:"3,keyasint"`
	Path           string         `cbor:"4,keyasint"` // begins and ends with "/"
	Description    string         `cbor:"5,keyasint,omitempty"`
	Created        time.Time      `cbor:"6,keyasint"`
	MaxSession     time.Duration  `cbor:"7,keyasint"`
	Trust          *Document      `cbor:"8,keyasint"`
	Boundary       string         `cbor:"9,keyasint,omitempty"` // policy ARN, or ""
	Tags           []Tag          `cbor:"10,keyasint,omitempty"`
	Inline         []InlinePolicy `cbor:"11,keyasint,omitempty"`
	Attached       []string       `cbor:"12,keyasint,omitempty"` // policy ARNs
	LastUsed       time.Time      `cbor:"13,keyasint,omitzero"`
	LastUsedRegion string         `cbor:"14,keyasint,omitempty"`
}

// UniqueID implements Entity.
func (r *Role) UniqueID() string { return r.ID }

// AccountID implements Entity.
func (r *Role) AccountID() string { return r.Account }

// ARN implements Entity.
func (r *Role) ARN() string { return arn.Role(r.Account, r.Path, r.Name) }

// ServiceLinked reports whether the role is linked to a service, which its
// path tells.
func (r *Role) ServiceLinked() bool { return strings.HasPrefix(r.Path, "/aws-service-role/") }

type roleTables struct {
	rows   index[*Role]
	byName index[*Role] // account, name
}

var roles = table[Role]{
	prefix: "role",
	key:    func(r *Role) string { return r.ID },
	rows:   func(s *Snapshot) *index[*Role] { return &s.roles.rows },
	index: func(s *Snapshot, r *Role, on bool) {
		s.roles.byName.put(s, on, r.Account, fold(r.Name), "", r)
		s.attach(on, r, r.Attached, r.Boundary)
	},
	check: func(s *Snapshot, r *Role) error {
		if r.Trust == nil || r.Trust.Kind != policy.Trust {
			return errors.New("no trust policy")
		}
		return s.checkEntity(r, "AROA", r.Inline, r.Attached, r.Boundary)
	},
}

// Role returns a role by name, compared without case.
func (s *Snapshot) Role(account, name string) (*Role, bool) {
	return s.roles.byName.get(account, fold(name), "")
}

// RoleByID returns a role by unique id.
func (s *Snapshot) RoleByID(id string) (*Role, bool) { return s.roles.rows.get(id, "", "") }

// Roles yields the roles of an account whose names follow afterName, by name.
func (s *Snapshot) Roles(account, afterName string) iter.Seq[*Role] {
	return s.roles.byName.after(account, fold(afterName), "")
}

// NumRoles counts the roles of an account.
func (s *Snapshot) NumRoles(account string) int { return s.roles.byName.count(account) }

// PutRole adds or replaces a role.
func (tx *Tx) PutRole(r *Role) { put(tx, &roles, r) }

// DeleteRole removes a role that no instance profile names.
func (tx *Tx) DeleteRole(r *Role) { remove(tx, &roles, r) }
