package iam

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
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

// What whoever finds a request may do with it, and what its owner may. See
// "Managing permissions for delegation requests" in the IAM User Guide, and
// GetDelegationRequest in the IAM API Reference.
var (
	findersActions = []string{"iam:AssociateDelegationRequest", "iam:GetDelegationRequest", "iam:GetHumanReadableSummary"}
	ownersActions  = []string{
		"iam:GetDelegationRequest", "iam:GetHumanReadableSummary", "iam:ListDelegationRequests", "iam:RejectDelegationRequest",
		"iam:SendDelegationToken", "iam:UpdateDelegationRequest",
	}
)

// delegationPolicy is a resource-based policy of a request, for a principal or
// for those whom a condition lets through.
func delegationPolicy(principal any, actions []string, condition any) string {
	statement := map[string]any{"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}
	if condition != nil {
		statement["Condition"] = condition
	}
	text, err := json.Marshal(map[string]any{"Version": policy.Version2012, "Statement": statement})
	if err != nil {
		panic("iam: a policy of strings is not JSON: " + err.Error())
	}
	return string(text)
}

// openTo is the policy of a request that nobody has taken up: all principals
// of the account that it is for find it, without one those of every account.
func (s *Service) openTo(ownerAccount string) (*state.Document, error) {
	var condition any
	if ownerAccount != "" {
		condition = map[string]any{"StringEquals": map[string]string{"aws:PrincipalAccount": ownerAccount}}
	}
	return state.ParseDocument(policy.ResourceBased, delegationPolicy("*", findersActions, condition), s.schema)
}

// ownedBy is the policy of a request that has an owner. A root user needs
// none, and its ARN would stand for the whole account.
func (s *Service) ownedBy(caller *authz.Caller) (*state.Document, error) {
	if caller.IsRoot() {
		return nil, nil
	}
	text := delegationPolicy(map[string]string{"AWS": caller.ARN}, ownersActions, nil)
	return state.ParseDocument(policy.ResourceBased, text, s.schema)
}

// setDelegationPolicy stores a policy of a request, or removes it.
func setDelegationPolicy(tx *state.Tx, r *state.DelegationRequest, doc *state.Document) error {
	if doc == nil {
		tx.DeleteResourcePolicy(r.PolicyARN())
		return nil
	}
	resolved, err := resolve(tx.Snapshot, doc)
	if err == nil {
		tx.PutResourcePolicy(r.PolicyARN(), resolved)
	}
	return err
}

func createsDelegation(c *api.Call, in *iamapi.CreateDelegationRequestInput) []api.Check {
	return only(api.Check{
		Action: action(c), Resource: arn.DelegationRequest(c.Account, "*"),
		Context: api.Keys{
			"iam:DelegationDuration":  {strconv.Itoa(int(in.SessionDuration))},
			"iam:NotificationChannel": {in.NotificationChannel},
			"iam:TemplateArn":         {or(in.Permissions.PolicyTemplateArn, "")},
		},
	})
}

// createDelegation implements CreateDelegationRequest. Only an account that a
// policy template is registered for can ask.
func (s *Service) createDelegation(ctx context.Context, c *api.Call, in *iamapi.CreateDelegationRequestInput) (*iamapi.CreateDelegationRequestOutput, error) {
	made, err := s.newDelegation(c, in)
	if err != nil {
		return nil, err
	}
	open, err := s.openTo(made.OwnerAccount)
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateDelegationRequestOutput, error) {
		forget(tx, c.Account)
		if _, ok := tx.DelegationRequestOf(c.Account, made.WorkflowID); ok {
			return nil, iamapi.EntityAlreadyExists(workflowExists, made.WorkflowID)
		}
		if err := s.quotas.room(delegationsPerAccount, tx.NumDelegationRequestsFrom(c.Account)); err != nil {
			return nil, err
		}
		r := *made
		r.Created, r.Updated, r.Seq = tx.Now(), tx.Now(), tx.NextSeq()
		tx.PutDelegationRequest(&r)
		if err := setDelegationPolicy(tx, &r, open); err != nil {
			return nil, err
		}
		return &iamapi.CreateDelegationRequestOutput{DelegationRequestId: &r.ID}, nil
	})
}

func (s *Service) newDelegation(c *api.Call, in *iamapi.CreateDelegationRequestInput) (*state.DelegationRequest, error) {
	if !topicOf(c.Account, in.NotificationChannel) {
		return nil, iamapi.InvalidInput(badChannel, c.Account)
	}
	templateARN := or(in.Permissions.PolicyTemplateArn, "")
	template, ok := s.templates.of(c.Account, templateARN)
	if !ok {
		return nil, iamapi.InvalidInput(templateMissing, templateARN, c.Account)
	}
	text, err := template.render(in.Permissions.Parameters)
	if err != nil {
		return nil, err
	}
	doc, err := state.ParseDocument(policy.Session, text, s.schema)
	if err != nil {
		return nil, iamapi.InvalidInput(badRendered, err)
	}
	if doc, err = resolve(c.Snapshot, doc); err != nil {
		return nil, err
	}
	id, err := awsid.NewUUID(s.rand)
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	return &state.DelegationRequest{
		ID: id, Requestor: c.Account, RequestorName: template.Provider, WorkflowID: in.RequestorWorkflowId,
		Template: templateARN, Parameters: delegationParameters(in.Permissions.Parameters), Policy: doc,
		Description: in.Description, Message: or(in.RequestMessage, ""), Channel: in.NotificationChannel,
		RedirectURL: or(in.RedirectUrl, ""), Duration: time.Duration(in.SessionDuration) * time.Second,
		OnlySendByOwner: or(in.OnlySendByOwner, false), OwnerAccount: or(in.OwnerAccountId, ""), State: state.DelegationUnassigned,
	}, nil
}

// topicOf reports whether a notification channel is an SNS topic of the
// account: others' are not taken.
func topicOf(account, channel string) bool {
	a, err := arn.Parse(channel)
	return err == nil && a.Service == "sns" && a.Region != "" && a.Account == account && a.Resource != "" && !strings.Contains(a.Resource, ":")
}

func delegationParameters(params []iamapi.PolicyParameter) []state.DelegationParameter {
	var kept []state.DelegationParameter
	for _, p := range params {
		kept = append(kept, state.DelegationParameter{Name: *p.Name, Values: p.Values, List: *p.Type == iamapi.PolicyParameterTypeEnumStringList})
	}
	return kept
}

// How long an expired request can still be looked at, and how many of those
// that cannot any more one update removes.
const (
	delegationRetention = 30 * 24 * time.Hour
	maxForget           = 20
)

// forget removes requests of a product provider that expired long ago.
func forget(tx *state.Tx, requestor string) {
	var old []*state.DelegationRequest
	for r := range tx.DelegationRequestsFrom(requestor) {
		if tx.Now().Before(r.Expires().Add(delegationRetention)) || len(old) == maxForget {
			break // the later ones are younger, or live longer
		}
		old = append(old, r)
	}
	for _, r := range old {
		tx.DeleteDelegationRequest(r)
	}
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
	p, err := s.page(c, in.Marker, in.MaxItems)
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
	a.SessionTags, a.Provider, a.Context = sessionTags(s.Tags), s.Provider, sessionTags(s.Context)
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
