package iam

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

func getsDelegation(c *api.Call, in *iamapi.GetDelegationRequestInput) []api.Check {
	return onDelegation(c, in.DelegationRequestId)
}

func (s *Service) getDelegation(_ context.Context, c *api.Call, in *iamapi.GetDelegationRequestInput) (*iamapi.GetDelegationRequestOutput, error) {
	r, ok := c.Snapshot.DelegationRequest(in.DelegationRequestId)
	if !ok {
		return nil, notFound(delegationMissing, in.DelegationRequestId)
	}
	shown := delegationShape(r, c.Now)
	out := &iamapi.GetDelegationRequestOutput{DelegationRequest: &shown}
	if or(in.DelegationPermissionCheck, false) {
		status, result := iamapi.PermissionCheckStatusTypeComplete, covers(c, r.Policy.Parsed())
		out.PermissionCheckStatus, out.PermissionCheckResult = &status, &result
	}
	return out, nil
}

// delegationShape is a request as its owner's account sees it.
func delegationShape(r *state.DelegationRequest, now time.Time) iamapi.DelegationRequest {
	st, expires, duration := iamapi.StateType(r.StateAt(now)), r.Expires(), int32(r.Duration/time.Second)
	out := iamapi.DelegationRequest{
		DelegationRequestId: &r.ID, OwnerAccountId: optional(r.OwnerAccount), Description: &r.Description, RequestMessage: optional(r.Message),
		Permissions:      &iamapi.DelegationPermission{PolicyTemplateArn: &r.Template, Parameters: parameterShapes(r.Parameters)},
		PermissionPolicy: &r.Policy.Text, RolePermissionRestrictionArns: boundariesIn(r.Policy.Parsed()),
		OwnerId: optional(r.Owner), State: &st, ExpirationTime: &expires, RequestorId: &r.Requestor, RequestorName: &r.RequestorName,
		CreateDate: &r.Created, SessionDuration: &duration, RedirectUrl: optional(r.RedirectURL), Notes: optional(r.Notes),
		RejectionReason: optional(r.Rejection), OnlySendByOwner: &r.OnlySendByOwner, UpdatedTime: &r.Updated,
	}
	if r.Approver != nil {
		out.ApproverId = &r.Approver.ARN
	}
	return out
}

func parameterShapes(params []state.DelegationParameter) []iamapi.PolicyParameter {
	return shapes(params, func(p state.DelegationParameter) iamapi.PolicyParameter {
		kind := iamapi.PolicyParameterTypeEnumString
		if p.List {
			kind = iamapi.PolicyParameterTypeEnumStringList
		}
		return iamapi.PolicyParameter{Name: &p.Name, Values: p.Values, Type: &kind}
	})
}

// covers says whether the caller has the permissions that a policy grants.
// What a wildcard or a condition stands for cannot be tried: it is unsure.
func covers(c *api.Call, doc *policy.Document) iamapi.PermissionCheckResultType {
	result := iamapi.PermissionCheckResultTypeAllowed
	for i := range doc.Statements {
		st := &doc.Statements[i]
		if st.Effect != policy.Allow {
			continue
		}
		if st.Action.Not || st.Resource == nil || st.Resource.Not || len(st.Conditions) > 0 {
			result = iamapi.PermissionCheckResultTypeUnsure
			continue
		}
		for _, a := range st.Action.Values {
			for _, r := range st.Resource.Values {
				switch {
				case isPattern(a.Text) || isPattern(r.Text):
					result = iamapi.PermissionCheckResultTypeUnsure
				case c.Decide(trial(c.Snapshot, a.Text, r.Text)).Effect != engine.Allow:
					return iamapi.PermissionCheckResultTypeDenied
				}
			}
		}
	}
	return result
}

// isPattern reports whether a text of a policy stands for more than itself.
func isPattern(text string) bool { return strings.ContainsAny(text, "*?$") }

// trial is the check of an action on a resource of any service. A role's
// policy is its trust policy, an object's that of its bucket.
func trial(snap *state.Snapshot, action, resource string) api.Check {
	check := api.Check{Action: action, Resource: resource}
	a, err := arn.Parse(resource)
	if err != nil {
		return check
	}
	switch {
	case arn.IsAccount(a.Account):
		check.Account = a.Account
		if strings.HasPrefix(strings.ToLower(action), "sts:") {
			check.Policy = resource
		}
	case a.Service == "s3":
		name, _, _ := strings.Cut(a.Resource, "/")
		if b, ok := snap.Bucket(name); ok {
			check.Account, check.Policy = b.Account, b.ARN()
		}
	}
	return check
}

// boundariesIn are the permissions boundaries that a policy demands of the
// roles that it lets one make.
func boundariesIn(doc *policy.Document) []string {
	var found []string
	for i := range doc.Statements {
		st := &doc.Statements[i]
		makesRoles := slices.ContainsFunc(st.Action.Values, func(a policy.Value) bool {
			return arn.Glob(strings.ToLower(a.Text), "iam:createrole") || arn.Glob(strings.ToLower(a.Text), "iam:putrolepermissionsboundary")
		})
		if st.Effect != policy.Allow || st.Action.Not || !makesRoles {
			continue
		}
		for _, cond := range st.Conditions {
			positive := slices.Contains([]policy.Comparison{policy.StringEquals, policy.StringLike, policy.ARNEquals, policy.ARNLike}, cond.Operator.Comparison)
			if !positive || !strings.EqualFold(cond.Key, boundaryKey) {
				continue
			}
			for _, v := range cond.Values {
				if !slices.Contains(found, v.Text) {
					found = append(found, v.Text)
				}
			}
		}
	}
	return found
}
