package wire

import (
	"reflect"
	"strings"
)

// Parser reads structures from XML. Times that have no format of their own
// are read in its.
type Parser struct {
	Time TimeFormat
	// Lenient passes over elements and attributes that a structure lacks. A
	// client is lenient, for the server may be newer; a server is not: S3
	// refuses a body that does not fit its schema.
	Lenient bool

	r       *Reader
	path    Path
	missing []string
}

// Document reads a whole document whose root element is the structure v, of
// plan s. When root is not empty, the element must have that name. missing are
// the paths, below base, of required members that are absent.
func (p Parser) Document(doc, root, base string, s *Structure, v reflect.Value) (missing []string, err error) {
	p.r = NewReader(doc)
	name, err := p.r.Root()
	if err != nil {
		return nil, err
	}
	if root != "" && name != root {
		return nil, &Error{Reason: Unknown, Name: name, Text: "is not the root element " + root}
	}
	p.path = p.path.Member(base)
	if s.Text != nil && name == s.Root.Local {
		err = p.onlyText(s.Text, v.Field(s.Text.Index))
	} else {
		err = p.structure(s, v)
	}
	if err != nil {
		return nil, err
	}
	return p.missing, p.r.End()
}

// onlyText reads the innermost open element into its only member. Without a
// text that is absent: so is the LocationConstraint of us-east-1.
func (p *Parser) onlyText(f *Field, v reflect.Value) error {
	text, err := p.r.Text()
	if err != nil || text == "" {
		return err
	}
	return p.setText(f, f.Type, f.Name, v, text)
}

// Find opens the first element of doc below the path of names and reads its
// members, those of the structure v, of plan s.
func (p Parser) Find(doc string, names []string, s *Structure, v reflect.Value) error {
	p.r = NewReader(doc)
	if _, err := p.r.Root(); err != nil {
		return err
	}
	for _, want := range names {
		for {
			name, ok, err := p.r.Child()
			if err != nil {
				return err
			}
			if !ok {
				return &Error{Reason: Value, Name: want, Text: "is absent"}
			}
			if name == want {
				break
			}
			if err := p.r.Skip(); err != nil {
				return err
			}
		}
	}
	return p.structure(s, v)
}

// structure reads the content of the innermost open element into v and closes
// it.
func (p *Parser) structure(s *Structure, v reflect.Value) error {
	seen := make([]bool, len(s.Fields))
	if err := p.attrs(s, v, seen); err != nil {
		return err
	}
	for {
		name, ok, err := p.r.Child()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := p.element(s, v, name, seen); err != nil {
			return err
		}
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.In == Body && f.Required && !seen[i] {
			p.missing = append(p.missing, p.path.Member(f.Path).String())
		}
	}
	return nil
}

func (p *Parser) attrs(s *Structure, v reflect.Value, seen []bool) error {
	for i := range s.Fields {
		f := &s.Fields[i]
		if !f.Attr {
			continue
		}
		text, ok := p.r.Attr(local(f.Name))
		if !ok {
			continue
		}
		seen[i] = true
		if err := p.setText(f, f.Type, f.Name, v.Field(f.Index), text); err != nil {
			return err
		}
	}
	return nil
}

// element reads the element name, just opened, into the member of v that has
// this name.
func (p *Parser) element(s *Structure, v reflect.Value, name string, seen []bool) error {
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.Name != name || f.In != Body || f.Attr {
			continue
		}
		fv := v.Field(f.Index)
		if seen[i] && !f.Flat {
			return &Error{Reason: Duplicate, Name: name, Text: "is given more than once"}
		}
		seen[i] = true
		outer := p.path
		p.path = outer.Member(f.Path)
		err := p.member(f, fv)
		p.path = outer
		return err
	}
	if p.Lenient {
		return p.r.Skip()
	}
	return &Error{Reason: Unknown, Name: name, Text: "is not an element of " + s.title()}
}

func (s *Structure) title() string {
	if s.Root.Local != "" {
		return s.Root.Local
	}
	return s.Go.Name()
}

