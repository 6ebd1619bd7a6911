package sts

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/stsapi"
)

const (
	defaultDuration = time.Hour
	// A session that comes from another role's session ends within the hour.
	// See "Role chaining" in the IAM User Guide.
	maxChained = time.Hour
)

// assumesRole is what AssumeRole acts on: the role, and with tags or a source
// identity also the permissions to pass these.
func assumesRole(c *api.Call, in *stsapi.AssumeRoleInput) []api.Check {
	keys := api.Keys{"sts:RoleSessionName": {in.RoleSessionName}}
	if in.ExternalId != nil {
		keys["sts:ExternalId"] = []string{*in.ExternalId}
	}
	source := sourceIdentity(c, in)
	if source != "" {
		keys["sts:SourceIdentity"] = []string{source}
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

// requestTags sets the keys that speak of the tags of a request.
func requestTags(keys api.Keys, tags []stsapi.Tag, transitive []string) {
	for _, t := range tags {
		keys.Add("aws:RequestTag/", t.Key, t.Value)
		keys["aws:TagKeys"] = append(keys["aws:TagKeys"], t.Key)
	}
	if len(transitive) > 0 {
		keys["sts:TransitiveTagKeys"] = transitive
	}
}

// assumeRole implements AssumeRole. The caller is allowed by the role's trust
// policy; what is left is what the role and the calling session bound. The
// session does not say whether the caller used an MFA device: that matters for
// assuming the role only. See "Secure API access with MFA" in the IAM User
// Guide.
func (s *Service) assumeRole(_ context.Context, c *api.Call, in *stsapi.AssumeRoleInput) (*stsapi.AssumeRoleOutput, error) {
	if !roleARN.MatchString(in.RoleArn) {
		return nil, invalid("%s is invalid", in.RoleArn)
	}
	role, err := assumable(c, in)
	if err != nil {
		return nil, err
	}
	duration, err := assumeDuration(c, in, role)
	if err != nil {
		return nil, err
	}
	tags, transitive, err := sessionTags(c, in.Tags, in.TransitiveTagKeys)
	if err != nil {
		return nil, err
	}
	policies, err := sessionPolicies(c, role.Account, in.Policy, in.PolicyArns)
	if err != nil {
		return nil, err
	}
	n := &session.Session{
		Kind: session.AssumedRole, Account: role.Account, PrincipalID: role.ID, Name: in.RoleSessionName,
		SourceIdentity: sourceIdentity(c, in), Chained: c.Caller.Kind == engine.AssumedRole,
		Policy: policies.inline, PolicyARNs: policies.arns, Tags: tags, TransitiveTagKeys: transitive,
	}
	creds, packed, err := s.issue(c, n, duration)
	if err != nil {
		return nil, err
	}
	id := role.ID + ":" + in.RoleSessionName
	sessionARN := arn.AssumedRole(role.Account, role.Name, in.RoleSessionName)
	return &stsapi.AssumeRoleOutput{
		AssumedRoleUser: &stsapi.AssumedRoleUser{Arn: sessionARN, AssumedRoleId: id},
		Credentials:     creds, PackedPolicySize: packed, SourceIdentity: optional(n.SourceIdentity),
	}, nil
}

// roleARN is the grammar that STS itself holds RoleArn against.
var roleARN = regexp.MustCompile(`^arn:[^:]+:[^:]+:[^:]*:[^:]*:[^:]+$`)

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

func assumeDuration(c *api.Call, in *stsapi.AssumeRoleInput, role *state.Role) (time.Duration, error) {
	if in.DurationSeconds == nil {
		return defaultDuration, nil
	}
	d := time.Duration(*in.DurationSeconds) * time.Second
	if d > role.MaxSession {
		return 0, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if c.Caller.Kind == engine.AssumedRole && d > maxChained {
		return 0, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	return d, nil
}

// inherited returns the transitive tags of the calling session.
func inherited(c *api.Call) []session.Tag {
	s := c.Caller.Session
	if s == nil {
		return nil
	}
	var tags []session.Tag
	for _, t := range s.Tags {
		if slices.ContainsFunc(s.TransitiveTagKeys, func(k string) bool { return engine.SameKey(k, t.Key) }) {
			tags = append(tags, t)
		}
	}
	return tags
}

// sessionTags are the tags of the new session: those asked for and the
// transitive ones of the calling session, which cannot be replaced.
func sessionTags(c *api.Call, asked []stsapi.Tag, transitive []string) (tags []session.Tag, keys []string, err error) {
	seen := make(map[string]bool, len(asked))
	for _, t := range asked {
		k := strings.ToLower(t.Key)
		if strings.HasPrefix(k, "aws:") {
			return nil, nil, invalidParameter(reservedTag)
		}
		if seen[k] {
			return nil, nil, invalidParameter("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[k] = true
		tags = append(tags, session.Tag{Key: t.Key, Value: t.Value})
	}
	for _, k := range transitive {
		if !seen[strings.ToLower(k)] {
			return nil, nil, invalidParameter("The specified transitive tag key must be included in the requested tags.")
		}
	}
	keys = slices.Clone(transitive)
	for _, t := range inherited(c) {
		if seen[strings.ToLower(t.Key)] {
			return nil, nil, invalidParameter("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		tags, keys = append(tags, t), append(keys, t.Key)
	}
	return tags, keys, nil
}

func invalidParameter(text string) *shape.Error {
	return &shape.Error{Code: "InvalidParameterValue", Status: 400, Message: text}
}
