package iam

import (
	"context"
	"iter"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func newPolicy(c *api.Call, in *iamapi.CreatePolicyInput) []api.Check {
	return making(c, arn.Policy(c.Account, pathOf(in.Path), in.PolicyName), in.Tags, "iam:TagPolicy")
}

func (s *Service) createPolicy(ctx context.Context, c *api.Call, in *iamapi.CreatePolicyInput) (*iamapi.CreatePolicyOutput, error) {
	tags, err := newTags(policies, in.Tags)
	if err != nil {
		return nil, err
	}
	doc, err := s.managedPolicy(c, in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreatePolicyOutput, error) {
		if _, ok := tx.Policy(c.Account, in.PolicyName); ok {
			return nil, exists(policyExists, in.PolicyName)
		}
		if err := s.quotas.room(policiesPerAccount, tx.NumPolicies(c.Account)); err != nil {
			return nil, err
		}
		doc, err := resolve(tx.Snapshot, doc)
		if err != nil {
			return nil, err
		}
		p := &state.ManagedPolicy{
			Account: c.Account, ID: tx.NewID(awsid.ManagedPolicy), Name: in.PolicyName, Path: pathOf(in.Path),
			Description: or(in.Description, ""), Created: tx.Now(), Updated: tx.Now(), Tags: tags,
			Versions: []state.PolicyVersion{{ID: "v1", Document: doc, Created: tx.Now()}}, Default: "v1", NextVersion: 2,
		}
		tx.PutPolicy(p)
		out := listedPolicyShape(tx.Snapshot, c.Account, p)
		out.Tags = in.Tags
		return &iamapi.CreatePolicyOutput{Policy: &out}, nil
	})
}

func getsPolicy(c *api.Call, in *iamapi.GetPolicyInput) []api.Check {
	return only(onPolicy(c, in.PolicyArn))
}

