package engine_test

import (
	"slices"
	"strings"

	"github.com/writ-iam/writ/engine"
)

// The words of random cases: few, so that they often meet, and chosen for what
// evaluators get wrong. The first of a list is the plainest.

const (
	homeAccount  = "111122223333"
	otherAccount = "444455556666"
)

// scene is a service with what is asked of it and what policies say of it.
type scene struct {
	actions   []string // of requests
	resources []string // of requests
	said      []string // actions in policies
	patterns  []string // resources in policies
	trust     bool
}

var scenes = []scene{
	{
		actions: []string{
			"s3:GetObject", "s3:PutObject", "s3:GetObjectAcl", "S3:getOBJECT", "s3:ListBucket", "s3:ListAllMyBuckets",
			"s3:DeleteObjectVersionTagging",
		},
		resources: []string{
			"arn:aws:s3:::b/k", "arn:aws:s3:::b", "arn:aws:s3:::b/ann/x", "arn:aws:s3:::b/a*b?c", "arn:aws:s3:::b/${aws:username}",
			"arn:aws:s3:::b/x:y:z", "arn:aws:s3:::b/a\u00e9\U0001F600z", "arn:aws:s3:::b/ae\u0301", "arn:aws:s3:::b/", "arn:aws:s3:::b/B",
			"arn:aws:s3:::b/one\ntwo", "arn:aws:s3:::b/\xff\xfe", "arn:aws:s3:::b/abababababababab", "*", "arn:aws:s3:eu-west-1:" + homeAccount + ":accesspoint/p",
			"arn:aws-cn:s3:::b/k", "arn:aws:s3:::", "arn:aws:s3", "", "b/k", "arn:aws:s3:::b/111122223333/k",
		},
		said: []string{
			"s3:GetObject", "s3:*", "*", "s3:Get*", "S3:GETobject", "s3:?etObject", "s3:*Object*", "s3:Get*Acl", "s3:Put*",
			"s3:*t*t*", "s3:List*", "s3-object-lambda:*", "s3:", "s3:GetObject ", "s3:Get,Put", "s3:Get?bject?", "s3:**", "s3:Put\u212a*", "s3:\u0130*",
		},
		patterns: []string{
			"arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "arn:aws:s3:::b", "arn:aws:s3:::*", "arn:aws:s3", "arn:*:s3:::b*",
			"arn:aws:s3::?????:b/*", "arn:aws:s3:::b/?", "arn:aws:s3:::b/a?c", "arn:aws:s3:::*/x", "arn:aws:s3:::b/*a*b*", "arn:aws:s3:::b/**?",
			"arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::${a:text}/k", "arn:aws:s3:::b/${aws:PrincipalTag/Team}*",
			"arn:aws:s3:::b/${aws:none, 'k'}", "arn:aws:s3:::b/${aws:none,''}*", "arn:aws:s3:::b/${a:text, '*'}", "arn:aws:s3:::b/a${*}b${?}c",
			"arn:aws:s3:::b/*${?}*", "arn:aws:s3:::b/${$}{aws:username}", "arn:aws:s3:::b/${a:list}", "arn:aws:s3:::b/${a:list, 'k'}",
			"arn:aws:s3:::b/*${a:text}*${a:text}*", "arn:aws:s3:::b/?${a:text}", "arn:aws:s3:::b/a\u00e9?z", "arn:aws:s3:::b/one*", "arn:aws:s3:::b/x:*",
			"arn:aws:s3:::b/*ab?bab*", "arn:aws:s3:::b/${aws:PrincipalAccount}/*", "arn:aws:s3:eu-west-1:*:accesspoint/*", "arn:aws:s3:::b/${AWS:UserName}",
		},
	},
	{
		actions: []string{
			"sqs:SendMessage", "sqs:ReceiveMessage", "SQS:sendmessage", "ec2:DescribeInstances", "ec2:RunInstances", "logs:PutLogEvents",
		},
		resources: []string{
			"arn:aws:sqs:eu-west-1:" + homeAccount + ":q", "arn:aws:sqs:us-east-1:" + otherAccount + ":q", "*", "arn:aws:sqs:eu-west-1::q",
			"arn:aws:ec2:eu-west-1:" + homeAccount + ":instance/i-1", "arn:aws:logs:eu-west-1:" + homeAccount + ":log-group:g:log-stream:s",
			"arn:aws:cloudformation:eu-west-1:" + homeAccount + ":stack/B/x:1:stack/A/z", "arn:aws:sqs:us.east.1:" + homeAccount + ":q", "arn:aws:sqs:${aws:none}::q",
		},
		said: []string{
			"sqs:SendMessage", "sqs:*", "*", "ec2:*", "ec2:Describe*", "SQS:SEND*", "logs:Put*", "sqs:*Message", "ec2:*Instances", "sqs:*e*e*e*",
		},
		patterns: []string{
			"arn:aws:sqs:*:" + homeAccount + ":q", "arn:aws:sqs:eu-west-1:*:q", "arn:aws:sqs:eu-*:*:*", "arn:aws:sqs:*:q", "arn:aws:sqs:*",
			"arn:aws:sqs", "arn:aws:sqs:eu-west-?:*" + homeAccount[4:] + ":?", "arn:*:sqs:*:*:*", "arn:aws:logs:*:*:log-group:*", "arn:aws:logs:*:*:*:log-stream:s",
			"arn:aws:cloudformation:*:*:stack/A/*", "arn:aws:ec2:*:*:instance/*", "arn:aws:sqs:us?east?1:*:q", "arn:aws:sqs:*:${aws:PrincipalAccount}:q",
			"arn:aws:ec2:eu-west-1:*", "arn:aws:sqs:EU-west-1:*:q", "arn:aws:sqs:*:*:${aws:username, 'q'}",
			"arn:aws:sqs:${aws:none}:*:*", "arn:aws:sqs:${aws:none}::q",
		},
	},
	{
		actions: []string{
			"kms:Decrypt", "kms:CreateAlias", "kms:DeleteAlias", "kms:RetireGrant", "kms:ListAliases", "KMS:encrypt",
		},
		resources: []string{
			"arn:aws:kms:eu-west-1:" + homeAccount + ":key/1", "arn:aws:kms:eu-west-1:" + otherAccount + ":key/1",
			"arn:aws:kms:eu-west-1:" + homeAccount + ":alias/mine", "arn:aws:kms:eu-west-1:" + homeAccount + ":alias/aws/s3", "*",
		},
		said: []string{"kms:Decrypt", "kms:*", "*", "kms:*Alias", "kms:Retire*", "KMS:*crypt"},
		patterns: []string{
			"arn:aws:kms:*:*:key/*", "arn:aws:kms:*:" + homeAccount + ":key/?", "arn:aws:kms:eu-west-1:*:alias/*", "arn:aws:kms", "arn:aws:kms:*:*:*",
		},
	},
	{
		actions: []string{
			"iam:DeleteRole", "iam:GetRole", "iam:PassRole", "iam:UpdateAssumeRolePolicy", "iam:CreatePolicyVersion", "iam:GetPolicy",
			"IAM:setdefaultpolicyversion", "iam:TagRole", "iam:PutRolePermissionsBoundary", "iam:ListUsers",
		},
		resources: []string{
			"arn:aws:iam::" + homeAccount + ":role/R", "arn:aws:iam::" + otherAccount + ":role/R", "arn:aws:iam::" + homeAccount + ":role/aws-reserved/sso/R",
			"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::" + homeAccount + ":policy/P", "arn:aws:iam::" + homeAccount + ":user/team/ann", "*",
		},
		said: []string{"iam:*", "*", "iam:*Role*", "iam:Get*", "iam:DeleteRole", "iam:*Policy*", "iam:PassRole"},
		patterns: []string{
			"arn:aws:iam::*:role/*", "arn:aws:iam::" + homeAccount + ":role/R", "arn:aws:iam::aws:policy/*", "arn:aws:iam::*:*", "arn:aws:iam",
			"arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*/${aws:username}", "arn:aws:iam::*:policy/?", "arn:aws:iam::*:role/aws-reserved/*",
			"arn:aws:iam::" + homeAccount + ":root",
		},
	},
	{
		actions: []string{
			"sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML", "sts:TagSession", "STS:assumerole",
		},
		resources: []string{
			"arn:aws:iam::" + homeAccount + ":role/R", "arn:aws:iam::" + otherAccount + ":role/R", "arn:aws:iam::" + homeAccount + ":role/Q",
			"arn:aws-cn:iam::" + homeAccount + ":role/R",
		},
		said:     []string{"sts:AssumeRole", "sts:*", "sts:AssumeRole*", "STS:tagsession", "sts:*With*", "sts:?ssume*"},
		patterns: []string{"arn:aws:iam::*:role/*", "arn:aws:iam::" + homeAccount + ":role/R", "arn:aws:iam::*:role/${a:text}"},
		trust:    true,
	},
	{
		actions:   []string{"sts:GetSessionToken", "sts:GetCallerIdentity", "sts:GETcalleridentity", "sts:GetAccessKeyInfo", "sts:AssumeRole"},
		resources: []string{"*", "arn:aws:s3:::b/k", "arn:aws:iam::" + homeAccount + ":role/R", "arn:aws:sts::" + homeAccount + ":x"},
		said:      []string{"*", "sts:*", "sts:Get*", "s3:*", "sts:GetSessionToken", "s3:*x*x*x"},
		patterns:  []string{"arn:aws:s3:::*", "arn:aws:iam::*:role/*", "arn:aws:sts:*:*:*"},
	},
}

