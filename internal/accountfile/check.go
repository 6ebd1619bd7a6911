package accountfile

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/policy"
)

// Here is what decides, besides IAM's own rules, what can be here.
type Here struct {
	Now    time.Time                          // nothing was made later
	Policy func(policyARN string) bool        // reports whether a policy of AWS is known
	Linked func(servicePrincipal string) bool // reports whether a service is known to have service-linked roles
}

// Check says what of a file, or of a part of one, no server here would take,
// all of it: names, paths, tags and ids that IAM does not have, dates on which
// nothing can have been made, documents that are no policies, and what is AWS's
// and not known. It returns nil when there is nothing.
func Check(d *Details, here Here) error {
	var all []error
	for _, e := range sorted(d) {
		for _, err := range e.check(&here) {
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

func (e *entity) check(here *Here) (all []error) {
	if !ids[e.kind].MatchString(e.id) {
		all = append(all, fmt.Errorf("its unique id %q is not one", e.id))
	}
	for _, input := range e.creations() {
		if faults := input.Validate(); faults != nil {
			all = append(all, errors.New(shape.Message(faults, false)))
		}
	}
	all = append(append(all, e.checkDates(here.Now)...), e.checkLinked(here.Linked)...)
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
		if OfAWS(policyARN) && !here.Policy(policyARN) {
			all = append(all, fmt.Errorf("AWS has no policy %s that is known here", policyARN))
		}
	}
	return all
}

// Outdated says which trust policies of a file IAM would not store today. Where
// they were stored before it asked for more they stay in force, on AWS and here.
func Outdated(d *Details) (all []error) {
	for _, e := range sorted(d) {
		role, ok := e.detail.(*iamapi.RoleDetail)
		if !ok || role.AssumeRolePolicyDocument == nil {
			continue
		}
		trust, err := policy.Parse(policy.Trust, Document(role.AssumeRolePolicyDocument))
		if err != nil {
			continue // Check says so
		}
		if fault := trust.CheckTrust(); fault != nil {
			all = append(all, fmt.Errorf("%s: trust policy: %s", e.String(), fault.Detail))
		}
	}
	return all
}

// beforeIAM is before the first version of IAM's API, 2010-05-08.
var beforeIAM = time.Date(2010, 5, 8, 0, 0, 0, 0, time.UTC)

// clocksDiffer is how far the clock of who made a file may be ahead.
const clocksDiffer = 5 * time.Minute

// checkDates finds dates that are still to come: what was made then would be
// younger than all that is made from now on.
func (e *entity) checkDates(now time.Time) (all []error) {
	check := func(what string, at *time.Time) {
		switch {
		case at == nil:
		case at.After(now.Add(clocksDiffer)):
			all = append(all, fmt.Errorf("%s, %s, is still to come", what, at.Format(time.RFC3339)))
		case at.Before(beforeIAM):
			all = append(all, fmt.Errorf("%s, %s, is from before there was IAM", what, at.Format(time.RFC3339)))
		}
	}
	const created = "its date of creation"
	switch d := e.detail.(type) {
	case *iamapi.UserDetail:
		check(created, d.CreateDate)
	case *iamapi.GroupDetail:
		check(created, d.CreateDate)
	case *iamapi.RoleDetail:
		check(created, d.CreateDate)
		if d.RoleLastUsed != nil {
			check("its date of last use", d.RoleLastUsed.LastUsedDate)
		}
		for _, p := range d.InstanceProfileList {
			check("the date of instance profile "+p.InstanceProfileName, &p.CreateDate)
		}
	case *iamapi.ManagedPolicyDetail:
		check(created, d.CreateDate)
		check("its date of update", d.UpdateDate)
		for _, v := range d.PolicyVersionList {
			check("the date of version "+text(v.VersionId), v.CreateDate)
		}
	}
	return all
}

// checkLinked finds roles that are called like one of a service and are none:
// no SCP would limit them, and DeleteRole would not delete them.
func (e *entity) checkLinked(known func(service string) bool) (all []error) {
	role, ok := e.detail.(*iamapi.RoleDetail)
	service, linked := strings.CutPrefix(e.path, "/aws-service-role/")
	if !ok || !linked {
		return nil
	}
	if service = strings.TrimSuffix(service, "/"); !known(service) {
		all = append(all, fmt.Errorf("its path %s is that of no service known here to have service-linked roles: leave the role out of the file", e.path))
	}
	trust, err := policy.Parse(policy.Trust, Document(role.AssumeRolePolicyDocument))
	if err == nil && !trustsServicesAlone(trust) {
		all = append(all, errors.New("it trusts others than services, which no service-linked role does"))
	}
	return all
}

func trustsServicesAlone(trust *policy.Document) bool {
	for _, s := range trust.Statements {
		if s.Effect == policy.Deny {
			continue
		}
		if s.Principal == nil || s.Principal.Not {
			return false
		}
		for _, p := range s.Principal.Values {
			if p.Type != policy.ServicePrincipal {
				return false
			}
		}
	}
	return true
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
