package engine

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/policy"
)

// workLimit bounds the steps of matching a pattern of so many elements and bytes
// on a text. Elements are tried a few times. Each byte of the pattern is then
// looked for once, at 64 places at a time, and what has been found is not looked
// for again; a question mark takes four times that where the text is not ASCII.
//
// So the work is linear in pattern and text up to 64 bytes of text, and a 64th of
// the product of their lengths beyond. There is no third factor: neither stars
// nor question marks, nor texts that nearly fit everywhere, multiply it.
func workLimit(elements, bytes int, text string) int {
	words := len(text)/64 + 1
	factor := 1
	if strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
		factor = 4
	}
	return len(text) + (fewTries+2)*(elements+1) + 2*factor*(bytes+1)*(words+3)
}

// variableWork is what naming a variable counts for in bytes: the places of a
// longer value are remembered.
const variableWork = 9

// checkWork matches with ${k} for the value, in which nothing is a pattern.
func checkWork(t interface{ Fatalf(string, ...any) }, s, text, value string) {
	ctx := new(Context)
	ctx.Set("k", value)
	p := syntax{wildcards: true, variables: true}.parse(s)
	bytes := len(s) + variableWork*strings.Count(s, "${") + len(value)
	limit := workLimit(len(p), bytes, text)
	for range fewPatterns + 1 { // the first are tried without having learnt the text
		if _, steps := p.match(text, ctx); steps > limit {
			t.Fatalf("%q with %q on %q: %d steps, limit %d", s, value, text, steps, limit)
		}
	}
}

// No pattern is slow on any text.
func FuzzGlobWork(f *testing.F) {
	for _, seed := range [][3]string{
		{"*a*b", "ab", ""},
		{strings.Repeat("*a", 40) + "b", strings.Repeat("a", 300), ""},
		{"*" + strings.Repeat("a?", 90) + "b*", strings.Repeat("a", 400), ""},
		{strings.Repeat("*a?b?c", 30) + "*", strings.Repeat("axbx", 100), ""},
		{strings.Repeat("*${k}?", 20) + "b*", strings.Repeat("a", 500), strings.Repeat("a", 50)},
		{"*é??*é?b*", strings.Repeat("é", 200), "é"},
		{"*?" + strings.Repeat("b", 100) + "*", strings.Repeat("b", 99) + "c" + strings.Repeat("b", 99), "b"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, s, text, value string) { checkWork(t, s, text, value) })
}

// The same for what fuzzing seldom makes: long texts of few characters, in which
// long pieces of the pattern nearly fit.
func TestGlobWorkOfNearFits(t *testing.T) {
	for _, alphabet := range []string{"ab", "abé€"} {
		rapid.Check(t, func(t *rapid.T) {
			text := drawText(t, alphabet, 1000)
			s := drawPattern(t, alphabet, text)
			for range rapid.IntRange(0, 3).Draw(t, "variables") {
				i := rapid.IntRange(0, len(s)).Draw(t, "at")
				s = s[:i] + "${k}" + s[i:]
			}
			checkWork(t, s, text, drawText(t, alphabet, 100))
		})
	}
}

// ARN conditions put the values of variables in before they find the parts. Of
// five hundred variables that makes parts like any others: there are no more
// elements than the pattern has, and matching them is no more work.
func TestARNWork(t *testing.T) {
	long := strings.Repeat("a", 1000)
	text := "arn:aws:s3:" + strings.Repeat("a", 2000) + "::b"
	for _, piece := range []string{"${k}", "${k}?", "${k}*", "*${k}?", "?*${k}b"} {
		for _, value := range []string{"", "a", "aaaaaaaaab", long, "a:a", ":"} {
			s := "arn:*:*:*" + strings.Repeat(piece, 500) + "b*:*:*"
			a := newARNs([]policy.Value{{Text: s}}, syntax{wildcards: true, variables: true}, chosen())
			ctx := new(Context)
			ctx.Set("k", value)
			parts, _, ok := a[0].expand(nil, ctx)
			if !ok {
				continue // too many colons
			}
			elements, steps := 0, 0
			arn := resourceText{text: text}
			for i, p := range parts {
				elements += len(p)
				matched, n := p.match(arn.part(i), nil)
				if steps += n; !matched {
					break
				}
			}
			// What is longer than the text is not looked for.
			bytes := len(s) + min(500*len(value), 2*len(text))
			if limit := workLimit(elements, bytes, text); steps > limit || elements > len(a[0].whole)+5 {
				t.Errorf("%s with %.12q…: %d steps, limit %d; %d elements of %d", piece, value, steps, limit, elements, len(a[0].whole))
			}
		}
	}
}
