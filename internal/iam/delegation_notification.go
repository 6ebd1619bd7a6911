package iam

import (
	"context"
	"net/http"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/state"
)

// DelegationNotification is what AWS sends a product provider by SNS. See
// "Notification message format" in the IAM User Guide.
type DelegationNotification struct {
	Type                string // "StateChange" or "ExchangeToken"
	RequestID           string `json:"RequestId"`
	RequestorWorkflowID string `json:"RequestorWorkflowId"`
	State               string
	OwnerAccountID      string `json:"OwnerAccountId,omitempty"`
	UpdatedAt           time.Time
	ExchangeToken       string    `json:",omitempty"`
	ExpiresAt           time.Time `json:",omitzero"`
}

// DelegationPage answers with the notifications of the caller's account: the
// present state of each request that it has made, and the exchange tokens that
// are still good. There is no SNS to send them by. Whoever may make requests
// may read them.
func DelegationPage() *api.Page {
	return &api.Page{
		Source: "iam.amazonaws.com", Name: "ListDelegationNotifications", ReadOnly: true,
		Checks: func(c *api.Call) []api.Check {
			return only(api.Check{Action: "iam:CreateDelegationRequest", Resource: arn.DelegationRequest(c.Account, "*")})
		},
		Do: func(_ context.Context, c *api.Call, w http.ResponseWriter, _ []byte) (any, error) {
			w.Header().Set("Cache-Control", "no-store")
			list := []DelegationNotification{}
			for r := range c.Snapshot.DelegationRequestsFrom(c.Account) {
				list = append(list, notifications(r, c.Now)...)
			}
			return list, nil
		},
	}
}

func notifications(r *state.DelegationRequest, now time.Time) []DelegationNotification {
	n := DelegationNotification{
		Type: "StateChange", RequestID: r.ID, RequestorWorkflowID: r.WorkflowID, State: string(r.StateAt(now)),
		OwnerAccountID: r.OwnerAccount, UpdatedAt: r.Updated,
	}
	if r.State != state.DelegationFinalized || !r.Exchanged.IsZero() || !now.Before(r.TokenExpires()) {
		return []DelegationNotification{n}
	}
	token := n
	token.Type, token.ExchangeToken, token.ExpiresAt = "ExchangeToken", string(r.Token), r.TokenExpires()
	return []DelegationNotification{n, token}
}
