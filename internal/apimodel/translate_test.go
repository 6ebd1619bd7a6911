package apimodel

import (
	"regexp"
	"testing"
	"unicode/utf8"

	"github.com/writ-iam/writ/internal/shape"
)

// runtime is p as the generated packages hold it.
func runtime(p *pattern) *shape.Pattern {
	out := &shape.Pattern{Text: p.text, Min: p.min, Max: p.max, Regexp: p.regexp, Without: p.without}
	if p.class != nil {
		out.Class = &shape.Class{ASCII: p.class.ascii, Ranges: p.class.ranges, Categories: p.class.categories}
	}
	return out
}

func TestTranslate(t *testing.T) {
	for _, test := range []struct {
		text    string
		scan    bool
		yes, no []string
	}{
		{`[\w+=,.@-]+`, true, []string{"a", "A+=,.@-_9"}, []string{"", "a:b", "a b", "é"}},
		{`[\w+=,.@-]*`, true, []string{"", "a"}, []string{"Session1:2"}},
		{`[0-9a-z-\/]?`, true, []string{"", "-", "/", "z"}, []string{"zz", "A"}},
		{`[\w._-]+`, true, []string{"a-b._"}, []string{"a/b"}},
		{`[\w+=,.@\:-]*`, true, []string{":-", "\x2b"}, []string{"\\"}},
		{`[ -~]+`, true, []string{" ~"}, []string{"\t", "\x7f"}},
		{`\d{12}`, true, []string{"123456789012"}, []string{"12345678901", "1234567890123", "12345678901x", "１２３４５６７８９０１２"}},
		{`[a-z]{2,}`, true, []string{"ab", "abc"}, []string{"a"}},
		{`[a-z]`, true, []string{"a"}, []string{"", "ab"}},
		{`[a]{1,4000}`, true, []string{"a"}, []string{""}},
		{`^[a-z]+$`, true, []string{"ab"}, []string{"ab\n", ""}},
		{`[\u0009\u000A\u0020-\u00FF]+`, true, []string{"\t\n é"}, []string{"\r", "ā"}},
		{`[\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`, true, []string{"\u00a0", "\ufffd", "😀", "\U0010ffff"}, []string{"0", "F", "\ufffe", "\xff"}},
		{`[\p{L}\p{Z}\p{N}_.:/=+\-@]*`, true, []string{"", "Größe ٣\u2003@-"}, []string{"a,b", "a*b", "\t", "€"}},
		{`\u002F[\u0021-\u007F]*`, false, []string{"/", "/a/"}, []string{"a/", "/ "}},
		{`[^:]+`, false, []string{"abc"}, []string{"a:b"}},
		{`[a-z]+|[0-9]+`, false, []string{"ab", "12"}, []string{"a1", ""}},
		{`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`, false, []string{"my-account", "abc"}, []string{"a--b", "ab-", "-ab", "ab"}},
	} {
		p, err := translate(test.text)
		if err != nil {
			t.Errorf("translate(%q): %v", test.text, err)
			continue
		}
		if (p.class != nil) != test.scan {
			t.Errorf("%q: a scan: %v, want %v", test.text, p.class != nil, test.scan)
		}
		for _, s := range test.yes {
			if !runtime(p).Match(s) {
				t.Errorf("%q does not match %q", test.text, s)
			}
		}
		for _, s := range test.no {
			if runtime(p).Match(s) {
				t.Errorf("%q matches %q", test.text, s)
			}
		}
	}
}

// Every class of the models has the characters that Go's regexp says it has.
func TestScansAgreeWithRegexp(t *testing.T) {
	seen := make(map[string]bool)
	for service := range Overlays {
		m, err := Load(service)
		if err != nil {
			t.Fatal(err)
		}
		for name, sh := range m.Shapes.All() {
			if sh.Pattern == "" || seen[sh.Pattern] {
				continue
			}
			seen[sh.Pattern] = true
			p, err := translate(sh.Pattern)
			if err != nil {
				t.Errorf("%s %s: %v", service, name, err)
				continue
			}
			if p.class != nil {
				compareClass(t, p)
			}
		}
	}
}

func compareClass(t *testing.T, p *pattern) {
	t.Helper()
	class := regexp.MustCompile(`^\^?(\[.*\]|\\d)`).FindStringSubmatch(unicodeEscape.ReplaceAllString(p.text, `\x{$1}`))
	re := regexp.MustCompile(`\A` + class[1] + `\z`)
	one := runtime(p)
	one.Min, one.Max = 1, 1
	step := rune(1)
	for r := rune(0); r <= utf8.MaxRune; r += step {
		if r == 0x800 {
			step = 97 // the rest is sampled
		}
		if s := string(r); utf8.ValidRune(r) && one.Match(s) != re.MatchString(s) {
			t.Errorf("%s: %U: scan %v, regexp %v", p.text, r, one.Match(s), !one.Match(s))
			return
		}
	}
}
