package policy

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Canonical prints d in one way: on one line, elements in the order of AWS's
// reference, every list as an array, values as strings. Documents with the same
// statements print the same, whatever white space, escapes and single values
// they were written with. Parse reads it as a document Equal to d.
func (d *Document) Canonical() string {
	return string(d.print(printer{}))
}

// Print is Canonical for people: two spaces of indent, an element a line.
func (d *Document) Print() string {
	return string(append(d.print(printer{pretty: true}), '\n'))
}

// printer appends JSON. Only what a policy needs is there.
type printer struct {
	b      []byte
	pretty bool
	depth  int
	fresh  bool // nothing stands in the innermost object or array yet
}

func (d *Document) print(w printer) []byte {
	w.b = make([]byte, 0, len(d.Text)+len(d.Text)/8)
	w.open('{')
	if d.Version != "" {
		w.member("Version", string(d.Version))
	}
	if d.ID != "" {
		w.member("Id", d.ID)
	}
	w.key("Statement")
	w.open('[')
	for i := range d.Statements {
		w.item()
		w.statement(&d.Statements[i])
	}
	w.close(']')
	w.close('}')
	return w.b
}

func (w *printer) statement(st *Statement) {
	w.open('{')
	if st.Sid != "" {
		w.member("Sid", st.Sid)
	}
	if st.Effect == Allow {
		w.member("Effect", "Allow")
	} else {
		w.member("Effect", "Deny")
	}
	if st.Principal != nil {
		w.principals(st.Principal)
	}
	if len(st.Action.Values) > 0 || st.ActionAt > 0 {
		w.patterns("Action", &st.Action)
	}
	if st.Resource != nil {
		w.patterns("Resource", st.Resource)
	}
	if len(st.Conditions) > 0 {
		w.conditions(st.Conditions)
	}
	w.close('}')
}

func (w *printer) patterns(name string, p *Patterns) {
	if p.Not {
		name = "Not" + name
	}
	w.key(name)
	w.values(p.Values)
}

func (w *printer) values(values []Value) {
	w.open('[')
	for _, v := range values {
		w.item()
		w.str(v.Text)
	}
	w.close(']')
}

// principals prints the values grouped by type; they stand so in a document.
func (w *printer) principals(p *Principals) {
	name := "Principal"
	if p.Not {
		name = "NotPrincipal"
	}
	w.key(name)
	if len(p.Values) == 1 && p.Values[0].Type == AnyPrincipal {
		w.str(p.Values[0].Value)
		return
	}
	w.open('{')
	for i, v := range p.Values {
		if i == 0 || p.Values[i-1].Type != v.Type {
			if i > 0 {
				w.close(']')
			}
			w.key(v.Type.String())
			w.open('[')
		}
		w.item()
		w.str(v.Value)
	}
	if len(p.Values) > 0 {
		w.close(']')
	}
	w.close('}')
}

// conditions prints the keys grouped by operator; they stand so in a document.
func (w *printer) conditions(cs []Condition) {
	w.key("Condition")
	w.open('{')
	for i := range cs {
		if i == 0 || cs[i-1].Operator.Name != cs[i].Operator.Name {
			if i > 0 {
				w.close('}')
			}
			w.key(cs[i].Operator.Name)
			w.open('{')
		}
		w.key(cs[i].Key)
		w.values(cs[i].Values)
	}
	w.close('}')
	w.close('}')
}

func (w *printer) open(c byte) {
	w.b = append(w.b, c)
	w.depth++
	w.fresh = true
}

func (w *printer) close(c byte) {
	w.depth--
	if !w.fresh {
		w.line()
	}
	w.b = append(w.b, c)
	w.fresh = false
}

// item begins the next value of an array, or the next key of an object.
func (w *printer) item() {
	if !w.fresh {
		w.b = append(w.b, ',')
	}
	w.fresh = false
	w.line()
}

func (w *printer) line() {
	if !w.pretty {
		return
	}
	w.b = append(w.b, '\n')
	for range w.depth {
		w.b = append(w.b, "  "...)
	}
}

func (w *printer) key(k string) {
	w.item()
	w.str(k)
	w.b = append(w.b, ':')
	if w.pretty {
		w.b = append(w.b, ' ')
	}
}

func (w *printer) member(k, v string) {
	w.key(k)
	w.str(v)
}

// str prints s with the characters that may not stand in a policy escaped.
func (w *printer) str(s string) {
	w.b = append(w.b, '"')
	for s != "" {
		n := plain(s, 0)
		w.b = append(w.b, s[:n]...)
		if s = s[n:]; s == "" {
			break
		}
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == '"' || r == '\\':
			w.b = append(w.b, '\\', byte(r))
		case r >= ' ' && r <= 0xFF:
			w.b = append(w.b, s[:n]...)
		case r <= 0xFFFF:
			w.hex(r)
		default:
			high, low := utf16.EncodeRune(r)
			w.hex(high)
			w.hex(low)
		}
		s = s[n:]
	}
	w.b = append(w.b, '"')
}

func (w *printer) hex(r rune) {
	w.b = append(w.b, `\u`...)
	for bits := rune(0x1000); bits > r && bits > 1; bits >>= 4 {
		w.b = append(w.b, '0')
	}
	w.b = strconv.AppendInt(w.b, int64(r), 16)
}
