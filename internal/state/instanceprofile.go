package state

import (
	"fmt"
	"iter"
	"time"

	"github.com/writ-iam/writ/arn"
)

// InstanceProfile is what passes a role to an instance.
type InstanceProfile struct {
	Account string    `cbor:"1,keyasint"`
	ID      string    `cbor:"2,keyasint"` // AIPA…
	Name    string    `cbor:"3,keyasint"`
	Path    string    `cbor:"4,keyasint"` // begins and ends with "/"
	Created time.Time `cbor:"5,keyasint"`
	Roles   []string  `cbor:"6,keyasint,omitempty"` // unique ids
	Tags    []Tag     `cbor:"7,keyasint,omitempty"`
}

// UniqueID implements Entity.
func (p *InstanceProfile) UniqueID() string { return p.ID }

// AccountID implements Entity.
func (p *InstanceProfile) AccountID() string { return p.Account }

// ARN implements Entity.
func (p *InstanceProfile) ARN() string {
	return arn.InstanceProfile(p.Account, p.Path, p.Name)
}

type profileTables struct {
	rows   index[*InstanceProfile]
	byName index[*InstanceProfile] // account, name
	byRole index[*InstanceProfile] // role id, name
}

var instanceProfiles = table[InstanceProfile]{
	prefix: "profile",
	key:    func(p *InstanceProfile) string { return p.ID },
	rows:   func(s *Snapshot) *index[*InstanceProfile] { return &s.instanceProfiles.rows },
	index: func(s *Snapshot, p *InstanceProfile, on bool) {
		name := fold(p.Name)
		s.instanceProfiles.byName.put(s, on, p.Account, name, "", p)
		for _, id := range p.Roles {
			s.instanceProfiles.byRole.put(s, on, id, name, "", p)
		}
	},
	check: func(s *Snapshot, p *InstanceProfile) error {
		for _, id := range p.Roles {
			if r, ok := s.RoleByID(id); !ok || r.Account != p.Account {
				return fmt.Errorf("no role %s in its account", id)
			}
		}
		return s.checkEntity(p, "AIPA", nil, nil, "")
	},
}

// InstanceProfile returns an instance profile by name, compared without case.
func (s *Snapshot) InstanceProfile(account, name string) (*InstanceProfile, bool) {
	return s.instanceProfiles.byName.get(account, fold(name), "")
}

// InstanceProfileByID returns an instance profile by unique id.
func (s *Snapshot) InstanceProfileByID(id string) (*InstanceProfile, bool) {
	return s.instanceProfiles.rows.get(id, "", "")
}

// InstanceProfiles yields the instance profiles of an account whose names
// follow afterName, by name.
func (s *Snapshot) InstanceProfiles(account, afterName string) iter.Seq[*InstanceProfile] {
	return s.instanceProfiles.byName.after(account, fold(afterName), "")
}

// NumInstanceProfiles counts the instance profiles of an account.
func (s *Snapshot) NumInstanceProfiles(account string) int {
	return s.instanceProfiles.byName.count(account)
}

// ProfilesOf yields the instance profiles that hold a role, by name.
func (s *Snapshot) ProfilesOf(roleID string) iter.Seq[*InstanceProfile] {
	return s.instanceProfiles.byRole.under(roleID)
}

// PutInstanceProfile adds or replaces an instance profile.
func (tx *Tx) PutInstanceProfile(p *InstanceProfile) { put(tx, &instanceProfiles, p) }

// DeleteInstanceProfile removes an instance profile.
func (tx *Tx) DeleteInstanceProfile(p *InstanceProfile) { remove(tx, &instanceProfiles, p) }
