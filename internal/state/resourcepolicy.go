package state

import (
	"errors"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// resourcePolicy is the resource-based policy of a resource other than a role.
type resourcePolicy struct {
	ARN      string    `cbor:"1,keyasint"`
	Document *Document `cbor:"2,keyasint"`
}

var resourcePolicies = table[resourcePolicy]{
	prefix: "rpolicy",
	key:    func(p *resourcePolicy) string { return p.ARN },
	rows:   func(s *Snapshot) *index[*resourcePolicy] { return &s.resourcePolicies },
	check: func(s *Snapshot, p *resourcePolicy) error {
		if p.Document == nil || p.Document.Kind != policy.ResourceBased {
			return errors.New("not a resource-based policy")
		}
		if bucket, isBucket := strings.CutPrefix(p.ARN, arn.Bucket("")); isBucket {
			if _, ok := s.Bucket(bucket); !ok {
				return errors.New("no such bucket")
			}
		}
		if a, err := arn.Parse(p.ARN); err == nil && a.Service == "iam" {
			if _, ok := s.DelegationRequest(a.Name()); !ok {
				return errors.New("no such delegation request")
			}
		}
		return nil
	},
}

// ResourcePolicy returns the resource-based policy of a resource. A role's is
// its Trust.
func (s *Snapshot) ResourcePolicy(resourceARN string) (*Document, bool) {
	p, ok := s.resourcePolicies.get(resourceARN, "", "")
	if !ok {
		return nil, false
	}
	return p.Document, true
}

// PutResourcePolicy sets the policy of a resource.
func (tx *Tx) PutResourcePolicy(resourceARN string, doc *Document) {
	put(tx, &resourcePolicies, &resourcePolicy{resourceARN, doc})
}

// DeleteResourcePolicy removes the policy of a resource, if it has one.
func (tx *Tx) DeleteResourcePolicy(resourceARN string) {
	remove(tx, &resourcePolicies, &resourcePolicy{ARN: resourceARN})
}
