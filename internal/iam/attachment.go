package iam

import (
	"slices"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// attachment is a managed policy of a user, group or role in a request.
type attachment struct {
	to     *noun
	name   string
	policy string // ARN
}

func changesAttachment(c *api.Call, in attachment) []api.Check {
	return only(with(in.to.bounded(c, in.name), policyKey, in.policy))
}

// attach attaches a managed policy. Attaching it again is no error.
func (s *Service) attach(c *api.Call, in attachment) (change, error) {
	if !isPolicyARN(in.policy) {
		return nil, invalid(badARN, in.policy)
	}
	return func(tx *state.Tx) error {
		h, err := in.to.getToChange(tx.Snapshot, c.Account, in.name)
		if err != nil {
			return err
		}
		p, ok := usable(tx.Snapshot, c.Account, in.policy)
		if !ok {
			return notFound(policyUnknown, in.policy)
		}
		if strings.HasPrefix(p.Path, serviceRolePath) {
			return iamapi.PolicyNotAttachable(serviceRolePolicy)
		}
		if slices.Contains(*h.attached, in.policy) {
			return nil
		}
		if err := s.quotas.room(in.to.attached, len(*h.attached)); err != nil {
			return err
		}
		*h.attached = append(slices.Clip(*h.attached), in.policy)
		h.put(tx)
		return nil
	}, nil
}

func detach(c *api.Call, in attachment) (change, error) {
	if !isPolicyARN(in.policy) {
		return nil, invalid(badARN, in.policy)
	}
	return func(tx *state.Tx) error {
		h, err := in.to.getToChange(tx.Snapshot, c.Account, in.name)
		if err != nil {
			return err
		}
		if !slices.Contains(*h.attached, in.policy) {
			return notFound(policies.missing, in.policy)
		}
		*h.attached = without(*h.attached, in.policy)
		h.put(tx)
		return nil
	}, nil
}

type attachedPolicies interface {
	iamapi.ListAttachedUserPoliciesOutput | iamapi.ListAttachedGroupPoliciesOutput | iamapi.ListAttachedRolePoliciesOutput
}

func listAttached[Out attachedPolicies](s *Service) func(*api.Call, list) (*Out, error) {
	return func(c *api.Call, in list) (*Out, error) {
		h, p, err := s.open(c, in)
		if err != nil {
			return nil, err
		}
		all := slices.Collect(under(in.prefix, slices.Values(*h.attached), func(policyARN string) string {
			_, path := policyName(policyARN)
			return path
		}))
		out := iamapi.ListAttachedUserPoliciesOutput{AttachedPolicies: attachedShapes(fillFrom(p, all, attachedPosition))}
		out.IsTruncated, out.Marker = p.end()
		answer := Out(out)
		return &answer, nil
	}
}

// attachedPosition orders attached policies by name. One of AWS and one of the
// account may have the same name; ARNs are too long for markers.
func attachedPosition(policyARN string) string {
	name, _ := policyName(policyARN)
	if strings.HasPrefix(policyARN, awsPolicyPrefix) {
		return name + "/aws"
	}
	return name
}

func attachedShapes(policyARNs []string) []iamapi.AttachedPolicy {
	return shapes(policyARNs, func(policyARN string) iamapi.AttachedPolicy {
		name, _ := policyName(policyARN)
		return iamapi.AttachedPolicy{PolicyName: &name, PolicyArn: &policyARN}
	})
}

// policyName takes name and path from the ARN of a managed policy.
func policyName(policyARN string) (name, path string) {
	a, err := arn.Parse(policyARN)
	if err != nil {
		return "", ""
	}
	_, path, name, _ = a.Entity()
	return name, path
}

func isPolicyARN(text string) bool {
	a, err := arn.Parse(text)
	if err != nil || !arn.Valid(text) || a.Region != "" || !arn.IsAccount(a.Account) && a.Account != state.AWSAccount {
		return false
	}
	kind, _, _, ok := a.Entity()
	return ok && kind == "policy"
}

// usable returns a managed policy that entities of the account may have: its
// own, or one of AWS.
func usable(s *state.Snapshot, account, policyARN string) (*state.ManagedPolicy, bool) {
	p, ok := s.ManagedPolicy(policyARN)
	return p, ok && (p.Account == account || p.Account == state.AWSAccount)
}

func attachUserPolicy(in *iamapi.AttachUserPolicyInput) attachment {
	return attachment{users, in.UserName, in.PolicyArn}
}

func attachGroupPolicy(in *iamapi.AttachGroupPolicyInput) attachment {
	return attachment{groups, in.GroupName, in.PolicyArn}
}

func attachRolePolicy(in *iamapi.AttachRolePolicyInput) attachment {
	return attachment{roles, in.RoleName, in.PolicyArn}
}

func detachUserPolicy(in *iamapi.DetachUserPolicyInput) attachment {
	return attachment{users, in.UserName, in.PolicyArn}
}

func detachGroupPolicy(in *iamapi.DetachGroupPolicyInput) attachment {
	return attachment{groups, in.GroupName, in.PolicyArn}
}

func detachRolePolicy(in *iamapi.DetachRolePolicyInput) attachment {
	return attachment{roles, in.RoleName, in.PolicyArn}
}
