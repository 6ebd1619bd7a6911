package sts

import (
	"context"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/stsapi"
)

// assumesRole is what AssumeRole acts on: the role, and with tags, a source
// identity or contexts also the permissions to pass these.
func assumesRole(c *api.Call, in *stsapi.AssumeRoleInput) []api.Check {
	keys := api.Keys{"sts:RoleSessionName": {in.RoleSessionName}}
	if in.ExternalId != nil {
		keys["sts:ExternalId"] = []string{*in.ExternalId}
	}
	source := sourceIdentity(c, in)
	if source != "" {
		keys["sts:SourceIdentity"] = []string{source}
	}
	for _, p := range in.ProvidedContexts {
		if p.ProviderArn != nil {
			keys["sts:RequestContextProviders"] = append(keys["sts:RequestContextProviders"], *p.ProviderArn)
		}
	}
	requestTags(keys, in.Tags, in.TransitiveTagKeys)
	check := onRole(c, "sts:AssumeRole", in.RoleArn, keys)
	checks := []api.Check{check}
	if len(in.Tags) > 0 || len(inherited(c)) > 0 {
		checks = append(checks, check.For("sts:TagSession"))
	}
	if source != "" {
		checks = append(checks, check.For("sts:SetSourceIdentity"))
	}
	if len(in.ProvidedContexts) > 0 {
		checks = append(checks, check.For("sts:SetContext"))
	}
	return checks
}

// onRole is the check of an action on a role, which its trust policy decides.
func onRole(c *api.Call, action, roleARN string, keys api.Keys) api.Check {
	check := api.Check{Action: action, Resource: roleARN, Policy: roleARN, Context: keys}
	if a, err := arn.Parse(roleARN); err == nil {
		check.Account = a.Account
	}
	if role, ok := authz.RoleByARN(c.Snapshot, roleARN); ok {
		check.Tags = role.Tags
		for _, t := range role.Tags {
			keys["iam:ResourceTag/"+t.Key] = []string{t.Value}
		}
	}
	return check
}

// sourceIdentity is the one asked for, or the one that the calling session
// has: it stays through role chaining.
func sourceIdentity(c *api.Call, in *stsapi.AssumeRoleInput) string {
	if in.SourceIdentity != nil {
		return *in.SourceIdentity
	}
	if s := c.Caller.Session; s != nil {
		return s.SourceIdentity
	}
	return ""
}

// assumeRole implements AssumeRole. The caller is allowed by the role's trust
// policy; what is left is what the role and the calling session bound. The
// session does not say whether the caller used an MFA device: that matters for
// assuming the role only. See "Secure API access with MFA" in the IAM User
// Guide.
func (s *Service) assumeRole(_ context.Context, c *api.Call, in *stsapi.AssumeRoleInput) (*stsapi.AssumeRoleOutput, error) {
	if len(in.ProvidedContexts) > 0 {
		return nil, invalid(noContextProvider)
	}
	role, err := assumable(c, in)
	if err != nil {
		return nil, err
	}
	made, err := s.issueRoleSession(c, &roleSession{
		role: role, name: in.RoleSessionName, source: sourceIdentity(c, in), duration: askedDuration(in.DurationSeconds),
		tags: in.Tags, transitive: in.TransitiveTagKeys, policy: in.Policy, policyARNs: in.PolicyArns,
	})
	if err != nil {
		return nil, err
	}
	return &stsapi.AssumeRoleOutput{
		AssumedRoleUser: made.user, Credentials: made.credentials, PackedPolicySize: made.packed, SourceIdentity: made.source,
	}, nil
}

// assumable returns the role that the checked call names.
func assumable(c *api.Call, in *stsapi.AssumeRoleInput) (*state.Role, error) {
	if s := c.Caller.Session; s != nil && s.SourceIdentity != "" && in.SourceIdentity != nil && *in.SourceIdentity != s.SourceIdentity {
		return nil, accessDenied("The source identity of the calling session cannot be changed.")
	}
	role, ok := authz.RoleByARN(c.Snapshot, in.RoleArn)
	if !ok {
		return nil, accessDenied("User: " + c.Caller.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + in.RoleArn)
	}
	return role, nil
}
