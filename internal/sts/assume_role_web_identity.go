package sts

import (
	"context"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/stsapi"
)

// assumesRoleWithWebIdentity is what AssumeRoleWithWebIdentity acts on: the
// role, and with tags or a source identity in the token also the permissions to
// pass these.
func assumesRoleWithWebIdentity(c *api.Call, in *stsapi.AssumeRoleWithWebIdentityInput, who *webIdentity) []api.Check {
	keys := who.keys()
	keys["sts:RoleSessionName"] = []string{in.RoleSessionName}
	if who.source != "" {
		keys["sts:SourceIdentity"] = []string{who.source}
	}
	requestTags(keys, who.tags, who.transitive)
	check := onRole(c, "sts:AssumeRoleWithWebIdentity", in.RoleArn, keys)
	checks := []api.Check{check}
	if len(who.tags) > 0 {
		checks = append(checks, check.For("sts:TagSession"))
	}
	if who.source != "" {
		checks = append(checks, check.For("sts:SetSourceIdentity"))
	}
	return checks
}

// assumeRoleWithWebIdentity implements AssumeRoleWithWebIdentity. The role's
// trust policy allows the call, and the token was verified with what the role's
// account registered.
func (s *Service) assumeRoleWithWebIdentity(_ context.Context, c *api.Call, in *stsapi.AssumeRoleWithWebIdentityInput, who *webIdentity) (*stsapi.AssumeRoleWithWebIdentityOutput, error) {
	role, ok := authz.RoleByARN(c.Snapshot, in.RoleArn)
	if !ok {
		return nil, accessDenied(notByWebIdentity)
	}
	duration, err := webIdentityDuration(in, role)
	if err != nil {
		return nil, err
	}
	tags, transitive, err := sessionTags(c, who.tags, who.transitive)
	if err != nil {
		return nil, err
	}
	policies, err := sessionPolicies(c, role.Account, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	n := &session.Session{
		Kind: session.AssumedRole, Account: role.Account, PrincipalID: role.ID, Name: in.RoleSessionName,
		SourceIdentity: who.source, Policy: policies.inline, PolicyARNs: policies.arns,
		Tags: tags, TransitiveTagKeys: transitive, Provider: who.provider, Context: who.kept(),
	}
	creds, packed, err := s.issue(c, n, duration)
	if err != nil {
		return nil, err
	}
	return &stsapi.AssumeRoleWithWebIdentityOutput{
		AssumedRoleUser: &stsapi.AssumedRoleUser{
			Arn:           arn.AssumedRole(role.Account, role.Name, in.RoleSessionName),
			AssumedRoleId: role.ID + ":" + in.RoleSessionName,
		},
		Credentials: creds, PackedPolicySize: packed, SourceIdentity: optional(who.source),
		SubjectFromWebIdentityToken: &who.Subject, Audience: &who.Audience, Provider: &who.provider,
	}, nil
}

func webIdentityDuration(in *stsapi.AssumeRoleWithWebIdentityInput, role *state.Role) (time.Duration, error) {
	if in.DurationSeconds == nil {
		return defaultDuration, nil
	}
	d := time.Duration(*in.DurationSeconds) * time.Second
	if d > role.MaxSession {
		return 0, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return d, nil
}
