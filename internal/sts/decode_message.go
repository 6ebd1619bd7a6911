package sts

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/stsapi"
)

func decodesMessage(*api.Call, *stsapi.DecodeAuthorizationMessageInput) []api.Check {
	return []api.Check{{Action: "sts:DecodeAuthorizationMessage", Resource: "*"}}
}

// decodeAuthorizationMessage finds the decision that an encoded message names.
// The message of another account's caller is as good as none.
func (s *Service) decodeAuthorizationMessage(ctx context.Context, c *api.Call, in *stsapi.DecodeAuthorizationMessageInput) (*stsapi.DecodeAuthorizationMessageOutput, error) {
	m, err := s.sessions.OpenMessage(c.Snapshot, in.EncodedMessage)
	if err != nil || m.Account != c.Account {
		return nil, invalidMessage()
	}
	q := audit.Query{Max: 1, Attributes: []audit.Attribute{{Key: audit.RequestID, Value: m.RequestID}, {Key: audit.AccountID, Value: m.Account}}}
	for record, err := range s.events.Lookup(ctx, q) {
		if err != nil {
			return nil, err
		}
		decoded, err := decoded(record.Detail)
		if err != nil {
			return nil, err
		}
		return &stsapi.DecodeAuthorizationMessageOutput{DecodedMessage: &decoded}, nil
	}
	return nil, invalidMessage()
}

func invalidMessage() error {
	return stsapi.InvalidAuthorizationMessageException("Message is not valid")
}

// The decoded message's JSON, whose lists stand in objects named items. See
// DecodeAuthorizationMessage in the STS API Reference.
type (
	items[T any] struct {
		Items []T `json:"items"`
	}
	decodedMessage struct {
		Allowed           bool                   `json:"allowed"`
		ExplicitDeny      bool                   `json:"explicitDeny"`
		MatchedStatements items[authz.Statement] `json:"matchedStatements"`
		Failures          items[authz.Failed]    `json:"failures"`
		Context           decodedContext         `json:"context"`
	}
	decodedContext struct {
		Principal  decodedPrincipal  `json:"principal"`
		Action     string            `json:"action"`
		Resource   string            `json:"resource"`
		Conditions items[decodedKey] `json:"conditions"`
	}
	decodedPrincipal struct {
		ID  string `json:"id"`
		ARN string `json:"arn"`
	}
	decodedKey struct {
		Key    string              `json:"key"`
		Values items[decodedValue] `json:"values"`
	}
	decodedValue struct {
		Value string `json:"value"`
	}
)

func decoded(detail []byte) (string, error) {
	var e authz.Explanation
	if err := json.Unmarshal(detail, &e); err != nil {
		return "", err
	}
	m := decodedMessage{
		Allowed: e.Effect == "Allow", ExplicitDeny: e.Effect == "ExplicitDeny",
		MatchedStatements: items[authz.Statement]{Items: []authz.Statement{}}, Failures: items[authz.Failed]{Items: []authz.Failed{}},
		Context: decodedContext{Action: e.Action, Resource: e.Resource, Principal: decodedPrincipal{ARN: e.Principal}},
	}
	if id := e.Context["aws:userid"]; len(id) == 1 {
		m.Context.Principal.ID = id[0]
	}
	for _, l := range e.Layers {
		m.MatchedStatements.Items = append(m.MatchedStatements.Items, l.Matched...)
		m.Failures.Items = append(m.Failures.Items, l.Failed...)
	}
	for _, key := range slices.Sorted(maps.Keys(e.Context)) {
		k := decodedKey{Key: key}
		for _, v := range e.Context[key] {
			k.Values.Items = append(k.Values.Items, decodedValue{v})
		}
		m.Context.Conditions.Items = append(m.Context.Conditions.Items, k)
	}
	b, err := json.Marshal(m)
	return string(b), err
}
