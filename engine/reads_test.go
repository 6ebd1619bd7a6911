package engine

import (
	"testing"

	"github.com/writ-iam/writ/policy"
)

func TestReadsInPolicy(t *testing.T) {
	tests := []struct {
		comparisons []policy.Comparison
		reads, not  []string
	}{
		{[]policy.Comparison{policy.IPAddress, policy.NotIPAddress},
			[]string{"10.0.0.0/8", "10.0.0.1", "2001:db8::/32", "::1"}, []string{"junk", "10.0.0.0/33", "10.0.0", "10.0.0.*", "", "fe80::1%eth0"}},
		{[]policy.Comparison{policy.Bool, policy.Null},
			[]string{"true", "false", "True"}, []string{"yes", "1", "", "true "}},
		{[]policy.Comparison{policy.NumericEquals, policy.NumericNotEquals, policy.NumericGreaterThanEquals},
			[]string{"1", "-1.5", "1e3"}, []string{"abc", "", "10abc", "0x10"}},
		{[]policy.Comparison{policy.BinaryEquals}, []string{"QUJD", ""}, []string{"%%", "QQ"}},
		{[]policy.Comparison{policy.DateEquals, policy.DateLessThan},
			[]string{"2026-01-01T00:00:00Z", "2026-01", "1767225600"}, []string{"tomorrow", "2026-02-31", ""}},
		{[]policy.Comparison{policy.ARNEquals, policy.ARNNotLike},
			[]string{"arn:aws:s3:::b", "*:*:*:*:*:*", "arn:*:s3:::*", "a*:aws:s3:::b", "*", "arn:aws:*", "arn*"},
			[]string{"text", "arn:aws:s3", "", "arn:aws:sns:*:t", "ARN:aws:s3:::b", "b*", "b:*:*:*:*:*", "arnx*:a:b:c:d:e"}},
		{[]policy.Comparison{policy.StringEquals, policy.StringNotLike, policy.StringEqualsIgnoreCase}, []string{"", "*", "x"}, nil},
		{[]policy.Comparison{policy.UnknownComparison}, nil, []string{"", "x"}},
	}
	for _, tt := range tests {
		for _, c := range tt.comparisons {
			for _, value := range tt.reads {
				if !ReadsInPolicy(c, value) {
					t.Errorf("comparison %d does not read %q", c, value)
				}
			}
			for _, value := range tt.not {
				if ReadsInPolicy(c, value) {
					t.Errorf("comparison %d reads %q", c, value)
				}
			}
		}
	}
}
