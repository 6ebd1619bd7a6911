package e2e

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// identityProvider signs assertions that it writes in canonical form at once,
// without a library.
type identityProvider struct {
	entity string
	key    *rsa.PrivateKey

	recipient string // "" is AWS's sign-in URL
	answers   string // ID of the request that is answered
}

// response is a SAML response in base64 with a signed assertion of alice, who
// may assume a role.
func (p *identityProvider) response(t *testing.T, attributes ...string) string {
	t.Helper()
	id := make([]byte, 16)
	rand.Read(id)
	at := func(d time.Duration) string { return time.Now().UTC().Add(d).Format("2006-01-02T15:04:05.000Z") }
	var statement strings.Builder
	for i := 0; i < len(attributes); i += 2 {
		fmt.Fprintf(&statement, `<Attribute Name="https://aws.amazon.com/SAML/Attributes/%s"><AttributeValue>%s</AttributeValue></Attribute>`, attributes[i], attributes[i+1])
	}
	name := "_" + hex.EncodeToString(id)
	answers := ""
	if p.answers != "" {
		answers = ` InResponseTo="` + p.answers + `"`
	}
	head := fmt.Sprintf(`<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="%s" IssueInstant="%s" Version="2.0"><Issuer>%s</Issuer>`, name, at(0), p.entity)
	tail := fmt.Sprintf(`<Subject><NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient">alice</NameID>`+
		`<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData%[4]s NotOnOrAfter="%[2]s" Recipient="%[5]s"></SubjectConfirmationData></SubjectConfirmation></Subject>`+
		`<Conditions NotBefore="%[1]s" NotOnOrAfter="%[2]s"><AudienceRestriction><Audience>https://signin.aws.amazon.com/saml</Audience></AudienceRestriction></Conditions>`+
		`<AuthnStatement AuthnInstant="%[1]s"><AuthnContext><AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:X509</AuthnContextClassRef></AuthnContext></AuthnStatement>`+
		`<AttributeStatement>%[3]s</AttributeStatement></Assertion>`, at(-time.Second), at(5*time.Minute), statement.String(), answers, cmp.Or(p.recipient, "https://signin.aws.amazon.com/saml"))
	digest := sha256.Sum256([]byte(head + tail))
	info := `<SignedInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></CanonicalizationMethod>` +
		`<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></SignatureMethod><Reference URI="#` + name + `"><Transforms>` +
		`<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></Transform><Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></Transform></Transforms>` +
		`<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod><DigestValue>` + base64.StdEncoding.EncodeToString(digest[:]) + `</DigestValue></Reference></SignedInfo>`
	hash := sha256.Sum256([]byte(info))
	value := must(rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, hash[:]))(t)
	signature := `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">` + info + `<SignatureValue>` + base64.StdEncoding.EncodeToString(value) + `</SignatureValue></Signature>`
	return base64.StdEncoding.EncodeToString([]byte(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r` + name + `"` + answers + ` IssueInstant="` + at(0) + `" Version="2.0">` +
		`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` + head + signature + tail + `</samlp:Response>`))
}

// samlLoginBreadth: who has an assertion and no key gets a session, once.
func samlLoginBreadth(t *testing.T, c *client) {
	key, _, certificate := keyPair(t, "idp.example.org")
	idp := &identityProvider{entity: "https://idp.example.org/login", key: key}
	provider := must(c.iam.CreateSAMLProvider(ctx, &iam.CreateSAMLProviderInput{Name: new("login"), SAMLMetadataDocument: new(metadata(idp.entity, certificate))}))(t).SAMLProviderArn
	role := c.newRole(t, "Federated", document(`{"Effect":"Allow","Principal":{"Federated":"`+*provider+`"},"Action":["sts:AssumeRoleWithSAML","sts:TagSession","sts:SetSourceIdentity"],
		"Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}`),
		document(allow(`"s3:CreateBucket"`, `"arn:aws:s3:::${aws:PrincipalTag/Team}-${saml:sub}"`)))
	response := idp.response(t, "Role", *provider+","+role, "RoleSessionName", "alice@example.org", "SourceIdentity", "alice", "PrincipalTag:Team", "blue", "SessionDuration", "1800")
	c.server.seen.secret(response[len(response)/2:len(response)/2+40], response)

	nobody := c.server.as(aws.Credentials{})
	in := &sts.AssumeRoleWithSAMLInput{RoleArn: &role, PrincipalArn: provider, SAMLAssertion: &response}
	out := must(nobody.sts.AssumeRoleWithSAML(ctx, in))(t)
	equal(t, "answer", fmt.Sprint(*out.Subject, " ", *out.SubjectType, " ", *out.Issuer, " ", *out.Audience, " ", *out.SourceIdentity),
		"alice transient https://idp.example.org/login https://signin.aws.amazon.com/saml alice")
	if left := time.Until(*out.Credentials.Expiration); left > 30*time.Minute || left < 25*time.Minute {
		t.Errorf("the session ends in %v", left)
	}
	s := c.server.session(out.Credentials)
	equal(t, "session", s.whoami(t), "arn:aws:sts::"+c.server.Account+":assumed-role/Federated/alice@example.org")
	must(s.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: new("blue-alice")}))(t)
	fails(s.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: new("blue-bob")}))(t, denied(""))

	fails(nobody.sts.AssumeRoleWithSAML(ctx, in))(t, failure{400, "InvalidIdentityToken", "The assertion has been used before."})
	in.SAMLAssertion = new(idp.response(t, "Role", *provider+","+role+"x", "RoleSessionName", "alice"))
	fails(nobody.sts.AssumeRoleWithSAML(ctx, in))(t, denied("Not authorized to perform sts:AssumeRoleWithSAML"))
	must(c.iam.DeleteSAMLProvider(ctx, &iam.DeleteSAMLProviderInput{SAMLProviderArn: provider}))(t)
}