func (s *Service) getPolicy(_ context.Context, c *api.Call, in *iamapi.GetPolicyInput) (*iamapi.GetPolicyOutput, error) {
	p, err := s.find(c, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	out := listedPolicyShape(c.Snapshot, c.Account, p)
	out.Description, out.Tags = optional(p.Description), tagShapes(p.Tags)
	return &iamapi.GetPolicyOutput{Policy: &out}, nil
}

// find returns a managed policy that the caller's account sees: its own or one
// of AWS.
func (s *Service) find(c *api.Call, policyARN string) (*state.ManagedPolicy, error) {
	if !isPolicyARN(policyARN) {
		return nil, invalid(badARN, policyARN)
	}
	p, ok := usable(c.Snapshot, c.Account, policyARN)
	if !ok {
		return nil, notFound(policies.missing, policyARN)
	}
	return s.aws.dated(p), nil
}

// ownPolicy returns a copy of a managed policy of the account, to be changed.
// Others are not the account's to change, as text says.
func ownPolicy(s *state.Snapshot, account, policyARN, text string) (*state.ManagedPolicy, error) {
	if !isPolicyARN(policyARN) {
		return nil, invalid(badARN, policyARN)
	}
	p, ok := s.ManagedPolicy(policyARN)
	switch {
	case ok && p.Account != account || strings.HasPrefix(policyARN, awsPolicyPrefix):
		return nil, denied("%s", text)
	case !ok:
		return nil, notFound(policies.missing, policyARN)
	}
	changed := *p
	return &changed, nil
}

func listsPolicies(c *api.Call, in *iamapi.ListPoliciesInput) []api.Check {
	return listing(c, "policy", in.PathPrefix)
}

// listPolicies implements ListPolicies: those of the account, then AWS's.
func (s *Service) listPolicies(_ context.Context, c *api.Call, in *iamapi.ListPoliciesInput) (*iamapi.ListPoliciesOutput, error) {
	p, err := s.page(c, "", in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	all := s.managedPolicies(c, or(in.Scope, iamapi.PolicyScopeTypeAll), p.after)
	wanted := filtered(all, func(policy *state.ManagedPolicy) bool { return wantsPolicy(c, in, policy) })
	found := fill(p, under(in.PathPrefix, wanted, func(policy *state.ManagedPolicy) string { return policy.Path }), policyPosition)
	out := &iamapi.ListPoliciesOutput{Policies: shapes(found, func(policy *state.ManagedPolicy) iamapi.Policy {
		return listedPolicyShape(c.Snapshot, c.Account, policy)
	})}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// managedPolicies yields the managed policies of a scope behind a position.
func (s *Service) managedPolicies(c *api.Call, scope iamapi.PolicyScopeType, after string) iter.Seq[*state.ManagedPolicy] {
	name, inAWS := strings.CutPrefix(after, awsPosition)
	return func(yield func(*state.ManagedPolicy) bool) {
		if !inAWS {
			if scope != iamapi.PolicyScopeTypeAws && !pass(c.Snapshot.Policies(c.Account, name), yield) {
				return
			}
			name = ""
		}
		if scope != iamapi.PolicyScopeTypeLocal {
			pass(s.aws.after(name), yield)
		}
	}
}

// pass yields what seq yields, and reports whether more is wanted.
func pass[E any](seq iter.Seq[E], yield func(E) bool) bool {
	for e := range seq {
		if !yield(e) {
			return false
		}
	}
	return true
}

// wantsPolicy applies the filters of ListPolicies that speak of use.
func wantsPolicy(c *api.Call, in *iamapi.ListPoliciesInput, p *state.ManagedPolicy) bool {
	policyARN := p.ARN()
	attached := func() bool { return c.Snapshot.AttachmentCount(c.Account, policyARN) > 0 }
	bounds := func() bool { return c.Snapshot.BoundaryCount(c.Account, policyARN) > 0 }
	switch or(in.PolicyUsageFilter, "") {
	case iamapi.PolicyUsageTypePermissionsPolicy:
		return attached()
	case iamapi.PolicyUsageTypePermissionsBoundary:
		return bounds()
	}
	return !or(in.OnlyAttached, false) || attached() || bounds()
}

// awsPosition begins the position of an AWS managed policy in lists that have
// both kinds.
const awsPosition = "aws/"

func policyPosition(p *state.ManagedPolicy) string {
	if p.Account == state.AWSAccount {
		return awsPosition + p.Name
	}
	return p.Name
}

func filtered[E any](seq iter.Seq[E], wanted func(E) bool) iter.Seq[E] {
	return func(yield func(E) bool) {
		for e := range seq {
			if wanted(e) && !yield(e) {
				return
			}
		}
	}
}

func deletesPolicy(c *api.Call, in *iamapi.DeletePolicyInput) []api.Check {
	return onOwnPolicy(c, in.PolicyArn)
}

func (s *Service) deletePolicy(ctx context.Context, c *api.Call, in *iamapi.DeletePolicyInput) (*iamapi.DeletePolicyOutput, error) {
	return write[iamapi.DeletePolicyOutput](ctx, c, func(tx *state.Tx) error {
		p, err := ownPolicy(tx.Snapshot, c.Account, in.PolicyArn, foreignDelete)
		switch {
		case err != nil:
			return err
		case tx.AttachmentCount(c.Account, in.PolicyArn) > 0 || tx.BoundaryCount(c.Account, in.PolicyArn) > 0:
			return conflict(policyInUse)
		case len(p.Versions) > 1:
			return conflict(policyHasVersions)
		}
		tx.DeletePolicy(p)
		return nil
	})
}

// listedPolicyShape is a managed policy as lists have it: without description
// and tags.
func listedPolicyShape(s *state.Snapshot, account string, p *state.ManagedPolicy) iamapi.Policy {
	policyARN := p.ARN()
	attached, bounds, attachable := int32(s.AttachmentCount(account, policyARN)), int32(s.BoundaryCount(account, policyARN)), true
	return iamapi.Policy{
		PolicyName: &p.Name, PolicyId: &p.ID, Arn: &policyARN, Path: &p.Path, DefaultVersionId: &p.Default,
		AttachmentCount: &attached, PermissionsBoundaryUsageCount: &bounds, IsAttachable: &attachable,
		CreateDate: optional(p.Created), UpdateDate: optional(p.Updated),
	}
}
