package federation

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// refuse fails when a document is taken, or when refusing it takes long.
func refuse(t *testing.T, documents map[string]string) {
	t.Helper()
	for name, document := range documents {
		begun := time.Now()
		if _, err := parseDocument(document); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if d := time.Since(begun); d > 30*time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
}

// TestDTD: a document type declaration is refused, whatever is in it, and so
// nothing outside the document is ever read and no entity is expanded.
func TestDTD(t *testing.T) {
	var laughs strings.Builder
	laughs.WriteString(`<!ENTITY a0 "ha">`)
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&laughs, `<!ENTITY a%d "&a%d;&a%d;">`, i, i-1, i-1)
	}
	refuse(t, map[string]string{
		"empty DTD":              `<!DOCTYPE a><a/>`,
		"external DTD":           `<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>`,
		"external entity":        `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`,
		"parameter entity":       `<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd">%x;]><a/>`,
		"entity in attribute":    `<!DOCTYPE a [<!ENTITY x "y">]><a b="&x;"/>`,
		"billion laughs":         `<!DOCTYPE a [` + laughs.String() + `]><a>&a29;</a>`,
		"quadratic blowup":       `<!DOCTYPE a [<!ENTITY x "` + strings.Repeat("y", 50_000) + `">]><a>` + strings.Repeat("&x;", 50_000) + `</a>`,
		"default attribute":      `<!DOCTYPE a [<!ATTLIST a ID CDATA "x">]><a/>`,
		"DTD inside":             `<a><!DOCTYPE a></a>`,
		"DTD after":              `<a/><!DOCTYPE a>`,
		"entity without a DTD":   `<a>&x;</a>`,
		"HTML's entity":          `<a>&nbsp;</a>`,
		"unfinished reference":   `<a>&amp</a>`,
		"reference to nothing":   `<a>&#0;</a>`,
		"lower-case doctype":     `<!doctype a><a/>`,
		"element declaration":    `<!ELEMENT a EMPTY><a/>`,
		"XInclude by stylesheet": `<?xml-stylesheet href="http://127.0.0.1:1/"?><a/>`,
	})
}

func TestProcessingInstructions(t *testing.T) {
	refuse(t, map[string]string{
		"inside":            `<a><?php x?></a>`,
		"declaration twice": `<?xml version="1.0"?><?xml version="1.0"?><a/>`,
		"not at the start":  ` <?xml version="1.0"?><a/>`,
		"at the end":        `<a/><?x?>`,
		"version":           `<?xml version="1.1"?><a/>`,
		"encoding":          `<?xml version="1.0" encoding="UTF-16"?><a/>`,
	})
}

func TestDeepNesting(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	if _, err := parseDocument(nested(maxDepth)); err != nil {
		t.Error(err)
	}
	refuse(t, map[string]string{
		"a step too deep":   nested(maxDepth + 1),
		"a million":         nested(1_000_000),
		"and never closing": strings.Repeat("<a>", 1_000_000),
	})
}

func TestHugeDocuments(t *testing.T) {
	var attrs, prefixes strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&attrs, ` a%d=""`, i)
	}
	for i := range 50 {
		fmt.Fprintf(&prefixes, ` xmlns:a%d="b"`, i)
	}
	wide := "<a>" + strings.Repeat("<b/>", maxElements-1) + "</a>"
	if _, err := parseDocument(wide); err != nil {
		t.Error(err)
	}
	refuse(t, map[string]string{
		"bytes":               "<a>" + strings.Repeat(" ", maxDocument) + "</a>",
		"elements":            "<a>" + strings.Repeat("<b/>", maxElements) + "</a>",
		"elements, all of it": "<a>" + strings.Repeat("<b/>", 2_000_000) + "</a>",
		"attributes":          "<a" + attrs.String() + "/>",
		"prefixes":            strings.Repeat("<a"+prefixes.String()+">", 3) + strings.Repeat("</a>", 3),
	})
}

