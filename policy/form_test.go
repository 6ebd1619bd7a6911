package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What AWS takes for a date, by its answers recorded in moto's test suite and, for
// zones, ISO 8601.
func TestIsDate(t *testing.T) {
	tests := []struct {
		in   string
		want bool
	}{
		{"2019-07-01T13:20:15Z", true},
		{"2016-12-13T21:20:37.593194+00:00", true},
		{"2016-12-13t2:00:00.593194+23", true},
		{"2016-12-13T02:00-0830", true},
		{"2020-01-01", true},
		{"01T", true},
		{"-292275054", true},
		{"0", true},
		{"9223372036854775807", true},
		{"9223372036854775808", false},
		{"-292275055", false},
		{"", false},
		{"b", false},
		{"1e9", false},
		{"+1", false},
		{"234-13", false},
		{"2020-01-32", false},
		{"2020-1-1-1", false},
		{"2016-12-13t2:00:00.593194+1", false},
		{"2016-12-13t2:00:00.1999999999+10:59", false},
		{"2016-12-13T24:00:00Z", false},
		{"2016-12-13T00:60:00Z", false},
		{"2016-12-13T00:00:00+24:00", false},
		{"2016-12-13T00:00:00+01:1", false},
		{"+2016-12-13T00:00:00Z", false},
		{"tomorrow", false},
		{"-", false},
	}
	for _, tt := range tests {
		if got := isDate(tt.in); got != tt.want {
			t.Errorf("isDate(%q) = %v", tt.in, got)
		}
	}
}

func TestVariablesClosed(t *testing.T) {
	tests := []struct {
		in   string
		want bool
	}{
		{"", true},
		{"$", true},
		{"$ {", true},
		{"a${k}b${k2}", true},
		{"${*}${?}${$}", true},
		{"${k, 'd'}", true},
		{"${k,'d'}", true},
		{"${k, ''}", true},
		{"${k, 'a}b, c'}", true},
		{"${", false},
		{"${}", false},
		{"${k", false},
		{"${k}${", false},
		{"${, 'd'}", false},
		{"${k, d}", false},
		{"${k, 'd}", false},
		{"${k, 'd' }", false},
		{"${k, '}", false},
	}
	for _, tt := range tests {
		if got := variablesClosed(tt.in); got != tt.want {
			t.Errorf("variablesClosed(%q) = %v", tt.in, got)
		}
	}
}

func TestPrincipalForms(t *testing.T) {
	tests := []struct {
		p    Principal
		want bool
	}{
		{Principal{Type: AWSPrincipal, Value: "arn:aws:iam::123456789012:user/a/b"}, true},
		{Principal{Type: AWSPrincipal, Value: "arn:aws-cn:iam::123456789012:role/b"}, true},
		{Principal{Type: AWSPrincipal, Value: "arn:aws:sts::123456789012:federated-user/b"}, true},
		{Principal{Type: AWSPrincipal, Value: "AIDAEXAMPLEEXAMPLE01"}, true},
		{Principal{Type: AWSPrincipal, Value: "12345678901"}, false},
		{Principal{Type: AWSPrincipal, Value: "arn:aws:iam::123456789012:user/"}, false},
		{Principal{Type: AWSPrincipal, Value: "arn:aws:iam::123456789012:user"}, false},
		{Principal{Type: AWSPrincipal, Value: "arn:aws:iam::123456789012:group/g"}, false},
		{Principal{Type: AWSPrincipal, Value: "arn:aws:iam::123456789012:*"}, false},
		{Principal{Type: AWSPrincipal, Value: "arn:aws:iam:eu-west-1:123456789012:user/a"}, false},
		{Principal{Type: AWSPrincipal, Value: "arn:aws:iam::*:root"}, false},
		{Principal{Type: AWSPrincipal, Value: "arn:aws:sts::123456789012:assumed-role/r"}, false},
		{Principal{Type: AWSPrincipal, Value: "arn:aws:sts::123456789012:assumed-role/r/"}, false},
		{Principal{Type: AWSPrincipal, Value: "arn:aws:sts::123456789012:assumed-role/p/r/s"}, false},
		{Principal{Type: AWSPrincipal, Value: "aidaexampleexample01"}, false},
		{Principal{Type: AWSPrincipal, Value: ""}, false},
		{Principal{Type: ServicePrincipal, Value: "*"}, false},
		{Principal{Type: ServicePrincipal, Value: "EC2.amazonaws.com"}, false},
		{Principal{Type: FederatedPrincipal, Value: ""}, false},
		{Principal{Type: FederatedPrincipal, Value: "accounts.google.com"}, true},
		{Principal{Type: CanonicalUserPrincipal, Value: ""}, false},
	}
	for _, tt := range tests {
		if got := tt.p.wellFormed(ResourceBased); got != tt.want {
			t.Errorf("%s %q: %v", tt.p.Type, tt.p.Value, got)
		}
	}
}

func TestAWSPrincipals(t *testing.T) {
	d, err := Parse(ResourceBased, `{"Statement":[
		{"Effect":"Allow","Principal":{"AWS":["123456789012","*","arn:aws:iam::123456789012:root"],"Service":"a.b"},"Action":"a:b","Resource":"*"},
		{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::123456789012:user/ann","123456789012"]},"Action":"a:b","Resource":"*"},
		{"Effect":"Deny","Principal":"*","Action":"a:b","Resource":"*"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	type found struct{ Value, Account string }
	var got []found
	for _, p := range d.AWSPrincipals() {
		account, _ := p.Account()
		got = append(got, found{p.Value, account})
	}
	want := []found{
		{"123456789012", "123456789012"},
		{"arn:aws:iam::123456789012:root", "123456789012"},
		{"arn:aws:iam::123456789012:user/ann", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if account, ok := (Principal{Type: ServicePrincipal, Value: "123456789012"}).Account(); ok {
		t.Errorf("a service is the account %q", account)
	}
}

func TestSize(t *testing.T) {
	tests := []struct {
		in   string
		want int
	}{
		{"", 0},
		{" \t\r\n", 0},
		{"{ \"é\": \"a b\" }", 10},
	}
	for _, tt := range tests {
		if got := Size(tt.in); got != tt.want {
			t.Errorf("Size(%q) = %d, want %d", tt.in, got, tt.want)
		}
	}
}
