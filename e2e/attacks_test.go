package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestKillForgetsNothing: what was taken once stays taken though the server is
// killed right after its answer: a SAML assertion, the code of an MFA device.
func TestKillForgetsNothing(t *testing.T) {
	data, seen := t.TempDir(), &sightings{}
	s := startIn(t, data, seen)
	admin := s.admin()
	key, _, certificate := keyPair(t, "idp.example.org")
	idp := &identityProvider{entity: "https://idp.example.org/login", key: key}
	provider := must(admin.iam.CreateSAMLProvider(ctx, &iam.CreateSAMLProviderInput{Name: new("login"), SAMLMetadataDocument: new(metadata(idp.entity, certificate))}))(t).SAMLProviderArn
	role := admin.newRole(t, "Federated", document(`{"Effect":"Allow","Principal":{"Federated":"`+*provider+`"},"Action":"sts:AssumeRoleWithSAML"}`), "")
	mia := admin.newUser(t, "mia")
	phone := admin.newDevice(t, "phone")
	admin.enable(t, phone, "mia")

	login := &sts.AssumeRoleWithSAMLInput{RoleArn: &role, PrincipalArn: provider, SAMLAssertion: new(idp.response(t, "Role", *provider+","+role, "RoleSessionName", "alice"))}
	code := &sts.GetSessionTokenInput{SerialNumber: &phone.serial, TokenCode: phone.code(1)}
	session := s.session(must(mia.sts.GetSessionToken(ctx, code))(t).Credentials)
	must(s.as(aws.Credentials{}).sts.AssumeRoleWithSAML(ctx, login))(t)
	for range 2 {
		s.kill(t)
		s = startIn(t, data, seen)
		fails(s.as(aws.Credentials{}).sts.AssumeRoleWithSAML(ctx, login))(t, failure{400, "InvalidIdentityToken", "The assertion has been used before."})
		fails(s.as(mia.Credentials).sts.GetSessionToken(ctx, code))(t, denied("MultiFactorAuthentication failed with invalid MFA one time pass code. "))
	}
	s.as(session.Credentials).whoami(t)
}
