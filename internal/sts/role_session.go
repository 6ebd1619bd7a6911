package sts

import (
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/stsapi"
)

const (
	defaultDuration = time.Hour

	// MaxChained is the longest session of a role that is assumed by another
	// role's session. See "Role chaining" in the IAM User Guide.
	MaxChained = time.Hour
)

// roleSession is a session of a role that is to be made: what the request asks
// for, and what the proof of the caller's identity says, whichever it is.
type roleSession struct {
	role     *state.Role
	name     string // role session name
	source   string // source identity
	duration time.Duration
	ends     time.Time // when the proof ends, and the session with it; may be zero

	tags       []stsapi.Tag
	transitive []string
	policy     *string
	policyARNs []stsapi.PolicyDescriptorType

	provider string        // who vouched for the caller
	context  []session.Tag // condition keys of the provider
}

// assumedRole is what all operations that assume a role answer.
type assumedRole struct {
	user        *stsapi.AssumedRoleUser
	credentials *stsapi.Credentials
	packed      *int32
	source      *string
}

// issueRoleSession makes the session of a role whose trust policy has allowed
// it. What is left is what the role and the calling session bound.
func (s *Service) issueRoleSession(c *api.Call, r *roleSession) (*assumedRole, error) {
	chained := c.Caller.Kind == engine.AssumedRole
	duration, err := r.permitted(chained, c.Now)
	if err != nil {
		return nil, err
	}
	tags, transitive, err := sessionTags(c, r.tags, r.transitive)
	if err != nil {
		return nil, err
	}
	policies, err := sessionPolicies(c, r.role.Account, r.policy, r.policyARNs)
	if err != nil {
		return nil, err
	}
	creds, packed, err := s.issue(c, &session.Session{
		Kind: session.AssumedRole, Account: r.role.Account, PrincipalID: r.role.ID, Name: r.name,
		SourceIdentity: r.source, Chained: chained, Policy: policies.inline, PolicyARNs: policies.arns,
		Tags: tags, TransitiveTagKeys: transitive, Provider: r.provider, Context: r.context,
	}, duration)
	if err != nil {
		return nil, err
	}
	return &assumedRole{
		user: &stsapi.AssumedRoleUser{
			Arn:           arn.AssumedRole(r.role.Account, r.role.Name, r.name),
			AssumedRoleId: r.role.ID + ":" + r.name,
		},
		credentials: creds, packed: packed, source: optional(r.source),
	}, nil
}

// askedDuration is the time that a request asks for, or an hour.
func askedDuration(seconds *int32) time.Duration {
	if seconds == nil {
		return defaultDuration
	}
	return time.Duration(*seconds) * time.Second
}

// permitted is how long the session may be. Who asks for more than the role
// permits is refused; the end of the proof only makes the session shorter.
func (r *roleSession) permitted(chained bool, now time.Time) (time.Duration, error) {
	if r.duration > r.role.MaxSession {
		return 0, invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	if chained && r.duration > MaxChained {
		return 0, invalid("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	if r.ends.IsZero() {
		return r.duration, nil
	}
	return min(r.duration, r.ends.Truncate(time.Second).Sub(now.Truncate(time.Second))), nil
}
