package awsquery

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/wire"
)

func TestParse(t *testing.T) {
	f, err := Parse("Action=GetUser&X-Amz-Date=1", []byte("UserName=a%2Bb+c&&Empty=&Bare"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Action": "GetUser", "X-Amz-Date": "1", "UserName": "a+b c", "Empty": "", "Bare": "",
		"username": "", "Absent": "",
	}
	for name, value := range want {
		if got := f.Get(name); got != value {
			t.Errorf("Get(%q) = %q, want %q", name, got, value)
		}
	}
}

func TestUnknown(t *testing.T) {
	f, err := Parse("Action=AssumeRole&z=1", []byte("RoleArn=r&Tags.member.1.Key=k&Tags.member.1.Colour=red&roleSessionName=x"))
	if err != nil {
		t.Fatal(err)
	}
	var in assumeRoleInput
	missing, err := Decode(f, &in)
	if d := cmp.Diff([]string{"roleSessionName", "tags.1.member.value"}, missing); d != "" || err != nil {
		t.Errorf("error %v; missing (-want +got):\n%s", err, d)
	}
	f.Get("Action")
	if d := cmp.Diff([]string{"roleSessionName", "Tags.member.1.Colour", "z"}, f.Unknown()); d != "" {
		t.Errorf("unknown (-want +got):\n%s", d)
	}
}

func TestParseRefuses(t *testing.T) {
	many := strings.Repeat("a", maxName)
	tests := []struct {
		name, query, body string
		reason            wire.Reason
	}{
		{"duplicate", "", "A=1&B=2&A=1", wire.Duplicate},
		{"duplicate in another case", "", "RoleName=a&rolename=a", wire.Duplicate},
		{"duplicate by escape", "", "RoleName=a&%52oleName=b", wire.Duplicate},
		{"once in the query and once in the body", "Action=A", "Action=A", wire.Duplicate},
		{"bad escape", "", "A=%zz", wire.Syntax},
		{"short escape", "", "A=%4", wire.Syntax},
		{"lone percent", "%=1", "", wire.Syntax},
		{"bad UTF-8 in a value", "", "A=%ff", wire.Syntax},
		{"bad UTF-8 in a name", "", "\xc3=1", wire.Syntax},
		{"no name", "", "=1", wire.Limit},
		{"long name", "", "a" + many + "=1", wire.Limit},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			checkReason(t, test.reason, func() error {
				_, err := Parse(test.query, []byte(test.body))
				return err
			})
		})
	}
}

func TestParseLimit(t *testing.T) {
	form := func(n int) []byte {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "p%d=1&", i)
		}
		return []byte(b.String())
	}
	if _, err := Parse("", form(maxParams)); err != nil {
		t.Error(err)
	}
	checkReason(t, wire.Limit, func() error {
		_, err := Parse("", form(maxParams+1))
		return err
	})
	if _, err := Parse(strings.Repeat("&", 2*maxParams), nil); err == nil {
		t.Error("a form of separators is accepted")
	}
}

func checkReason(t *testing.T, want wire.Reason, f func() error) {
	t.Helper()
	err := f()
	var e *wire.Error
	if !errors.As(err, &e) || e.Reason != want {
		t.Errorf("error %v, want one of reason %d", err, want)
	}
}
