package arn

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want ARN
	}{
		{"arn:aws:iam::123456789012:role/team/x", ARN{"aws", "iam", "", "123456789012", "role/team/x"}},
		{"arn:aws:s3:::bucket/a:b", ARN{"aws", "s3", "", "", "bucket/a:b"}},
		{"arn:aws-cn:logs:cn-north-1:1:log-group:x:*", ARN{"aws-cn", "logs", "cn-north-1", "1", "log-group:x:*"}},
	}
	for _, tt := range tests {
		got, err := Parse(tt.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.in, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", tt.in, diff)
		}
		if got.String() != tt.in {
			t.Errorf("String() = %q, want %q", got, tt.in)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, in := range []string{
		"", "*", "arn", "arn:aws:s3::bucket", "ARN:aws:s3:::b", "arn::s3:::b", "arn:aws::::b", "arn:aws:s3:::", "urn:aws:s3:::b",
	} {
		if _, err := Parse(in); !errors.Is(err, ErrFormat) {
			t.Errorf("Parse(%q) = %v, want ErrFormat", in, err)
		}
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	in := Role("123456789012", "/team/", "x")
	if n := testing.AllocsPerRun(100, func() {
		if _, err := Parse(in); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("Parse allocates %v times", n)
	}
}

func TestTypeAndName(t *testing.T) {
	tests := []struct{ in, typ, name string }{
		{"arn:aws:iam::1:role/team/x", "role", "x"},
		{"arn:aws:iam::1:root", "", "root"},
		{"arn:aws:s3:::bucket", "", "bucket"},
		{"arn:aws:logs:r:1:log-group:x", "log-group", "log-group:x"},
	}
	for _, tt := range tests {
		a, err := Parse(tt.in)
		if err != nil || a.Type() != tt.typ || a.Name() != tt.name {
			t.Errorf("%s: type %q, name %q, %v; want %q, %q", tt.in, a.Type(), a.Name(), err, tt.typ, tt.name)
		}
	}
}

func TestNames(t *testing.T) {
	const acct = "123456789012"
	tests := []struct{ got, want string }{
		{Root(acct), "arn:aws:iam::123456789012:root"},
		{User(acct, "/", "ann"), "arn:aws:iam::123456789012:user/ann"},
		{User(acct, "", "ann"), "arn:aws:iam::123456789012:user/ann"},
		{Group(acct, "/a/", "g"), "arn:aws:iam::123456789012:group/a/g"},
		{Role(acct, "/team/", "x"), "arn:aws:iam::123456789012:role/team/x"},
		{Policy("aws", "/job-function/", "Billing"), "arn:aws:iam::aws:policy/job-function/Billing"},
		{InstanceProfile(acct, "/", "p"), "arn:aws:iam::123456789012:instance-profile/p"},
		{ServerCertificate(acct, "/", "c"), "arn:aws:iam::123456789012:server-certificate/c"},
		{MFA(acct, "/", "ann"), "arn:aws:iam::123456789012:mfa/ann"},
		{SAMLProvider(acct, "p"), "arn:aws:iam::123456789012:saml-provider/p"},
		{OIDCProvider(acct, "token.example/x"), "arn:aws:iam::123456789012:oidc-provider/token.example/x"},
		{AssumedRole(acct, "x", "s"), "arn:aws:sts::123456789012:assumed-role/x/s"},
		{FederatedUser(acct, "bob"), "arn:aws:sts::123456789012:federated-user/bob"},
		{Bucket("b"), "arn:aws:s3:::b"},
		{Object("b", "k/é"), "arn:aws:s3:::b/k/é"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
		if !Valid(tt.got) {
			t.Errorf("Valid(%q) = false", tt.got)
		}
		a, err := Parse(tt.got)
		if err != nil || a.In("aws-cn").In(Default).String() != tt.want {
			t.Errorf("In loses a part of %s: %v", tt.got, err)
		}
	}
}

func TestValid(t *testing.T) {
	for _, in := range []string{
		"arn:aws:iam::12345678901:root", "arn:aws:iam::*:root", "arn:aws:IAM::123456789012:root", "arn:aws:s3:us_east:1:b",
		"arn:bws:s3:::b", "arn:aws:s3:::b\n", "*", "arn:aws:s3:::",
	} {
		if Valid(in) {
			t.Errorf("Valid(%q) = true", in)
		}
	}
}

func TestParsePrints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[a-z0-9*?-]{0,6}`)
		want := ARN{
			"aws" + part.Draw(t, "partition"), "s" + part.Draw(t, "service"), part.Draw(t, "region"), part.Draw(t, "account"),
			"r" + rapid.String().Draw(t, "resource"),
		}
		got, err := Parse(want.String())
		if err != nil || got != want {
			t.Fatalf("Parse(%q) = %+v, %v", want.String(), got, err)
		}
	})
}

func TestSplitPattern(t *testing.T) {
	for _, tt := range []struct {
		in        string
		variables bool
		want      string
	}{
		{"", true, ""},
		{"*", true, "*"},
		{"a:b:c:d:e:f:g", true, "a|b|c|d|e|f:g"},
		{"a:${b:c}:d", true, "a|${b:c}|d"},
		{"a:${b:c}:d", false, "a|${b|c}|d"},
		{"a:${b:c", true, "a|${b|c"},
		{"a:${b:c}${d:e}:f:g:h:${i:j}:k", true, "a|${b:c}${d:e}|f|g|h|${i:j}:k"},
	} {
		parts, n := SplitPattern(tt.in, tt.variables)
		if got := strings.Join(parts[:n], "|"); got != tt.want {
			t.Errorf("SplitPattern(%q, %t) = %q, want %q", tt.in, tt.variables, got, tt.want)
		}
	}
}
