package audit_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/writ-iam/writ/internal/audit"
)

var noon = time.Date(2026, 11, 22, 11, 0, 0, 123456789, time.UTC)

// assumeRole is an event with every member that an API call can have.
func assumeRole() *audit.Event {
	return &audit.Event{
		UserIdentity: audit.UserIdentity{
			Type: "AssumedRole", PrincipalID: "AROAEXAMPLE:ann", ARN: "arn:aws:sts::123456789012:assumed-role/dev/ann",
			AccountID: "123456789012", AccessKeyID: "ASIAEXAMPLE",
			SessionContext: &audit.SessionContext{
				Issuer:       audit.SessionIssuer{Type: "Role", PrincipalID: "AROAEXAMPLE", ARN: "arn:aws:iam::123456789012:role/dev", AccountID: "123456789012", UserName: "dev"},
				CreationDate: noon.Add(-time.Hour), MFAAuthenticated: true, SourceIdentity: "ann@example.com",
			},
		},
		Time: noon, Source: "sts.amazonaws.com", Name: "AssumeRole", Region: "us-east-1", SourceIP: "192.0.2.7", UserAgent: `aws-cli/2.17 "x"`,
		ErrorCode: "AccessDenied", ErrorMessage: "User: … is not authorized",
		RequestParameters: []byte(`{"roleArn":"arn:aws:iam::123456789012:role/ops"}`),
		RequestID:         "4d1b2a5c-0000-4000-8000-000000000001",
		ID:                audit.ID{0xb9, 0x6b, 0x0e, 0x4e, 0xe5, 0x61, 0x41, 0xe9, 0x8b, 0x3f, 0x7b, 0x39, 0x6d, 0x0e, 0x9c, 0x21},
		ReadOnly:          true,
		Resources:         []audit.Resource{{ARN: "arn:aws:iam::123456789012:role/ops", AccountID: "123456789012", Type: "AWS::IAM::Role"}},
		Mentioned:         []audit.Resource{{ARN: "ann", Type: "AWS::IAM::User"}},

		RecipientAccountID: "123456789012", SharedEventID: "shared",
		TLS: audit.TLSDetails{Version: "TLSv1.3", CipherSuite: "TLS_AES_128_GCM_SHA256", ClientProvidedHostHeader: "localhost:4600"},
	}
}

const assumeRoleJSON = `{"eventVersion":"1.11",
"userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:ann","arn":"arn:aws:sts::123456789012:assumed-role/dev/ann","accountId":"123456789012","accessKeyId":"ASIAEXAMPLE",
"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::123456789012:role/dev","accountId":"123456789012","userName":"dev"},
"attributes":{"creationDate":"2026-11-22T10:00:00Z","mfaAuthenticated":"true"},"sourceIdentity":"ann@example.com"}},
"eventTime":"2026-11-22T11:00:00Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2.17 \"x\"",
"errorCode":"AccessDenied","errorMessage":"User: … is not authorized","requestParameters":{"roleArn":"arn:aws:iam::123456789012:role/ops"},"responseElements":null,
"requestID":"4d1b2a5c-0000-4000-8000-000000000001","eventID":"b96b0e4e-e561-41e9-8b3f-7b396d0e9c21","readOnly":true,
"resources":[{"accountId":"123456789012","type":"AWS::IAM::Role","ARN":"arn:aws:iam::123456789012:role/ops"}],
"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","sharedEventID":"shared","eventCategory":"Management",
"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"localhost:4600"}}`

