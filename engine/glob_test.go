package engine

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// naiveMatch says what a glob means, one character at a time: fits[j] is whether
// the pattern read so far fits the first j characters of s.
func naiveMatch(p []rune, s []rune) bool {
	fits := make([]bool, len(s)+1)
	fits[0] = true
	for _, c := range p {
		next := make([]bool, len(s)+1)
		for j := range next {
			switch {
			case c == '*':
				next[j] = fits[j] || j > 0 && next[j-1]
			case j > 0:
				next[j] = fits[j-1] && (c == '?' || c == s[j-1])
			}
		}
		fits = next
	}
	return fits[len(s)]
}

func globMatch(p, s string) bool {
	g := newGlob(p, syntax{wildcards: true})
	return g.match(s, nil)
}

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"?", "", false},
		{"?", "é", true},
		{"?", "\U0001F600", true},
		{"a?c", "aéc", true},
		{"a*", "a", true},
		{"*a", "ba", true},
		{"*a*", "bab", true},
		{"**", "x", true},
		{"*?", "", false},
		{"*?*?", "x", false},
		{"*?*?", "xy", true},
		{"a*b*c", "a1b2b3c", true},
		{"a*b*c", "a1b2b3", false},
		{"a*bc", "abcbc", true},
		{"*ab?d*", "ababcd", true},
		{"x*ab?d", "xababcd", true},
		{"a\n*", "a\nb", true},
		{".*", "ab", false},
		{"[a-z]", "b", false},
		{"${aws:username}", "${aws:username}", true},
	}
	for _, tt := range tests {
		if got := globMatch(tt.pattern, tt.text); got != tt.want {
			t.Errorf("%q on %q: got %v, want %v", tt.pattern, tt.text, got, tt.want)
		}
	}
}

func TestGlobAgreesWithNaiveMatcher(t *testing.T) {
	pattern := rapid.StringOfN(rapid.RuneFrom([]rune("ab*?é")), 0, 10, -1)
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abé")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		p, s := pattern.Draw(t, "pattern"), text.Draw(t, "text")
		if got, want := globMatch(p, s), naiveMatch([]rune(p), []rune(s)); got != want {
			t.Fatalf("%q on %q: got %v, want %v", p, s, got, want)
		}
	})
}

// A variable is its value, whatever that looks like.
func TestVariableIsLiteral(t *testing.T) {
	part := rapid.StringOfN(rapid.RuneFrom([]rune("ab*?")), 0, 4, -1)
	plain := rapid.StringOfN(rapid.RuneFrom([]rune("ab*?")), 0, 3, -1)
	rapid.Check(t, func(t *rapid.T) {
		before, after, value, text := part.Draw(t, "before"), part.Draw(t, "after"), plain.Draw(t, "value"), plain.Draw(t, "text")
		ctx := new(Context)
		ctx.Set("k", value)
		g := newGlob(before+"${k}"+after, syntax{wildcards: true, variables: true})
		literal := strings.NewReplacer("*", "\x01", "?", "\x02").Replace
		for _, s := range []string{text, before + value + after, value} {
			// In the naive pattern, the value's own stars are other characters,
			// and so are those of the text in every way of choosing them.
			want := false
			for _, choice := range choices(s) {
				want = want || naiveMatch([]rune(before+literal(value)+after), []rune(choice))
			}
			if got := g.match(s, ctx); got != want {
				t.Fatalf("%q with %q on %q: got %v, want %v", before+"${k}"+after, value, s, got, want)
			}
		}
	})
}

// choices puts other characters in the place of any of the stars and question
// marks of s.
func choices(s string) []string {
	i := strings.IndexAny(s, "*?")
	if i < 0 {
		return []string{s}
	}
	other := "\x01"
	if s[i] == '?' {
		other = "\x02"
	}
	var all []string
	for _, rest := range choices(s[i+1:]) {
		all = append(all, s[:i+1]+rest, s[:i]+other+rest)
	}
	return all
}

