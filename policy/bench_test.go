package policy

import (
	"fmt"
	"strings"
	"testing"
)

// statements returns an identity-based policy of n statements, of the size that
// policies of products have: three actions, two resources, two conditions each.
func statements(n int) string {
	var b strings.Builder
	b.WriteString(`{"Version":"2012-10-17","Statement":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `
  {
    "Sid": "Statement%d",
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:PutObject", "s3:List*"],
    "Resource": ["arn:aws:s3:::bucket-%d", "arn:aws:s3:::bucket-%d/home/${aws:username}/*"],
    "Condition": {"StringEquals": {"aws:PrincipalTag/team": "team%d"}, "Bool": {"aws:SecureTransport": true}}
  }`, i, i, i, i)
	}
	b.WriteString("\n]}\n")
	return b.String()
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1, 3, 60, 700} {
		text := statements(n)
		if len(text) > MaxBytes {
			b.Fatal("too large")
		}
		b.Run(fmt.Sprintf("statements=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := Parse(IdentityBased, text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCanonical(b *testing.B) {
	doc, err := Parse(IdentityBased, statements(60))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		doc.Canonical()
	}
}
