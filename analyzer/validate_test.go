package analyzer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/policy"
)

// lines are findings as "3:17 error Code".
func lines(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%d:%d %s %s\n", f.Pos.Line, f.Pos.Column, f.Severity, f.Code)
	}
	return b.String()
}

var (
	identity = policy.Use{Kind: policy.IdentityBased}
	managed  = policy.Use{Kind: policy.IdentityBased, Managed: true}
	bucket   = policy.Use{Kind: policy.ResourceBased, Service: "s3"}
)

func TestValidate(t *testing.T) {
	tests := []struct {
		name string
		use  policy.Use
		text string
		want string
	}{
		{"nothing", identity, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}`, ""},
		{"no JSON", identity, `{`, "1:2 error InvalidJSON\n"},
		{"a fault of the grammar, and what else there is", managed, `{"Statement":[
 {"Effect":"Allow","Action":"s3:Gett*","Resource":"*"},
 {"Effect":"Deny","Action":"sqs:*","Resource":["arn:aws:sqs:*:q"]}]}`,
			"1:1 error OldVersion\n2:29 warning UnknownAction\n3:48 warning DisputedStar\n"},
		{"actions", identity, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*","Action":[
 "*","**","s3:*","S3:getobject","s3:?etObject",
 "s3:GetObject ",
 "s3:Get,Object",
 "s3:Get Object",
 "s3:GétObject",
 "s3:GetObjekt",
 "s3:*Objekt",
 "s4:*"]}}`,
			"2:6 error ActionVendor\n3:2 warning NoAction\n4:2 warning NoAction\n5:2 warning NoAction\n6:2 warning NoAction\n" +
				"7:2 warning UnknownAction\n8:2 warning UnknownAction\n9:2 warning UnknownService\n"},
		{"variables in an old version", identity, `{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":[
 "arn:aws:s3:::a/${aws:username}",
 "arn:aws:s3:::a/$username",
 "arn:aws:s3:::a/${"],
 "Condition":{"StringLike":{"aws:userid":"${aws:userid}"},"NumericEquals":{"s3:max-keys":"${"},"Bool":{"aws:SecureTransport":["true","${*}"]}}}}`,
			"2:2 warning LiteralVariable\n4:2 warning LiteralVariable\n5:42 warning LiteralVariable\n5:90 warning UnreadableValue\n5:134 warning LiteralVariable\n5:134 warning UnreadableValue\n"},
		{"variables in the new version", identity, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/${aws:username}"}}`, ""},
		{"set operators", identity, `{"Version":"2012-10-17","Statement":[
 {"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*","Condition":{
  "ForAllValues:StringEqualsIfExists":{
   "aws:TagKeys":"a",
   "aws:CalledVia":"b"},
  "ForAnyValue:StringLikeIfExists":{"aws:TagKeys":"a"},
  "StringEqualsIfExists":{"aws:username":"ann"},
  "Null":{"AWS:tagkeys":"False"}}},
 {"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*","Condition":{
  "ForAllValues:StringEquals":{
   "aws:TagKeys":"a"},
  "Null":{"aws:TagKeys":["false","true"]}}},
 {"Effect":"Deny","Action":"ec2:CreateTags","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}}]}`,
			"3:3 warning InertIfExists\n5:4 warning MissingKeyMatches\n6:3 warning InertIfExists\n11:4 warning MissingKeyMatches\n"},
		{"operators that read the values of their keys", identity, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{
 "StringEquals":{"aws:SecureTransport":"true","aws:SourceArn":"arn:aws:s3:::b","aws:SourceIp":"10.0.0.1"},
 "StringLike":{"s3:max-keys":"1?"},"Null":{"aws:CurrentTime":"true"},
 "NumericLessThan":{"aws:EpochTime":"1","aws:CurrentTime":"1","s3:max-keys":"1","aws:PrincipalTag/Level":"3","no:suchkey":"1"},
 "DateLessThanIfExists":{"aws:EpochTime":"1","aws:TokenIssueTime":"1","aws:MultiFactorAuthAge":"1"},
 "Bool":{"aws:SecureTransport":"true","aws:PrincipalTag/Admin":"true"},"ArnLike":{"aws:SourceArn":"arn:aws:s3:::b","aws:FederatedProvider":"arn:aws:s3:::b"},
 "NotIpAddress":{"aws:SourceIp":"10.0.0.1","aws:VpcSourceIp":"10.0.0.1"}}}}`, ""},
		{"operators that do not", identity, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{
 "NumericEquals":{"aws:SecureTransport":"1"},
 "DateEquals":{"aws:SourceIp":"2026-01-01"},
 "Bool":{"AWS:sourcearn":"true"},
 "IpAddress":{"aws:CurrentTime":"10.0.0.1","aws:PrincipalTag/Address":"10.0.0.1"},
 "ForAnyValue:ArnNotLikeIfExists":{"aws:MultiFactorAuthAge":"arn:aws:s3:::b"},
 "BinaryEquals":{"aws:SourceIp":"QUJD"}}}}`,
			"2:2 warning OperatorType\n3:2 warning OperatorType\n4:2 warning OperatorType\n5:2 warning OperatorType\n" +
				"6:2 warning InertIfExists\n6:2 warning OperatorType\n7:2 warning OperatorType\n"},
		{"values that operators cannot read", identity, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{
 "IpAddress":{"aws:SourceIp":["10.0.0.0/8","junk",
  "10.0.0.0/33"]},
 "NotIpAddressIfExists":{"aws:SourceIp":"any"},
 "Bool":{"aws:SecureTransport":["yes","${aws:PrincipalTag/Secure}"]},
 "Null":{"aws:TokenIssueTime":"yes"},
 "ForAnyValue:NumericEquals":{"aws:EpochTime":"abc"},
 "BinaryEquals":{"no:suchkey":"%%"},
 "DateLessThan":{"aws:CurrentTime":["2026-02-31","2025","2025-01"]},
 "ArnEquals":{"aws:SourceArn":["role/R","arn:aws:s3","arn:aws:s3:::${aws:username}"]},
 "StringEquals":{"aws:SecureTransport":"yes"}}}}`,
			"2:44 warning UnreadableValue\n3:3 warning UnreadableValue\n4:41 warning UnreadableValue\n5:33 warning UnreadableValue\n6:31 warning UnreadableValue\n" +
				"7:47 warning UnreadableValue\n8:31 warning UnreadableValue\n9:37 warning UnreadableValue\n9:50 warning YearAsSeconds\n" +
				"10:32 warning UnreadableValue\n10:41 warning UnreadableValue\n"},
		{"a date that AWS refuses", identity, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{
 "DateLessThan":{"aws:CurrentTime":"tomorrow"}}}}`, "2:36 error BadDate\n"},
		{"variables that are text", identity, `{"Version":"2008-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{
 "ArnLike":{"aws:SourceArn":"${aws:PrincipalArn}"}}}}`, "2:29 warning LiteralVariable\n2:29 warning UnreadableValue\n"},
		{"short ARNs", identity, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{
 "ArnLike":{"aws:PrincipalArn":["*","arn:aws:iam::*","arn:*:*:*:*:*","arn:aws:iam::${aws:username}"]},
 "ArnNotEqualsIfExists":{"aws:SourceArn":"arn:aws:s3*"}}}}`,
			"2:33 warning ShortARN\n2:37 warning ShortARN\n3:42 warning ShortARN\n"},
		{"too much for anybody", identity, `{"Version":"2012-10-17","Id":"` + strings.Repeat("i", 10240) + `","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`,
			"1:1 error TooMuch\n1:1 error TooMuch\n1:1 error TooMuch\n"},
		{"too much for users and groups", identity, `{"Version":"2012-10-17","Id":"` + strings.Repeat("i", 5120) + `","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`,
			"1:1 warning TooMuchForSome\n1:1 warning TooMuchForSome\n"},
		{"a bucket policy", bucket, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":["s3:GetObject","s3:Put*"],"Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b"]}}`, ""},
		{"a bucket policy of any object", bucket, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b*"}}`, ""},
		{"a bucket policy of two buckets", bucket, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":[
 "arn:aws:s3:::b/*",
 "arn:aws:s3:::c/*"]}}`, "3:2 error ForeignResource\n"},
		{"a bucket policy of all buckets", bucket, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":
 ["arn:aws:s3:::*"]}}`, "2:3 error ForeignResource\n"},
		{"a bucket policy with an unknown action", bucket, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Resource":"arn:aws:s3:::b/*","Action":
 ["s3:GetObject","s3:Fly","s3:Swim"]}}`, "2:18 error UnknownAction\n2:27 warning UnknownAction\n"},
		{"a bucket policy with an action of another service", bucket, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Resource":"arn:aws:s3:::b/*","Action":
 "sqs:SendMessage"}}`, "2:2 error UnknownAction\n"},
		{"a bucket policy with an action in vain", bucket, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Resource":"arn:aws:s3:::b/*","Action":
 "s3:ListBucket"}}`, "2:2 error IdleAction\n"},
		{"a policy of an access point", bucket, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:us-east-1:123456789012:accesspoint/p/object/*"}}`, ""},
		{"a bucket policy in China", bucket, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws-cn:s3:::b/*"}}`, ""},
		{"a repository policy", policy.Use{Kind: policy.ResourceBased, Service: "ecr"}, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"ecr:BatchGetImage"}}`, ""},
		{"statements in vain", identity, `{"Version":"2012-10-17","Statement":[]}`, "1:1 error EmptyStatement\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			findings := Validate(tt.use, tt.text)
			if diff := cmp.Diff(tt.want, lines(findings)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, f := range findings {
				if f.Detail == "" || f.Code.Sentence() == "" {
					t.Errorf("without words: %+v", f)
				}
			}
		})
	}
}

// What a finding says, where it is made for the occasion.
func TestDetails(t *testing.T) {
	doc := func(effect, action string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"` + effect + `",` + action + `,"Resource":"*"}}`
	}
	tests := []struct{ text, want string }{
		{doc("Allow", `"Action":"s3:GetObjects"`), `no action "GetObjects" of Amazon S3 is known (did you mean "s3:GetObject"?), so nothing is allowed by it`},
		{doc("Deny", `"Action":"s3:*Objekt"`), `no action "*Objekt" of Amazon S3 is known, so nothing is denied by it`},
		{doc("Deny", `"NotAction":"iamm:GetUser"`), `no service is known by the prefix "iamm" (did you mean "iam"?), so NotAction leaves nothing out by it`},
		{doc("Allow", `"Action":"xyzzyplugh:GetUser"`), `no service is known by the prefix "xyzzyplugh", so nothing is allowed by it`},
		{doc("Deny", `"Action":"*","Condition":{"NotIpAddress":{"aws:SourceArn":"10.0.0.1"}}`), `NotIpAddress does not compare the values of aws:SourceArn, which are ARNs: use ArnLike or another operator for ARNs`},
		{doc("Deny", `"Action":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/33"}}`), `NotIpAddress cannot read "10.0.0.0/33" as an address or a range of addresses: it fits no request`},
		{doc("Deny", `"Action":"*","Condition":{"Null":{"aws:SourceIp":"yes"}}`), `Null cannot read "yes" as true or false: it fits no request`},
		{doc("Deny", `"Action":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:*"}}`), `AWS does not say whether ArnLike takes "arn:*", which has fewer than six parts, for every ARN that begins so or for none: Writ lets a Deny apply in both cases and an Allow in neither; write "arn:*:*:*:*:*" for every ARN`},
		{doc("Deny", `"Action":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2025"}}`), `DateGreaterThan reads "2025" as seconds since 1970; if the year is meant, write "2025-01-01T00:00:00Z"`},
		{doc("Deny", `"NotAction":"s3:Get,Object"`), `"s3:Get,Object" matches nothing, for its white space or comma, so NotAction leaves nothing out by it`},
	}
	for _, tt := range tests {
		got := Validate(identity, tt.text)
		if len(got) != 1 || got[0].Detail != tt.want {
			t.Errorf("%s\ngot  %+v\nwant %s", tt.text, got, tt.want)
		}
	}
	for _, typ := range []catalog.ValueType{catalog.ARN, catalog.Bool, catalog.Date, catalog.IPAddress, catalog.Numeric, catalog.Binary} {
		if w := typeWords[typ]; w.value == "" || w.values == "" || w.operators == "" {
			t.Errorf("there are no words for values of type %v", typ)
		}
	}
	got := Validate(managed, strings.Replace(doc("Deny", `"Action":"*"`), "{", "{"+strings.Repeat(" ", 10000), 1))
	if len(got) != 0 {
		t.Errorf("white space counts: %+v", got)
	}
	got = Validate(managed, `{"Version":"2012-10-17","Id":"`+strings.Repeat("é", 6144)+`","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)
	if len(got) != 1 || got[0].Answer != "Cannot exceed quota for PolicySize: 6144" ||
		got[0].Detail != "6234 characters, white space not counted: AWS's quota for a managed policy is 6144" {
		t.Errorf("too large: %+v", got)
	}
}

func TestLikelyUse(t *testing.T) {
	tests := []struct {
		text string
		want policy.Use
	}{
		{`{"Statement":{"Effect":"Allow","Action":"s3:x","Resource":"*"}}`, identity},
		{`{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`, identity},
		{`{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:x","Resource":"*"}}`, policy.Use{Kind: policy.ResourceBased}},
		{`{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}}`, policy.Use{Kind: policy.ResourceBased}},
		{`{"Statement":{"Effect":"Allow","Principal":"*","Action":["STS:AssumeRole","sts:TagSession"]}}`, policy.Use{Kind: policy.Trust}},
		{`{"Statement":[{"Effect":"Deny","NotPrincipal":"*","Action":"sts:*"}]}`, policy.Use{Kind: policy.Trust}},
		{`{"Statement":{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}}`, policy.Use{Kind: policy.ResourceBased, Service: "ecr"}},
		{`{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}}`, policy.Use{Kind: policy.ResourceBased}},
		{`{`, identity},
		{`{"Statement":{"Effect":"allow","Principal":"*","Action":"sts:AssumeRole"}}`, policy.Use{Kind: policy.Trust}},
		{`{"Statement":{"Effect":"allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}}`, policy.Use{Kind: policy.ResourceBased}},
		{`{"Statement":{"Effect":"allow","NotPrincipal":"*","Action":"s3:x"}}`, policy.Use{Kind: policy.ResourceBased}},
	}
	for _, tt := range tests {
		if got := LikelyUse(tt.text); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.text, got, tt.want)
		}
	}
}

// AWS stores its own managed policies, so nothing is wrong with them. Some are
// larger than those of customers may be.
func TestManagedPoliciesOfAWS(t *testing.T) {
	for p := range catalog.ManagedPolicies() {
		for _, f := range Validate(managed, p.Document()) {
			if f.Severity == Error && f.Code != TooMuch {
				t.Errorf("%s: %+v", p.ARN, f)
			}
		}
	}
}

// What a document of the largest size can ask for comes to an end.
func TestWorkIsBounded(t *testing.T) {
	fill := func(before, item, after string) string {
		n := (policy.MaxBytes - len(before) - len(after)) / (len(item) + 1)
		return before + strings.Repeat(item+",", n-1) + item + after
	}
	statement := `{"Version":"2012-10-17","Statement":{"Effect":"Deny",`
	docs := map[string]string{
		"stars":               fill(statement+`"Action":"*","Resource":[`, `"arn:*a*:*s*:*:*:*x*y*z*q"`, `]}}`),
		"stars and questions": fill(statement+`"Action":"ec2:*","Resource":[`, `"arn:aws:ec2:*:*:?*?*?*?*?*?*?*?*?*?*?-"`, `]}}`),
		"one long resource":   fill(statement+`"Action":"*","Resource":"arn:*:`, `*?`, `"}}`),
		"long resources":      fill(statement+`"Action":"*","Resource":[`, `"*:`+strings.Repeat("*?a", 650)+`"`, `]}}`),
		"unknown actions":     fill(statement+`"Resource":"*","Action":[`, `"ec2:*Q"`, `]}}`),
		"nearly actions":      fill(statement+`"Resource":"*","Action":[`, `"ec2:DescribeInstancesQ"`, `]}}`),
		"statements":          fill(`{"Statement":[`, `{"Effect":"Deny","NotAction":"a:b","Resource":"arn:aws:*:q"}`, `]}`),
	}
	for name, text := range docs {
		v := validation{use: identity}
		v.validate(text)
		if v.doc == nil {
			t.Errorf("%s: the document has not even the shape of a policy", name)
		}
		// The last text that is looked at may be followed by as many as there
		// are letters.
		if most := maxSteps + 100*(1+maxARN/32); v.steps > most {
			t.Errorf("%s: %d steps, want at most %d", name, v.steps, most)
		}
	}
}

// FuzzValidate validates any text for any use. Nothing panics; findings have
// words and stand in the text.
func FuzzValidate(f *testing.F) {
	for _, info := range Codes() {
		f.Add(byte(info.Use.Kind), info.Use.Service, info.Example)
	}
	for _, tt := range disputedResources {
		f.Add(byte(policy.IdentityBased), "", deny(tt.action, tt.resource))
	}
	f.Fuzz(func(t *testing.T, kind byte, service, text string) {
		use := policy.Use{Kind: policy.Kind(kind), Service: service}
		for _, use := range []policy.Use{use, LikelyUse(text)} {
			for _, finding := range Validate(use, text) {
				pos := finding.Pos
				if finding.Detail == "" || finding.Code.Sentence() == "" || pos.Line < 1 || pos.Column < 1 || pos.Offset > len(text) {
					t.Errorf("%+v: %+v", use, finding)
				}
			}
		}
	})
}
