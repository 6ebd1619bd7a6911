package sts

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/stsapi"
)

const (
	defaultWebIdentityToken = 5 * time.Minute
	maxWebIdentityToken     = time.Hour

	// maxPayload, in bytes, keeps a token within the 20,000 characters that
	// STS itself takes of one.
	maxPayload = 14_000
)

// issuesToken is what GetWebIdentityToken acts on: nothing by name, under the
// conditions of the token asked for.
func issuesToken(_ *api.Call, in *stsapi.GetWebIdentityTokenInput) []api.Check {
	keys := api.Keys{
		"sts:IdentityTokenAudience": in.Audience,
		"sts:SigningAlgorithm":      {in.SigningAlgorithm},
		"sts:DurationSeconds":       {strconv.Itoa(int(issuedDuration(in) / time.Second))},
	}
	requestTags(keys, in.Tags, nil)
	check := api.Check{Action: "sts:GetWebIdentityToken", Resource: "*", Context: keys}
	if len(in.Tags) == 0 {
		return []api.Check{check}
	}
	return []api.Check{check, check.For("sts:TagGetWebIdentityToken")}
}

func issuedDuration(in *stsapi.GetWebIdentityTokenInput) time.Duration {
	if in.DurationSeconds == nil {
		return defaultWebIdentityToken
	}
	return time.Duration(*in.DurationSeconds) * time.Second
}

// getWebIdentityToken implements GetWebIdentityToken. A token does not outlive
// the session that asks for it.
func (s *Service) getWebIdentityToken(ctx context.Context, c *api.Call, in *stsapi.GetWebIdentityTokenInput) (*stsapi.GetWebIdentityTokenOutput, error) {
	if in.SigningAlgorithm != state.RS256 && in.SigningAlgorithm != state.ES384 {
		return nil, invalid("1 validation error detected: Value '%s' at 'signingAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [ES384, RS256]", in.SigningAlgorithm)
	}
	settings := c.Snapshot.AccountSettings(c.Account)
	if !settings.Outbound {
		return nil, stsapi.OutboundWebIdentityFederationDisabledException(outboundDisabled)
	}
	issued := c.Now.UTC().Truncate(time.Second)
	expires := issued.Add(issuedDuration(in))
	if n := c.Caller.Session; n != nil && expires.After(n.Expires) {
		return nil, stsapi.SessionDurationEscalationException(durationEscalates)
	}
	claims, err := s.webIdentityClaims(c, in, settings.Issuer, issued, expires)
	if err != nil {
		return nil, err
	}
	token, err := s.sign(ctx, c, in.SigningAlgorithm, claims)
	if err != nil {
		return nil, fmt.Errorf("sign a web identity token: %w", err)
	}
	return &stsapi.GetWebIdentityTokenOutput{WebIdentityToken: &token, Expiration: &expires}, nil
}

// issuedIdentity are the claims of a token. See "Understanding token claims" in
// the IAM User Guide.
type issuedIdentity struct {
	Audience any       `json:"aud"` // one as a string, several as a list
	Subject  string    `json:"sub"`
	AWS      awsClaims `json:"https://sts.amazonaws.com/"`
	Issuer   string    `json:"iss"`
	Expires  int64     `json:"exp"`
	Issued   int64     `json:"iat"`
	ID       string    `json:"jti"`
}

type awsClaims struct {
	Account           string            `json:"aws_account"`
	Region            string            `json:"source_region"`
	PrincipalID       string            `json:"principal_id"`
	OrgID             string            `json:"org_id,omitempty"`
	OUPath            []string          `json:"ou_path,omitempty"`
	PrincipalTags     map[string]string `json:"principal_tags,omitempty"`
	RequestTags       map[string]string `json:"request_tags,omitempty"`
	SessionExpires    string            `json:"original_session_exp,omitempty"`
	SourceIdentity    string            `json:"source_identity,omitempty"`
	FederatedProvider string            `json:"federated_provider,omitempty"`
}

// webIdentityClaims returns the claims as JSON. Nothing in them but the
// audience and request_tags is the caller's to choose.
func (s *Service) webIdentityClaims(c *api.Call, in *stsapi.GetWebIdentityTokenInput, issuer string, issued, expires time.Time) ([]byte, error) {
	asked, err := requestTagClaims(in.Tags)
	if err != nil {
		return nil, err
	}
	id, err := awsid.NewUUID(s.rand)
	if err != nil {
		return nil, err
	}
	subject := subjectOf(c)
	w := issuedIdentity{
		Audience: in.Audience, Subject: subject, Issuer: issuer, Issued: issued.Unix(), Expires: expires.Unix(), ID: id,
		AWS: awsClaims{Account: c.Account, Region: c.Region, PrincipalID: subject, PrincipalTags: principalTags(c), RequestTags: asked},
	}
	if len(in.Audience) == 1 {
		w.Audience = in.Audience[0]
	}
	if org := c.Snapshot.Organization(); org != nil {
		w.AWS.OrgID, w.AWS.OUPath = org.ID, []string{c.Snapshot.OrgPath(c.Account)}
	}
	if n := c.Caller.Session; n != nil {
		w.AWS.SessionExpires = n.Expires.UTC().Format(time.RFC3339)
		w.AWS.SourceIdentity, w.AWS.FederatedProvider = n.SourceIdentity, n.Provider
	}
	claims, err := json.Marshal(w)
	if err == nil && len(claims) > maxPayload {
		return nil, stsapi.JWTPayloadSizeExceededException(payloadTooLarge)
	}
	return claims, err
}

// requestTagClaims are the tags of a request, each key once.
func requestTagClaims(tags []stsapi.Tag) (map[string]string, error) {
	var claims map[string]string
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		k := strings.ToLower(t.Key)
		if strings.HasPrefix(k, "aws:") {
			return nil, invalidParameter(reservedTag)
		}
		if seen[k] {
			return nil, invalidParameter("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		seen[k] = true
		setClaim(&claims, t.Key, t.Value)
	}
	return claims, nil
}

// subjectOf is the caller's ARN; of a session of a role, the role's.
func subjectOf(c *api.Call) string {
	if c.Caller.Kind == engine.AssumedRole {
		if r, ok := c.Snapshot.RoleByID(c.Caller.ID); ok {
			return r.ARN()
		}
	}
	return c.Caller.ARN
}

// principalTags are the tags of the caller, over which those of its session
// win: the same that aws:PrincipalTag has.
func principalTags(c *api.Call) map[string]string {
	var held []state.Tag
	switch c.Caller.Kind {
	case engine.AssumedRole:
		if r, ok := c.Snapshot.RoleByID(c.Caller.ID); ok {
			held = r.Tags
		}
	case engine.User:
		if u, ok := c.Snapshot.UserByID(c.Caller.ID); ok {
			held = u.Tags
		}
	}
	var claims map[string]string
	for _, t := range held {
		setClaim(&claims, t.Key, t.Value)
	}
	if n := c.Caller.Session; n != nil {
		for _, t := range n.Tags {
			for k := range claims {
				if engine.SameKey(k, t.Key) {
					delete(claims, k)
				}
			}
			setClaim(&claims, t.Key, t.Value)
		}
	}
	return claims
}

func setClaim(claims *map[string]string, key, value string) {
	if *claims == nil {
		*claims = make(map[string]string)
	}
	(*claims)[key] = value
}
