package iam

import (
	"cmp"
	"slices"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// inline is an inline policy of a user, group or role in a request.
type inline struct {
	of       *noun
	name     string // of the user, group or role
	policy   string
	document string
}

func changesInline(c *api.Call, in inline) []api.Check { return only(in.of.bounded(c, in.name)) }

func readsInline(c *api.Call, in inline) []api.Check { return only(in.of.on(c, in.name)) }

// putInline adds or replaces an inline policy. The quota is one for all inline
// policies of the entity.
func (s *Service) putInline(c *api.Call, in inline) (change, error) {
	if _, err := in.of.getToChange(c.Snapshot, c.Account, in.name); err != nil {
		return nil, err
	}
	doc, err := s.inlinePolicy(c, in.document)
	if err != nil {
		return nil, err
	}
	return func(tx *state.Tx) error {
		h, err := in.of.getToChange(tx.Snapshot, c.Account, in.name)
		if err != nil {
			return err
		}
		doc, err := resolve(tx.Snapshot, doc)
		if err != nil {
			return err
		}
		list := append(withoutPolicy(*h.inline, in.policy), state.InlinePolicy{Name: in.policy, Document: doc})
		slices.SortFunc(list, func(a, b state.InlinePolicy) int { return cmp.Compare(a.Name, b.Name) })
		size := 0
		for i := range list {
			size += policy.Size(list[i].Document.Text)
		}
		if limit := s.quotas[in.of.inline]; size > limit {
			return iamapi.LimitExceeded(inlineTooLarge, limit, in.of.word, h.name)
		}
		*h.inline = list
		h.put(tx)
		return nil
	}, nil
}

func deleteInline(c *api.Call, in inline) (change, error) {
	return func(tx *state.Tx) error {
		h, err := in.of.getToChange(tx.Snapshot, c.Account, in.name)
		if err != nil {
			return err
		}
		list := withoutPolicy(*h.inline, in.policy)
		if len(list) == len(*h.inline) {
			return notFound(inlineMissing, in.of.word, in.policy)
		}
		*h.inline = list
		h.put(tx)
		return nil
	}, nil
}

// getInline makes the handler that answers an inline policy in the form of its
// kind of entity.
func getInline[Out any](shape func(entity, policy, document string) *Out) func(*api.Call, inline) (*Out, error) {
	return func(c *api.Call, in inline) (*Out, error) {
		h, err := in.of.get(c.Snapshot, c.Account, in.name)
		if err != nil {
			return nil, err
		}
		for _, p := range *h.inline {
			if p.Name == in.policy {
				return shape(h.name, p.Name, encoded(c.Snapshot.Display(p.Document))), nil
			}
		}
		return nil, notFound(inlineMissing, in.of.word, in.policy)
	}
}

type policyNames interface {
	iamapi.ListUserPoliciesOutput | iamapi.ListGroupPoliciesOutput | iamapi.ListRolePoliciesOutput
}

func listInline[Out policyNames](s *Service) func(*api.Call, list) (*Out, error) {
	return func(c *api.Call, in list) (*Out, error) {
		h, p, err := s.open(c, in)
		if err != nil {
			return nil, err
		}
		name := func(p state.InlinePolicy) string { return p.Name }
		out := iamapi.ListUserPoliciesOutput{PolicyNames: shapes(fillFrom(p, *h.inline, name), name)}
		out.IsTruncated, out.Marker = p.end()
		answer := Out(out)
		return &answer, nil
	}
}

func withoutPolicy(list []state.InlinePolicy, name string) []state.InlinePolicy {
	return slices.DeleteFunc(slices.Clone(list), func(p state.InlinePolicy) bool { return p.Name == name })
}

func putUserPolicy(in *iamapi.PutUserPolicyInput) inline {
	return inline{users, in.UserName, in.PolicyName, in.PolicyDocument}
}

func putGroupPolicy(in *iamapi.PutGroupPolicyInput) inline {
	return inline{groups, in.GroupName, in.PolicyName, in.PolicyDocument}
}

func putRolePolicy(in *iamapi.PutRolePolicyInput) inline {
	return inline{roles, in.RoleName, in.PolicyName, in.PolicyDocument}
}

func getUserPolicy(in *iamapi.GetUserPolicyInput) inline {
	return inline{of: users, name: in.UserName, policy: in.PolicyName}
}

func getGroupPolicy(in *iamapi.GetGroupPolicyInput) inline {
	return inline{of: groups, name: in.GroupName, policy: in.PolicyName}
}

func getRolePolicy(in *iamapi.GetRolePolicyInput) inline {
	return inline{of: roles, name: in.RoleName, policy: in.PolicyName}
}

func deleteUserPolicy(in *iamapi.DeleteUserPolicyInput) inline {
	return inline{of: users, name: in.UserName, policy: in.PolicyName}
}

func deleteGroupPolicy(in *iamapi.DeleteGroupPolicyInput) inline {
	return inline{of: groups, name: in.GroupName, policy: in.PolicyName}
}

func deleteRolePolicy(in *iamapi.DeleteRolePolicyInput) inline {
	return inline{of: roles, name: in.RoleName, policy: in.PolicyName}
}

func userPolicy(entity, policy, document string) *iamapi.GetUserPolicyOutput {
	return &iamapi.GetUserPolicyOutput{UserName: entity, PolicyName: policy, PolicyDocument: document}
}

func groupPolicy(entity, policy, document string) *iamapi.GetGroupPolicyOutput {
	return &iamapi.GetGroupPolicyOutput{GroupName: entity, PolicyName: policy, PolicyDocument: document}
}

func rolePolicy(entity, policy, document string) *iamapi.GetRolePolicyOutput {
	return &iamapi.GetRolePolicyOutput{RoleName: entity, PolicyName: policy, PolicyDocument: document}
}
