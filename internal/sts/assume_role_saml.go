package sts

import (
	"context"
	"time"

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
	made, err := s.issueRoleSession(c, &roleSession{
		role: role, name: login.claims.sessionName, source: login.claims.sourceIdentity,
		duration: login.duration(in.DurationSeconds), ends: login.SessionEnds,
		tags: login.claims.tags, transitive: login.claims.transitive, policy: in.Policy, policyARNs: in.PolicyArns,
		provider: in.PrincipalArn, context: login.kept(),
	})
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
			AssumedRoleUser: made.user, Credentials: made.credentials, PackedPolicySize: made.packed, SourceIdentity: made.source,
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

// kept are the condition keys that requests of the session have too.
func (l *samlLogin) kept() []session.Tag {
	return []session.Tag{
		{Key: "saml:namequalifier", Value: l.qualifier}, {Key: "saml:sub", Value: l.Subject}, {Key: "saml:sub_type", Value: l.subjectType},
	}
}

// duration is the time asked for, no more than the assertion permits.
func (l *samlLogin) duration(seconds *int32) time.Duration {
	d := askedDuration(seconds)
	if limit := l.claims.duration; limit != 0 {
		d = min(d, limit)
	}
	return d
}
