package wire

import (
	"strconv"
	"strings"
)

func (r *Reader) at(s string) bool { return strings.HasPrefix(r.s[r.pos:], s) }

func (r *Reader) take(s string) bool {
	if !r.at(s) {
		return false
	}
	r.pos += len(s)
	return true
}

func (r *Reader) spaces() bool {
	from := r.pos
	for r.pos < len(r.s) && strings.IndexByte(" \t\r\n", r.s[r.pos]) >= 0 {
		r.pos++
	}
	return r.pos > from
}

// blank passes over white space and comments.
func (r *Reader) blank() error {
	for {
		r.spaces()
		if ok, err := r.comment(); !ok || err != nil {
			return err
		}
	}
}

// comment passes over a comment. A declaration or processing instruction
// instead of one is an error.
func (r *Reader) comment() (bool, error) {
	if !r.at("<!--") {
		if r.at("<?") || r.at("<!") && !r.at("<![CDATA[") {
			return false, r.errorf("declarations and instructions are not accepted")
		}
		return false, nil
	}
	body := r.s[r.pos+4:]
	n := strings.Index(body, "--")
	if n < 0 || !strings.HasPrefix(body[n:], "-->") {
		return false, r.errorf("malformed comment")
	}
	r.pos += 4 + n + 3
	return true, nil
}

// start reads a start tag and opens its element.
func (r *Reader) start() (string, error) {
	r.pos++ // '<'
	name, err := r.readName()
	if err != nil {
		return "", err
	}
	if len(r.open) == MaxDepth {
		return "", &Error{Reason: Limit, Name: name, Text: "XML: elements are nested too deep"}
	}
	if err := r.attributes("/>"); err != nil {
		return "", err
	}
	r.empty = r.take("/")
	if !r.take(">") {
		return "", r.errorf("malformed tag %s", name)
	}
	r.open = append(r.open, name)
	return local(name), nil
}

// end reads the end tag of the innermost open element.
func (r *Reader) end() error {
	r.pos += 2 // "</"
	name, err := r.readName()
	if err != nil {
		return err
	}
	r.spaces()
	if name != r.open[len(r.open)-1] || !r.take(">") {
		return r.errorf("element %s ends with tag %s", r.name(), name)
	}
	r.pop()
	return nil
}

func (r *Reader) pop() {
	r.open = r.open[:len(r.open)-1]
	r.empty = false
}

func (r *Reader) name() string { return r.open[len(r.open)-1] }

func (r *Reader) readName() (string, error) {
	from := r.pos
	for r.pos < len(r.s) && nameByte(r.s[r.pos], r.pos == from) {
		r.pos++
	}
	name := r.s[from:r.pos]
	prefix, rest, colon := strings.Cut(name, ":")
	if name == "" || colon && (prefix == "" || rest == "" || !nameByte(rest[0], true) || strings.Contains(rest, ":")) {
		return "", r.errorf("malformed name %q", name)
	}
	return name, nil
}

// nameByte reports whether c may stand in a name. No element or attribute of
// AWS has a name beyond ASCII.
func nameByte(c byte, first bool) bool {
	switch {
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_':
		return true
	case c >= '0' && c <= '9' || c == '-' || c == '.' || c == ':':
		return !first
	}
	return false
}

// local is what follows the prefix of name.
func local(name string) string {
	return name[strings.IndexByte(name, ':')+1:]
}

// attributes reads attributes up to one of the bytes in stop.
func (r *Reader) attributes(stop string) error {
	r.attrs = r.attrs[:0]
	for {
		space := r.spaces()
		if r.pos == len(r.s) || strings.IndexByte(stop, r.s[r.pos]) >= 0 {
			return nil
		}
		if !space {
			return r.errorf("malformed tag")
		}
		a, err := r.attribute()
		if err != nil {
			return err
		}
		for _, b := range r.attrs {
			if a.name == b.name {
				return r.errorf("attribute %s is given twice", a.name)
			}
		}
		if len(r.attrs) == maxAttrs {
			return &Error{Reason: Limit, Name: a.name, Text: "XML: too many attributes"}
		}
		r.attrs = append(r.attrs, a)
	}
}

const maxAttrs = 16

func (r *Reader) attribute() (attr, error) {
	name, err := r.readName()
	if err != nil {
		return attr{}, err
	}
	r.spaces()
	ok := r.take("=")
	r.spaces()
	if !ok || !r.at(`"`) && !r.at("'") {
		return attr{}, r.errorf("attribute %s has no value", name)
	}
	quote := r.s[r.pos]
	rest := r.s[r.pos+1:]
	n := strings.IndexByte(rest, quote)
	if n < 0 || strings.IndexByte(rest[:n], '<') >= 0 {
		return attr{}, r.errorf("malformed value of attribute %s", name)
	}
	r.pos += n + 2
	// White space in a value is spaces (XML 1.0, section 3.3.3).
	value, err := r.unescape(strings.NewReplacer("\t", " ", "\n", " ").Replace(lines(rest[:n])))
	return attr{name, value}, err
}

// unescape replaces the references in s.
func (r *Reader) unescape(s string) (string, error) {
	n := strings.IndexByte(s, '&')
	if n < 0 {
		return s, nil
	}
	var b strings.Builder
	for ; n >= 0; n = strings.IndexByte(s, '&') {
		b.WriteString(s[:n])
		ref, rest, ok := strings.Cut(s[n+1:], ";")
		c := reference(ref)
		if !ok || c < 0 {
			return "", r.errorf("malformed or unknown reference")
		}
		b.WriteRune(c)
		s = rest
	}
	b.WriteString(s)
	return b.String(), nil
}

// reference returns the character that &ref; stands for, or -1.
func reference(ref string) rune {
	switch ref {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	digits, base := strings.TrimPrefix(ref, "#x"), 16
	if digits == ref {
		digits, base = strings.TrimPrefix(ref, "#"), 10
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if digits == ref || err != nil || !isChar(rune(n)) {
		return -1
	}
	return rune(n)
}