// noActions are what requests name in vain.
var noActions = []string{
	"s3", "s3:", ":GetObject", "s3:Get*", "s3:Get Object", "s3:Get,Put", "s3:a:b", "", "s3:" + strings.Repeat("x", 126), "s3:Gét", "s3:Get?bject",
}

// loosePatterns stand in policies of resources and endpoints alone, of which AWS
// checks less.
var loosePatterns = []string{"arn:aws:s3:*", "arn:aws:s*:::b/*", "**", "?", "b/k", "arn", "arn:aws:s3:::", "arn:aws:?3:*", "arn:a*:*", "", "ARN:aws:s3:::b/k", "arn:*:*:*:*:*"}

var sessionID = "AROAROLE0000000001"

var callers = []engine.Principal{
	{Kind: engine.User, Account: homeAccount, ARN: "arn:aws:iam::" + homeAccount + ":user/ann", ID: "AIDAANN00000000001"},
	{
		Kind: engine.AssumedRole, Account: homeAccount, ARN: "arn:aws:sts::" + homeAccount + ":assumed-role/R/s",
		RoleARN: "arn:aws:iam::" + homeAccount + ":role/R", SessionName: "s", ID: sessionID,
	},
	{Kind: engine.Root, Account: homeAccount, ARN: "arn:aws:iam::" + homeAccount + ":root"},
	{Kind: engine.Anonymous},
	{Kind: engine.Service, Service: "ec2.amazonaws.com"},
	{Kind: engine.Federated, Provider: "id.example.com"},
	{Kind: engine.Federated, Provider: "arn:aws:iam::" + homeAccount + ":saml-provider/P"},
	{Kind: engine.Service, Service: "logs.amazonaws.com"},
	{
		Kind: engine.FederatedUser, Account: homeAccount, ARN: "arn:aws:sts::" + homeAccount + ":federated-user/ann",
		IssuerARN: "arn:aws:iam::" + homeAccount + ":user/ann", IssuerID: "AIDAANN00000000001",
	},
	{
		Kind: engine.FederatedUser, Account: homeAccount, ARN: "arn:aws:sts::" + homeAccount + ":federated-user/bob",
		IssuerARN: "arn:aws:iam::" + homeAccount + ":root", IssuerID: homeAccount,
	},
	{Kind: engine.User, Account: otherAccount, ARN: "arn:aws:iam::" + otherAccount + ":user/ann", ID: "AIDAANN00000000002", Management: true},
	{Kind: engine.User, Account: homeAccount, ARN: "arn:aws:iam::" + homeAccount + ":user/team/Ann"},
	{
		Kind: engine.AssumedRole, Account: homeAccount, ARN: "arn:aws:sts::" + homeAccount + ":assumed-role/R/t",
		RoleARN: "arn:aws:iam::" + homeAccount + ":role/team/R", SessionName: "t",
	},
	{
		Kind: engine.AssumedRole, Account: homeAccount, ARN: "arn:aws:sts::" + homeAccount + ":assumed-role/L/s",
		RoleARN: "arn:aws:iam::" + homeAccount + ":role/aws-service-role/x/L", SessionName: "s", ServiceLinked: true,
	},
	{
		Kind: engine.AssumedRole, Account: otherAccount, ARN: "arn:aws:sts::" + otherAccount + ":assumed-role/R/s",
		RoleARN: "arn:aws:iam::" + otherAccount + ":role/R", SessionName: "s", ID: "AROAROLE0000000002",
	},
	{Kind: engine.User, Account: homeAccount, ARN: "arn:aws-cn:iam::" + homeAccount + ":user/ann"},
	{Kind: engine.Root, Account: otherAccount, ARN: "arn:aws:iam::" + otherAccount + ":root", Management: true},
}

