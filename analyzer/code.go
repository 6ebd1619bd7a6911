package analyzer

import (
	"strings"

	"github.com/writ-iam/writ/policy"
)

// Code names a kind of finding. Faults for which AWS refuses a document have the
// codes of package policy; the others are below.
type Code string

// What Validate finds beside the faults that package policy knows.
const (
	TooMuch           Code = "TooMuch"
	TooMuchForSome    Code = "TooMuchForSome"
	NoAction          Code = "NoAction"
	UnknownService    Code = "UnknownService"
	LiteralVariable   Code = "LiteralVariable"
	InertIfExists     Code = "InertIfExists"
	MissingKeyMatches Code = "MissingKeyMatches"
	OperatorType      Code = "OperatorType"
	UnreadableValue   Code = "UnreadableValue"
	ShortARN          Code = "ShortARN"
	YearAsSeconds     Code = "YearAsSeconds"
	DisputedStar      Code = "DisputedStar"
	AnyWebIdentity    Code = "AnyWebIdentity"
)

// Sentence explains the code, for people who wrote a document.
func (c Code) Sentence() string {
	for _, info := range codes {
		if info.Code == c {
			return info.Sentence
		}
	}
	return policy.Code(c).Sentence()
}

// CodeInfo explains a code that Validate has beside those of package policy.
type CodeInfo struct {
	Code     Code
	Severity Severity
	Sentence string
	Use      policy.Use // of the example
	Example  string     // a document of which the code is the only finding
}

// Codes returns what explains each of this package's codes. The slice belongs to
// the caller.
func Codes() []CodeInfo { return append([]CodeInfo(nil), codes...) }

var long = strings.Repeat("long/", 500)

var codes = []CodeInfo{
	{
		TooMuch, Error,
		"the document has more of something than AWS's quota allows",
		policy.Use{Kind: policy.ResourceBased, Service: "sqs"},
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Resource":"*","Action":[
 "sqs:SendMessage","sqs:ReceiveMessage","sqs:DeleteMessage","sqs:ChangeMessageVisibility","sqs:GetQueueUrl","sqs:GetQueueAttributes",
 "sqs:PurgeQueue","sqs:ListQueueTags"]}}`,
	},
	{
		TooMuchForSome, Warning,
		"the document is within AWS's quota for some of those it may belong to, and above that for others",
		policy.Use{Kind: policy.IdentityBased},
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/` + long + `"}]}`,
	},
	{
		NoAction, Warning,
		"an action with white space or a comma in it matches nothing, although AWS stores it",
		policy.Use{Kind: policy.IdentityBased},
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:GetObject ","Resource":"*"}}`,
	},
	{
		UnknownService, Warning,
		"no service is known to have this prefix",
		policy.Use{Kind: policy.IdentityBased},
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s33:GetObject","Resource":"*"}}`,
	},
	{
		Code(policy.UnknownAction), Warning,
		"the service is not known to have such an action",
		policy.Use{Kind: policy.IdentityBased},
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:GetObjects","Resource":"*"}}`,
	},
	{
		LiteralVariable, Warning,
		"policy variables are text in documents of version 2008-10-17, and in those without a version",
		policy.Use{Kind: policy.IdentityBased},
		`{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::home/${aws:username}/*"}}`,
	},
	{
		InertIfExists, Warning,
		"IfExists changes nothing beside ForAllValues or ForAnyValue, which decide about a missing key themselves",
		policy.Use{Kind: policy.IdentityBased},
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*",
 "Condition":{"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"team"}}}}`,
	},
	{
		MissingKeyMatches, Warning,
		"ForAllValues is true for a request without the key, so that an Allow reaches further than it seems to",
		policy.Use{Kind: policy.IdentityBased},
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*",
 "Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"team"}}}}`,
	},
	{
		OperatorType, Warning,
		"the operator cannot read the values that the key has in requests",
		policy.Use{Kind: policy.IdentityBased},
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*",
 "Condition":{"NumericEquals":{"aws:SecureTransport":"0"}}}}`,
	},
	{
		UnreadableValue, Warning,
		"the operator cannot read the value, which therefore fits no request",
		policy.Use{Kind: policy.IdentityBased},
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*",
 "Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}}}`,
	},
	{
		ShortARN, Warning,
		"AWS's documents do not say whether an ARN operator takes a pattern of fewer than six parts for every ARN that begins so, or for none",
		policy.Use{Kind: policy.IdentityBased},
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*",
 "Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*"}}}}`,
	},
	{
		YearAsSeconds, Warning,
		"a date of four digits is a number of seconds since 1970, and not a year",
		policy.Use{Kind: policy.IdentityBased},
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*",
 "Condition":{"DateGreaterThan":{"aws:CurrentTime":"2025"}}}}`,
	},
	{
		DisputedStar, Warning,
		"AWS's documents let one read a star at the end of a part of an ARN in two ways, and the statement protects less in one of them",
		policy.Use{Kind: policy.IdentityBased},
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"sqs:*","Resource":"arn:aws:sqs:*:q"}}`,
	},
	{
		AnyWebIdentity, Warning,
		"the role lets in strangers whom an OpenID Connect issuer knows, because no condition asks for an audience, a subject or an organization of one's own",
		policy.Use{Kind: policy.Trust},
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity",
 "Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/idp.example.com"}}}`,
	},
}
