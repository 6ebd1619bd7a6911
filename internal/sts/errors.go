package sts

import (
	"fmt"

	"github.com/writ-iam/writ/internal/shape"
)

const (
	tokenFromSession = "Cannot call GetSessionToken with session credentials"

	reservedTag = "Tag keys that begin with aws: are reserved for AWS use."

	outboundDisabled  = "The outbound web identity federation feature is not enabled for this account. To use this feature, you must first enable it through the Amazon Web Services Management Console or API."
	durationEscalates = "The requested token duration would extend the session beyond its original expiration time. You cannot use this operation to extend the lifetime of a session beyond what was originally granted."
	payloadTooLarge   = "The requested token payload size exceeds the maximum allowed size. Reduce the number of request tags included in the GetWebIdentityToken API call to reduce the token payload size."

	tokenInvalid = "The trade-in token is not valid."
	tokenExpired = "The trade-in token provided in the request has expired and can no longer be exchanged for credentials. Request a new token and retry the operation."
	approverGone = "The principal that accepted the delegation request does not exist any more."
	approverHeld = "The principal that accepted the delegation request was itself limited by session policies."

	noRoleARN     = "Request ARN is invalid"
	noProviderARN = "Principal ARN is invalid"

	noContextProvider = "ProvidedContexts cannot be accepted: this installation trusts no context provider."

	deviceAndCode = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
	notOwnDevice  = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
	wrongCode     = "MultiFactorAuthentication failed with invalid MFA one time pass code. " // the space is AWS's
)

func invalid(format string, args ...any) *shape.Error {
	return &shape.Error{Code: "ValidationError", Status: 400, Message: fmt.Sprintf(format, args...)}
}

func invalidParameter(text string) *shape.Error {
	return &shape.Error{Code: "InvalidParameterValue", Status: 400, Message: text}
}

func accessDenied(text string) *shape.Error {
	return &shape.Error{Code: "AccessDenied", Status: 403, Message: text}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Of SAML. The texts are AWS's where it is known to have one: see "Troubleshoot
// SAML federation with IAM" in the IAM User Guide.
const (
	noSAMLProvider        = "Specified provider doesn't exist"
	badBase64             = "Invalid base64 SAMLResponse"
	badSAMLResponse       = "Your request included an invalid SAML response."
	loginRejected         = "The identity provider reported that authentication failed."
	badSAMLSignature      = "Response signature invalid"
	unknownSAMLIssuer     = "Issuer not present in specified provider"
	samlNotEncrypted      = "The provider requires encrypted assertions."
	samlNotDecrypted      = "The assertion cannot be decrypted."
	wrongSAMLAudience     = "Response does not contain the required audience."
	samlNotYetValid       = "Response is not yet valid"
	samlExpired           = "Response has expired"
	samlRedeemedLate      = "Token must be redeemed within 5 minutes of issuance"
	samlReplayed          = "The assertion has been used before."
	samlUnrequested       = "The response answers no request of this installation, or one that is too old."
	samlEncryptedAt       = "Encrypted assertions are for the sign-in URL of their provider, which ends with /saml/acs/ and its id."
	noSAMLSessionName     = "RoleSessionName is required in AuthnResponse"
	badSAMLSessionName    = "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"
	badSAMLSourceIdentity = `Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"`
	badSAMLDuration       = "SessionDuration in AuthnResponse must be a number of seconds from 900 to 43200"
	badSAMLTag            = "A PrincipalTag in AuthnResponse is not valid, reserved, or one too many"
	severalSAMLValues     = "%s in AuthnResponse must have one value"
	notByThisAssertion    = "Not authorized to perform sts:AssumeRoleWithSAML"
)
