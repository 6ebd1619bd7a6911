package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// Texts that are long, and made of few characters, so that pieces nearly fit in
// many places.
func drawText(t *rapid.T, alphabet string, most int) string {
	var b strings.Builder
	for b.Len() < rapid.IntRange(0, most).Draw(t, "length") {
		part := rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 1, 8, -1).Draw(t, "part")
		b.WriteString(strings.Repeat(part, rapid.IntRange(1, 40).Draw(t, "times")))
	}
	return b.String()
}

// drawPattern draws a pattern that begins with a star, behind which there is no
// question mark, and has parts of the text in it, so that it often fits.
func drawPattern(t *rapid.T, alphabet, text string) string {
	chars := []rune(text)
	p := "*" + rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), 1, 1, -1).Draw(t, "first")
	for range rapid.IntRange(1, 4).Draw(t, "pieces") {
		if len(chars) > 0 && rapid.Bool().Draw(t, "of the text") {
			from := rapid.IntRange(0, len(chars)-1).Draw(t, "from")
			piece := []rune(string(chars[from:min(len(chars), from+rapid.IntRange(1, 100).Draw(t, "to"))]))
			for range rapid.IntRange(0, 3).Draw(t, "marks") {
				piece[rapid.IntRange(0, len(piece)-1).Draw(t, "mark")] = '?'
			}
			p += string(piece)
		} else {
			p += rapid.StringOfN(rapid.RuneFrom([]rune(alphabet+"?")), 0, 6, -1).Draw(t, "piece")
		}
		p += rapid.SampledFrom([]string{"*", "*", "*", ""}).Draw(t, "star")
	}
	return p
}

func TestScanAgreesWithNaiveMatcher(t *testing.T) {
	for _, alphabet := range []string{"ab", "abé€\U0001F600"} {
		rapid.Check(t, func(t *rapid.T) {
			text := drawText(t, alphabet, 600)
			for range 2 * fewPatterns { // the first are tried without having learnt the text
				s := drawPattern(t, alphabet, text)
				p := syntax{wildcards: true}.parse(s)
				want := naiveMatch([]rune(s), []rune(text))
				if got, _ := p.scan(text, 0, nil); got != want {
					t.Fatalf("%q on %q: got %v, want %v", s, text, got, want)
				}
			}
		})
	}
}

func TestShortScanAgreesWithNaiveMatcher(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawText(t, "ab", 2*shortText)
		text = text[:min(len(text), shortText)] // often as long as may be
		s := drawPattern(t, "ab", text)
		want := naiveMatch([]rune(s), []rune(text))
		if got, _ := (syntax{wildcards: true}).parse(s).scanShort(text); got != want {
			t.Fatalf("%q on %q: got %v, want %v", s, text, got, want)
		}
		if got := searchBytes(s, []byte(text)); got != want {
			t.Fatalf("%q on the action %q: got %v, want %v", s, text, got, want)
		}
		if got := matchBytes(s, []byte(text)); got != want { // which searches in the end
			t.Fatalf("%q on the action %q: got %v, want %v", s, text, got, want)
		}
	})
}

// Where a text fills both words, there is still a place behind it, at which a
// piece of nothing fits.
func TestShortScanAtTheEnd(t *testing.T) {
	for n := shortText - 2; n <= shortText; n++ {
		text := strings.Repeat("a", n-1) + "b"
		for _, s := range []string{"*b*", "*b**", "*a?**", "*a**b**", "*" + text + "**", "*a?" + text[2:] + "*", "*b"} {
			if !searchBytes(s, []byte(text)) {
				t.Errorf("%q does not match %q", s, text)
			}
			if ok, _ := (syntax{wildcards: true}).parse(s).scanShort(text); !ok {
				t.Errorf("%q does not match %q", s, text)
			}
		}
		for _, s := range []string{"*b?*", "*b*?", "*a" + text + "*", "*b*b*"} {
			if searchBytes(s, []byte(text)) {
				t.Errorf("%q matches %q", s, text)
			}
		}
		// What an ARN pattern becomes when a variable has an empty value.
		empty := pattern{{kind: star}, {text: "b"}, {kind: star}, {text: ""}, {kind: star}}
		if ok, _ := empty.scanShort(text); !ok {
			t.Errorf("nothing is not found at the end of %q", text)
		}
	}
}

// Any byte may stand in a text, and is told from every other.
func TestPlacesIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 0x7f, 0x80, 0x81, 0xff, 'a', 'A'}), 0, shortText).Draw(t, "text")
		var x shortScanner
		for b := range 256 {
			got := *in(&x, s, byte(b))
			for i := range shortText {
				if want := i < len(s) && int(s[i]) == b; got[i>>6]>>(i&63)&1 == 1 != want {
					t.Fatalf("byte %#x at %d of %q: want %v", b, i, s, want)
				}
			}
		}
	})
}

