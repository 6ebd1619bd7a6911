package sts

import (
	"context"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/stsapi"
)

// samlLogin is an assertion that was verified, with what STS makes of it.
type samlLogin struct {
	*federation.Assertion
	provider    *state.SAMLProvider
	subjectType string
	qualifier   string
	claims      samlClaims
	request     *SAMLRequest // that it answers, of this installation; nil for none
}

// verifySAML verifies the response in a request by the metadata and the keys of
// the provider that the request names.
func (s *Service) verifySAML(_ context.Context, c *api.Call, in *stsapi.AssumeRoleWithSAMLInput) (*authz.Caller, *samlLogin, error) {
	if _, err := federated(in.RoleArn, "role", noRoleARN); err != nil {
		return nil, nil, err
	}
	if _, err := federated(in.PrincipalArn, "saml-provider", noProviderARN); err != nil {
		return nil, nil, err
	}
	login, provider, err := s.samlProof(c, in)
	if err != nil {
		s.Disbelieve(c.Now, Disbelief{c.RequestID, "AssumeRoleWithSAML", provider, ReasonOf(err)})
		return nil, nil, err
	}
	c.Tell(login.parameters(in))
	who := authz.Vouched{Provider: provider, Type: "SAMLUser", Name: login.qualifier}
	return authz.NewVouched(who, login.qualifier+":"+login.Subject, login.Subject), login, nil
}

// samlProof verifies the response of a request, by the provider whose ARN it
// returns: with errors too, when it is registered.
func (s *Service) samlProof(c *api.Call, in *stsapi.AssumeRoleWithSAMLInput) (login *samlLogin, provider string, err error) {
	p, ok := c.Snapshot.SAMLProvider(in.PrincipalArn)
	if !ok {
		return nil, "", stsapi.InvalidIdentityToken(noSAMLProvider)
	}
	text, err := federation.DecodeResponse(in.SAMLAssertion)
	if err != nil {
		return nil, p.ARN(), stsapi.InvalidIdentityToken(badBase64)
	}
	if login, err = s.samlLogin(c.Snapshot, c.Now, p, text); err != nil {
		return nil, p.ARN(), err
	}
	login.request, err = s.answered(c.Snapshot, c.Now, p, login.Assertion)
	return login, p.ARN(), err
}

// samlLogin verifies a response by the metadata and the keys of a provider, and
// reads what its assertion says.
func (s *Service) samlLogin(snap *state.Snapshot, now time.Time, p *state.SAMLProvider, response string) (*samlLogin, error) {
	trust, err := s.samlTrust(snap, now, p)
	if err != nil {
		return nil, err
	}
	assertion, err := trust.VerifyResponse(response)
	if err != nil {
		return nil, samlRefusal(err)
	}
	login := &samlLogin{
		Assertion: assertion, provider: p,
		subjectType: strings.TrimPrefix(assertion.Format, nameIDFormats), qualifier: nameQualifier(assertion.Issuer, p),
	}
	if login.claims, err = samlClaimsOf(assertion); err != nil {
		return nil, err
	}
	return login, nil
}

// nameIDFormats begins the formats of names that AWS shortens.
const nameIDFormats = "urn:oasis:names:tc:SAML:2.0:nameid-format:"