func TestWrongNamespaces(t *testing.T) {
	const x = ` xmlns:x="urn:x"`
	refuse(t, map[string]string{
		"undeclared prefix":     `<x:a/>`,
		"of an attribute":       `<a x:b=""/>`,
		"out of scope":          `<a><b` + x + `/><x:c/></a>`,
		"declared below":        `<x:a><b` + x + `/></x:a>`,
		"prefix for none":       `<a xmlns:x=""/>`,
		"xml redeclared":        `<a xmlns:xml="urn:x"/>`,
		"xmlns declared":        `<a xmlns:xmlns="http://www.w3.org/2000/xmlns/"/>`,
		"another name for xml":  `<a xmlns:x="http://www.w3.org/XML/1998/namespace"/>`,
		"xmlns as the default":  `<a xmlns="http://www.w3.org/2000/xmlns/"/>`,
		"an element of xmlns":   `<xmlns:a/>`,
		"two colons":            `<x:a:b` + x + `/>`,
		"colon first":           `<:a/>`,
		"colon last":            `<a:/>`,
		"end by another prefix": `<x:a` + x + ` xmlns:y="urn:x"></y:a>`,
	})
	root, err := parseDocument(`<a xmlns="urn:1" b="c"><d xmlns=""/><x:d xmlns:x="urn:2" x:b="" b="" xml:lang="en"/><d/></a>`)
	if err != nil {
		t.Fatal(err)
	}
	var spaces []string
	for _, c := range root.children {
		spaces = append(spaces, c.name.Space)
	}
	if got := strings.Join(spaces, " "); got != " urn:2 urn:1" || root.name.Space != "urn:1" || root.attrs[0].Name.Space != "" {
		t.Errorf("namespaces %q in %q", got, root.name.Space)
	}
}

func TestDuplicateAttributes(t *testing.T) {
	refuse(t, map[string]string{
		"same":                    `<a b="1" b="2"/>`,
		"by two prefixes":         `<a xmlns:x="urn:x" xmlns:y="urn:x" x:b="1" y:b="2"/>`,
		"declared after":          `<a x:b="1" y:b="2" xmlns:x="urn:x" xmlns:y="urn:x"/>`,
		"a prefix declared twice": `<a xmlns:x="urn:x" xmlns:x="urn:y"/>`,
		"two defaults":            `<a xmlns="urn:x" xmlns="urn:y"/>`,
	})
}

func TestDuplicateIDs(t *testing.T) {
	refuse(t, map[string]string{
		"ID":     `<a ID="1"><b ID="1"/></a>`,
		"xml:id": `<a ID="1"><b xml:id="1"/></a>`,
	})
	if _, err := parseDocument(`<a ID="1"><b ID="2"/><c id="1"/></a>`); err != nil {
		t.Error(err)
	}
}

func TestMalformedDocuments(t *testing.T) {
	refuse(t, map[string]string{
		"nothing":             "",
		"text":                "metadata",
		"comment alone":       "<!-- -->",
		"byte order mark":     "\ufeff<a/>",
		"text before":         "x<a/>",
		"text after":          "<a/>x",
		"two roots":           "<a/><b/>",
		"a root within two":   "<a></a></a>",
		"unclosed":            "<a>",
		"crossed":             "<a><b></a></b>",
		"end of nothing":      "</a>",
		"case of the end":     "<a></A>",
		"invalid UTF-8":       "<a>\xff</a>",
		"NUL":                 "<a>\x00</a>",
		"CDATA end in text":   "<a>]]></a>",
		"open CDATA":          "<a><![CDATA[</a>",
		"CDATA outside":       "<![CDATA[x]]><a/>",
		"attribute unquoted":  "<a b=c/>",
		"tag in an attribute": `<a b="<c/>"/>`,
		"dashes in a comment": "<a><!-- -- --></a>",
		"open comment":        "<a><!-- </a>",
	})
}
