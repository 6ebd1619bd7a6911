package accountfile

import (
	"errors"
	"fmt"

	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/policy"
)

// Check says what of a file no server here would take, all of it: documents
// that are no policies, and policies of AWS that are not known. It returns nil
// when there is nothing.
func Check(d *Details, knownAWS func(policyARN string) bool) error {
	var all []error
	for _, e := range sorted(d) {
		for _, err := range e.check(knownAWS) {
			all = append(all, fmt.Errorf("%s: %w", e.String(), err))
		}
	}
	return errors.Join(all...)
}

func (e *entity) check(knownAWS func(string) bool) (all []error) {
	parse := func(kind policy.Kind, what string, doc *string) {
		if _, err := policy.Parse(kind, Document(doc)); err != nil {
			all = append(all, fmt.Errorf("%s: %w", what, err))
		}
	}
	inline := func(list []iamapi.PolicyDetail) {
		for _, p := range list {
			parse(policy.IdentityBased, "policy "+text(p.PolicyName), p.PolicyDocument)
		}
	}
	switch d := e.detail.(type) {
	case *iamapi.UserDetail:
		inline(d.UserPolicyList)
	case *iamapi.GroupDetail:
		inline(d.GroupPolicyList)
	case *iamapi.RoleDetail:
		parse(policy.Trust, "trust policy", d.AssumeRolePolicyDocument)
		inline(d.RolePolicyList)
	case *iamapi.ManagedPolicyDetail:
		for _, v := range d.PolicyVersionList {
			parse(policy.IdentityBased, "version "+text(v.VersionId), v.Document)
		}
	}
	for _, policyARN := range e.policies() {
		if OfAWS(policyARN) && !knownAWS(policyARN) {
			all = append(all, fmt.Errorf("AWS has no policy %s that is known here", policyARN))
		}
	}
	return all
}
