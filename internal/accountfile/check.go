package accountfile

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/policy"
)

// Check says what of a file, or of a part of one, no server here would take,
// all of it: names, paths, tags and ids that IAM does not have, documents that
// are no policies, and policies of AWS that are not known. It returns nil when
// there is nothing.
func Check(d *Details, knownAWS func(policyARN string) bool) error {
	var all []error
	for _, e := range sorted(d) {
		for _, err := range e.check(knownAWS) {
			all = append(all, fmt.Errorf("%s: %w", e.String(), err))
		}
	}
	return errors.Join(all...)
}

// ids are the forms of unique ids, by kind.
var ids = map[string]*regexp.Regexp{
	"user": regexp.MustCompile(`^AIDA[A-Z0-9]{12,124}$`), "group": regexp.MustCompile(`^AGPA[A-Z0-9]{12,124}$`),
	"role": regexp.MustCompile(`^AROA[A-Z0-9]{12,124}$`), "policy": regexp.MustCompile(`^ANPA[A-Z0-9]{12,124}$`),
}

func (e *entity) check(knownAWS func(string) bool) (all []error) {
	if !ids[e.kind].MatchString(e.id) {
		all = append(all, fmt.Errorf("its unique id %q is not one", e.id))
	}
	for _, input := range e.creations() {
		if faults := input.Validate(); faults != nil {
			all = append(all, errors.New(shape.Message(faults, false)))
		}
	}
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
		if d.AssumeRolePolicyDocument != nil { // a part may have a role that is only to be there
			parse(policy.Trust, "trust policy", d.AssumeRolePolicyDocument)
		}
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

// validated is an input of IAM's API.
type validated interface{ Validate() []shape.Violation }

// creations are the calls that would make the entity and what belongs to it, as
// far as IAM has rules for their members: those of the file must keep them too.
// Documents are not among them.
func (e *entity) creations() []validated {
	const someDocument = "{}"
	switch d := e.detail.(type) {
	case *iamapi.UserDetail:
		return []validated{&iamapi.CreateUserInput{UserName: e.name, Path: d.Path, Tags: d.Tags}}
	case *iamapi.GroupDetail:
		return []validated{&iamapi.CreateGroupInput{GroupName: e.name, Path: d.Path}}
	case *iamapi.RoleDetail:
		all := []validated{
			&iamapi.CreateRoleInput{RoleName: e.name, Path: d.Path, Tags: d.Tags, AssumeRolePolicyDocument: someDocument},
		}
		for _, p := range d.InstanceProfileList {
			all = append(all, &iamapi.CreateInstanceProfileInput{InstanceProfileName: p.InstanceProfileName, Path: &p.Path, Tags: p.Tags})
		}
		return all
	case *iamapi.ManagedPolicyDetail:
		return []validated{
			&iamapi.CreatePolicyInput{PolicyName: e.name, Path: d.Path, Description: d.Description, PolicyDocument: someDocument},
		}
	}
	return nil
}
