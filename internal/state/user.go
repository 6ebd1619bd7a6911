package state

import (
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/writ-iam/writ/arn"
)

// Tag is a tag of an entity. Order is that of the last write.
type Tag struct {
	Key   string `cbor:"1,keyasint"`
	Value string `cbor:"2,keyasint"`
}

// InlinePolicy is a policy that belongs to one user, group or role. They are
// kept sorted by name.
type InlinePolicy struct {
	Name     string    `cbor:"1,keyasint"`
	Document *Document `cbor:"2,keyasint"`
}

// User is an IAM user. The root user of an account is not one of them.
type User struct {
	Account          string         `cbor:"1,keyasint"`
	ID               string         `cbor:"2,keyasint"` // AIDA…
	Name             string         `cbor:"3,keyasint"`
	Path             string         `cbor:"4,keyasint"` // begins and ends with "/"
	Created          time.Time      `cbor:"5,keyasint"`
	Boundary         string         `cbor:"6,keyasint,omitempty"` // policy ARN, or ""
	Tags             []Tag          `cbor:"7,keyasint,omitempty"`
	Groups           []string       `cbor:"8,keyasint,omitempty"` // unique ids
	Inline           []InlinePolicy `cbor:"9,keyasint,omitempty"`
	Attached         []string       `cbor:"10,keyasint,omitempty"` // policy ARNs
	PasswordLastUsed time.Time      `cbor:"11,keyasint,omitzero"`
}

// UniqueID implements Entity.
func (u *User) UniqueID() string { return u.ID }

// AccountID implements Entity.
func (u *User) AccountID() string { return u.Account }

// ARN implements Entity.
func (u *User) ARN() string { return arn.User(u.Account, u.Path, u.Name) }

type userTables struct {
	rows    index[*User]
	byName  index[*User] // account, name
	byGroup index[*User] // group id, name
}

var users = table[User]{
	prefix: "user",
	key:    func(u *User) string { return u.ID },
	rows:   func(s *Snapshot) *index[*User] { return &s.users.rows },
	index: func(s *Snapshot, u *User, on bool) {
		name := fold(u.Name)
		s.users.byName.put(s, on, u.Account, name, "", u)
		for _, id := range u.Groups {
			s.users.byGroup.put(s, on, id, name, "", u)
		}
		s.attach(on, u, u.Attached, u.Boundary)
	},
	check: func(s *Snapshot, u *User) error {
		for _, id := range u.Groups {
			if g, ok := s.GroupByID(id); !ok || g.Account != u.Account {
				return fmt.Errorf("no group %s in its account", id)
			}
		}
		if hasDuplicate(u.Groups) {
			return errors.New("is in a group twice")
		}
		return s.checkEntity(u, "AIDA", u.Inline, u.Attached, u.Boundary)
	},
}

// User returns a user by name, compared without case.
func (s *Snapshot) User(account, name string) (*User, bool) {
	return s.users.byName.get(account, fold(name), "")
}

// UserByID returns a user by unique id.
func (s *Snapshot) UserByID(id string) (*User, bool) { return s.users.rows.get(id, "", "") }

// Users yields the users of an account whose names follow afterName, by name.
func (s *Snapshot) Users(account, afterName string) iter.Seq[*User] {
	return s.users.byName.after(account, fold(afterName), "")
}

// NumUsers counts the users of an account.
func (s *Snapshot) NumUsers(account string) int { return s.users.byName.count(account) }

// MembersOf yields the users in a group, by name.
func (s *Snapshot) MembersOf(groupID string) iter.Seq[*User] {
	return s.users.byGroup.under(groupID)
}

// GroupsOf yields the groups of a user in the order in which it joined them.
func (s *Snapshot) GroupsOf(u *User) iter.Seq[*Group] {
	return func(yield func(*Group) bool) {
		for _, id := range u.Groups {
			if g, ok := s.GroupByID(id); ok && !yield(g) {
				return
			}
		}
	}
}

// PutUser adds or replaces a user.
func (tx *Tx) PutUser(u *User) { put(tx, &users, u) }

// DeleteUser removes a user and nothing else: keys, for one, are the caller's.
func (tx *Tx) DeleteUser(u *User) { remove(tx, &users, u) }
