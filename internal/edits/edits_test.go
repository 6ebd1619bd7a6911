package edits

import "testing"

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b        string
		limit, want int
	}{
		{"", "", 9, 0}, {"", "abc", 9, 3}, {"abc", "", 9, 3}, {"policies", "polices", 9, 1},
		{"kitten", "sitting", 9, 3}, {"kitten", "sitting", 3, 3}, {"kitten", "sitting", 2, 2}, {"ab", "ba", 9, 2}, {"a", "abcdef", 4, 4},
	} {
		if got := Distance(tt.a, tt.b, tt.limit); got != tt.want {
			t.Errorf("%q and %q within %d: got %d, want %d", tt.a, tt.b, tt.limit, got, tt.want)
		}
	}
}
