package sts

import (
	"fmt"

	"github.com/writ-iam/writ/internal/shape"
)

const (
	tokenFromSession = "Cannot call GetSessionToken with session credentials"

	outboundDisabled  = "The outbound web identity federation feature is not enabled for this account. To use this feature, you must first enable it through the Amazon Web Services Management Console or API."
	durationEscalates = "The requested token duration would extend the session beyond its original expiration time. You cannot use this operation to extend the lifetime of a session beyond what was originally granted."
	payloadTooLarge   = "The requested token payload size exceeds the maximum allowed size. Reduce the number of request tags included in the GetWebIdentityToken API call to reduce the token payload size."

	tokenInvalid = "The trade-in token is not valid."
	tokenExpired = "The trade-in token provided in the request has expired and can no longer be exchanged for credentials. Request a new token and retry the operation."
	approverGone = "The principal that accepted the delegation request does not exist any more."
	approverHeld = "The principal that accepted the delegation request was itself limited by session policies."

	deviceAndCode = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
	notOwnDevice  = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
	wrongCode     = "MultiFactorAuthentication failed with invalid MFA one time pass code. " // the space is AWS's
)

func invalid(format string, args ...any) *shape.Error {
	return &shape.Error{Code: "ValidationError", Status: 400, Message: fmt.Sprintf(format, args...)}
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
