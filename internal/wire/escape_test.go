package wire

import (
	"encoding/xml"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestAppendEscaped(t *testing.T) {
	tests := []struct{ in, text, attr string }{
		{"", "", ""},
		{"plain é 日本 \U0001F600", "plain é 日本 \U0001F600", "plain é 日本 \U0001F600"},
		{`<a href="x">&'`, "&lt;a href=&quot;x&quot;&gt;&amp;'", "&lt;a href=&quot;x&quot;&gt;&amp;'"},
		{"a\r\n\tb", "a&#xD;\n\tb", "a&#xD;&#xA;&#x9;b"},
		{"\x00\x1f\x7f", "\uFFFD\uFFFD\x7f", "\uFFFD\uFFFD\x7f"},
		{"\uFFFE\uFFFF", "\uFFFD\uFFFD", "\uFFFD\uFFFD"},
		{"\xff\xed\xa0\x80x", "\uFFFD\uFFFD\uFFFD\uFFFDx", "\uFFFD\uFFFD\uFFFD\uFFFDx"},
		{"]]>", "]]&gt;", "]]&gt;"},
	}
	for _, test := range tests {
		if got := string(AppendEscaped(nil, test.in)); got != test.text {
			t.Errorf("text %q: %q, want %q", test.in, got, test.text)
		}
		if got := string(appendAttr(nil, test.in)); got != test.attr {
			t.Errorf("attribute %q: %q, want %q", test.in, got, test.attr)
		}
	}
}

// TestEscapedTextSurvives: what XML can carry is read back as it was, by our
// parser and by encoding/xml.
func TestEscapedTextSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.Rune().Filter(isChar)).Draw(t, "s")
		if !utf8.ValidString(s) {
			t.Skip("not UTF-8")
		}
		doc := string(AppendElement(nil, "a", s))
		doc = doc[:len("<a")] + ` b="` + string(appendAttr(nil, s)) + `"` + doc[len("<a"):]
		r := NewReader(doc)
		if _, err := r.Root(); err != nil {
			t.Fatal(err)
		}
		attr, _ := r.Attr("b")
		text, err := r.Text()
		if err != nil || text != s || attr != s || r.End() != nil {
			t.Errorf("%q is read as text %q, attribute %q, error %v", s, text, attr, err)
		}
		var std struct {
			Text string `xml:",chardata"`
			Attr string `xml:"b,attr"`
		}
		if err := xml.Unmarshal([]byte(doc), &std); err != nil || std.Text != s || std.Attr != s {
			t.Errorf("encoding/xml reads %q as %+v, error %v", s, std, err)
		}
	})
}
