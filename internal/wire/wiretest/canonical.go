package wiretest

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// CanonicalXML returns document s in a form in which documents that mean the
// same are equal. Its parser is encoding/xml's, so that a mistake of package
// wire does not hide itself. With sorted, siblings have no order.
func CanonicalXML(t testing.TB, s string, sorted bool) string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(s))
	d.Strict = true
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return ""
		}
		if err != nil {
			t.Fatalf("%v in %s", err, s)
		}
		if start, ok := tok.(xml.StartElement); ok {
			return canonical(t, d, start, sorted)
		}
	}
}

func canonical(t testing.TB, d *xml.Decoder, start xml.StartElement, sorted bool) string {
	var attrs []string
	for _, a := range start.Attr {
		attrs = append(attrs, " "+a.Name.Space+":"+a.Name.Local+"="+a.Value)
	}
	slices.Sort(attrs)
	var children []string
	text := ""
	for {
		tok, err := d.RawToken()
		if err != nil {
			t.Fatalf("%v in element %s", err, start.Name.Local)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			children = append(children, canonical(t, d, tok, sorted))
		case xml.CharData:
			text += string(tok)
		case xml.EndElement:
			if sorted {
				slices.Sort(children)
			}
			if len(children) > 0 {
				text = strings.TrimSpace(text)
			}
			return "<" + start.Name.Local + strings.Join(attrs, "") + ">" + text + strings.Join(children, "\n") + "</>"
		}
	}
}
