package state

import (
	"errors"
	"fmt"
	"iter"
	"time"
)

// Organization is the one organization of the installation.
type Organization struct {
	ID                string    `cbor:"1,keyasint"` // o-…
	RootID            string    `cbor:"2,keyasint"` // r-…
	ManagementAccount string    `cbor:"3,keyasint"`
	Created           time.Time `cbor:"4,keyasint"`

	// What IAM does for the organization: manage the root credentials of
	// members, and give out sessions of their root users for single tasks.
	RootCredentials bool `cbor:"5,keyasint,omitempty"`
	RootSessions    bool `cbor:"6,keyasint,omitempty"`
}

// ARN of the organization.
func (o *Organization) ARN() string {
	return "arn:aws:organizations::" + o.ManagementAccount + ":organization/" + o.ID
}

// AccountARN is the ARN by which the organization knows an account.
func (o *Organization) AccountARN(account string) string {
	return "arn:aws:organizations::" + o.ManagementAccount + ":account/" + o.ID + "/" + account
}

// OrganizationalUnit is a group of accounts and of other units.
type OrganizationalUnit struct {
	ID     string `cbor:"1,keyasint"` // ou-…
	Name   string `cbor:"2,keyasint"`
	Parent string `cbor:"3,keyasint"` // id of the root or another unit
	Tags   []Tag  `cbor:"4,keyasint,omitempty"`
}

// OrgPolicyType is the type of a policy of the organization.
type OrgPolicyType string

// The types of policies that take part in authorization.
const (
	SCP OrgPolicyType = "SERVICE_CONTROL_POLICY"
	RCP OrgPolicyType = "RESOURCE_CONTROL_POLICY"
)

// OrgPolicy is a policy of the organization and where it is attached.
type OrgPolicy struct {
	ID          string        `cbor:"1,keyasint"` // p-…
	Type        OrgPolicyType `cbor:"2,keyasint"`
	Name        string        `cbor:"3,keyasint"`
	Description string        `cbor:"4,keyasint,omitempty"`
	AWSManaged  bool          `cbor:"5,keyasint,omitempty"`
	Document    *Document     `cbor:"6,keyasint"`
	Targets     []string      `cbor:"7,keyasint,omitempty"` // ids of root, units, accounts
	Tags        []Tag         `cbor:"8,keyasint,omitempty"`
}

type orgPolicyTables struct {
	rows     index[*OrgPolicy]
	byTarget index[*OrgPolicy] // target, type, id
}

var organizations = table[Organization]{
	prefix: "org",
	key:    func(o *Organization) string { return o.ID },
	rows:   func(s *Snapshot) *index[*Organization] { return &s.organizations },
	index:  func(s *Snapshot, _ *Organization, _ bool) { s.guard = new(guardCache) },
	check: func(s *Snapshot, o *Organization) error {
		if _, ok := s.Account(o.ManagementAccount); !ok || s.organizations.len() > 1 {
			return errors.New("no management account, or a second organization")
		}
		return nil
	},
}

var units = table[OrganizationalUnit]{
	prefix: "ou",
	key:    func(u *OrganizationalUnit) string { return u.ID },
	rows:   func(s *Snapshot) *index[*OrganizationalUnit] { return &s.units },
	index:  func(s *Snapshot, _ *OrganizationalUnit, _ bool) { s.guard = new(guardCache) },
	check:  func(s *Snapshot, u *OrganizationalUnit) error { return s.checkTarget(u.Parent) },
}

var orgPolicies = table[OrgPolicy]{
	prefix: "orgpolicy",
	key:    func(p *OrgPolicy) string { return p.ID },
	rows:   func(s *Snapshot) *index[*OrgPolicy] { return &s.orgPolicies.rows },
	index: func(s *Snapshot, p *OrgPolicy, on bool) {
		for _, target := range p.Targets {
			s.orgPolicies.byTarget.put(s, on, target, string(p.Type), p.ID, p)
		}
		s.guard = new(guardCache)
	},
	check: func(s *Snapshot, p *OrgPolicy) error {
		if p.Document == nil || hasDuplicate(p.Targets) {
			return errors.New("no document, or attached twice")
		}
		for _, target := range p.Targets {
			if _, isAccount := s.Account(target); isAccount {
				continue
			}
			if err := s.checkTarget(target); err != nil {
				return err
			}
		}
		return nil
	},
}

// Organization returns the organization, or nil before CreateOrganization.
func (s *Snapshot) Organization() *Organization {
	for o := range s.organizations.all() {
		return o
	}
	return nil
}

// OrganizationalUnit returns a unit by id.
func (s *Snapshot) OrganizationalUnit(id string) (*OrganizationalUnit, bool) {
	return s.units.get(id, "", "")
}

// OrgPolicy returns a policy of the organization by id.
func (s *Snapshot) OrgPolicy(id string) (*OrgPolicy, bool) {
	return s.orgPolicies.rows.get(id, "", "")
}

// OrgPolicies yields the policies of the organization by id.
func (s *Snapshot) OrgPolicies() iter.Seq[*OrgPolicy] { return s.orgPolicies.rows.all() }

// checkTarget reports an id that is neither the root's nor a unit's.
func (s *Snapshot) checkTarget(id string) error {
	if _, ok := s.OrganizationalUnit(id); ok {
		return nil
	}
	if org := s.Organization(); org != nil && org.RootID == id {
		return nil
	}
	return fmt.Errorf("no root or unit %s", id)
}

// PutOrganization replaces the organization.
func (tx *Tx) PutOrganization(o *Organization) { put(tx, &organizations, o) }

// PutOrganizationalUnit adds or replaces a unit.
func (tx *Tx) PutOrganizationalUnit(u *OrganizationalUnit) { put(tx, &units, u) }

// DeleteOrganizationalUnit removes a unit without accounts and units.
func (tx *Tx) DeleteOrganizationalUnit(u *OrganizationalUnit) { remove(tx, &units, u) }

// PutOrgPolicy adds or replaces a policy of the organization.
func (tx *Tx) PutOrgPolicy(p *OrgPolicy) { put(tx, &orgPolicies, p) }

// DeleteOrgPolicy removes a policy of the organization.
func (tx *Tx) DeleteOrgPolicy(p *OrgPolicy) { remove(tx, &orgPolicies, p) }
