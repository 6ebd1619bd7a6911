package iam

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

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
