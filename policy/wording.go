package policy

import (
	"fmt"
	"strings"
)

// The ways in which AWS words its refusals. IAM checks identity-based policies
// itself and says little; policies of roles and resources go through a library
// that names the element, whose words some services replace (see services);
// Organizations has one sentence for all, VPC endpoints one with the place.
//
// Sources: answers of AWS recorded in public test suites and issue threads, for
// identity-based policies moto's, for trust policies versitygw's and aws-cdk's,
// for S3 versitygw's; Hadoop's S3A documentation for session policies; an issue
// of hashicorp/terraform-provider-aws for VPC endpoints.
var (
	identityTexts = map[Code]string{
		OldVersion:          "Policy document must be version 2012-10-17 or greater.",
		LeadingSpace:        legacyText,
		EffectCase:          legacyText,
		BadDate:             legacyText,
		ShortResource:       legacyText,
		BadSid:              "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
		DuplicateSid:        "Statement IDs (SID) in a single policy must be unique.",
		ProhibitedPrincipal: "Policy document should not specify a principal.",
		MissingAction:       "Policy statement must contain actions.",
		EmptyAction:         "Policy statement must contain actions.",
		ActionVendor:        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
		ActionColons:        "Actions/Condition can contain only one colon.",
		BadVendor:           "Vendor %s is not valid",
		MissingResource:     "Policy statement must contain resources.",
		EmptyResource:       "Policy statement must contain resources.",
		ResourceNotARN:      `Resource %s must be in ARN format or "*".`,
		ResourcePartition:   "%s",
		ResourceVendor:      "Resource vendor must be fully qualified and cannot contain regexes.",
		ResourceRegion:      "%s",
		ResourcePath:        iamPathText,
	}
	libraryTexts = map[Code]string{
		TooLarge:               invalidJSONText,
		InvalidCharacter:       invalidJSONText,
		InvalidJSON:            invalidJSONText,
		DuplicateKey:           invalidJSONText,
		UnknownKey:             "Unknown field %s",
		BadVersion:             "The policy must contain a valid version string",
		MissingStatement:       "Missing required field Statement",
		EmptyStatement:         "Could not parse the policy: Statement is empty!",
		DuplicateSid:           "The Statement Ids in the policy are not unique",
		MissingEffect:          "Missing required field Effect",
		BadEffect:              "Invalid effect: %s",
		EffectCase:             "Invalid effect: %s",
		BothForms:              "Statement/policy already has instance of %s",
		MissingPrincipal:       "Missing required field Principal",
		EmptyPrincipal:         "Missing required field Principal cannot be empty!",
		BadPrincipal:           "Invalid principal in policy",
		BarePrincipal:          `AssumeRolepolicy contained an invalid principal: "STAR":"*".`,
		AllowNotPrincipal:      "Allow with NotPrincipal is not allowed.",
		ProhibitedNotPrincipal: "AssumeRole policy must not contain NotPrincipal field.",
		MissingAction:          "Missing required field Action",
		EmptyAction:            "Missing required field Action cannot be empty!",
		ActionVendor:           "Policy has invalid action",
		ActionColons:           "Policy has invalid action",
		BadVendor:              "Policy has invalid action",
		ProhibitedAction:       "AssumeRole policy may only specify STS AssumeRole actions.",
		MissingResource:        "Missing required field Resource",
		EmptyResource:          "Missing required field Resource cannot be empty!",
		ProhibitedResource:     "Has prohibited field Resource",
		ProhibitedNotResource:  "AssumeRole policy must not contain resources.",
		BadOperator:            "Invalid Condition type : %s",
	}
)

const (
	legacyText       = "The policy failed legacy parsing"
	invalidJSONText  = "This policy contains invalid Json"
	identityFallback = "Syntax errors in policy."
	libraryFallback  = "Invalid policy syntax."
	sessionJSONText  = "The policy is not in the valid JSON format."
	endpointText     = "The Policy Document is not valid. Syntax error at position (%d,%d)"
	organizationText = "The provided policy document does not meet the requirements of the specified policy type."
	iamPathText      = `IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, ` +
		`instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.`
)

// wording returns AWS's text for f.
func wording(u Use, f *fault) string {
	switch u.Kind {
	case ServiceControl, ResourceControl:
		return organizationText
	case Endpoint:
		return fmt.Sprintf(endpointText, f.pos.Line, f.pos.Column)
	case Session:
		if f.code.json() {
			return sessionJSONText
		}
	}
	if s := u.service(); s != nil {
		if text, ok := s.texts[f.code]; ok {
			return text
		}
		if s.fallback != "" {
			return s.fallback
		}
	}
	texts, fallback := identityTexts, identityFallback
	if u.Kind.library() {
		texts, fallback = libraryTexts, libraryFallback
	}
	text, ok := texts[f.code]
	if !ok {
		return fallback
	}
	if u.Kind == Trust && f.code == BadPrincipal {
		return text + ": " + f.arg
	}
	return strings.Replace(text, "%s", f.arg, 1)
}

// library reports whether AWS's policy library checks policies of kind k, and IAM
// itself does not.
func (k Kind) library() bool { return k == ResourceBased || k == Trust || k == Endpoint }

// json reports whether the bytes, not the grammar of policies, are at fault.
func (c Code) json() bool {
	switch c {
	case TooLarge, InvalidCharacter, InvalidJSON, DuplicateKey:
		return true
	}
	return false
}