// nameQualifier tells apart subjects of one name. See AssumeRoleWithSAML in the
// AWS STS API Reference.
func nameQualifier(issuer string, p *state.SAMLProvider) string {
	sum := sha1.Sum([]byte(issuer + p.Account + "/" + p.Name))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (s *Service) samlTrust(snap *state.Snapshot, now time.Time, p *state.SAMLProvider) (*federation.Trust, error) {
	metadata, err := federation.ParseMetadata(p.Metadata)
	if err != nil {
		return nil, err
	}
	var keys []*rsa.PrivateKey
	for k := range snap.SAMLKeys(p.ID) {
		key, err := federation.ParsePrivateKey(string(k.Key))
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	recipient := func(url string) bool { return s.isSAMLEndpoint(url, p) }
	return &federation.Trust{
		Issuers: metadata.Issuers, Keys: keys, Encrypted: p.Encrypted, Now: now, Recipient: recipient,
		Audience: func(name string) bool { return name == "urn:amazon:webservices" || recipient(name) },
	}, nil
}

// awsSignIn is where AWS takes SAML responses: everywhere, or in a region. See
// "Configure SAML assertions for the authentication response" in the IAM User
// Guide.
var awsSignIn = regexp.MustCompile(`^https://([a-z]{2}(-[a-z]+)+-[0-9]\.)?signin\.aws\.amazon\.com(/static)?/saml(/acs/(SAMLSP[A-Z0-9]+))?$`)

// isSAMLEndpoint reports whether assertions for that URL are for this
// installation. The host that a request names does not count: who presents an
// assertion that was made for another service could name that one.
func (s *Service) isSAMLEndpoint(url string, p *state.SAMLProvider) bool {
	for _, own := range s.SAMLEndpoints {
		if url == own || url == own+"/acs/"+p.ID {
			return true
		}
	}
	m := awsSignIn.FindStringSubmatch(url)
	return m != nil && (m[5] == "" || m[5] == p.ID)
}

// samlRefusals are AWS's errors for responses that are not believed.
var samlRefusals = []struct {
	cause error
	new   func(format string, args ...any) *shape.Error
	text  string
}{
	{federation.ErrRejectedLogin, stsapi.IDPRejectedClaim, loginRejected},
	{federation.ErrSAMLSignature, stsapi.InvalidIdentityToken, badSAMLSignature},
	{federation.ErrSAMLIssuer, stsapi.InvalidIdentityToken, unknownSAMLIssuer},
	{federation.ErrNotEncrypted, stsapi.InvalidIdentityToken, samlNotEncrypted},
	{federation.ErrDecryption, stsapi.InvalidIdentityToken, samlNotDecrypted},
	{federation.ErrSAMLAudience, stsapi.InvalidIdentityToken, wrongSAMLAudience},
	{federation.ErrSAMLNotYetValid, stsapi.InvalidIdentityToken, samlNotYetValid},
	{federation.ErrSAMLExpired, stsapi.ExpiredTokenException, samlExpired},
	{federation.ErrRedeemedLate, stsapi.ExpiredTokenException, samlRedeemedLate},
}

// samlRefusal is AWS's error for a response that is not believed. What exactly
// is wrong stays here.
func samlRefusal(err error) error {
	fail := stsapi.InvalidIdentityToken(badSAMLResponse)
	for _, r := range samlRefusals {
		if errors.Is(err, r.cause) {
			fail = r.new("%s", r.text)
			break
		}
	}
	fail.Cause = err
	return fail
}

// names reports whether the assertion lets its subject assume that role by that
// provider.
func (l *samlLogin) names(role, provider string) bool {
	return slices.Contains(samlPairs(l.Values(samlAttribute+"Role")), samlPair{role, provider})
}

// samlPair is a role with the provider by which it may be assumed: their ARNs.
type samlPair struct{ role, provider string }

// samlPairs reads the values of the attribute Role: each has two ARNs, in either
// order. What is no such pair is left out.
func samlPairs(values []string) []samlPair {
	var pairs []samlPair
	for _, v := range values {
		a, b, _ := strings.Cut(v, ",")
		p := samlPair{strings.TrimSpace(a), strings.TrimSpace(b)}
		if strings.Contains(p.role, ":saml-provider/") {
			p.role, p.provider = p.provider, p.role
		}
		if strings.Contains(p.role, ":role/") && strings.Contains(p.provider, ":saml-provider/") {
			pairs = append(pairs, p)
		}
	}
	return pairs
}

// samlParameters are what CloudTrail has of a call: its parameters and the
// assertion's. See "Logging IAM and AWS STS API calls with AWS CloudTrail" in
// the IAM User Guide.
type samlParameters struct {
	SAMLAssertionID   string                        `aws:"SAMLAssertionID"`
	RoleSessionName   string                        `aws:"RoleSessionName"`
	SourceIdentity    *string                       `aws:"SourceIdentity"`
	PrincipalTags     map[string]string             `aws:"PrincipalTags"`
	TransitiveTagKeys []string                      `aws:"TransitiveTagKeys"`
	RoleArn           string                        `aws:"RoleArn"`
	PrincipalArn      string                        `aws:"PrincipalArn"`
	PolicyArns        []stsapi.PolicyDescriptorType `aws:"PolicyArns"`
	Policy            *string                       `aws:"Policy"`
	DurationSeconds   *int32                        `aws:"DurationSeconds"`
}

func (l *samlLogin) parameters(in *stsapi.AssumeRoleWithSAMLInput) *samlParameters {
	p := &samlParameters{
		SAMLAssertionID: l.ID, RoleSessionName: l.claims.sessionName, SourceIdentity: optional(l.claims.sourceIdentity),
		TransitiveTagKeys: l.claims.transitive, RoleArn: in.RoleArn, PrincipalArn: in.PrincipalArn,
		PolicyArns: in.PolicyArns, Policy: in.Policy, DurationSeconds: in.DurationSeconds,
	}
	for _, t := range l.claims.tags {
		if p.PrincipalTags == nil {
			p.PrincipalTags = make(map[string]string)
		}
		p.PrincipalTags[t.Key] = t.Value
	}
	return p
}