// No pattern is slow: the steps stay below a few times the length of the text,
// or, where a piece between stars has many question marks, below that length
// times a 64th of the piece's.
func TestGlobWork(t *testing.T) {
	const n = 1000
	text := strings.Repeat("a", n)
	tests := []struct {
		name, pattern string
		limit         int
	}{
		{"stars", strings.Repeat("a*", 200) + "b", 2 * n},
		{"stars in front", strings.Repeat("*a", 200) + "b", 2 * n},
		{"long piece", "*" + strings.Repeat("a", n/2) + "b*", 2 * n},
		{"pieces", strings.Repeat("*aaab", 100) + "*", 2 * n},
		{"few question marks", strings.Repeat("*a?a?a?b", 50) + "*", 2 * n},
		{"question marks", "*" + strings.Repeat("a?", n/4) + "b*", n * (n/64 + 1)},
		{"many question marks", strings.Repeat("*"+strings.Repeat("a?", 20)+"b", 10) + "*", 2 * n},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := syntax{wildcards: true}.parse(tt.pattern)
			if ok, steps := p.match(text, nil); ok || steps > tt.limit {
				t.Errorf("matches: %v, in %d steps, limit %d", ok, steps, tt.limit)
			}
		})
	}
}

func TestScanEmptyVariables(t *testing.T) {
	ctx := new(Context)
	ctx.Set("k", "")
	g := newGlob("x*"+strings.Repeat("${k}", 20)+"*y", syntax{wildcards: true, variables: true})
	if !g.match("xy", ctx) || g.match("x", ctx) {
		t.Error("variables with empty values are not nothing")
	}
}

// A long piece is found where trying it at every place finds it.
func TestScan(t *testing.T) {
	piece := rapid.StringOfN(rapid.RuneFrom([]rune("ab?é")), 2, 200, -1)
	rapid.Check(t, func(t *rapid.T) {
		p, s := "*"+piece.Draw(t, "piece")+"*", rapid.StringOfN(rapid.RuneFrom([]rune("abé")), 0, 30, -1).Draw(t, "text")
		for range 3 { // make a text that is likely to fit
			i := rapid.IntRange(0, len(p)-1).Draw(t, "cut")
			s += strings.NewReplacer("?", "b", "*", "a").Replace(p[:i]) + strings.NewReplacer("?", "é", "*", "").Replace(p)
		}
		s = strings.ToValidUTF8(s, "")
		g := syntax{wildcards: true}.parse(p)
		want := false
		for i := range s {
			if _, ok := g[1:len(g)-1].cut(s[i:], nil); ok && g[0].kind == star {
				want = true
			}
		}
		if g[0].kind != star {
			t.Skip("the piece begins with a question mark, and the star went behind it")
		}
		if got, _ := g.match(s, nil); got != want {
			t.Fatalf("%q on %q: got %v, want %v", p, s, got, want)
		}
	})
}

func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{{"a*b?c", "axxbyc"}, {"*?", "é"}, {"a*a*a*b", "aaaaaaaa"}, {"", ""}, {"**?*", "ab"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, p, s string) {
		if !utf8.ValidString(p) || !utf8.ValidString(s) {
			return // policies are UTF-8
		}
		if got, want := globMatch(p, s), naiveMatch([]rune(p), []rune(s)); got != want {
			t.Errorf("%q on %q: got %v, want %v", p, s, got, want)
		}
	})
}

func TestActionPattern(t *testing.T) {
	pattern := rapid.StringOfN(rapid.RuneFrom([]rune("ab:*?")), 0, 8, -1)
	text := rapid.StringOfN(rapid.RuneFrom([]rune("ab")), 1, 5, -1)
	rapid.Check(t, func(t *rapid.T) {
		p, action := pattern.Draw(t, "pattern"), text.Draw(t, "service")+":"+text.Draw(t, "name")
		a, ok := newActionPattern(p)
		got := ok && a.match([]byte(action))
		want := naiveMatch([]rune(p), []rune(action)) && (strings.Contains(p, ":") || strings.Trim(p, "*") == "")
		if got != want {
			t.Fatalf("%q on %q: got %v, want %v", p, action, got, want)
		}
	})
}