// noCallers are nobody.
var noCallers = []engine.Principal{{}, {Kind: engine.User, ARN: "arn:aws:iam:::user/ann"}, {Kind: 99, Account: homeAccount}}

// awsPrincipals are the values of {"AWS": …}.
var awsPrincipals = []string{
	"*", homeAccount, "arn:aws:iam::" + homeAccount + ":user/ann", "arn:aws:iam::" + homeAccount + ":role/R",
	"arn:aws:sts::" + homeAccount + ":assumed-role/R/s", "arn:aws:iam::" + homeAccount + ":root", "arn:aws:iam::" + otherAccount + ":root", otherAccount,
	"arn:aws:sts::" + homeAccount + ":federated-user/ann", "arn:aws:iam::" + homeAccount + ":role/team/R", "arn:aws:iam::" + homeAccount + ":user/team/Ann",
	"arn:aws:iam::" + homeAccount + ":user/Ann", "arn:aws:iam::" + otherAccount + ":user/ann", "arn:aws:iam::" + otherAccount + ":role/R",
	"AIDAANN00000000001", sessionID, "arn:aws:iam::" + homeAccount + ":user/gone", "arn:aws:sts::" + homeAccount + ":assumed-role/R/t",
	"arn:aws:sts::" + homeAccount + ":assumed-role/L/s", "999988887777", "arn:aws-cn:iam::" + homeAccount + ":root",
}

