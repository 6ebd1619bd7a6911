package sts

import (
	"context"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/stsapi"
)

const (
	defaultTokenDuration = 12 * time.Hour
	maxRootDuration      = time.Hour
)

// asksForToken: GetSessionToken needs no permission of its own.
func asksForToken(*api.Call, *stsapi.GetSessionTokenInput) []api.Check {
	return []api.Check{{Action: "sts:GetSessionToken", Resource: "*"}}
}

func (s *Service) getSessionToken(_ context.Context, c *api.Call, in *stsapi.GetSessionTokenInput) (*stsapi.GetSessionTokenOutput, error) {
	if c.Caller.Session != nil {
		return nil, accessDenied(tokenFromSession)
	}
	n := &session.Session{Kind: session.SessionToken, Account: c.Account, PrincipalID: c.Caller.ID, MFA: c.MFA()}
	creds, _, err := s.issue(c, n, tokenDuration(c, in.DurationSeconds))
	if err != nil {
		return nil, err
	}
	return &stsapi.GetSessionTokenOutput{Credentials: creds}, nil
}

// tokenDuration is the time asked for, or 12 hours; a root user's credentials
// end within the hour whatever it asks for.
func tokenDuration(c *api.Call, seconds *int32) time.Duration {
	d := defaultTokenDuration
	if seconds != nil {
		d = time.Duration(*seconds) * time.Second
	}
	if c.Caller.IsRoot() {
		d = min(d, maxRootDuration)
	}
	return d
}

// federates is what GetFederationToken acts on: the federated user that it
// names.
func federates(c *api.Call, in *stsapi.GetFederationTokenInput) []api.Check {
	keys := api.Keys{}
	requestTags(keys, in.Tags, nil)
	check := api.Check{Action: "sts:GetFederationToken", Resource: arn.FederatedUser(c.Account, in.Name), Context: keys}
	if len(in.Tags) == 0 {
		return []api.Check{check}
	}
	return []api.Check{check, check.For("sts:TagSession")}
}

func (s *Service) getFederationToken(_ context.Context, c *api.Call, in *stsapi.GetFederationTokenInput) (*stsapi.GetFederationTokenOutput, error) {
	if c.Caller.Session != nil {
		return nil, accessDenied("Cannot call GetFederationToken with session credentials")
	}
	policies, err := sessionPolicies(c, c.Account, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	tags, _, err := sessionTags(c, in.Tags, nil)
	if err != nil {
		return nil, err
	}
	n := &session.Session{
		Kind: session.FederatedUser, Account: c.Account, PrincipalID: c.Caller.ID, Name: in.Name,
		Policy: policies.inline, PolicyARNs: policies.arns, Tags: tags,
	}
	creds, packed, err := s.issue(c, n, tokenDuration(c, in.DurationSeconds))
	if err != nil {
		return nil, err
	}
	if packed == nil {
		packed = new(int32) // unlike AssumeRole, AWS tells 0 here
	}
	return &stsapi.GetFederationTokenOutput{
		Credentials: creds, PackedPolicySize: packed,
		FederatedUser: &stsapi.FederatedUser{Arn: arn.FederatedUser(c.Account, in.Name), FederatedUserId: c.Account + ":" + in.Name},
	}, nil
}
