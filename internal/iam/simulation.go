package iam

import (
	"context"
	"strconv"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

const (
	// pagePairs bounds the decisions of one page, and maxResources those of
	// one action, which a page does not part.
	pagePairs    = 1000
	maxResources = 1000
)

// simulatesCustom is the check of the operations on policies that stand in the
// request.
func simulatesCustom[In any](c *api.Call, _ *In) []api.Check { return account(c) }

// onSource is the check of the operations on the policies of a user, group or
// role. One of another account is for that account to allow.
func onSource(c *api.Call, sourceARN string) []api.Check {
	check := api.Check{Action: action(c), Resource: sourceARN}
	if a, err := arn.Parse(sourceARN); err == nil && arn.IsAccount(a.Account) {
		check.Account = a.Account
	}
	switch e, _ := policySource(c, sourceARN); e := e.(type) {
	case *state.User:
		check.Tags = e.Tags
	case *state.Role:
		check.Tags = e.Tags
	}
	return only(check)
}

func simulatesPrincipal(c *api.Call, in *iamapi.SimulatePrincipalPolicyInput) []api.Check {
	return onSource(c, in.PolicySourceArn)
}

// policySource returns the user, group or role that an ARN names exactly, of
// the caller's account.
func policySource(c *api.Call, text string) (state.Entity, error) {
	a, err := arn.Parse(text)
	kind, _, name, ok := a.Entity()
	if err != nil || !ok {
		return nil, iamapi.InvalidInput(badEntityARN, text)
	}
	var e state.Entity
	var found bool
	var n *noun
	switch kind {
	case "user":
		n = users
		e, found = entity(c.Snapshot.User(c.Account, name))
	case "group":
		n = groups
		e, found = entity(c.Snapshot.Group(c.Account, name))
	case "role":
		n = roles
		e, found = entity(c.Snapshot.Role(c.Account, name))
	default:
		return nil, iamapi.InvalidInput(badEntityARN, text)
	}
	if !found || e.ARN() != text {
		return nil, notFound(n.missing, name)
	}
	return e, nil
}

func entity[E state.Entity](e E, ok bool) (state.Entity, bool) { return e, ok }

func (s *Service) simulateCustomPolicy(ctx context.Context, c *api.Call, in *iamapi.SimulateCustomPolicyInput) (*iamapi.SimulateCustomPolicyOutput, error) {
	h, err := s.hypothesis(c, in, nil)
	if err != nil {
		return nil, err
	}
	return s.simulate(ctx, c, in, h)
}

func (s *Service) simulatePrincipalPolicy(ctx context.Context, c *api.Call, in *iamapi.SimulatePrincipalPolicyInput) (*iamapi.SimulatePrincipalPolicyOutput, error) {
	source, err := policySource(c, in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	common := &iamapi.SimulateCustomPolicyInput{
		PolicyInputList: in.PolicyInputList, PermissionsBoundaryPolicyInputList: in.PermissionsBoundaryPolicyInputList,
		ActionNames: in.ActionNames, ResourceArns: in.ResourceArns, ResourcePolicy: in.ResourcePolicy, ResourceOwner: in.ResourceOwner,
		CallerArn: in.CallerArn, ContextEntries: in.ContextEntries, ResourceHandlingOption: in.ResourceHandlingOption,
		MaxItems: in.MaxItems, Marker: in.Marker,
	}
	h, err := s.hypothesis(c, common, source)
	if err != nil {
		return nil, err
	}
	out, err := s.simulate(ctx, c, common, h)
	if err != nil {
		return nil, err
	}
	answer := iamapi.SimulatePrincipalPolicyOutput(*out)
	return &answer, nil
}

// simulate answers a page of actions. It ends early when it has decided
// enough, as the documentation of the operations allows.
func (s *Service) simulate(ctx context.Context, c *api.Call, in *iamapi.SimulateCustomPolicyInput, h *authz.Hypothesis) (*iamapi.SimulateCustomPolicyOutput, error) {
	p, err := s.page(c, "", in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	first := 0
	if p.after != "" {
		if first, err = strconv.Atoi(p.after); err != nil || first >= len(in.ActionNames) {
			return nil, invalid(invalidMarker)
		}
	}
	resources := in.ResourceArns
	if len(resources) == 0 {
		resources = []string{everyResource}
	}
	e := s.newEvaluator(c.Snapshot, h, resources)
	work := e.work()
	if work > pageWork {
		return nil, iamapi.InvalidInput(tooMuchWork)
	}
	n := min(p.max, len(in.ActionNames)-first, max(1, pagePairs/len(resources)), pageWork/work)
	results := make([]iamapi.EvaluationResult, n)
	for i := range results {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e.evaluate(in.ActionNames[first+i], &results[i])
	}
	if first+n < len(in.ActionNames) {
		p.next = strconv.Itoa(first + n)
	}
	out := &iamapi.SimulateCustomPolicyOutput{EvaluationResults: results}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}
