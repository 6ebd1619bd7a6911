package policy

import (
	"fmt"
	"strings"
	"testing"
)

// plainPolicy has n statements of a hundred characters, sixty of which just fit
// into a managed policy.
func plainPolicy(n int) string {
	return policyOf(n, func(i int) string {
		return fmt.Sprintf(`{"Sid":"S%d","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-%d/*"}`, i, i)
	})
}

// richPolicy has n statements of three actions, two resources and two conditions
// each, indented.
func richPolicy(n int) string {
	return policyOf(n, func(i int) string {
		return fmt.Sprintf(`
  {
    "Sid": "Statement%d",
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:PutObject", "s3:List*"],
    "Resource": ["arn:aws:s3:::bucket-%d", "arn:aws:s3:::bucket-%d/home/${aws:username}/*"],
    "Condition": {"StringEquals": {"aws:PrincipalTag/team": "team%d"}, "Bool": {"aws:SecureTransport": true}}
  }`, i, i, i, i)
	})
}

func policyOf(n int, statement func(int) string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = statement(i)
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`
}

func BenchmarkParse(b *testing.B) {
	for _, bb := range []struct {
		name, text string
	}{
		{"plain/statements=3", plainPolicy(3)},
		{"plain/statements=60", plainPolicy(60)},
		{"plain/statements=1000", plainPolicy(1000)},
		{"rich/statements=60", richPolicy(60)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.text)))
			for b.Loop() {
				if _, err := Parse(IdentityBased, bb.text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCanonical(b *testing.B) {
	doc, err := Parse(IdentityBased, plainPolicy(60))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		doc.Canonical()
	}
}