var canonicalUsers = []string{"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be", "0123456789abcdef"}

var services = []string{"ec2.amazonaws.com", "logs.amazonaws.com"}

var providers = []string{"id.example.com", "arn:aws:iam::" + homeAccount + ":saml-provider/P", "*"}

// uniqueIDs are what policies may be stored with: nothing, what their principals
// are, and ids of others of the same names.
var uniqueIDs = []map[string]string{
	nil,
	{
		"arn:aws:iam::" + homeAccount + ":user/ann":           "AIDAANN00000000001",
		"arn:aws:iam::" + homeAccount + ":role/R":             sessionID,
		"arn:aws:sts::" + homeAccount + ":assumed-role/R/s":   sessionID,
		"arn:aws:iam::" + otherAccount + ":user/ann":          "AIDAANN00000000002",
		"arn:aws:sts::" + homeAccount + ":federated-user/ann": "AIDAANN00000000003",
		canonicalUsers[0]: homeAccount,
	},
	{
		"arn:aws:iam::" + homeAccount + ":user/ann":         "AIDAANN00000000009",
		"arn:aws:sts::" + homeAccount + ":assumed-role/R/s": sessionID + ":s",
		canonicalUsers[0]: otherAccount,
		canonicalUsers[1]: "nobody",
	},
	{},
}

// Pieces of texts and of patterns, for resources and values put together at random.
var (
	textPieces = []string{
		"a", "b", "ab", "/", ":", "a*", "?", "\u00e9", "$", "ann", strings.Repeat("ab", 40), strings.Repeat("a", 70) + "b", "\U0001F600", "e\u0301", "\xff",
	}
	patternPieces = []string{
		"a", "*", "b", "?", "ab", "/", ":", "*a", "\u00e9", "${a:text}", "${*}", "${a:none, 'a'}", "${aws:username}", "??", strings.Repeat("a?", 35), "$",
		strings.Repeat("*a", 9), "${aws:none}", "${a:none, '*'}", strings.Repeat("?b", 40), "\U0001F600", "${?}",
	}
)

// keyFamily are the keys of a type, with operators for them and values.
type keyFamily struct {
	operators []string
	keys      []string
	wanted    []string // in policies
	got       []string // in requests
}

