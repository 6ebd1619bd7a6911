package policy

// Code is the reason of an Error. The sentence of each stands in sentences, an
// example in the tests.
type Code string

// The reasons why a document is refused.
const (
	TooLarge         Code = "TooLarge"
	InvalidCharacter Code = "InvalidCharacter"
	InvalidJSON      Code = "InvalidJSON"
	DuplicateKey     Code = "DuplicateKey"
	LeadingSpace     Code = "LeadingSpace"
	UnknownKey       Code = "UnknownKey"
	WrongType        Code = "WrongType"

	BadVersion       Code = "BadVersion"
	OldVersion       Code = "OldVersion"
	MissingStatement Code = "MissingStatement"
	EmptyStatement   Code = "EmptyStatement"
	BadSid           Code = "BadSid"
	DuplicateSid     Code = "DuplicateSid"

	MissingEffect    Code = "MissingEffect"
	BadEffect        Code = "BadEffect"
	EffectCase       Code = "EffectCase"
	ProhibitedEffect Code = "ProhibitedEffect"

	BothForms Code = "BothForms"

	MissingPrincipal       Code = "MissingPrincipal"
	EmptyPrincipal         Code = "EmptyPrincipal"
	BadPrincipal           Code = "BadPrincipal"
	BarePrincipal          Code = "BarePrincipal"
	ProhibitedPrincipal    Code = "ProhibitedPrincipal"
	ProhibitedNotPrincipal Code = "ProhibitedNotPrincipal"
	AllowNotPrincipal      Code = "AllowNotPrincipal"
	SharedIssuer           Code = "SharedIssuer" // of CheckTrust

	MissingAction       Code = "MissingAction"
	EmptyAction         Code = "EmptyAction"
	ActionVendor        Code = "ActionVendor"
	ActionColons        Code = "ActionColons"
	BadVendor           Code = "BadVendor"
	ProhibitedAction    Code = "ProhibitedAction"
	ProhibitedNotAction Code = "ProhibitedNotAction"
	OutOfScope          Code = "OutOfScope"
	UnknownAction       Code = "UnknownAction" // of CheckBucket
	IdleAction          Code = "IdleAction"    // likewise

	MissingResource       Code = "MissingResource"
	EmptyResource         Code = "EmptyResource"
	ProhibitedResource    Code = "ProhibitedResource"
	ProhibitedNotResource Code = "ProhibitedNotResource"
	ResourceNotARN        Code = "ResourceNotARN"
	ResourcePartition     Code = "ResourcePartition"
	ResourceVendor        Code = "ResourceVendor"
	ResourceRegion        Code = "ResourceRegion"
	ResourcePath          Code = "ResourcePath"
	ShortResource         Code = "ShortResource"
	ForeignResource       Code = "ForeignResource" // of CheckBucket

	BadOperator Code = "BadOperator"
	BadDate     Code = "BadDate"
	BadVariable Code = "BadVariable"
)

// Sentence explains the code, for people who wrote a document; "" for a code
// that is none of this package's.
func (c Code) Sentence() string { return sentences[c] }

// sentences explains the codes. What is at fault is appended.
var sentences = map[Code]string{
	TooLarge:         "the document is larger than any policy may be",
	InvalidCharacter: "only tab, line feed, carriage return and U+0020 to U+00FF may stand in a policy",
	InvalidJSON:      "the document is not valid JSON",
	DuplicateKey:     "the key stands twice in one object",
	LeadingSpace:     "a document must begin with a brace, with no white space before it",
	UnknownKey:       "there is no such element here; names are case-sensitive",
	WrongType:        "the value has the wrong JSON type",

	BadVersion:       "there is no such version of the policy language",
	OldVersion:       "the policy must say \"Version\": \"2012-10-17\"",
	MissingStatement: "the document has no Statement",
	EmptyStatement:   "the document has an empty list of statements",
	BadSid:           "the Sid may have letters and digits only",
	DuplicateSid:     "another statement has the same Sid",

	MissingEffect:    "the statement has no Effect",
	BadEffect:        "the Effect is neither Allow nor Deny",
	EffectCase:       "the Effect is written in the wrong case",
	ProhibitedEffect: "a resource control policy may only deny",

	BothForms: "an element and its Not form exclude each other",

	MissingPrincipal:       "the statement has no Principal",
	EmptyPrincipal:         "the Principal names nobody",
	BadPrincipal:           "this is no principal",
	BarePrincipal:          "a role trust policy names everybody as {\"AWS\": \"*\"}",
	ProhibitedPrincipal:    "this kind of policy has no Principal",
	ProhibitedNotPrincipal: "this kind of policy has no NotPrincipal",
	AllowNotPrincipal:      "NotPrincipal may only stand with Deny",
	SharedIssuer:           "the issuer serves many organizations, and no condition says which one is meant",

	MissingAction:       "the statement has neither Action nor NotAction",
	EmptyAction:         "the list of actions is empty",
	ActionVendor:        "the action has no service prefix",
	ActionColons:        "the action has more than one colon",
	BadVendor:           "the service prefix of the action has characters other than letters, digits, hyphen and full stop",
	ProhibitedAction:    "this kind of policy does not take this action",
	ProhibitedNotAction: "this kind of policy has no NotAction",
	OutOfScope:          "the policies of this service's resources do not take this action",
	UnknownAction:       "the service has no such action",
	IdleAction:          "the action acts on none of the statement's resources",

	MissingResource:       "the statement has neither Resource nor NotResource",
	EmptyResource:         "the list of resources is empty",
	ProhibitedResource:    "this kind of policy has no Resource: it is about what it belongs to",
	ProhibitedNotResource: "this kind of policy has no NotResource: it is about what it belongs to",
	ResourceNotARN:        "the resource is neither an ARN nor \"*\"",
	ResourcePartition:     "the ARN has no known partition",
	ResourceVendor:        "the ARN must name its service without wildcards",
	ResourceRegion:        "the ARN may not name a region",
	ResourcePath:          "this is no type of IAM resource",
	ShortResource:         "the ARN lacks a part",
	ForeignResource:       "the resource is neither the bucket nor in it",

	BadOperator: "there is no such condition operator; names are case-sensitive",
	BadDate:     "the value is neither an ISO 8601 date nor seconds since 1970",
	BadVariable: "the policy variable is not closed, has no name or a default that is not in single quotes",
}
