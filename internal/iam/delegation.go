package iam

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
)

// Temporary delegation: a product provider asks, a principal of the customer's
// account takes the request up, one who may accepts it, and the exchange token
// is released. See "IAM temporary delegation" in the IAM User Guide.
func (s *Service) addDelegation(t *api.Table) {
	api.Op(t, "CreateDelegationRequest", createsDelegation, s.createDelegation)
	api.Op(t, "GetDelegationRequest", getsDelegation, s.getDelegation)
	api.Op(t, "ListDelegationRequests", listsDelegations, s.listDelegations)
	api.Op(t, "AssociateDelegationRequest", associatesDelegation, s.associateDelegation)
	api.Op(t, "UpdateDelegationRequest", updatesDelegation, s.updateDelegation)
	api.Op(t, "AcceptDelegationRequest", acceptsDelegation, s.acceptDelegation)
	api.Op(t, "RejectDelegationRequest", rejectsDelegation, s.rejectDelegation)
	api.Op(t, "SendDelegationToken", sendsDelegationToken, s.sendDelegationToken)
	api.Op(t, "GetHumanReadableSummary", getsSummary, s.getSummary)
}

const delegationOwnerKey = "iam:DelegationRequestOwner"

// onDelegation is the check of an operation on a delegation request. It
// belongs to the account that it is for; while it is for any, to the caller's.
// Its resource-based policy gives its owner the permissions of an owner.
func onDelegation(c *api.Call, id string) []api.Check {
	check := api.Check{Action: action(c), Resource: arn.DelegationRequest(c.Account, id)}
	r, ok := c.Snapshot.DelegationRequest(id)
	if !ok {
		return only(check)
	}
	if r.OwnerAccount != "" {
		check.Account, check.Resource = r.OwnerAccount, arn.DelegationRequest(r.OwnerAccount, id)
	}
	check.Policy = r.PolicyARN()
	if r.Owner != "" {
		check = with(check, delegationOwnerKey, r.Owner)
	}
	return only(check)
}

// listsDelegations: who lists the requests that it owns may do so by the
// policy of one of them.
func listsDelegations(c *api.Call, in *iamapi.ListDelegationRequestsInput) []api.Check {
	check := account(c)[0]
	if in.OwnerId == nil {
		return only(check)
	}
	if *in.OwnerId == c.Caller.ARN {
		for r := range c.Snapshot.DelegationRequestsOwnedBy(c.Caller.UserID) {
			if r.Owner == c.Caller.ARN {
				check.Policy = r.PolicyARN()
				break
			}
		}
	}
	return only(with(check, delegationOwnerKey, *in.OwnerId))
}