func (p *Parser) member(f *Field, v reflect.Value) error {
	switch {
	case f.Flat && f.Type.Kind == List:
		return p.item(f, f.Type, f.Name, f.Type.prepare(v))
	case f.Flat:
		return p.entry(f, f.Type, f.Type.prepare(v))
	}
	return p.value(f, f.Type, f.Name, v)
}

// prepare makes v, a list or map of type t, an empty one if it is absent, and
// returns it with the pointer followed.
func (t *Type) prepare(v reflect.Value) reflect.Value {
	if !t.Absent(v) {
		return t.Deref(v)
	}
	v = t.Fill(v)
	if t.Kind == Map {
		v.Set(reflect.MakeMap(t.Go))
	} else {
		v.Set(reflect.MakeSlice(t.Go, 0, 0))
	}
	return v
}

// value reads the innermost open element into v, of type t, and closes it.
func (p *Parser) value(f *Field, t *Type, name string, v reflect.Value) error {
	switch t.Kind {
	case Struct:
		return p.structure(t.Of, t.Fill(v))
	case List:
		v = t.prepare(v)
		return p.children(f.Item, func() error { return p.item(f, t, f.Item, v) })
	case Map:
		v = t.prepare(v)
		return p.children(f.Entry, func() error { return p.entry(f, t, v) })
	}
	return p.scalar(f, t, name, v)
}

// children calls read for each element name inside the innermost open one,
// and closes that.
func (p *Parser) children(name string, read func() error) error {
	for {
		got, ok, err := p.r.Child()
		if err != nil || !ok {
			return err
		}
		switch {
		case got == name:
			err = read()
		case p.Lenient:
			err = p.r.Skip()
		default:
			err = &Error{Reason: Unknown, Name: got, Text: "is not an element of the list or map"}
		}
		if err != nil {
			return err
		}
	}
}

// item reads the innermost open element as one more of list v, of type t.
func (p *Parser) item(f *Field, t *Type, name string, v reflect.Value) error {
	v.Grow(1)
	v.SetLen(v.Len() + 1)
	outer := p.path
	p.path = outer.Item(v.Len())
	err := p.value(f, t.Elem, name, v.Index(v.Len()-1))
	p.path = outer
	return err
}

// entry reads the innermost open element as one more of map v, of type t.
func (p *Parser) entry(f *Field, t *Type, v reflect.Value) error {
	var key string
	var hasKey, hasValue bool
	value := reflect.New(elemGo(t.Elem)).Elem()
	for {
		name, ok, err := p.r.Child()
		switch {
		case err != nil:
			return err
		case !ok && !(hasKey && hasValue):
			return &Error{Reason: Value, Name: f.Name, Text: "has an entry without key or value"}
		case !ok:
			k := reflect.ValueOf(key).Convert(t.Go.Key())
			if v.MapIndex(k).IsValid() {
				return &Error{Reason: Duplicate, Name: f.Name, Text: "has a key more than once"}
			}
			v.SetMapIndex(k, value)
			return nil
		case name == f.Key && !hasKey:
			hasKey = true
			key, err = p.r.Text()
		case name == f.Value && !hasValue:
			hasValue = true
			err = p.value(f, t.Elem, f.Value, value)
		case p.Lenient:
			err = p.r.Skip()
		default:
			err = &Error{Reason: Unknown, Name: name, Text: "is not an element of the entry"}
		}
		if err != nil {
			return err
		}
	}
}

// elemGo is the Go type of t with its pointer.
func elemGo(t *Type) reflect.Type {
	if t.Ptr {
		return reflect.PointerTo(t.Go)
	}
	return t.Go
}

func (p *Parser) scalar(f *Field, t *Type, name string, v reflect.Value) error {
	text, err := p.r.Text()
	if err != nil {
		return err
	}
	return p.setText(f, t, name, v, text)
}

func (p *Parser) setText(f *Field, t *Type, name string, v reflect.Value, text string) error {
	if t.Kind != String { // as XML Schema has it for all but strings
		text = strings.Trim(text, " \t\r\n")
	}
	if err := SetText(t, t.Fill(v), text, f.timeFormat(p.Time)); err != nil {
		return &Error{Reason: Value, Name: name, Text: err.Error()}
	}
	return nil
}
