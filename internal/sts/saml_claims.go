package sts

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/stsapi"
)

// samlAttribute begins the names of the attributes that are AWS's.
const samlAttribute = "https://aws.amazon.com/SAML/Attributes/"

// samlClaims are what an assertion says of the session to be made. See
// "Configure SAML assertions for the authentication response" and "Pass session
// tags in AWS STS" in the IAM User Guide.
type samlClaims struct {
	sessionName    string
	sourceIdentity string
	duration       time.Duration // at the most; zero when it is not said
	tags           []stsapi.Tag
	transitive     []string
}

var samlName = regexp.MustCompile(`^[a-zA-Z_0-9+=,.@-]{2,64}$`)

const maxSessionTags = 50 // as in STS's model

func samlClaimsOf(a *federation.Assertion) (samlClaims, error) {
	var c samlClaims
	var err error
	if c.sessionName, err = onlyClaim(a, "RoleSessionName"); err != nil {
		return c, err
	}
	switch {
	case c.sessionName == "":
		return c, stsapi.InvalidIdentityToken(noSAMLSessionName)
	case !samlName.MatchString(c.sessionName):
		return c, stsapi.InvalidIdentityToken(badSAMLSessionName)
	}
	if c.sourceIdentity, err = onlyClaim(a, "SourceIdentity"); err != nil {
		return c, err
	}
	if c.sourceIdentity != "" && (!samlName.MatchString(c.sourceIdentity) || strings.HasPrefix(c.sourceIdentity, "aws:")) {
		return c, stsapi.InvalidIdentityToken(badSAMLSourceIdentity)
	}
	duration, err := onlyClaim(a, "SessionDuration")
	if err != nil {
		return c, err
	}
	if duration != "" {
		seconds, err := strconv.Atoi(duration)
		if err != nil || seconds < 900 || seconds > 43200 {
			return c, stsapi.InvalidIdentityToken(badSAMLDuration)
		}
		c.duration = time.Duration(seconds) * time.Second
	}
	c.transitive = a.Values(samlAttribute + "TransitiveTagKeys")
	c.tags, err = samlTags(a)
	return c, err
}

// onlyClaim returns the value of an attribute that has one, "" when there is
// none.
func onlyClaim(a *federation.Assertion, name string) (string, error) {
	switch values := a.Values(samlAttribute + name); len(values) {
	case 0:
		return "", nil
	case 1:
		return values[0], nil
	}
	return "", stsapi.InvalidIdentityToken(severalSAMLValues, name)
}

func samlTags(a *federation.Assertion) ([]stsapi.Tag, error) {
	var tags []stsapi.Tag
	for _, attribute := range a.Attributes {
		key, ok := strings.CutPrefix(attribute.Name, samlAttribute+"PrincipalTag:")
		if !ok {
			continue
		}
		if len(attribute.Values) != 1 {
			return nil, stsapi.InvalidIdentityToken(severalSAMLValues, "PrincipalTag:"+key)
		}
		value := attribute.Values[0]
		if !federation.ValidTag(key, value) {
			return nil, stsapi.InvalidIdentityToken(badSAMLTag)
		}
		tags = append(tags, stsapi.Tag{Key: key, Value: value})
	}
	if len(tags) > maxSessionTags {
		return nil, stsapi.InvalidIdentityToken(badSAMLTag)
	}
	return tags, nil
}

// samlKeys are the condition keys of attributes that are not AWS's, by their
// names. See "Mapping SAML attributes to AWS trust policy context keys" in the
// IAM User Guide.
var samlKeys = map[string]string{
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.1":  "saml:edupersonaffiliation",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.2":  "saml:edupersonnickname",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.3":  "saml:edupersonorgdn",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.4":  "saml:edupersonorgunitdn",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.5":  "saml:edupersonprimaryaffiliation",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.6":  "saml:edupersonprincipalname",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.7":  "saml:edupersonentitlement",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.8":  "saml:edupersonprimaryorgunitdn",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.9":  "saml:edupersonscopedaffiliation",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.10": "saml:edupersontargetedid",
	"urn:oid:1.3.6.1.4.1.5923.1.1.1.11": "saml:edupersonassurance",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.2":  "saml:eduorghomepageuri",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.3":  "saml:eduorgidentityauthnpolicyuri",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.4":  "saml:eduorglegalname",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.5":  "saml:eduorgsuperioruri",
	"urn:oid:1.3.6.1.4.1.5923.1.2.1.6":  "saml:eduorgwhitepagesuri",
	"urn:oid:2.5.4.3":                   "saml:cn",

	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name":              "saml:name",
	"http://schemas.xmlsoap.org/claims/CommonName":                            "saml:commonName",
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname":         "saml:givenName",
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname":           "saml:surname",
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress":      "saml:mail",
	"http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": "saml:primaryGroupSID",
}

// x500Keys are those of attributes of X.500, by their object identifiers.
var x500Keys = map[string]string{
	"2.5.4.3":                    "saml:commonName",
	"2.5.4.4":                    "saml:surname",
	"2.5.4.42":                   "saml:givenName",
	"2.5.4.45":                   "saml:x500UniqueIdentifier",
	"0.9.2342.19200300.100.1.1":  "saml:uid",
	"0.9.2342.19200300.100.1.3":  "saml:mail",
	"0.9.2342.19200300.100.1.45": "saml:organizationStatus",
}

// keys are the condition keys that a login gives a request.
func (l *samlLogin) keys() api.Keys {
	keys := api.Keys{
		"saml:aud": {l.Recipient}, "saml:iss": {l.Issuer}, "saml:doc": {l.provider.Account + "/" + l.provider.Name},
		"saml:sub": {l.Subject}, "saml:sub_type": {l.subjectType}, "saml:namequalifier": {l.qualifier},
		"sts:RoleSessionName": {l.claims.sessionName},
	}
	for _, a := range l.Attributes {
		for _, key := range []string{samlKeys[a.Name], x500Keys[strings.TrimPrefix(a.Name, "urn:oid:")]} {
			if key != "" {
				keys[key] = append(keys[key], a.Values...)
			}
		}
	}
	if l.claims.sourceIdentity != "" {
		keys["sts:SourceIdentity"] = []string{l.claims.sourceIdentity}
	}
	requestTags(keys, l.claims.tags, l.claims.transitive)
	return keys
}
