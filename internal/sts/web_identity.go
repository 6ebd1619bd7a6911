package sts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/stsapi"
)

// Of web identity tokens. The texts are AWS's where it is known to have one.
const (
	notByWebIdentity = "Not authorized to perform sts:AssumeRoleWithWebIdentity"

	notWebToken     = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
	noIssuer        = "No OpenIDConnect provider found in your account for %s"
	noVerifyingKey  = "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"
	badThumbprint   = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
	badWebSignature = "The signature of the web identity token is not valid."
	wrongAudience   = "Incorrect token audience"
	webTokenExpired = "Token expired: current date/time %d must be before the expiration date/time %d"
	webTokenEarly   = "The web identity token is not valid yet."
	badClaim        = "Missing a required claim, or its value is not valid: %s"
	accessToken     = "OAuth 2.0 access tokens of %s are not accepted: only its API could verify them. Send an OpenID Connect ID token, without ProviderId."
	badProviderID   = "ProviderId is for OAuth 2.0 access tokens of www.amazon.com and graph.facebook.com. Leave it out for OpenID Connect ID tokens."
)

// builtIn are the issuers that trust policies name without an OIDC provider in
// the account. Audiences are then for the trust policy to limit. See "AWS JSON
// policy elements: Principal" in the IAM User Guide.
var builtIn = map[string]string{
	"https://accounts.google.com":            "accounts.google.com",
	"accounts.google.com":                    "accounts.google.com", // as older tokens of it say
	"https://cognito-identity.amazonaws.com": "cognito-identity.amazonaws.com",
}

// webIdentity is a verified web identity token, and who vouches for it.
type webIdentity struct {
	*federation.Identity
	provider   string // as policies name it
	issuer     string // what condition keys begin with
	tags       []stsapi.Tag
	transitive []string
	source     string
}

// trusted is an issuer as the account of a role takes it.
type trusted struct {
	provider, issuer, address string
	clients, thumbprints      []string
}

// verifyWebIdentity verifies the token of a request with what the account of the
// role registered.
func (s *Service) verifyWebIdentity(ctx context.Context, c *api.Call, in *stsapi.AssumeRoleWithWebIdentityInput) (*authz.Caller, *webIdentity, error) {
	if in.ProviderId != nil {
		switch *in.ProviderId {
		case "www.amazon.com", "graph.facebook.com":
			return nil, nil, stsapi.InvalidIdentityToken(accessToken, *in.ProviderId)
		}
		return nil, nil, invalidParameter(badProviderID)
	}
	role, err := federated(in.RoleArn, "role", noRoleARN)
	if err != nil {
		return nil, nil, err
	}
	who, by, err := s.webIdentity(ctx, c, role.Account, in.WebIdentityToken)
	if err != nil {
		s.Disbelieve(c.Now, Disbelief{c.RequestID, "AssumeRoleWithWebIdentity", by.provider, ReasonOf(err)})
		return nil, nil, err
	}
	v := authz.Vouched{Provider: by.provider, Type: "WebIdentityUser", Name: by.provider}
	return authz.NewVouched(v, by.provider+":"+who.Audience+":"+who.Subject, who.Subject), who, nil
}

// webIdentity verifies a token with what an account registered. The issuer is
// returned with errors, too, as far as it is known.
func (s *Service) webIdentity(ctx context.Context, c *api.Call, account, text string) (*webIdentity, trusted, error) {
	token, err := federation.ParseToken(text)
	if err != nil {
		return nil, trusted{}, refusedToken(err)
	}
	by, keys, err := s.ask(ctx, c, account, token)
	if err != nil {
		return nil, by, err
	}
	id, err := token.Verify(keys, by.clients, c.Now)
	if err != nil {
		return nil, by, refusedToken(err)
	}
	who := &webIdentity{Identity: id, provider: by.provider, issuer: by.issuer}
	if err := who.readSession(); err != nil {
		return nil, by, refusedToken(err)
	}
	return who, by, nil
}

// ask returns the issuer of a token as that account takes it, with its keys. An
// issuer may take its time to answer: what the account has changed by then
// counts.
func (s *Service) ask(ctx context.Context, c *api.Call, account string, token *federation.Token) (trusted, *federation.KeySet, error) {
	asked, ok := trusts(c, account, token.Issuer)
	if !ok {
		return trusted{}, nil, unregistered(token.Issuer)
	}
	if s.Issuers == nil {
		return asked, nil, stsapi.IDPCommunicationError(noVerifyingKey)
	}
	keys, err := s.Issuers.Keys(ctx, asked.address, asked.thumbprints, token.KeyID, c.Now)
	if err != nil {
		return asked, nil, unreachable(err)
	}
	c.Refresh()
	by, ok := trusts(c, account, token.Issuer)
	if !ok || !slices.Equal(by.thumbprints, asked.thumbprints) {
		return trusted{}, nil, unregistered(token.Issuer)
	}
	return by, keys, nil
}

