package awsquery

import (
	"reflect"
	"strconv"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/wire"
)

// Encode returns the form of a call with the input that v points to, as a
// client sends it. v may be nil.
func Encode(action, version string, v any) string {
	e := encoder{}
	e.pair("Action", action)
	e.pair("Version", version)
	if v != nil {
		s, rv := wire.Target(v)
		e.structure(s, rv)
	}
	return string(e.out)
}

// encoder appends parameters to out; name is the one that it is at.
type encoder struct {
	out, name, text []byte
}

func (e *encoder) pair(name, value string) {
	if len(e.out) > 0 {
		e.out = append(e.out, '&')
	}
	e.out = appendEscaped(e.out, name)
	e.out = append(e.out, '=')
	e.out = appendEscaped(e.out, value)
}

func appendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '-', c == '.', c == '_', c == '~':
			dst = append(dst, c)
		default:
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// structure appends the members of v and reports whether there was any.
func (e *encoder) structure(s *wire.Structure, v reflect.Value) bool {
	before := len(e.out)
	name := e.name
	for i := range s.Fields {
		f := &s.Fields[i]
		fv := v.Field(f.Index)
		if f.Type.Absent(fv) {
			continue
		}
		e.name = dotted(name, f.Name)
		e.value(f, f.Type, f.Type.Deref(fv))
	}
	e.name = name
	return len(e.out) > before
}

// value appends v, of type t with the pointer followed. What is empty but not
// absent is a parameter without a value.
func (e *encoder) value(f *wire.Field, t *wire.Type, v reflect.Value) {
	switch t.Kind {
	case wire.Struct:
		if !e.structure(t.Of, v) {
			e.pair(string(e.name), "")
		}
	case wire.List, wire.Map:
		if v.Len() == 0 {
			e.pair(string(e.name), "")
			return
		}
		e.elements(f, t, v)
	default:
		e.text = wire.AppendText(e.text[:0], t, v, format(f))
		e.pair(string(e.name), string(e.text))
	}
}

func (e *encoder) elements(f *wire.Field, t *wire.Type, v reflect.Value) {
	name := e.name
	part := f.Item
	if t.Kind == wire.Map {
		part = f.Entry
	}
	items := name
	if !f.Flat {
		items = dotted(name, part)
	}
	at := func(i int) []byte { return strconv.AppendInt(append(items, '.'), int64(i+1), 10) }
	if t.Kind == wire.List {
		for i := range v.Len() {
			e.name = at(i)
			e.value(f, t.Elem, t.Elem.Deref(v.Index(i)))
		}
	} else {
		for i, k := range wire.SortedKeys(v) {
			entry := at(i)
			e.pair(string(dotted(entry, f.Key)), k.String())
			e.name = dotted(entry, f.Value)
			e.value(f, t.Elem, t.Elem.Deref(v.MapIndex(k)))
		}
	}
	e.name = name
}

// parser has the time format of IAM and STS, and a client's leniency.
var parser = wire.Parser{Time: wire.ISO8601, Lenient: true}

// DecodeResponse reads the XML answer to a call into the struct that v points
// to. wrapper is the element around the result; empty when there is none.
// Elements that v has no member for are passed over.
func DecodeResponse(body []byte, wrapper string, v any) error {
	s, rv := wire.Target(v)
	var names []string
	if wrapper != "" {
		names = []string{wrapper}
	}
	return parser.Find(string(body), names, s, rv)
}

// DecodeError reads the XML answer to a call that failed.
func DecodeError(body []byte) (Error, error) {
	r := wire.NewReader(string(body))
	if _, err := r.Root(); err != nil {
		return Error{}, err
	}
	var e Error
	for {
		name, ok, err := r.Child()
		if err != nil || !ok {
			return e, err
		}
		switch name {
		case "Error":
			err = e.members(r)
		case "RequestId":
			e.RequestID, err = r.Text()
		default:
			err = r.Skip()
		}
		if err != nil {
			return e, err
		}
	}
}

// members reads the members of the element Error.
func (e *Error) members(r *wire.Reader) error {
	for {
		name, ok, err := r.Child()
		if err != nil || !ok {
			return err
		}
		text, err := r.Text()
		if err != nil {
			return err
		}
		switch name {
		case "Type":
			e.Type = text
		case "Code":
			e.Code = text
		case "Message":
			e.Message = text
		default:
			e.Detail = append(e.Detail, shape.Detail{Name: name, Value: text})
		}
	}
}
