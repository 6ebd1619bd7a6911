package policy

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// refused are documents of customer managed policies and what AWS answers. The
// texts and the order in which faults are found are those AWS gave when moto's
// public test suite was recorded on it; the documents are ours.
var refused = []struct {
	doc  string // of an identity-based policy; {…} stands for its statements
	code Code
	at   string
	text string
}{
	// JSON
	{``, InvalidJSON, "1:1", identityFallback},
	{`null`, WrongType, "1:1", identityFallback},
	{`[]`, WrongType, "1:1", identityFallback},
	{`{"Version":"2012-10-17",}`, InvalidJSON, "1:25", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}x`, InvalidJSON, "1:86", identityFallback},
	{"{\"Version\":\n \"2012-10-17\",\r\n\t\"Effect\":1}", UnknownKey, "3:2", identityFallback},
	// elements
	{`{"Version":"2012-10-17"}`, MissingStatement, "1:1", identityFallback},
	{`{"Version":"2012-10-17","Statement":[]}`, EmptyStatement, "1:1", identityFallback},
	{`{"Version":"2012-10-17","Statement":["x"]}`, WrongType, "1:38", identityFallback},
	{`{"Version":"2015-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}`, BadVersion, "1:12", identityFallback},
	{`{"Version":"","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}`, BadVersion, "1:12", identityFallback},
	{`{"Version":20121017,"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}`, WrongType, "1:12", identityFallback},
	{`{"Version":"2012-10-17","Id":{},"Statement":{}}`, WrongType, "1:30", identityFallback},
	{`{"Version":"2012-10-17","statement":{}}`, UnknownKey, "1:25", identityFallback},
	{`{"Version":"2012-10-17","Version":"2012-10-17","Statement":{}}`, DuplicateKey, "1:25", identityFallback},
	{`{"Version":"2012-10-17","Statement":{},"Statement":{}}`, DuplicateKey, "1:40", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Ef\u0066ect":"Allow","Action":"*","Resource":"*"}}`, DuplicateKey, "1:54", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Extra":1}}`, UnknownKey, "1:85", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","action":"a:b","Resource":"*"}}`, UnknownKey, "1:55", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Sid":null,"Effect":"Allow","Action":"a:b","Resource":"*"}}`, WrongType, "1:44", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Action":"a:b","Resource":"*"}}`, MissingEffect, "1:37", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Maybe","Action":"a:b","Resource":"*"}}`, BadEffect, "1:47", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[["a:b"]],"Resource":"*"}}`, WrongType, "1:65", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":{"a":"b"},"Resource":"*"}}`, WrongType, "1:64", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":1,"Resource":"*"}}`, WrongType, "1:64", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","NotAction":[],"Resource":"*"}}`, BothForms, "1:70", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","NotResource":[],"Resource":"*"}}`, BothForms, "1:87", identityFallback},
	// conditions
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":[]}}`, WrongType, "1:97", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Bool":"x"}}}`, WrongType, "1:105", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Bool":{"k":{}}}}}`, WrongType, "1:110", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Bool":{"k":null}}}}`, WrongType, "1:110", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Bool":{"k":true,"k":false}}}}`, DuplicateKey, "1:115", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Bool":{},"Bool":{}}}}`, DuplicateKey, "1:108", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"stringEquals":{"k":"v"}}}}`, BadOperator, "1:98", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"ForAnyValue::Bool":{"k":"v"}}}}`, BadOperator, "1:98", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"NullIfExists":{"k":"true"}}}}`, BadOperator, "1:98", identityFallback},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::b/${aws:username"}}`, BadVariable, "1:81", identityFallback},
	// version, then the older parser
	{`{"Statement":{"Effect":"denY","Action":"a:b","Resource":"*"}}`, OldVersion, "1:1", "Policy document must be version 2012-10-17 or greater."},
	{`{"Version":"2008-10-17","Statement":{"Effect":"Allow"}}`, OldVersion, "1:12", "Policy document must be version 2012-10-17 or greater."},
	{` {"Version":"2012-10-17","Statement":{"Effect":"Allow"}}`, LeadingSpace, "1:1", legacyText},
	{`{"Version":"2012-10-17","Statement":{"Effect":"ALLOW"}}`, EffectCase, "1:47", legacyText},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Condition":{"DateLessThan":{"k":["2020-01-01",1e9]}}}}`, BadDate, "1:102", legacyText},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"arn:aws:s3::b"}}`, ShortResource, "1:66", legacyText},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotResource":"arn:aws::::b"}}`, ShortResource, "1:69", legacyText},
	// Sids, presence
	{`{"Version":"2012-10-17","Statement":[{"Sid":"a-b","Effect":"Allow"},{"Sid":"a-b","Effect":"Allow"}]}`, BadSid, "1:45", identityTexts[BadSid]},
	{`{"Version":"2012-10-17","Statement":[{"Sid":"s","Effect":"Allow"},{"Sid":"s","Effect":"Allow"}]}`, DuplicateSid, "1:74", "Statement IDs (SID) in a single policy must be unique."},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"a:b","Resource":"*"}}`, ProhibitedPrincipal, "1:55", "Policy document should not specify a principal."},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"x"}}}`, ProhibitedPrincipal, "1:55", "Policy document should not specify a principal."},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow"}}`, MissingAction, "1:37", "Policy statement must contain actions."},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}`, EmptyAction, "1:55", "Policy statement must contain actions."},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x"}}`, MissingResource, "1:37", "Policy statement must contain resources."},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":[]}}`, EmptyResource, "1:68", "Policy statement must contain resources."},
	// resources before actions
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":"some text"}}`, ResourceNotARN, "1:79", `Resource some text must be in ARN format or "*".`},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":""}}`, ResourceNotARN, "1:79", `Resource  must be in ARN format or "*".`},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":["*","a:x"]}}`, ResourcePartition, "1:84", `Partition "x" is not valid for resource "arn:x:*:*:*:*".`},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":"a:x:y"}}`, ResourcePartition, "1:79", `Partition "x" is not valid for resource "arn:x:y:*:*:*".`},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":"a:b:c:d:e:f:g:h"}}`, ResourcePartition, "1:79", `Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".`},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":"aws:s3:::b"}}`, ResourcePartition, "1:79", `Partition "s3" is not valid for resource "arn:s3:::b:*".`},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":["arn:bws:s3:::b","arn:bws:s3::b"]}}`, ResourcePartition, "1:80", `Partition "bws" is not valid for resource "arn:bws:s3:::b".`},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":"urn:aws:s3:::b"}}`, ResourceNotARN, "1:79", `Resource urn:aws:s3:::b must be in ARN format or "*".`},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":"arn:aws"}}`, ResourceVendor, "1:79", "Resource vendor must be fully qualified and cannot contain regexes."},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":"arn:aws:s*:::b"}}`, ResourceVendor, "1:79", "Resource vendor must be fully qualified and cannot contain regexes."},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":"arn:aws:iam:eu-west-1::user/x"}}`, ResourceRegion, "1:79", "IAM resource arn:aws:iam:eu-west-1::user/x cannot contain region information."},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":"arn:aws:s3:eu-west-1::b"}}`, ResourceRegion, "1:79", "Resource arn:aws:s3:eu-west-1::b can not contain region information."},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":"arn:aws:iam::1:*/*"}}`, ResourcePath, "1:79", iamPathText},
	// actions
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":"*"}}`, ActionVendor, "1:64", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"","Resource":"*"}}`, ActionVendor, "1:67", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
	{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3s:x","Resource":"*"},{"Effect":"Deny","Action":["s3:x","a:b:c"],"Resource":"*"}]}`, ActionColons, "1:123", "Actions/Condition can contain only one colon."},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a a:b","Resource":"*"}}`, BadVendor, "1:64", "Vendor a a is not valid"},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":":b","Resource":"*"}}`, BadVendor, "1:64", "Vendor  is not valid"},
	{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s*:b","Resource":"*"}}`, BadVendor, "1:64", "Vendor s* is not valid"},
}

func TestManagedPolicyErrors(t *testing.T) {
	for _, tt := range refused {
		_, err := ParseManaged(tt.doc)
		wantError(t, tt.doc, err, tt.code, tt.at, tt.text)
	}
}

func wantError(t *testing.T, doc string, err error, code Code, at, text string) {
	t.Helper()
	name := doc[:min(len(doc), 200)]
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%s\nerr = %v, want %s", name, err, code)
		return
	}
	if got := fmt.Sprintf("%d:%d", e.Pos.Line, e.Pos.Column); e.Code != code || got != at || e.Text != text {
		t.Errorf("%s\ngot  %s %s %q (%s)\nwant %s %s %q", name, e.Code, got, e.Text, e.Detail, code, at, text)
	}
	if e.Error() != text || !strings.HasPrefix(e.String(), at+": "+string(code)+": "+sentences[code]) {
		t.Errorf("%s\nError() = %q, String() = %q", name, e, e.String())
	}
	if want := strings.LastIndexByte(doc[:e.Pos.Offset], '\n') + e.Pos.Column; e.Pos.Offset != want {
		t.Errorf("%s\noffset %d, want %d", name, e.Pos.Offset, want)
	}
}
