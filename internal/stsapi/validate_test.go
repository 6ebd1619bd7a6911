package stsapi

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/shape"
)

func ptr[T any](v T) *T { return &v }

func TestAssumeRoleMessages(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*AssumeRoleInput)
		want   string
	}{
		{"session name", func(in *AssumeRoleInput) { in.RoleSessionName = "Session1:2" },
			`1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		{"short session name", func(in *AssumeRoleInput) { in.RoleSessionName = "a" },
			`1 validation error detected: Value 'a' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2`},
		{"duration", func(in *AssumeRoleInput) { in.DurationSeconds = ptr(int32(43201)) },
			`1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200`},
		{"role and policy ARNs", func(in *AssumeRoleInput) { in.RoleArn = "short"; in.PolicyArns[0].Arn = ptr("x") },
			`2 validation errors detected: Value 'short' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20; ` +
				`Value 'x' at 'policyArns.1.member.arn' failed to satisfy constraint: Member must have length greater than or equal to 20`},
		{"token code", func(in *AssumeRoleInput) { in.TokenCode = ptr("12345x") },
			`1 validation error detected: Value at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\d]*`},
		{"tag value", func(in *AssumeRoleInput) { in.Tags = []Tag{{Key: "k", Value: strings.Repeat("v", 257)}} },
			`1 validation error detected: Value '` + strings.Repeat("v", 257) + `' at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256`},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := &AssumeRoleInput{
				RoleArn: "arn:aws:iam::123456789012:role/r", RoleSessionName: "Session1",
				PolicyArns: []PolicyDescriptorType{{Arn: ptr("arn:aws:iam::aws:policy/ReadOnlyAccess")}},
			}
			if vs := in.Validate(); vs != nil {
				t.Fatalf("a valid input has violations: %v", vs)
			}
			test.change(in)
			if diff := cmp.Diff(test.want, shape.Message(in.Validate(), true)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Secrets are marked, also those that the model leaves open.
func TestSecretsAreMarked(t *testing.T) {
	for _, test := range []struct {
		typ    reflect.Type
		fields []string
	}{
		{reflect.TypeFor[Credentials](), []string{"SecretAccessKey", "SessionToken"}},
		{reflect.TypeFor[AssumeRoleInput](), []string{"TokenCode"}},
		{reflect.TypeFor[GetSessionTokenInput](), []string{"TokenCode"}},
		{reflect.TypeFor[AssumeRoleWithSAMLInput](), []string{"SAMLAssertion"}},
		{reflect.TypeFor[AssumeRoleWithWebIdentityInput](), []string{"WebIdentityToken"}},
		{reflect.TypeFor[GetWebIdentityTokenOutput](), []string{"WebIdentityToken"}},
		{reflect.TypeFor[GetDelegatedAccessTokenInput](), []string{"TradeInToken"}},
		{reflect.TypeFor[ProvidedContext](), []string{"ContextAssertion"}},
	} {
		var got []string
		for i := range test.typ.NumField() {
			if f := test.typ.Field(i); strings.Contains(f.Tag.Get("aws"), ",sensitive") {
				got = append(got, f.Name)
			}
		}
		if diff := cmp.Diff(test.fields, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.typ, diff)
		}
	}
}
