package wire

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Reader pulls the elements of an XML document one by one. It is strict: a
// document type, a processing instruction, an entity other than XML's five and
// anything that is not well-formed is an error. Comments are passed over.
// Namespaces are ignored, so a name is what follows its prefix.
//
// Root, then per element either Text, Skip or a loop over Child until that
// reports that there is no more; at last End.
type Reader struct {
	s     string
	pos   int
	open  []string // names of the elements that are open, as written
	empty bool     // the innermost open element was written <a/>
	attrs []attr   // of the element last opened
}

type attr struct{ name, value string }

// NewReader returns a Reader of document s.
func NewReader(s string) *Reader {
	return &Reader{s: strings.TrimPrefix(s, "\uFEFF")}
}

func (r *Reader) errorf(format string, args ...any) error {
	return &Error{Reason: Syntax, Text: "XML: " + fmt.Sprintf(format, args...)}
}

// Root opens the root element and returns its name.
func (r *Reader) Root() (string, error) {
	if err := r.checkChars(); err != nil {
		return "", err
	}
	if strings.HasPrefix(r.s, "<?xml") {
		if err := r.declaration(); err != nil {
			return "", err
		}
	}
	if err := r.blank(); err != nil {
		return "", err
	}
	if !r.at("<") {
		return "", r.errorf("no root element")
	}
	return r.start()
}

func (r *Reader) checkChars() error {
	for i := 0; i < len(r.s); {
		c, n := rune(r.s[i]), 1
		if c >= utf8.RuneSelf {
			if c, n = utf8.DecodeRuneInString(r.s[i:]); c == utf8.RuneError && n == 1 {
				return r.errorf("not UTF-8")
			}
		}
		if !isChar(c) {
			return r.errorf("character U+%04X", c)
		}
		i += n
	}
	return nil
}

// declaration reads <?xml version="1.0" encoding="UTF-8"?>.
func (r *Reader) declaration() error {
	r.pos = len("<?xml")
	if err := r.attributes("?"); err != nil {
		return err
	}
	if !r.take("?>") {
		return r.errorf("malformed declaration")
	}
	for i, a := range r.attrs {
		switch {
		case i == 0 && a.name == "version" && a.value == "1.0":
		case i > 0 && a.name == "encoding" && strings.EqualFold(a.value, "UTF-8"):
		case i > 0 && a.name == "standalone":
		default:
			return r.errorf("declaration with %s=%q", a.name, a.value)
		}
	}
	if len(r.attrs) == 0 {
		return r.errorf("declaration without version")
	}
	return nil
}

// Child opens the next element inside the innermost open one and returns its
// name. When there is no more, it closes the innermost one and reports false.
// Text between elements is an error.
func (r *Reader) Child() (name string, ok bool, err error) {
	if r.empty {
		r.pop()
		return "", false, nil
	}
	if err := r.blank(); err != nil {
		return "", false, err
	}
	switch {
	case r.at("</"):
		return "", false, r.end()
	case r.at("<"):
		name, err = r.start()
		return name, err == nil, err
	case r.pos == len(r.s):
		return "", false, r.errorf("element %s is not closed", r.name())
	}
	return "", false, r.errorf("text between the elements of %s", r.name())
}

// Text returns the text of the innermost open element and closes it. An
// element inside it is an error.
func (r *Reader) Text() (string, error) {
	if r.empty {
		r.pop()
		return "", nil
	}
	first, err := r.run()
	if err != nil {
		return "", err
	}
	if r.at("</") { // the common case needs no copy
		return first, r.end()
	}
	var b strings.Builder
	b.WriteString(first)
	for !r.at("</") {
		if err := r.content(&b); err != nil {
			return "", err
		}
	}
	return b.String(), r.end()
}

// content adds a comment or CDATA section and the text behind it to b.
func (r *Reader) content(b *strings.Builder) error {
	section, err := r.markup()
	if err != nil {
		return err
	}
	text, err := r.run()
	b.WriteString(section)
	b.WriteString(text)
	return err
}

// markup passes over a comment, or returns what a CDATA section holds.
func (r *Reader) markup() (string, error) {
	const open = "<![CDATA["
	if !r.at(open) {
		if ok, err := r.comment(); ok || err != nil {
			return "", err
		}
		return "", r.errorf("unexpected content in %s", r.name())
	}
	n := strings.Index(r.s[r.pos:], "]]>")
	if n < 0 {
		return "", r.errorf("CDATA section is not closed")
	}
	text := r.s[r.pos+len(open) : r.pos+n]
	r.pos += n + len("]]>")
	return lines(text), nil
}

// run reads text up to the next markup.
func (r *Reader) run() (string, error) {
	n := strings.IndexByte(r.s[r.pos:], '<')
	if n < 0 {
		return "", r.errorf("element %s is not closed", r.name())
	}
	raw := r.s[r.pos : r.pos+n]
	if strings.Contains(raw, "]]>") {
		return "", r.errorf("]]> in text")
	}
	r.pos += n
	return r.unescape(lines(raw))
}

// lines makes every line end a line feed (XML 1.0, section 2.11).
func lines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// Skip closes the innermost open element, whatever is in it.
func (r *Reader) Skip() error {
	for depth := len(r.open); len(r.open) >= depth; {
		if r.empty {
			r.pop()
			continue
		}
		if _, err := r.run(); err != nil {
			return err
		}
		var err error
		switch {
		case r.at("</"):
			err = r.end()
		case r.at("<!"):
			_, err = r.markup()
		default:
			_, err = r.start()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// End reports whether the document ends where its root element did.
func (r *Reader) End() error {
	if err := r.blank(); err != nil {
		return err
	}
	if len(r.open) > 0 || r.pos < len(r.s) {
		return r.errorf("content after the root element")
	}
	return nil
}

// Attr returns an attribute of the element last opened. It must be asked
// before another is.
func (r *Reader) Attr(name string) (string, bool) {
	for _, a := range r.attrs {
		if local(a.name) == name && !strings.HasPrefix(a.name, "xmlns") {
			return a.value, true
		}
	}
	return "", false
}
