package sts

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/stsapi"
)

// SAMLResponse is what verified responses say of signing in by a browser.
type SAMLResponse struct {
	Roles    []SAMLRole    // at least one
	Duration time.Duration // that the session is to have, or zero

	// Request is the request of this installation that is answered; nil when
	// there is none, or when requests do not count. Foreign says that a request
	// of somebody else is answered.
	Request *SAMLRequest
	Foreign bool
}

// SAMLRole is a role that the subject may assume, as its provider says.
type SAMLRole struct {
	Role, Provider string // ARNs
	Account        string // of both
}

// maxSAMLFailures is how many providers one response may name in vain: a
// person's accounts have registered one identity provider.
const maxSAMLFailures = 16

// ReadSAML verifies a response, in base64, by each of the providers that it
// names, as AssumeRoleWithSAML does by one, and returns the roles that they let
// its subject assume. It neither takes the assertion nor decides whether the
// roles may be assumed: that is AssumeRoleWithSAML's. provider is the id in the
// URL to which the response was posted: then no other counts; "" is any. Where
// there is no role the error is that of the first provider that was tried, whose
// ARN is returned with it.
func (s *Service) ReadSAML(snap *state.Snapshot, now time.Time, response, provider string) (read *SAMLResponse, by string, err error) {
	text, err := federation.DecodeResponse(response)
	if err != nil {
		return nil, "", stsapi.InvalidIdentityToken(badBase64)
	}
	providers, err := s.samlProviders(snap, text, provider)
	if err != nil {
		return nil, "", err
	}
	read = &SAMLResponse{}
	var first error
	failures, signedByNone := 0, make(map[string]bool) // documents of metadata
	for _, p := range providers {
		if signedByNone[p.Metadata] || failures == maxSAMLFailures {
			continue
		}
		login, err := s.samlLogin(snap, now, p, text)
		if err != nil {
			failures++
			signedByNone[p.Metadata] = errors.Is(err, federation.ErrSAMLSignature)
		} else if login.request, err = s.answered(snap, now, p, login.Assertion); err == nil {
			s.add(read, login)
		}
		if first == nil && err != nil {
			first, by = err, p.ARN()
		}
	}
	switch {
	case len(read.Roles) > 0:
		return read, "", nil
	case first != nil:
		return nil, by, first
	}
	return nil, "", stsapi.InvalidIdentityToken(badSAMLResponse)
}

// samlProviders are the providers by which a response may be verified. Their
// names stand in it, where anybody may have written them.
func (s *Service) samlProviders(snap *state.Snapshot, text, id string) ([]*state.SAMLProvider, error) {
	if id != "" {
		p, ok := snap.SAMLProviderByID(id)
		if !ok {
			return nil, stsapi.InvalidIdentityToken(noSAMLProvider)
		}
		return []*state.SAMLProvider{p}, nil
	}
	values, encrypted, err := federation.Unverified(text, samlAttribute+"Role")
	switch {
	case err != nil:
		return nil, samlRefusal(err)
	case encrypted:
		return nil, stsapi.InvalidIdentityToken(samlEncryptedAt)
	}
	pairs := samlPairs(values)
	var found []*state.SAMLProvider
	seen := make(map[string]bool)
	for _, pair := range pairs {
		if p, ok := snap.SAMLProvider(pair.provider); ok && !seen[p.ID] {
			seen[p.ID] = true
			found = append(found, p)
		}
	}
	if len(pairs) > 0 && len(found) == 0 {
		return nil, stsapi.InvalidIdentityToken(noSAMLProvider)
	}
	return found, nil
}

// add takes in what a verified login says: the roles that it names for its
// provider, each once.
func (s *Service) add(read *SAMLResponse, login *samlLogin) {
	id, agree := login.Answers()
	read.Duration, read.Request = login.claims.duration, login.request
	read.Foreign = s.SAMLInResponseTo != AnswersIgnored && login.request == nil && (id != "" || !agree)
	for _, pair := range samlPairs(login.Values(samlAttribute + "Role")) {
		a, err := arn.Parse(pair.role)
		if err != nil || a.Service != "iam" || a.Account != login.provider.Account || !strings.HasPrefix(a.Resource, "role/") {
			continue
		}
		role := SAMLRole{Role: pair.role, Provider: pair.provider, Account: a.Account}
		if role.Provider == login.provider.ARN() && !slices.ContainsFunc(read.Roles, func(r SAMLRole) bool { return r.Role == role.Role }) {
			read.Roles = append(read.Roles, role)
		}
	}
}
