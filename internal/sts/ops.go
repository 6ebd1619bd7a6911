// Package sts is the Security Token Service: it tells a caller who it is and
// gives temporary credentials. Credentials need no store; all that a session is
// stands sealed in its token (internal/session).
//
// Start at Table, the list of operations.
package sts

import (
	"io"
	"log/slog"

	"golang.org/x/time/rate"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/stsapi"
)

// Service answers the operations of STS.
type Service struct {
	sessions   *authz.Sessions
	events     *audit.Log
	rand       io.Reader
	tokenKeys  *tokenKeys
	disbeliefs *rate.Limiter

	// Issuers has the keys of web identity tokens; nil when no issuer may be
	// asked. It is set before Table is called.
	Issuers *federation.Issuers

	// SAMLEndpoints are URLs of this installation for which SAML assertions may
	// be made, beside AWS's. It is set before Table is called.
	SAMLEndpoints []string
	// SAMLInResponseTo says what the requests count that responses answer;
	// SAMLLoopback permits to ask providers on this machine by plain HTTP.
	SAMLInResponseTo InResponseTo
	SAMLLoopback     bool

	// Log is told why identity providers are not believed. It is set before
	// Table is called; New has it discard.
	Log *slog.Logger
}

// New returns the service. Tokens are sealed with the keys of sessions; events
// is where DecodeAuthorizationMessage finds the decision that a message names.
func New(sessions *authz.Sessions, events *audit.Log, rand io.Reader) *Service {
	return &Service{
		sessions: sessions, events: events, rand: rand, tokenKeys: newTokenKeys(rand),
		disbeliefs: newDisbeliefs(), Log: slog.New(slog.DiscardHandler),
	}
}

// Table returns the operations of STS that are built.
func (s *Service) Table() *api.Table {
	t := api.NewTable(&stsapi.Service)
	api.Verified(t, "AssumeRole", usesDevice, assumesRole, s.assumeRole)
	api.Op(t, "AssumeRoot", assumesRoot, s.assumeRoot)
	api.Vouched(t, "AssumeRoleWithWebIdentity", s.verifyWebIdentity, assumesRoleWithWebIdentity, s.assumeRoleWithWebIdentity)
	api.Vouched(t, "AssumeRoleWithSAML", s.verifySAML, assumesRoleWithSAML, s.assumeRoleWithSAML)
	api.Op(t, "DecodeAuthorizationMessage", decodesMessage, s.decodeAuthorizationMessage)
	api.Op(t, "GetAccessKeyInfo", asksForKey, s.getAccessKeyInfo)
	api.Op(t, "GetCallerIdentity", asksForItself, s.getCallerIdentity)
	api.Op(t, "GetDelegatedAccessToken", tradesToken, s.getDelegatedAccessToken)
	api.Op(t, "GetFederationToken", federates, s.getFederationToken)
	api.Verified(t, "GetSessionToken", usesDeviceForToken, asksForToken, s.getSessionToken)
	api.Op(t, "GetWebIdentityToken", issuesToken, s.getWebIdentityToken)
	return t
}