// A variable is its value wherever it stands, also when the places of the value
// are remembered. A value may be nothing, and a question mark behind it is one
// character, however many bytes that has.
func TestScanVariables(t *testing.T) {
	for _, alphabet := range []string{"ab", "abé€\U0001F600"} {
		rapid.Check(t, func(t *rapid.T) {
			text := drawText(t, alphabet, 600)
			ctx := new(Context)
			values := map[string]string{}
			for _, key := range []string{"k", "l"} {
				values[key] = drawValue(t, alphabet, text)
				ctx.Set(key, values[key])
			}
			for range 2 * fewPatterns {
				s := []rune(drawPattern(t, alphabet, text))
				for range rapid.IntRange(1, 3).Draw(t, "variables") {
					i := rapid.IntRange(2, len(s)).Draw(t, "at")
					s = slices.Insert(s, i, []rune(rapid.SampledFrom([]string{"(", ")", "(?", ")?", "(?)", "()"}).Draw(t, "variable"))...)
				}
				p := syntax{wildcards: true, variables: true}.parse(strings.NewReplacer("(", "${k}", ")", "${l}").Replace(string(s)))
				plain := strings.NewReplacer("(", values["k"], ")", values["l"]).Replace(string(s))
				want := naiveMatch([]rune(plain), []rune(text))
				if got, _ := p.scan(text, 0, ctx); got != want {
					t.Fatalf("%q with %q on %q: got %v, want %v", string(s), values, text, got, want)
				}
			}
		})
	}
}

// drawValue draws a value of a variable: nothing, a part of the text, or another
// text.
func drawValue(t *rapid.T, alphabet, text string) string {
	chars := []rune(text)
	switch rapid.SampledFrom([]string{"empty", "of the text", "of the text", "other"}).Draw(t, "value") {
	case "empty":
		return ""
	case "of the text":
		from := rapid.IntRange(0, len(chars)).Draw(t, "from")
		return string(chars[from:min(len(chars), from+rapid.IntRange(0, 200).Draw(t, "length"))])
	}
	return drawText(t, alphabet, 60)
}

// Scanning takes as many steps as reading the text, and a 64th of the product of
// the lengths of text and pattern; four times that for question marks where the
// text is not ASCII.
func TestScanWork(t *testing.T) {
	alphabets := map[string]int{"ab": 1, "abé€": 4}
	for alphabet, factor := range alphabets {
		rapid.Check(t, func(t *rapid.T) {
			text := drawText(t, alphabet, 2000)
			s := drawPattern(t, alphabet, text)
			p := syntax{wildcards: true}.parse(s)
			limit := len(text) + factor*(fewTries+1)*len(p) + factor*(len(s)+1)*(len(text)/64+4)
			for range 2 * fewPatterns {
				if _, steps := p.scan(text, 0, nil); steps > limit {
					t.Fatalf("%q on %q: %d steps, limit %d", s, text, steps, limit)
				}
			}
		})
	}
}

// The value of a variable is looked for once, however often patterns name it.
func TestScanVariablesWork(t *testing.T) {
	text := "b" + strings.Repeat("a", 2000)
	ctx := new(Context)
	ctx.Set("k", strings.Repeat("a", 1000))
	p := syntax{wildcards: true, variables: true}.parse("*${k}?b*")
	x := of(new(scanners), text)
	total := 0
	for range 1000 {
		ok, steps := p.scanWith(x, text, 0, ctx)
		if total += steps; ok {
			t.Fatal("matches")
		}
	}
	if limit := 1000*10*(len(text)/64+1) + 1000*len(text)/64; total > limit {
		t.Errorf("%d steps, limit %d", total, limit)
	}
}

// A scanner that is asked about ten thousand values of variables, as a server's may
// be over time, remembers a few of them, and takes no longer for the last than for
// the first.
func TestScanManyValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	letters := make([]byte, 2000)
	for i := range letters {
		letters[i] = "ab"[random.IntN(2)]
	}
	text := string(letters)
	x := of(new(scanners), text)
	p := syntax{wildcards: true, variables: true}.parse("*a${k}?b*")
	ctx := new(Context)
	found := 0
	for i := range 10_000 {
		from, n := i%1000, 10+i/1000 // no two alike
		value := text[from : from+n]
		ctx.Set("k", value)
		got, steps := p.scanWith(x, text, 0, ctx)
		if want := globMatch("*a"+value+"?b*", text); got != want {
			t.Fatalf("%q: got %v, want %v", value, got, want)
		}
		if got {
			found++
		}
		if limit := workLimit(len(p), len("*a?b*")+n, text); steps > limit {
			t.Fatalf("value %d: %d steps, limit %d", i, steps, limit)
		}
		if len(x.values) > maxValues || len(x.rows) > x.learned+maxValues*x.words {
			t.Fatalf("after %d values it knows %d of them, in %d words", i+1, len(x.values), len(x.rows))
		}
	}
	if found < 1000 || found > 9000 {
		t.Errorf("%d of 10000 patterns match: the test shows little", found)
	}
	if limit := 2 * (x.learned + maxValues*x.words); cap(x.rows) > limit {
		t.Errorf("%d words of memory, limit %d", cap(x.rows), limit)
	}
}

// Scanners pass from one goroutine to another, and know what text they are of.
func TestScanConcurrently(t *testing.T) {
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				n := (g+i)%20 + 200
				text := strings.Repeat("a", n) + "b"
				for k := n - 2; k < n+2; k++ {
					p := syntax{wildcards: true}.parse(fmt.Sprintf("*?%s?b*", strings.Repeat("a", k-2)))
					if got, _ := p.match(text, nil); got != (k <= n) {
						t.Errorf("%d in a row of %d: %v", k, n, got)
					}
				}
			}
		})
	}
	wg.Wait()
}