// listDelegations implements ListDelegationRequests. A request that nobody of
// the account has taken up is not in the list.
func (s *Service) listDelegations(_ context.Context, c *api.Call, in *iamapi.ListDelegationRequestsInput) (*iamapi.ListDelegationRequestsOutput, error) {
	p, err := s.page(c, "", in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	var after uint64
	if p.after != "" {
		if after, err = strconv.ParseUint(p.after, 10, 64); err != nil {
			return nil, invalid(invalidMarker)
		}
	}
	found := fill(p, ownedIn(c, after, in.OwnerId), func(r *state.DelegationRequest) string { return order(r.Seq) })
	out := &iamapi.ListDelegationRequestsOutput{DelegationRequests: shapes(found, func(r *state.DelegationRequest) iamapi.DelegationRequest {
		return delegationShape(r, c.Now)
	})}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

func ownedIn(c *api.Call, after uint64, owner *string) iter.Seq[*state.DelegationRequest] {
	return func(yield func(*state.DelegationRequest) bool) {
		for r := range c.Snapshot.DelegationRequests(c.Account, after) {
			if (owner == nil || r.Owner == *owner) && !yield(r) {
				return
			}
		}
	}
}

func associatesDelegation(c *api.Call, in *iamapi.AssociateDelegationRequestInput) []api.Check {
	return onDelegation(c, in.DelegationRequestId)
}

// associateDelegation implements AssociateDelegationRequest: the caller is the
// owner from now on.
func (s *Service) associateDelegation(ctx context.Context, c *api.Call, in *iamapi.AssociateDelegationRequestInput) (*iamapi.AssociateDelegationRequestOutput, error) {
	owned, err := s.ownedBy(c.Caller)
	if err != nil {
		return nil, err
	}
	return write[iamapi.AssociateDelegationRequestOutput](ctx, c, func(tx *state.Tx) error {
		r, err := delegationIn(tx, in.DelegationRequestId, state.DelegationUnassigned)
		if err != nil {
			return err
		}
		r.OwnerAccount, r.Owner, r.OwnerID, r.State = c.Account, c.Caller.ARN, c.Caller.UserID, state.DelegationAssigned
		tx.PutDelegationRequest(r)
		return setDelegationPolicy(tx, r, owned)
	})
}

func updatesDelegation(c *api.Call, in *iamapi.UpdateDelegationRequestInput) []api.Check {
	return onDelegation(c, in.DelegationRequestId)
}

// updateDelegation implements UpdateDelegationRequest: the request waits for
// somebody who may accept it.
func (s *Service) updateDelegation(ctx context.Context, c *api.Call, in *iamapi.UpdateDelegationRequestInput) (*iamapi.UpdateDelegationRequestOutput, error) {
	return write[iamapi.UpdateDelegationRequestOutput](ctx, c, func(tx *state.Tx) error {
		r, err := delegationIn(tx, in.DelegationRequestId, state.DelegationAssigned, state.DelegationPendingApproval)
		if err != nil {
			return err
		}
		r.State, r.Notes = state.DelegationPendingApproval, or(in.Notes, r.Notes)
		tx.PutDelegationRequest(r)
		return nil
	})
}

func acceptsDelegation(c *api.Call, in *iamapi.AcceptDelegationRequestInput) []api.Check {
	return onDelegation(c, in.DelegationRequestId)
}

// maxByRoot is the longest session that a root user can delegate. See "IAM
// temporary delegation" in the IAM User Guide.
const maxByRoot = 4 * time.Hour

// acceptDelegation implements AcceptDelegationRequest. The session that comes
// of it will act as the caller does now.
func (s *Service) acceptDelegation(ctx context.Context, c *api.Call, in *iamapi.AcceptDelegationRequestInput) (*iamapi.AcceptDelegationRequestOutput, error) {
	return write[iamapi.AcceptDelegationRequestOutput](ctx, c, func(tx *state.Tx) error {
		r, err := delegationIn(tx, in.DelegationRequestId, state.DelegationAssigned, state.DelegationPendingApproval)
		if err != nil {
			return err
		}
		if c.Caller.IsRoot() && r.Duration > maxByRoot {
			return denied(rootDelegates)
		}
		r.State, r.Approver = state.DelegationAccepted, approver(c.Caller)
		tx.PutDelegationRequest(r)
		return nil
	})
}

func approver(who *authz.Caller) *state.DelegationApprover {
	a := &state.DelegationApprover{ARN: who.ARN, PrincipalID: who.ID}
	s := who.Session
	if s == nil {
		return a
	}
	if who.Kind == engine.AssumedRole {
		a.SessionName = s.Name
	}
	a.SourceIdentity, a.MFA, a.SessionPolicy, a.SessionARNs = s.SourceIdentity, s.MFA, s.Policy, s.PolicyARNs
	a.SessionTags, a.TransitiveKeys, a.Provider, a.Context = sessionTags(s.Tags), s.TransitiveTagKeys, s.Provider, sessionTags(s.Context)
	return a
}

func sessionTags(tags []session.Tag) []state.Tag {
	var kept []state.Tag
	for _, t := range tags {
		kept = append(kept, state.Tag{Key: t.Key, Value: t.Value})
	}
	return kept
}

func rejectsDelegation(c *api.Call, in *iamapi.RejectDelegationRequestInput) []api.Check {
	return onDelegation(c, in.DelegationRequestId)
}

func (s *Service) rejectDelegation(ctx context.Context, c *api.Call, in *iamapi.RejectDelegationRequestInput) (*iamapi.RejectDelegationRequestOutput, error) {
	return write[iamapi.RejectDelegationRequestOutput](ctx, c, func(tx *state.Tx) error {
		r, err := delegationIn(tx, in.DelegationRequestId, state.DelegationAssigned, state.DelegationPendingApproval, state.DelegationAccepted)
		if err != nil {
			return err
		}
		r.State, r.Rejection = state.DelegationRejected, or(in.Notes, "")
		tx.PutDelegationRequest(r)
		return nil
	})
}

func sendsDelegationToken(c *api.Call, in *iamapi.SendDelegationTokenInput) []api.Check {
	return onDelegation(c, in.DelegationRequestId)
}

// sendDelegationToken implements SendDelegationToken. There is no SNS to send
// the token by: the product provider fetches it, see DelegationPage.
func (s *Service) sendDelegationToken(ctx context.Context, c *api.Call, in *iamapi.SendDelegationTokenInput) (*iamapi.SendDelegationTokenOutput, error) {
	secret, err := awsid.NewPassword(s.rand)
	if err != nil {
		return nil, fmt.Errorf("make an exchange token: %w", err)
	}
	return write[iamapi.SendDelegationTokenOutput](ctx, c, func(tx *state.Tx) error {
		r, err := delegationIn(tx, in.DelegationRequestId, state.DelegationAccepted)
		if err != nil {
			return err
		}
		if r.OnlySendByOwner && r.OwnerID != c.Caller.UserID {
			return denied(onlyOwnerSends)
		}
		r.State, r.Token = state.DelegationFinalized, state.Secret(r.ID+"."+secret)
		tx.PutDelegationRequest(r)
		return nil
	})
}

// delegationIn returns a copy of a request that is in one of those states, to
// be changed now.
func delegationIn(tx *state.Tx, id string, states ...state.DelegationState) (*state.DelegationRequest, error) {
	old, ok := tx.DelegationRequest(id)
	if !ok {
		return nil, notFound(delegationMissing, id)
	}
	if is := old.StateAt(tx.Now()); !slices.Contains(states, is) {
		return nil, iamapi.InvalidInput(delegationState, id, is)
	}
	r := *old
	r.Updated = tx.Now()
	return &r, nil
}
