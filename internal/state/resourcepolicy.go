package state

// resourcePolicy is the resource-based policy of a resource other than a role.
type resourcePolicy struct {
	ARN      string    `cbor:"1,keyasint"`
	Document *Document `cbor:"2,keyasint"`
}

var resourcePolicies = table[resourcePolicy]{
	prefix: "rpolicy",
	key:    func(p *resourcePolicy) string { return p.ARN },
	rows:   func(s *Snapshot) *index[*resourcePolicy] { return &s.resourcePolicies },
}

// ResourcePolicy returns the resource-based policy of a resource. A role's is
// its Trust.
func (s *Snapshot) ResourcePolicy(arn string) (*Document, bool) {
	p, ok := s.resourcePolicies.get(arn, "", "")
	if !ok {
		return nil, false
	}
	return p.Document, true
}

// PutResourcePolicy sets the policy of a resource.
func (tx *Tx) PutResourcePolicy(arn string, doc *Document) {
	put(tx, &resourcePolicies, &resourcePolicy{arn, doc})
}

// DeleteResourcePolicy removes the policy of a resource, if it has one.
func (tx *Tx) DeleteResourcePolicy(arn string) {
	remove(tx, &resourcePolicies, &resourcePolicy{ARN: arn})
}
