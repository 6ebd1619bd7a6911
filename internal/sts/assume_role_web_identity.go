package sts

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
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
	made, err := s.issueRoleSession(c, &roleSession{
		role: role, name: in.RoleSessionName, source: who.source, duration: askedDuration(in.DurationSeconds),
		tags: who.tags, transitive: who.transitive, policy: in.Policy, policyARNs: in.PolicyArns,
		provider: who.provider, context: who.kept(),
	})
	if err != nil {
		return nil, err
	}
	return &stsapi.AssumeRoleWithWebIdentityOutput{
		AssumedRoleUser: made.user, Credentials: made.credentials, PackedPolicySize: made.packed, SourceIdentity: made.source,
		SubjectFromWebIdentityToken: &who.Subject, Audience: &who.Audience, Provider: &who.provider,
	}, nil
}