var keyFamilies = []keyFamily{
	{
		operators: []string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"},
		keys:      []string{"a:text", "A:TEXT", "aws:PrincipalTag/Team", "aws:username", "a:list", "aws:principaltag/TEAM", "a:Größe", "aws:userid", "aws:PrincipalType"},
		wanted: []string{
			"a", "A", "", "ann", "ANN", "a*", "*", "?", "a?n", "*n*n*", "**a?", "${aws:username}", "${aws:none}", "${aws:none, 'ann'}", "${a:text}x",
			"${aws:PrincipalTag/Team}", "${*}", "a${?}n", "${$}{x}", "${a:list}", "${a:list,'a'}", "\u00e9", "\u00c9", "\u00df", "SS", "e\u0301", "K", "k", "\u0130",
			"*${aws:username}*", "${aws:none, ''}", "User", "${A:Text, '*'}", "?*${a:text}", "*a?a?b*", "aaaaaaaaab",
		},
		got: []string{
			"a", "ann", "", "A", "Ann", "ann ", "*", "?", "a*", "a?n", "axn", "annann", "\u00e9", "\u00c9", "\u00df", "ss", "\u017f", "\u212a", "k", "i", "\u0130",
			"${x}", "${aws:username}", "e\u0301", "aaaaaaaaaaaaaaaab", "xannx", "\U0001F600", "aabacabab",
		},
	},
	{
		operators: []string{
			"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
		},
		keys: []string{"a:number", "s3:max-keys"},
		wanted: []string{
			"1", "0", "-1", "1.5", "10", "01", "1.0", "+1", "-0", "9007199254740993", "0.1", "1e3", "1.", ".5", "0x10", "1_0", "1/2", "ten", "", "${a:number}", " 1",
			"123456789012345678901234567890", "Infinity",
		},
		got: []string{
			"1", "0", "-1", "2", "10", "1.50", "001", "+1.00", "-0", "9007199254740992", "0.10", "1e3", "10abc", "", "0x10", "1_0", "1/2", " 1", "\u0663", "NaN",
			"123456789012345678901234567891", "-1.5",
		},
	},
	{
		operators: []string{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"},
		keys:      []string{"aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime"},
		wanted: []string{
			"2026-01-01T00:00:00Z", "2026-01-01", "2026-01", "1767225600", "2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00Z",
			"2026-01-01T00:00:00", "0", "2026-02-30", "2016-1-1t2:0", "01T", "2026-01-01T00:00:00z", "2025-12-31T23:59:59.999999999Z", "2026-01-01T00:00:00-0230", "9223372036854775807",
		},
		got: []string{
			"2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", "2026-01-02T00:00:00Z", "1767225600", "1767225601", "-1", "2026-01-01", "2026-01-01T00:00:00.500Z",
			"2026-01-01T00:00:00.5000000009Z", "2025-12-31T21:30-02:30", "2026-02-30", "2026-01-01T24:00:00Z", "2026-13-01", "2026-01-01 00:00:00Z", "tomorrow", "",
			"2026-01-01T00:00:00,5Z", "20260101T000000Z", "2026", "1767225600.5", "2026-01-01T00:00:00.Z", "0000-01-01",
			"9999999999999999999", "2025-12-31T23:59:60Z", "2026-01-02T00:00:00+24:00", "2026-01-01T00:00:00+00:60",
		},
	},
	{
		operators: []string{"IpAddress", "NotIpAddress"},
		keys:      []string{"aws:SourceIp", "aws:VpcSourceIp"},
		wanted: []string{
			"10.0.0.0/8", "10.0.0.1", "10.1.2.3/16", "0.0.0.0/0", "2001:db8::/32", "2001:DB8:0:0::1", "::/0", "10.0.0.1/32", "10.0.0.0/33", "10.0.0", "010.0.0.1", "",
			"${a:text}", "fe80::/10", "10.0.0.1/", "10.0.0.0/-1", "any", "::ffff:10.0.0.1", "::ffff:10.0.0.0/104",
		},
		got: []string{
			"10.0.0.1", "10.0.0.2", "11.0.0.1", "2001:db8::1", "2001:0DB8:0000::0001", "2001:db9::1", "::ffff:10.0.0.1", "fe80::1%eth0", "10.0.0.1%eth0", "nonsense", "",
			"10.0.0.0/8", "10.0.0.01", "255.255.255.255", "::",
		},
	},
	{
		operators: []string{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"},
		keys:      []string{"aws:SourceArn", "aws:PrincipalArn", "a:arn"},
		wanted: []string{
			"arn:aws:s3:::b", "arn:aws:s3:::*", "arn:*:*:*:*:*", "arn:aws:sns:*:*:t*", "arn:aws:sns:*:t", "*", "${aws:PrincipalArn}", "${a:arn}", "arn:aws:s3:::${a:text}",
			"arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}", "${a:head}:::b", "arn:${a:none, 'aws'}:s3:::b", "arn:${a:none,'aws:s3::'}:b", "arn:aws:s3:::${a:none}",
			"arn:aws:s3", "text", "", "arn:aws:iam::*:role/*", "arn:aws:sns:eu-west-?:*:t", "arn:aws:s3:::${*}", "a${a:none, 'rn'}:*:*:*:*:?", "*:*:*:*:*:*",
			"arn:aws:s3:::b${a:none, '}:x'}", "arn:aws:sns:*:*:*:u", "${a:list}:*", "arn:aws:*:${a:head}:*", "arn:a?s:s*::*:*b*",
			"arn:aws:*", "arn:*:s3*", "${a:head}*", "arn:*?", "*?*", "b*",
		},
		got: []string{
			"arn:aws:s3:::b", "arn:aws:s3:::c", "arn:aws:sns:eu-west-1:" + homeAccount + ":t", "arn:aws:sns:eu-west-1:" + homeAccount + ":t:u", "text", "arn:aws:s3", "",
			"arn:aws:iam::" + homeAccount + ":role/R", "arn:aws:s3:::a", "arn:::::", "ARN:aws:s3:::b", "arn:aws:s3:::*", "arn:aws:s3:::b}:x",
		},
	},
	{
		operators: []string{"Bool"},
		keys:      []string{"aws:SecureTransport", "a:flag"},
		wanted:    []string{"true", "false", "True", "yes", "", "${a:flag}", "${a:none, 'true'}", "${a:none}", "1"},
		got:       []string{"true", "false", "TRUE", "False", "yes", "", "0"},
	},
	{
		operators: []string{"BinaryEquals"},
		keys:      []string{"a:binary"},
		wanted:    []string{"QQ==", "QUI=", "QQ", "!", "", "QR==", "${a:binary}"},
		got:       []string{"QQ==", "QUI=", "QQ", "!", "", "QR==", "Q\nQ=="},
	},
	{
		operators: []string{"Null"},
		keys:      []string{"a:text", "aws:none", "a:list", "aws:username", "aws:PrincipalTag/Team"},
		wanted:    []string{"true", "false", "True", "FALSE", "maybe", ""},
		got:       []string{"a", ""},
	},
	{
		operators: []string{"StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIgnoreCase"},
		keys:      []string{"a:list", "aws:TagKeys", "A:List"},
		wanted:    []string{"a", "b", "", "A*", "?", "${aws:username}", "*", "ann"},
		got:       []string{"a", "b", "c", "", "ann", "A"},
	},
	{
		operators: []string{"StringLike"},
		keys:      []string{"a:head", "kms:ResourceAliases"},
		wanted:    []string{"arn:aws:s3", "alias/*"},
		got:       []string{"arn:aws:s3", "alias/mine", "alias/aws/s3", "eu:1"},
	},
}

// wordSchema are the facts about the services above.
type wordSchema struct{}

func (wordSchema) Multivalued(key string) bool {
	return slices.Contains([]string{"a:list", "aws:tagkeys", "kms:resourcealiases"}, key)
}

func (wordSchema) HasResourceTypes(action string) bool {
	without := []string{"s3:listallmybuckets", "ec2:describeinstances", "kms:listaliases", "sts:getcalleridentity", "sts:getsessiontoken"}
	return !slices.Contains(without, strings.ToLower(action))
}

func (wordSchema) RCPCapable(service string) bool {
	return slices.Contains([]string{"s3", "sqs", "kms", "sts"}, service)
}

// noSchema knows nothing: what nil means to engine.CompileOptions.
type noSchema struct{}

func (noSchema) Multivalued(string) bool      { return false }
func (noSchema) HasResourceTypes(string) bool { return true }
func (noSchema) RCPCapable(string) bool       { return true }