func TestAppendJSON(t *testing.T) {
	for name, test := range map[string]struct {
		event audit.Event
		want  string
	}{
		"all members": {*assumeRole(), assumeRoleJSON},
		"a data event of nobody": {
			audit.Event{UserIdentity: audit.UserIdentity{Type: "AWSAccount", AccountID: "anonymous"}, Time: noon, Source: "s3.amazonaws.com", Name: "GetObject", Data: true,
				AdditionalEventData: []byte(`{"bytesTransferredOut":5}`)},
			`{"eventVersion":"1.11","userIdentity":{"type":"AWSAccount","accountId":"anonymous"},"eventTime":"2026-11-22T11:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject",
"awsRegion":"","sourceIPAddress":"","userAgent":"","requestParameters":null,"responseElements":null,"additionalEventData":{"bytesTransferredOut":5},"requestID":"",
"eventID":"00000000-0000-0000-0000-000000000000","readOnly":false,"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"","eventCategory":"Data"}`,
		},
		"a delegate": {
			audit.Event{Time: noon, UserIdentity: audit.UserIdentity{Type: "IAMUser", UserName: "ann", InvokedByDelegate: "210987654321"}},
			`{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"ann","invokedByDelegate":{"accountId":"210987654321"}},"eventTime":"2026-11-22T11:00:00Z",
"eventSource":"","eventName":"","awsRegion":"","sourceIPAddress":"","userAgent":"","requestParameters":null,"responseElements":null,"requestID":"",
"eventID":"00000000-0000-0000-0000-000000000000","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"","eventCategory":"Management"}`,
		},
		"web identity": {
			audit.Event{Time: noon, UserIdentity: audit.UserIdentity{Type: "WebIdentityUser", UserName: "sub", SessionContext: &audit.SessionContext{
				WebIDFederation: audit.WebIDFederation{FederatedProvider: "accounts.google.com", Attributes: []byte(`{"aud":"x"}`)}, CreationDate: noon}}},
			`{"eventVersion":"1.11","userIdentity":{"type":"WebIdentityUser","userName":"sub","sessionContext":{"webIdFederationData":{"federatedProvider":"accounts.google.com","attributes":{"aud":"x"}},
"attributes":{"creationDate":"2026-11-22T11:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-11-22T11:00:00Z","eventSource":"","eventName":"","awsRegion":"","sourceIPAddress":"","userAgent":"",
"requestParameters":null,"responseElements":null,"requestID":"","eventID":"00000000-0000-0000-0000-000000000000","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"","eventCategory":"Management"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := test.event.AppendJSON(nil)
			if diff := cmp.Diff(strings.ReplaceAll(test.want, "\n", ""), string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !json.Valid(got) {
				t.Error("not JSON")
			}
		})
	}
}

func TestAppendJSONLimits(t *testing.T) {
	large := []byte(`{"a":"` + strings.Repeat("x", 100<<10) + `"}`)
	e := audit.Event{Time: noon, ErrorMessage: strings.Repeat("ß", 1000), RequestParameters: large, ResponseElements: large, AdditionalEventData: large}
	var got struct {
		ErrorMessage                                             string
		RequestParameters, ResponseElements, AdditionalEventData struct{ Omitted bool }
	}
	if err := json.Unmarshal(e.AppendJSON(nil), &got); err != nil {
		t.Fatal(err)
	}
	if got.ErrorMessage != strings.Repeat("ß", 512) || !got.RequestParameters.Omitted || !got.ResponseElements.Omitted || !got.AdditionalEventData.Omitted {
		t.Errorf("limits are not kept: %d bytes of message, %+v", len(got.ErrorMessage), got)
	}
}

// TestStrings checks that any text comes back as encoding/json reads it.
func TestStrings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		e := audit.Event{Time: noon, UserAgent: text}
		var got struct{ UserAgent string }
		if err := json.Unmarshal(e.AppendJSON(nil), &got); err != nil {
			t.Fatal(err)
		}
		want := text
		if !utf8.ValidString(text) {
			encoded, _ := json.Marshal(text)
			_ = json.Unmarshal(encoded, &want)
		}
		if got.UserAgent != want {
			t.Fatalf("%q became %q", text, got.UserAgent)
		}
	})
}

func TestAttributes(t *testing.T) {
	rec := assumeRole().Record(nil, nil)
	want := []audit.Attribute{
		{Key: audit.AccountID, Value: "123456789012"},
		{Key: audit.EventSource, Value: "sts.amazonaws.com"},
		{Key: audit.EventName, Value: "AssumeRole"},
		{Key: audit.ReadOnly, Value: "true"},
		{Key: audit.Username, Value: "ann"},
		{Key: audit.AccessKeyID, Value: "ASIAEXAMPLE"},
		{Key: audit.RequestID, Value: "4d1b2a5c-0000-4000-8000-000000000001"},
		{Key: audit.PrincipalID, Value: "AROAEXAMPLE"},
		{Key: audit.ResourceType, Value: "AWS::IAM::Role"},
		{Key: audit.ResourceName, Value: "arn:aws:iam::123456789012:role/ops"},
		{Key: audit.ResourceName, Value: "ops"},
		{Key: audit.ResourceType, Value: "AWS::IAM::User"},
		{Key: audit.ResourceName, Value: "ann"},
	}
	if diff := cmp.Diff(want, rec.Attributes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for identity, want := range map[*audit.UserIdentity]string{
		{Type: "Root", PrincipalID: "123456789012"}: "root",
		{Type: "IAMUser", UserName: "bob"}:          "bob",
	} {
		e := audit.Event{UserIdentity: *identity}
		if got := e.Record(nil, nil); !containsAttribute(got, audit.Username, want) {
			t.Errorf("%+v: no user name %q in %v", identity, want, got.Attributes)
		}
	}
}

func containsAttribute(r audit.Record, key audit.AttributeKey, value string) bool {
	for _, a := range r.Attributes {
		if a == (audit.Attribute{Key: key, Value: value}) {
			return true
		}
	}
	return false
}

func TestID(t *testing.T) {
	id, err := audit.NewID(bytes.NewReader(bytes.Repeat([]byte{0xff}, 16)))
	if want := "ffffffff-ffff-4fff-bfff-ffffffffffff"; err != nil || id.String() != want {
		t.Errorf("NewID = %v, %v, want %s", id, err, want)
	}
	if back, err := audit.ParseID(strings.ToUpper(id.String())); err != nil || back != id {
		t.Errorf("ParseID = %v, %v", back, err)
	}
	for _, bad := range []string{"", "x", strings.Repeat("0", 36), "ffffffff-ffff-4fff-bfff-fffffffffffg"} {
		if _, err := audit.ParseID(bad); err == nil {
			t.Errorf("ParseID(%q) succeeded", bad)
		}
	}
	if _, err := audit.NewID(io.LimitReader(strings.NewReader("short"), 5)); err == nil {
		t.Error("NewID without randomness succeeded")
	}
}
