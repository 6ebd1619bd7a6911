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

// assumesRoleWithSAML is what AssumeRoleWithSAML acts on: the role, and with
// tags or a source identity in the assertion also the permissions to pass
// these.
func assumesRoleWithSAML(c *api.Call, in *stsapi.AssumeRoleWithSAMLInput, login *samlLogin) []api.Check {
	check := onRole(c, "sts:AssumeRoleWithSAML", in.RoleArn, login.keys())
	checks := []api.Check{check}
	if len(login.claims.tags) > 0 {
		checks = append(checks, check.For("sts:TagSession"))
	}
	if login.claims.sourceIdentity != "" {
		checks = append(checks, check.For("sts:SetSourceIdentity"))
	}
	return checks
}

// assumeRoleWithSAML implements AssumeRoleWithSAML. The role's trust policy
// allows the call; the assertion itself has to name the role too, and the
// provider is one of the role's account. Each assertion is taken once, in the
// commit of the call's event.
func (s *Service) assumeRoleWithSAML(ctx context.Context, c *api.Call, in *stsapi.AssumeRoleWithSAMLInput, login *samlLogin) (*stsapi.AssumeRoleWithSAMLOutput, error) {
	role, ok := authz.RoleByARN(c.Snapshot, in.RoleArn)
	if !ok || role.Account != login.provider.Account || !login.names(in.RoleArn, in.PrincipalArn) {
		return nil, accessDenied(notByThisAssertion)
	}
	duration, err := samlDuration(c, in, role, login)
	if err != nil {
		return nil, err
	}
	tags, transitive, err := sessionTags(c, login.claims.tags, login.claims.transitive)
	if err != nil {
		return nil, err
	}
	policies, err := sessionPolicies(c, role.Account, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	name := login.claims.sessionName
	n := &session.Session{
		Kind: session.AssumedRole, Account: role.Account, PrincipalID: role.ID, Name: name,
		SourceIdentity: login.claims.sourceIdentity, Policy: policies.inline, PolicyARNs: policies.arns,
		Tags: tags, TransitiveTagKeys: transitive, Provider: in.PrincipalArn, Context: []session.Tag{
			{Key: "saml:namequalifier", Value: login.qualifier}, {Key: "saml:sub", Value: login.Subject}, {Key: "saml:sub_type", Value: login.subjectType},
		},
	}
	creds, packed, err := s.issue(c, n, duration)
	if err != nil {
		return nil, err
	}
	spent := login.spent()
	return api.Update(ctx, c, func(tx *state.Tx) (*stsapi.AssumeRoleWithSAMLOutput, error) {
		p, ok := tx.SAMLProvider(in.PrincipalArn)
		if !ok || p.ID != login.provider.ID || p.Metadata != login.provider.Metadata || p.Encrypted != login.provider.Encrypted {
			return nil, stsapi.InvalidIdentityToken(badSAMLSignature)
		}
		for _, once := range spent {
			if !tx.Spend(once) {
				return nil, stsapi.InvalidIdentityToken(samlReplayed)
			}
		}
		return &stsapi.AssumeRoleWithSAMLOutput{
			AssumedRoleUser: &stsapi.AssumedRoleUser{Arn: arn.AssumedRole(role.Account, role.Name, name), AssumedRoleId: role.ID + ":" + name},
			Credentials:     creds, PackedPolicySize: packed, SourceIdentity: optional(n.SourceIdentity),
			Issuer: &login.Issuer, Subject: &login.Subject, SubjectType: &login.subjectType,
			NameQualifier: &login.qualifier, Audience: &login.Recipient,
		}, nil
	})
}

// spent is what is remembered of the assertion, and of the request that it
// answers. The provider's name is no part of it: an account may have registered
// one issuer twice.
func (l *samlLogin) spent() []*state.Spent {
	once := []*state.Spent{{Account: l.provider.Account, Digest: state.Digest("SAML assertion", l.Issuer, l.ID), Until: l.Until}}
	if l.request != nil {
		once = append(once, &state.Spent{Account: l.provider.Account, Digest: state.Digest("SAML request", l.InResponseTo), Until: l.request.Expires})
	}
	return once
}

// samlDuration is the time asked for, or an hour; no more than the assertion
// permits, and not beyond the end of the subject's session there.
func samlDuration(c *api.Call, in *stsapi.AssumeRoleWithSAMLInput, role *state.Role, login *samlLogin) (time.Duration, error) {
	d := defaultDuration
	if in.DurationSeconds != nil {
		d = time.Duration(*in.DurationSeconds) * time.Second
	}
	if limit := login.claims.duration; limit != 0 {
		d = min(d, limit)
	}
	if d > role.MaxSession {
		return 0, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if end := login.SessionEnds; !end.IsZero() {
		d = min(d, end.Truncate(time.Second).Sub(c.Now.Truncate(time.Second)))
	}
	return d, nil
}
