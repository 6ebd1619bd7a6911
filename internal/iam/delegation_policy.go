package iam

import (
	"encoding/json"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

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
