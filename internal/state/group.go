package state

import (
	"iter"
	"time"

	"github.com/writ-iam/writ/arn"
)

// Group is an IAM group. Its members are kept with the users.
type Group struct {
	Account  string         `cbor:"1,keyasint"`
	ID       string         `cbor:"2,keyasint"` // AGPA…
	Name     string         `cbor:"3,keyasint"`
	Path     string         `cbor:"4,keyasint"` // begins and ends with "/"
	Created  time.Time      `cbor:"5,keyasint"`
	Inline   []InlinePolicy `cbor:"6,keyasint,omitempty"`
	Attached []string       `cbor:"7,keyasint,omitempty"` // policy ARNs
}

// UniqueID implements Entity.
func (g *Group) UniqueID() string { return g.ID }

// AccountID implements Entity.
func (g *Group) AccountID() string { return g.Account }

// ARN implements Entity.
func (g *Group) ARN() string { return arn.Group(g.Account, g.Path, g.Name) }

type groupTables struct {
	rows   index[*Group]
	byName index[*Group] // account, name
}

var groups = table[Group]{
	prefix: "group",
	key:    func(g *Group) string { return g.ID },
	rows:   func(s *Snapshot) *index[*Group] { return &s.groups.rows },
	index: func(s *Snapshot, g *Group, on bool) {
		s.groups.byName.put(s, on, g.Account, fold(g.Name), "", g)
		s.attach(on, g, g.Attached, "")
	},
	check: func(s *Snapshot, g *Group) error { return s.checkEntity(g, "AGPA", g.Inline, g.Attached, "") },
}

// Group returns a group by name, compared without case.
func (s *Snapshot) Group(account, name string) (*Group, bool) {
	return s.groups.byName.get(account, fold(name), "")
}

// GroupByID returns a group by unique id.
func (s *Snapshot) GroupByID(id string) (*Group, bool) { return s.groups.rows.get(id, "", "") }

// Groups yields the groups of an account whose names follow afterName, by name.
func (s *Snapshot) Groups(account, afterName string) iter.Seq[*Group] {
	return s.groups.byName.after(account, fold(afterName), "")
}

// NumGroups counts the groups of an account.
func (s *Snapshot) NumGroups(account string) int { return s.groups.byName.count(account) }

// PutGroup adds or replaces a group.
func (tx *Tx) PutGroup(g *Group) { put(tx, &groups, g) }

// DeleteGroup removes a group that has no members.
func (tx *Tx) DeleteGroup(g *Group) { remove(tx, &groups, g) }