func unregistered(issuer string) error {
	e := stsapi.InvalidIdentityToken(noIssuer, issuer)
	e.Cause = errIssuer
	return e
}

// trusts returns the issuer as that account takes it: as it registered it, and
// else as one that is built in.
func trusts(c *api.Call, account, iss string) (trusted, bool) {
	issuer, secure := strings.CutPrefix(iss, "https://")
	if secure && ownPrefix(issuer) {
		if p, ok := c.Snapshot.OIDCProvider(arn.OIDCProvider(account, issuer)); ok {
			clients := p.ClientIDs
			if clients == nil {
				clients = []string{} // nobody
			}
			return trusted{provider: p.ARN(), issuer: p.URL, address: iss, clients: clients, thumbprints: p.Thumbprints}, true
		}
	}
	name, ok := builtIn[iss]
	return trusted{provider: name, issuer: name, address: "https://" + name}, ok
}

// ownPrefix reports whether condition keys that begin with the issuer are its
// own: the claims of one that is called like a service, or "aws", would be taken
// for what that says of a request.
func ownPrefix(issuer string) bool {
	return strings.ContainsAny(issuer, ".:/") || issuer == "localhost"
}

// readSession reads what the token asks for its session.
func (w *webIdentity) readSession() (err error) {
	if w.source, err = w.SourceIdentity(); err != nil {
		return err
	}
	tags, transitive, err := w.Tags()
	for _, t := range tags {
		w.tags = append(w.tags, stsapi.Tag{Key: t.Key, Value: t.Value})
	}
	w.transitive = transitive
	return err
}

// keys are the condition keys of the token: its claims by name. As on AWS, aud
// is who asked for the token (azp), if that is told, and oaud the audience. See
// "Available keys for AWS OIDC federation" in the IAM User Guide.
func (w *webIdentity) keys() api.Keys {
	keys := api.Keys{}
	w.Claims(func(name string, values []string) {
		switch strings.ToLower(name) {
		case "aud", "oaud", "sub": // are set below
		default:
			keys[w.issuer+":"+name] = values
		}
	})
	keys[w.issuer+":aud"] = []string{w.Audience}
	keys[w.issuer+":oaud"] = w.For
	keys[w.issuer+":sub"] = []string{w.Subject}
	return keys
}

// kept are the condition keys that requests of the session have too.
func (w *webIdentity) kept() []session.Tag {
	kept := []session.Tag{{Key: w.issuer + ":aud", Value: w.Audience}, {Key: w.issuer + ":sub", Value: w.Subject}}
	for _, audience := range w.For {
		kept = append(kept, session.Tag{Key: w.issuer + ":oaud", Value: audience})
	}
	for _, method := range w.Methods {
		kept = append(kept, session.Tag{Key: w.issuer + ":amr", Value: method})
	}
	return kept
}

// refusedToken is the answer to a token that counts for nothing.
func refusedToken(err error) error {
	var expired *federation.ExpiredError
	var claim *federation.ClaimError
	switch {
	case errors.As(err, &expired):
		return stsapi.ExpiredTokenException(webTokenExpired, expired.Now.Unix(), expired.Expires.Unix())
	case errors.As(err, &claim):
		return stsapi.InvalidIdentityToken(badClaim, claim.Claim)
	case errors.Is(err, federation.ErrAudience):
		return stsapi.InvalidIdentityToken(wrongAudience)
	case errors.Is(err, federation.ErrTime):
		return stsapi.InvalidIdentityToken(webTokenEarly)
	case errors.Is(err, federation.ErrSignature):
		return stsapi.InvalidIdentityToken(badWebSignature)
	case errors.Is(err, federation.ErrNotToken):
		return stsapi.InvalidIdentityToken(notWebToken)
	}
	return fmt.Errorf("web identity token: %w", err)
}

// unreachable is the answer when the issuer's keys cannot be had. It tells
// nothing of the network: the caller may be anybody.
func unreachable(err error) error {
	switch {
	case errors.Is(err, federation.ErrThumbprint):
		return stsapi.InvalidIdentityToken(badThumbprint)
	case errors.Is(err, federation.ErrKeys):
		e := stsapi.IDPCommunicationError(noVerifyingKey)
		e.Cause = err
		return e
	}
	return fmt.Errorf("keys of an issuer: %w", err)
}
