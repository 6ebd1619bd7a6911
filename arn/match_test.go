package arn

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a/b:c\nd", true},
		{"**", "a", true},
		{"a?c", "aéc", true},
		{"a?c", "a\U0001F600c", true},
		{"a?c", "ac", false},
		{"*?", "é", true},
		{"?*", "", false},
		{"a*b*c", "axxbxxc", true},
		{"a*b*c", "axxcxxb", false},
		{"ab*ba", "aba", false},
		{"*é?", "xéé", true},
		{"*é?", "xéa", true},
		{"*é?", "xé", false},
		{"*x?y*", "axzxzyb", true},
		{"A*", "abc", false},
	}
	for _, tt := range tests {
		if got := Glob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("Glob(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y:z\n", true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b", false},
		{"arn:*:iam::*:role/x", "arn:aws:iam::123456789012:role/x", true},
		{"arn:aws:ec2:us.east.1:1:i/x", "arn:aws:ec2:us-east-1:1:i/x", false},
		{"arn:aws:ec2:*:i/x", "arn:aws:ec2:us-east-1:1:i/x", false},
		{"*", "arn:aws:s3:::b", false},
		{"arn:aws:s3:::B", "arn:aws:s3:::b", false},
		{"arn:aws:cloudformation:*:1:stack/A*", "arn:aws:cloudformation:r:1:stack/B/:stack/A/", false},
	}
	for _, tt := range tests {
		if got := Match(tt.pattern, tt.s); got != tt.want {
			t.Errorf("Match(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}

// naive is the definition of a glob, written down.
func naive(p, s string) bool {
	switch {
	case p == "":
		return s == ""
	case p[0] == '*':
		for i := range s {
			if naive(p[1:], s[i:]) {
				return true
			}
		}
		return naive(p[1:], "")
	case s == "":
		return false
	}
	pr, n := utf8.DecodeRuneInString(p)
	sr, m := utf8.DecodeRuneInString(s)
	return (p[0] == '?' || pr == sr) && naive(p[n:], s[m:])
}

func TestGlobIsNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.StringOfN(rapid.RuneFrom([]rune("ab*?é")), 0, 10, -1).Draw(t, "pattern")
		s := rapid.StringOfN(rapid.RuneFrom([]rune("abé")), 0, 12, -1).Draw(t, "s")
		if got, want := Glob(p, s), naive(p, s); got != want {
			t.Fatalf("Glob(%q, %q) = %v, want %v", p, s, got, want)
		}
	})
}

// FuzzGlob holds Glob against a matcher over characters, also for bytes that
// are not UTF-8: it must end soon and not panic.
func FuzzGlob(f *testing.F) {
	f.Add("a*a*a*b", strings.Repeat("a", 40))
	f.Add("a?c", "aéc")
	f.Add("*\xff?*", "x\xffé")
	f.Fuzz(func(t *testing.T, p, s string) {
		if len(p) > 12 || len(s) > 24 {
			Glob(p, s)
			return
		}
		got := Glob(p, s)
		if utf8.ValidString(p) && utf8.ValidString(s) && got != naive(p, s) {
			t.Errorf("Glob(%q, %q) = %v", p, s, got)
		}
	})
}

// A matcher that backtracks does not come back from this one.
func TestGlobEnds(t *testing.T) {
	done := make(chan bool)
	go func() { done <- Glob(strings.Repeat("a*", 100)+"b", strings.Repeat("a", 10_000)) }()
	select {
	case got := <-done:
		if got {
			t.Error("matched")
		}
	case <-time.After(5 * time.Second):
		t.Fatal("does not end")
	}
}

func BenchmarkGlobWorst(b *testing.B) {
	p, s := "*"+strings.Repeat("a", 500)+"?b*", strings.Repeat("a", 1100)
	for b.Loop() {
		if Glob(p, s) {
			b.Fatal("matched")
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := Parse("arn:aws:iam::123456789012:role/team/x"); err != nil {
			b.Fatal(err)
		}
	}
}
