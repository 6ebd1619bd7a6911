package wire

import (
	"fmt"
	"io"
	"net/textproto"
	"reflect"
	"sync"
	"time"
)

// Kind is what a value is on the wire.
type Kind uint8

// The kinds. Those up to Blob are scalars.
const (
	String Kind = iota + 1
	Bool
	Int
	Float
	Time
	Blob
	Stream
	List
	Map
	Struct
)

// Type is the plan of a Go type.
type Type struct {
	Kind Kind
	Ptr  bool         // the Go type is a pointer to Go
	Go   reflect.Type // without the pointer
	Elem *Type        // of a List or Map
	Of   *Structure   // of a Struct
}

// Scalar reports whether values of t are printed as text.
func (t *Type) Scalar() bool { return t.Kind <= Blob }

// Absent reports whether v, of type t, holds nothing: a nil pointer, list,
// map, blob or stream.
func (t *Type) Absent(v reflect.Value) bool {
	if t.Ptr {
		return v.IsNil()
	}
	switch t.Kind {
	case Blob, Stream, List, Map:
		return v.IsNil()
	}
	return false
}

// Deref returns what v, of type t, points to; v itself when t is no pointer.
func (t *Type) Deref(v reflect.Value) reflect.Value {
	if t.Ptr {
		return v.Elem()
	}
	return v
}

// Fill makes v, of type t, point to a new zero value and returns that; v
// itself when t is no pointer.
func (t *Type) Fill(v reflect.Value) reflect.Value {
	if !t.Ptr {
		return v
	}
	v.Set(reflect.New(t.Go))
	return v.Elem()
}

// Structure is the plan of a struct type.
type Structure struct {
	Go     reflect.Type
	Root   Name // from the blank field; zero when there is none
	Fields []Field

	Payload *Field // the member that is the body; nil when there is none
	HasBody bool   // members stand in the body as elements of their own
	Text    *Field // the member that is the text of the root element, or nil
}

// Name is the name of an XML element with the namespace that it declares.
type Name struct{ Local, Space, Prefix string }

// Field is the plan of one member of a structure.
type Field struct {
	Index  int    // of the Go struct's field
	Member string // the Go struct's name for it
	Path   string // AWS's name for it in messages: "roleName"
	Name   string // on the wire
	Header string // Name as http.Header has it
	In     Location
	Type   *Type

	Required, Flat, Attr, JSON, Sensitive bool

	Item              string // name of a list's elements
	Entry, Key, Value string // names inside a map
	Time              TimeFormat
	Space, Prefix     string // XML namespace that the element declares

	stream bool
}

var plans sync.Map // reflect.Type of a struct -> *Structure

// PlanOf returns the plan of struct type t. It is made once and must not be
// changed. PlanOf panics when t's tags or types are not as the package comment
// says: types are generated, so that is a mistake in this program.
func PlanOf(t reflect.Type) *Structure {
	if p, ok := plans.Load(t); ok {
		return p.(*Structure)
	}
	b := builder{}
	b.structure(t)
	for typ, p := range b {
		plans.LoadOrStore(typ, p)
	}
	p, _ := plans.Load(t)
	return p.(*Structure)
}

// Target returns the struct that v, a non-nil pointer, points to, and its plan.
func Target(v any) (*Structure, reflect.Value) {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() || p.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("wire: %T is not a pointer to a struct", v))
	}
	return PlanOf(p.Elem().Type()), p.Elem()
}

// builder makes plans; its map holds those begun, so that types may be
// recursive.
type builder map[reflect.Type]*Structure

func (b builder) structure(t reflect.Type) *Structure {
	if s, ok := b[t]; ok {
		return s
	}
	if s, ok := plans.Load(t); ok {
		return s.(*Structure)
	}
	s := &Structure{Go: t}
	b[t] = s
	for i := range t.NumField() {
		if err := b.field(s, i, t.Field(i)); err != nil {
			panic(fmt.Sprintf("wire: %v.%s: %v", t, t.Field(i).Name, err))
		}
	}
	if err := s.finish(); err != nil {
		panic(fmt.Sprintf("wire: %v: %v", t, err))
	}
	return s
}

func (b builder) field(s *Structure, index int, sf reflect.StructField) error {
	f := Field{
		Index: index, Member: sf.Name, Path: lowerFirst(sf.Name), Name: sf.Name,
		Item: "member", Entry: "entry", Key: "key", Value: "value",
	}
	if sf.Name == "_" {
		f.Name = ""
		err := f.parseTag(sf.Tag.Get("aws"))
		s.Root = Name{f.Name, f.Space, f.Prefix}
		return err
	}
	if !sf.IsExported() {
		return fmt.Errorf("is not exported")
	}
	if err := f.parseTag(sf.Tag.Get("aws")); err != nil {
		return err
	}
	t, err := b.typ(sf.Type)
	if err != nil {
		return err
	}
	f.Type = t
	f.Header = textproto.CanonicalMIMEHeaderKey(f.Name)
	s.Fields = append(s.Fields, f)
	return f.check()
}

var (
	timeType   = reflect.TypeFor[time.Time]()
	readerType = reflect.TypeFor[io.Reader]()
)

func (b builder) typ(t reflect.Type) (*Type, error) {
	if t.Kind() == reflect.Pointer {
		elem, err := b.typ(t.Elem())
		if err != nil || elem.Ptr {
			return nil, fmt.Errorf("type %v is not supported", t)
		}
		p := *elem
		p.Ptr = true
		return &p, nil
	}
	kind, ok := kindOf(t)
	if !ok {
		return nil, fmt.Errorf("type %v is not supported", t)
	}
	typ := &Type{Kind: kind, Go: t}
	switch kind {
	case Struct:
		typ.Of = b.structure(t)
	case List, Map:
		elem, err := b.typ(t.Elem())
		if err != nil {
			return nil, err
		}
		typ.Elem = elem
	}
	return typ, nil
}

func kindOf(t reflect.Type) (Kind, bool) {
	switch t.Kind() {
	case reflect.String:
		return String, true
	case reflect.Bool:
		return Bool, true
	case reflect.Int32, reflect.Int64:
		return Int, true
	case reflect.Float64:
		return Float, true
	case reflect.Struct:
		if t == timeType {
			return Time, true
		}
		return Struct, true
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return Blob, true
		}
		return List, true
	case reflect.Map:
		return Map, t.Key().Kind() == reflect.String
	case reflect.Interface:
		return Stream, t.Implements(readerType)
	}
	return 0, false
}

func lowerFirst(s string) string {
	if s[0] < 'A' || s[0] > 'Z' {
		return s
	}
	return string(s[0]+'a'-'A') + s[1:]
}
