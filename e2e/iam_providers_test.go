package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// metadata describes a SAML identity provider with that certificate.
func metadata(entity, certificate string) string {
	_, inner, _ := strings.Cut(certificate, "-----BEGIN CERTIFICATE-----")
	inner, _, _ = strings.Cut(inner, "-----END")
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="%s">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing">
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
    </md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.org/sso?a=1&amp;b=2"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
`, entity, inner)
}

func providersBreadth(t *testing.T, c *client) {
	oidcBreadth(t, c)
	samlBreadth(t, c)
}

func oidcBreadth(t *testing.T, c *client) {
	fails(c.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: new("CI"), AssumeRolePolicyDocument: new(document(
		`{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/gitlab.com"},"Action":"sts:AssumeRoleWithWebIdentity"}`))}))(t,
		failure{400, "MalformedPolicyDocument", "Trust policy with trusted principal arn:aws:iam::123456789012:oidc-provider/gitlab.com must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, gitlab.com:sub which is not scoped to all."})
	thumbprint := strings.Repeat("0aF9", 10)
	url := new("https://token.example.org/Realm")
	made := must(c.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{
		Url: url, ClientIDList: []string{"sts.amazonaws.com"}, ThumbprintList: []string{thumbprint}, Tags: []types.Tag{{Key: new("Team"), Value: new("red")}},
	}))(t)
	provider := made.OpenIDConnectProviderArn
	equal(t, "arn", strings.HasSuffix(*provider, ":oidc-provider/token.example.org/Realm"), true)
	equal(t, "tags of the answer", len(made.Tags), 1)
	fails(c.iam.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderInput{Url: url}))(t,
		failure{409, "EntityAlreadyExists", "Provider with url https://token.example.org/Realm already exists."})
	must(c.iam.AddClientIDToOpenIDConnectProvider(ctx, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: provider, ClientID: new("app")}))(t)
	must(c.iam.RemoveClientIDFromOpenIDConnectProvider(ctx, &iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: provider, ClientID: new("sts.amazonaws.com")}))(t)
	must(c.iam.UpdateOpenIDConnectProviderThumbprint(ctx, &iam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderArn: provider, ThumbprintList: []string{thumbprint}}))(t)
	fails(c.iam.UpdateOpenIDConnectProviderThumbprint(ctx, &iam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderArn: provider, ThumbprintList: []string{}}))(t,
		failure{400, "InvalidInput", "Thumbprint list must contain at least one entry."})
	must(c.iam.TagOpenIDConnectProvider(ctx, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: provider, Tags: []types.Tag{{Key: new("team"), Value: new("blue")}}}))(t)
	must(c.iam.UntagOpenIDConnectProvider(ctx, &iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: provider, TagKeys: []string{"Team"}}))(t)
	equal(t, "tags", len(must(c.iam.ListOpenIDConnectProviderTags(ctx, &iam.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: provider}))(t).Tags), 1)
	got := must(c.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: provider}))(t)
	recent(t, "date", got.CreateDate)
	equal(t, "url", *got.Url, "token.example.org/Realm")
	equal(t, "client ids", strings.Join(got.ClientIDList, " "), "app")
	equal(t, "thumbprints", strings.Join(got.ThumbprintList, " "), strings.ToLower(thumbprint))
	listed := must(c.iam.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{}))(t).OpenIDConnectProviderList
	equal(t, "providers", len(listed), 1)
	equal(t, "listed", *listed[0].Arn, *provider)
	must(c.iam.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: provider}))(t)
	fails(c.iam.DeleteOpenIDConnectProvider(ctx, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: provider}))(t, failure{404, "NoSuchEntity", ""})
}

func samlBreadth(t *testing.T, c *client) {
	_, keyPEM, certificate := keyPair(t, "idp.example.org")
	c.server.seen.secret(strings.Split(keyPEM, "\n")[1])
	document := metadata("https://idp.example.org/saml", certificate)
	made := must(c.iam.CreateSAMLProvider(ctx, &iam.CreateSAMLProviderInput{
		Name: new("corp"), SAMLMetadataDocument: &document, AddPrivateKey: &keyPEM, AssertionEncryptionMode: types.AssertionEncryptionModeTypeRequired,
	}))(t)
	provider := made.SAMLProviderArn
	fails(c.iam.CreateSAMLProvider(ctx, &iam.CreateSAMLProviderInput{Name: new("corp"), SAMLMetadataDocument: &document}))(t, failure{409, "EntityAlreadyExists", ""})
	got := must(c.iam.GetSAMLProvider(ctx, &iam.GetSAMLProviderInput{SAMLProviderArn: provider}))(t)
	recent(t, "date", got.CreateDate)
	equal(t, "metadata", *got.SAMLMetadataDocument, document)
	equal(t, "valid until", got.ValidUntil.Equal(got.CreateDate.AddDate(100, 0, 0)), true)
	equal(t, "mode", got.AssertionEncryptionMode, types.AssertionEncryptionModeTypeRequired)
	equal(t, "id", strings.HasPrefix(*got.SAMLProviderUUID, "SAMLSP"), true)
	equal(t, "private keys", len(got.PrivateKeyList), 1)
	recent(t, "date of the key", got.PrivateKeyList[0].Timestamp)
	remove := &iam.UpdateSAMLProviderInput{SAMLProviderArn: provider, RemovePrivateKey: got.PrivateKeyList[0].KeyId}
	fails(c.iam.UpdateSAMLProvider(ctx, remove))(t, failure{400, "InvalidInput", "Failed to remove private key."})
	remove.AssertionEncryptionMode, remove.SAMLMetadataDocument = types.AssertionEncryptionModeTypeAllowed, new(metadata("https://idp.example.org/new", certificate))
	equal(t, "updated", *must(c.iam.UpdateSAMLProvider(ctx, remove))(t).SAMLProviderArn, *provider)
	must(c.iam.TagSAMLProvider(ctx, &iam.TagSAMLProviderInput{SAMLProviderArn: provider, Tags: []types.Tag{{Key: new("Team"), Value: new("red")}, {Key: new("a"), Value: new("b")}}}))(t)
	must(c.iam.UntagSAMLProvider(ctx, &iam.UntagSAMLProviderInput{SAMLProviderArn: provider, TagKeys: []string{"a"}}))(t)
	equal(t, "tags", len(must(c.iam.ListSAMLProviderTags(ctx, &iam.ListSAMLProviderTagsInput{SAMLProviderArn: provider}))(t).Tags), 1)
	listed := must(c.iam.ListSAMLProviders(ctx, &iam.ListSAMLProvidersInput{}))(t).SAMLProviderList
	equal(t, "providers", len(listed), 1)
	equal(t, "listed", *listed[0].Arn, *provider)
	must(c.iam.DeleteSAMLProvider(ctx, &iam.DeleteSAMLProviderInput{SAMLProviderArn: provider}))(t)
}
