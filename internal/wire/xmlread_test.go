package wire

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outline reads a document with a Reader and prints what it says.
func outline(doc string) (string, error) {
	r := NewReader(doc)
	name, err := r.Root()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := outlineElement(r, name, &b); err != nil {
		return "", err
	}
	return b.String(), r.End()
}

// outlineElement prints an element: elements called t hold text, s is skipped,
// others hold elements.
func outlineElement(r *Reader, name string, b *strings.Builder) error {
	b.WriteString(name)
	if a, ok := r.Attr("a"); ok {
		fmt.Fprintf(b, "[%s]", a)
	}
	switch name {
	case "t":
		text, err := r.Text()
		fmt.Fprintf(b, "=%q", text)
		return err
	case "s":
		return r.Skip()
	}
	b.WriteByte('(')
	for {
		child, ok, err := r.Child()
		if err != nil {
			return err
		}
		if !ok {
			b.WriteByte(')')
			return nil
		}
		if err := outlineElement(r, child, b); err != nil {
			return err
		}
		b.WriteByte(' ')
	}
}

func TestReader(t *testing.T) {
	tests := []struct{ doc, want string }{
		{`<r/>`, `r()`},
		{"\uFEFF<?xml version='1.0' encoding=\"utf-8\" standalone='yes'?>\n<!-- c --><r ></r >\n<!----> ", `r()`},
		{`<x:r xmlns:x="u" x:a="&lt;1&#x41;&#66;"><x:t>v</x:t></x:r>`, `r[<1AB](t="v" )`},
		{"<r a='x\ty\r\nz'/>", `r[x y z]()`},
		{`<t>a&amp;b<!-- c -->d<![CDATA[<&e>]]>f</t>`, `t="a&bd<&e>f"`},
		{`<t><![CDATA[]]><![CDATA[x]]></t>`, `t="x"`},
		{"<t>a\r\nb\rc&#xD;</t>", `t="a\nb\nc\r"`},
		{`<r><t/><s><t/><![CDATA[<]]>x<!-- --><y><z a="1"/></y></s><t> </t></r>`, `r(t="" s t=" " )`},
		{`<r><s/><t>1</t></r>`, `r(s t="1" )`},
		{`<_.-1>` + `</_.-1>`, `_.-1()`},
	}
	for _, test := range tests {
		got, err := outline(test.doc)
		if d := cmp.Diff(test.want, got); d != "" || err != nil {
			t.Errorf("%s: error %v (-want +got):\n%s", test.doc, err, d)
		}
	}
}

func TestReaderRefuses(t *testing.T) {
	docs := []string{
		"", " ", "x", "<r>", "<r", "<", "</r>", "<r></s>", "<r></r", "<r/><r/>", "<r/>x", "<r/", "< r/>", "<r><t></r></t>",
		`<!DOCTYPE r><r/>`, `<r><!DOCTYPE x></r>`, `<!ENTITY x "y"><r/>`, `<r/><!DOCTYPE r>`,
		`<?xml version="1.0"?><?pi x?><r/>`, `<?pi x?><r/>`, `<r><?pi?></r>`, `<t><?pi?></t>`, `<s><?pi?></s>`, ` <?xml version="1.0"?><r/>`,
		`<?xml version="1.1"?><r/>`, `<?xml version="1.0" encoding="latin1"?><r/>`, `<?xml?><r/>`, `<?xml encoding="utf-8"?><r/>`, `<?xml version="1.0"`,
		`<?xml version="1.0" version="1.0"?><r/>`,
		`<t>&x;</t>`, `<t>&lt</t>`, `<t>&</t>`, `<t>&#0;</t>`, `<t>&#xFFFE;</t>`, `<t>&#x;</t>`, `<t>&#-1;</t>`, `<t>&#x110000;</t>`, `<t>&#99999999999;</t>`, `<r a="&x;"/>`,
		`<t>]]></t>`, `<t><![CDATA[</t>`, `<r><![CDATA[x]]></r>`, `<t><b/></t>`, `<r>x</r>`,
		`<!-- a -- b --><r/>`, `<!-- --->` + `<r/>`, `<!-- <r/>`, `<t><!-- </t>`,
		`<r a/>`, `<r a=1/>`, `<r a="1/>`, `<r a="<"/>`, `<r a="1"b="2"/>`, `<r a="1" a="2"/>`, `<1/>`, `<-a/>`, `<:a/>`, `<a:/>`, `<a:b:c/>`, `<a:1/>`, `<é/>`, `<r é="1"/>`,
		"<t>\x00</t>", "<t>\x01</t>", "<t>\xff</t>", "<t>\xed\xa0\x80</t>", "<t>\uFFFF</t>",
		strings.Repeat("<a>", MaxDepth+1) + strings.Repeat("</a>", MaxDepth+1),
		"<s>" + strings.Repeat("<a>", MaxDepth) + strings.Repeat("</a>", MaxDepth) + "</s>",
		"<r " + strings.Repeat(" ", 9) + manyAttrs(maxAttrs+1) + "/>",
	}
	for _, doc := range docs {
		got, err := outline(doc)
		var e *Error
		if !errors.As(err, &e) || e.Reason != Syntax && e.Reason != Limit {
			t.Errorf("%q is read as %s, error %v", doc, got, err)
		}
	}
	if _, err := outline(strings.Repeat("<a>", MaxDepth) + strings.Repeat("</a>", MaxDepth)); err != nil {
		t.Errorf("at the limit of depth: %v", err)
	}
}

func manyAttrs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

// FuzzReader: what the Reader accepts is well-formed to encoding/xml too, and
// no more elements are in it than that sees.
func FuzzReader(f *testing.F) {
	for _, s := range []string{
		`<r/>`, `<?xml version="1.0" encoding="utf-8"?><r a="1"><t>x</t><s><y/></s></r>`,
		`<t>a&amp;b<!-- c -->d<![CDATA[<&e>]]>f</t>`, "<t>a\r\nb\rc&#xD;</t>", `<x:r xmlns:x="u" x:a='2'/>`,
		`<!DOCTYPE r><r/>`, `<t>&x;</t>`, `<r a="1" a="2"/>`, `<a:b:c/>`, "<t>\xff</t>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		r := NewReader(doc)
		if _, err := r.Root(); err != nil {
			return
		}
		if r.Skip() != nil || r.End() != nil {
			return
		}
		d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(doc, "\uFEFF")))
		for {
			_, err := d.RawToken()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("encoding/xml: %v in %q", err, doc)
			}
		}
		if text, err := outline("<t>" + string(AppendEscaped(nil, doc)) + "</t>"); err != nil || text != fmt.Sprintf("t=%q", doc) {
			t.Fatalf("%q as text is read as %s, error %v", doc, text, err)
		}
	})
}
