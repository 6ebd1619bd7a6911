package wire

import (
	"reflect"
	"slices"
	"strings"
)

// Printer appends structures as XML. Times that have no format of their own
// are printed in its, a form of ISO 8601.
//
// A member that is absent is left out unless it is required; an empty list
// that is not nil is an empty element.
type Printer struct{ Time TimeFormat }

// Root appends v, a structure of plan s, as element name.
func (p Printer) Root(dst []byte, name Name, s *Structure, v reflect.Value) []byte {
	dst = appendStart(dst, name)
	dst = p.attrs(dst, s, v)
	dst = append(dst, '>')
	if s.Text != nil && name == s.Root {
		if fv := v.Field(s.Text.Index); !s.Text.Type.Absent(fv) {
			dst = p.text(dst, s.Text, s.Text.Type, s.Text.Type.Deref(fv))
		}
	} else {
		dst = p.Members(dst, s, v)
	}
	return AppendEnd(dst, name.Local)
}

// Members appends the members of v that stand in the body, without an element
// around them.
func (p Printer) Members(dst []byte, s *Structure, v reflect.Value) []byte {
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.In != Body || f.Attr {
			continue
		}
		fv := v.Field(f.Index)
		if f.Type.Absent(fv) {
			if f.Required && !f.Flat {
				dst = AppendEnd(AppendStart(dst, f.Name), f.Name)
			}
			continue
		}
		dst = p.member(dst, f, f.Type.Deref(fv))
	}
	return dst
}

func (p Printer) member(dst []byte, f *Field, v reflect.Value) []byte {
	switch {
	case f.Flat && f.Type.Kind == List:
		return p.items(dst, f, f.Type, f.Name, v)
	case f.Flat:
		return p.entries(dst, f, f.Type, f.Name, v)
	}
	return p.value(dst, f, Name{f.Name, f.Space, f.Prefix}, f.Type, v)
}

// value appends v, of type t with the pointer followed, as element name. The
// names of what is inside come from f.
func (p Printer) value(dst []byte, f *Field, name Name, t *Type, v reflect.Value) []byte {
	if t.Kind == Struct {
		// A structure may declare a prefix that its own attributes use.
		if root := t.Of.Root; name.Space == "" && root.Prefix != "" {
			name.Space, name.Prefix = root.Space, root.Prefix
		}
		return p.Root(dst, name, t.Of, v)
	}
	dst = append(appendStart(dst, name), '>')
	switch t.Kind {
	case List:
		dst = p.items(dst, f, t, f.Item, v)
	case Map:
		dst = p.entries(dst, f, t, f.Entry, v)
	default:
		dst = p.text(dst, f, t, v)
	}
	return AppendEnd(dst, name.Local)
}

// maxReserve bounds the room that is made for a list by its first element.
const maxReserve = 4 << 20

// items appends the elements of list v, of type t, one element name each. The
// others are taken to be about as long as the first: a large answer grows once.
func (p Printer) items(dst []byte, f *Field, t *Type, name string, v reflect.Value) []byte {
	n := v.Len()
	for i := range n {
		before := len(dst)
		dst = p.value(dst, f, Name{Local: name}, t.Elem, t.Elem.Deref(v.Index(i)))
		if i == 0 {
			dst = slices.Grow(dst, min((n-1)*(len(dst)-before)*5/4, maxReserve))
		}
	}
	return dst
}

// entries appends map v, of type t, in the order of its keys, one element name
// an entry.
func (p Printer) entries(dst []byte, f *Field, t *Type, name string, v reflect.Value) []byte {
	for _, k := range SortedKeys(v) {
		dst = AppendStart(dst, name)
		dst = AppendElement(dst, f.Key, k.String())
		dst = p.value(dst, f, Name{Local: f.Value}, t.Elem, t.Elem.Deref(v.MapIndex(k)))
		dst = AppendEnd(dst, name)
	}
	return dst
}

// SortedKeys returns the keys of map v in order.
func SortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	return keys
}

func (p Printer) attrs(dst []byte, s *Structure, v reflect.Value) []byte {
	for i := range s.Fields {
		f := &s.Fields[i]
		if !f.Attr || f.Type.Absent(v.Field(f.Index)) {
			continue
		}
		dst = append(dst, ' ')
		dst = append(dst, f.Name...)
		dst = append(dst, '=', '"')
		fv := f.Type.Deref(v.Field(f.Index))
		if f.Type.Kind == String {
			dst = appendAttr(dst, fv.String())
		} else {
			dst = p.text(dst, f, f.Type, fv)
		}
		dst = append(dst, '"')
	}
	return dst
}

func (p Printer) text(dst []byte, f *Field, t *Type, v reflect.Value) []byte {
	if t.Kind == String {
		return AppendEscaped(dst, v.String())
	}
	return AppendText(dst, t, v, f.timeFormat(p.Time))
}

// timeFormat is the format of f's times in XML where the protocol has def, which
// is a form of ISO 8601: a member that asks for that gets the same.
func (f *Field) timeFormat(def TimeFormat) TimeFormat {
	if f.Time == 0 || f.Time == ISO8601 {
		return def
	}
	return f.Time
}

// AppendElement appends an element that holds text.
func AppendElement(dst []byte, name, text string) []byte {
	return AppendEnd(AppendEscaped(AppendStart(dst, name), text), name)
}

// AppendStart appends a start tag.
func AppendStart(dst []byte, name string) []byte {
	dst = append(dst, '<')
	dst = append(dst, name...)
	return append(dst, '>')
}

// AppendEnd appends an end tag.
func AppendEnd(dst []byte, name string) []byte {
	dst = append(dst, '<', '/')
	dst = append(dst, name...)
	return append(dst, '>')
}

// appendStart appends a start tag with its namespace, but for the final '>'.
func appendStart(dst []byte, name Name) []byte {
	dst = append(dst, '<')
	dst = append(dst, name.Local...)
	if name.Space == "" {
		return dst
	}
	dst = append(dst, " xmlns"...)
	if name.Prefix != "" {
		dst = append(dst, ':')
		dst = append(dst, name.Prefix...)
	}
	dst = append(dst, '=', '"')
	dst = appendAttr(dst, name.Space)
	return append(dst, '"')
}
