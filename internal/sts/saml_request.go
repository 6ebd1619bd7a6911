package sts

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/stsapi"
)

// InResponseTo says which SAML responses are taken by the requests that they
// answer. Requests are made where people sign in by a browser; other programs
// that call AssumeRoleWithSAML make requests of their own, which nobody here
// knows.
type InResponseTo string

// The values of InResponseTo; "" is AnswersIfPresent.
const (
	// AnswersIfPresent takes unsolicited responses. One to a request of this
	// installation is taken once, while the request is young, by the provider
	// that was asked. AssumeRoleWithSAML takes, as AWS does, also one to a
	// request of somebody else; a browser's sign-in does not.
	AnswersIfPresent InResponseTo = "if-present"
	// AnswersRequired takes responses to requests of this installation only, in
	// AssumeRoleWithSAML too.
	AnswersRequired InResponseTo = "required"
	// AnswersIgnored takes each response once, whatever it answers.
	AnswersIgnored InResponseTo = "ignored"
)

// SAMLRequest is an authentication request of this installation. All of it
// stands sealed in the request's ID, so that none is stored.
type SAMLRequest struct {
	Provider string    `json:"p"` // its id
	Browser  string    `json:"b"` // of the browser that was sent to the provider: a digest of what it holds
	Expires  time.Time `json:"e"`
}

const (
	samlRequestPurpose session.Purpose = "SAML request"

	// samlRequestLife is how long a person may take to sign in at a provider.
	samlRequestLife = 10 * time.Minute

	// serviceProvider is who asks: AWS's name in its metadata as a service
	// provider, and the audience of assertions.
	serviceProvider = "urn:amazon:webservices"
)

// Why a SAML provider is not asked.
var (
	ErrNoProvider = errors.New("sts: no such SAML provider")
	// ErrNotAsked says that it takes no requests by redirection, or at an
	// address that is not sent to.
	ErrNotAsked = errors.New("sts: the metadata of the SAML provider has no HTTPS address that takes requests by redirection")
)

// AskSAML returns the URL that sends a browser to a SAML provider to sign in.
// endpoint is the one of SAMLEndpoints to which the answer is to come. The URL
// is always one of the provider's metadata.
func (s *Service) AskSAML(snap *state.Snapshot, now time.Time, provider, endpoint, browser string) (string, error) {
	p, ok := snap.SAMLProvider(provider)
	if !ok {
		return "", ErrNoProvider
	}
	metadata, err := federation.ParseMetadata(p.Metadata)
	if err != nil {
		return "", err
	}
	to := metadata.RequestEndpoint()
	if !s.mayAsk(to) {
		return "", ErrNotAsked
	}
	for range snap.SAMLKeys(p.ID) { // encrypted assertions are for the provider's own URL
		endpoint += samlACS + p.ID
		break
	}
	r := SAMLRequest{Provider: p.ID, Browser: browser, Expires: now.Add(samlRequestLife).UTC().Truncate(time.Second)}
	id, err := s.sessions.SealFor(snap, samlRequestPurpose, r)
	if err != nil {
		return "", err
	}
	ask := federation.AuthnRequest{ID: samlRequestID + id, Issued: now, Destination: to, Issuer: serviceProvider, ReplyTo: endpoint}
	return ask.URL()
}

const (
	samlRequestID = "_" // begins the IDs, which base64url may begin with a digit or "-"
	samlACS       = "/acs/"
)

// mayAsk reports whether a browser is sent to that URL.
func (s *Service) mayAsk(location string) bool {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return s.SAMLLoopback && u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && addr.IsLoopback())
}

// answered returns the request of this installation that an assertion answers,
// nil when it answers none and may.
func (s *Service) answered(snap *state.Snapshot, now time.Time, p *state.SAMLProvider, a *federation.Assertion) (*SAMLRequest, error) {
	if s.SAMLInResponseTo == AnswersIgnored {
		return nil, nil
	}
	r := s.ownRequest(snap, a)
	switch {
	case r == nil && s.SAMLInResponseTo != AnswersRequired:
		return nil, nil
	case r == nil || r.Provider != p.ID || !now.Before(r.Expires):
		return nil, stsapi.InvalidIdentityToken(samlUnrequested)
	}
	return r, nil
}

// ownRequest opens the ID of the request that an assertion answers; nil when
// none of this installation has it.
func (s *Service) ownRequest(snap *state.Snapshot, a *federation.Assertion) *SAMLRequest {
	id, ok := a.Answers()
	sealed, prefixed := strings.CutPrefix(id, samlRequestID)
	if !ok || !prefixed {
		return nil
	}
	var r SAMLRequest
	if s.sessions.OpenFor(snap, samlRequestPurpose, sealed, &r) != nil {
		return nil
	}
	return &r
}
