package state

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// AWSAccount is the account of AWS managed policies.
const AWSAccount = "aws"

// ManagedPolicy is a managed policy. Those of AWS have Account AWSAccount, one
// version, and no dates: catalog knows more about them.
type ManagedPolicy struct {
	Account     string          `cbor:"1,keyasint"`
	ID          string          `cbor:"2,keyasint"` // ANPA…
	Name        string          `cbor:"3,keyasint"`
	Path        string          `cbor:"4,keyasint"` // begins and ends with "/"
	Description string          `cbor:"5,keyasint,omitempty"`
	Created     time.Time       `cbor:"6,keyasint,omitzero"`
	Updated     time.Time       `cbor:"7,keyasint,omitzero"`
	Versions    []PolicyVersion `cbor:"8,keyasint"`
	Default     string          `cbor:"9,keyasint"`  // id of the default version
	NextVersion int             `cbor:"10,keyasint"` // number of the next version: ids are never used again
	Tags        []Tag           `cbor:"11,keyasint,omitempty"`
}

// PolicyVersion is a version of a managed policy: v1, v2, …
type PolicyVersion struct {
	ID       string    `cbor:"1,keyasint"`
	Document *Document `cbor:"2,keyasint"`
	Created  time.Time `cbor:"3,keyasint,omitzero"`
}

// UniqueID implements Entity.
func (p *ManagedPolicy) UniqueID() string { return p.ID }

// AccountID implements Entity.
func (p *ManagedPolicy) AccountID() string { return p.Account }

// ARN implements Entity.
func (p *ManagedPolicy) ARN() string { return arn.Policy(p.Account, p.Path, p.Name) }

// Version returns a version by id, or nil.
func (p *ManagedPolicy) Version(id string) *PolicyVersion {
	for i := range p.Versions {
		if p.Versions[i].ID == id {
			return &p.Versions[i]
		}
	}
	return nil
}

// DefaultVersion returns the version in force. A policy always has one.
func (p *ManagedPolicy) DefaultVersion() *PolicyVersion { return p.Version(p.Default) }

type policyTables struct {
	rows   index[*ManagedPolicy]
	byName index[*ManagedPolicy] // account, name
	byARN  index[*ManagedPolicy]
}

var managedPolicies = table[ManagedPolicy]{
	prefix: "policy",
	key:    func(p *ManagedPolicy) string { return p.ID },
	rows:   func(s *Snapshot) *index[*ManagedPolicy] { return &s.policies.rows },
	index: func(s *Snapshot, p *ManagedPolicy, on bool) {
		s.policies.byName.put(s, on, p.Account, fold(p.Name), "", p)
		s.policies.byARN.put(s, on, p.ARN(), "", "", p)
	},
	check: func(s *Snapshot, p *ManagedPolicy) error {
		if p.DefaultVersion() == nil {
			return fmt.Errorf("no default version %q", p.Default)
		}
		var ids []string
		for _, v := range p.Versions {
			if v.Document == nil {
				return fmt.Errorf("version %s has no document", v.ID)
			}
			ids = append(ids, v.ID)
		}
		if hasDuplicate(ids) {
			return errors.New("two versions have one id")
		}
		return s.checkEntity(p, "ANPA", nil, nil, "")
	},
}

// Policy returns a customer managed policy by name, compared without case.
func (s *Snapshot) Policy(account, name string) (*ManagedPolicy, bool) {
	return s.policies.byName.get(account, fold(name), "")
}

// PolicyByID returns a customer managed policy by unique id.
func (s *Snapshot) PolicyByID(id string) (*ManagedPolicy, bool) {
	return s.policies.rows.get(id, "", "")
}

// Policies yields the customer managed policies of an account whose names
// follow afterName, by name.
func (s *Snapshot) Policies(account, afterName string) iter.Seq[*ManagedPolicy] {
	return s.policies.byName.after(account, fold(afterName), "")
}

// NumPolicies counts the customer managed policies of an account.
func (s *Snapshot) NumPolicies(account string) int { return s.policies.byName.count(account) }

const awsPolicyPrefix = "arn:aws:iam::" + AWSAccount + ":policy/"

// ManagedPolicy returns a managed policy, of a customer or of AWS, by its
// exact ARN.
func (s *Snapshot) ManagedPolicy(policyARN string) (*ManagedPolicy, bool) {
	if strings.HasPrefix(policyARN, awsPolicyPrefix) {
		return s.env.awsManaged(policyARN)
	}
	return s.policies.byARN.get(policyARN, "", "")
}

// AttachedTo yields the users, groups and roles of an account that a managed
// policy is attached to, by unique id.
func (s *Snapshot) AttachedTo(account, policyARN string) iter.Seq[Entity] {
	return s.attached.under2(policyARN, account)
}

// AttachmentCount counts what AttachedTo yields.
func (s *Snapshot) AttachmentCount(account, policyARN string) int {
	return s.attached.count2(policyARN, account)
}

// BoundaryUsers yields the users and roles of an account whose permissions
// boundary a managed policy is, by unique id.
func (s *Snapshot) BoundaryUsers(account, policyARN string) iter.Seq[Entity] {
	return s.bounded.under2(policyARN, account)
}

// BoundaryCount counts what BoundaryUsers yields.
func (s *Snapshot) BoundaryCount(account, policyARN string) int {
	return s.bounded.count2(policyARN, account)
}

// PutPolicy adds or replaces a customer managed policy.
func (tx *Tx) PutPolicy(p *ManagedPolicy) { put(tx, &managedPolicies, p) }

// DeletePolicy removes a policy that is attached to nothing.
func (tx *Tx) DeletePolicy(p *ManagedPolicy) { remove(tx, &managedPolicies, p) }

// awsManaged returns an AWS managed policy, compiled when first asked for.
func (e *env) awsManaged(policyARN string) (*ManagedPolicy, bool) {
	if p, ok := e.managed.Load(policyARN); ok {
		return p.(*ManagedPolicy), true
	}
	if e.catalog == nil {
		return nil, false
	}
	text, version, id, ok := e.catalog(policyARN)
	if !ok {
		return nil, false
	}
	rest := policyARN[len(awsPolicyPrefix)-1:]
	slash := strings.LastIndexByte(rest, '/')
	doc := e.load(&Document{Kind: policy.IdentityBased, Text: text})
	p := &ManagedPolicy{
		Account: AWSAccount, ID: id, Path: rest[:slash+1], Name: rest[slash+1:],
		Versions: []PolicyVersion{{ID: version, Document: doc}}, Default: version,
	}
	made, _ := e.managed.LoadOrStore(policyARN, p)
	return made.(*ManagedPolicy), true
}
