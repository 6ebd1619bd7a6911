package wiretest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Recursive is the shape RecursiveStructType of the files: reflect cannot make
// a recursive type.
type Recursive struct {
	NoRecurse       *string              `aws:"NoRecurse"`
	RecursiveStruct *Recursive           `aws:"RecursiveStruct"`
	RecursiveList   []Recursive          `aws:"RecursiveList"`
	RecursiveMap    map[string]Recursive `aws:"RecursiveMap"`
}

// New makes the Go type of the shape that ref names, with root as its root
// element ("" for none), and returns a pointer to a zero value of it.
func (c *Case) New(t testing.TB, ref *Ref, root string) any {
	t.Helper()
	shape := c.Shapes[ref.Shape]
	tag := root
	if ns := ref.XMLNamespace; ns != nil {
		tag += ",ns=" + ns.URI
	}
	return reflect.New(c.structure(t, shape, tag)).Interface()
}

func (c *Case) structure(t testing.TB, s Shape, root string) reflect.Type {
	var fields []reflect.StructField
	if root != "" {
		fields = append(fields, reflect.StructField{
			Name: "_", PkgPath: "wiretest", Type: reflect.TypeFor[struct{}](), Tag: tagOf(root),
		})
	}
	for _, m := range s.Members {
		target := c.Shapes[m.ref.Shape]
		tag := c.tag(m, target)
		if m.name == s.Payload {
			tag += ",payload"
		}
		typ := c.typ(t, m.ref.Shape)
		switch target.Type {
		case "list", "map", "blob":
		default:
			typ = reflect.PointerTo(typ)
		}
		fields = append(fields, reflect.StructField{Name: goName(m.name), Type: typ, Tag: tagOf(tag)})
	}
	return reflect.StructOf(fields)
}

func tagOf(tag string) reflect.StructTag {
	return reflect.StructTag(fmt.Sprintf("aws:%q", tag))
}

func goName(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

func (c *Case) typ(t testing.TB, name string) reflect.Type {
	if name == "RecursiveStructType" {
		return reflect.TypeFor[Recursive]()
	}
	s := c.Shapes[name]
	switch s.Type {
	case "string", "character":
		return reflect.TypeFor[string]()
	case "boolean":
		return reflect.TypeFor[bool]()
	case "integer":
		return reflect.TypeFor[int32]()
	case "long":
		return reflect.TypeFor[int64]()
	case "float", "double":
		return reflect.TypeFor[float64]()
	case "timestamp":
		return reflect.TypeFor[time.Time]()
	case "blob":
		return reflect.TypeFor[[]byte]()
	case "list":
		return reflect.SliceOf(c.typ(t, s.Member.Shape))
	case "map":
		return reflect.MapOf(reflect.TypeFor[string](), c.typ(t, s.Value.Shape))
	case "structure":
		return c.structure(t, s, "")
	}
	t.Fatalf("%s: shape %s has type %q", c.ID, name, s.Type)
	return nil
}

var locations = map[string]string{
	"header": "header", "headers": "headers", "uri": "uri",
	"querystring": "query", "statusCode": "status",
}

var formats = map[string]string{
	"iso8601": "iso8601", "unixTimestamp": "unix", "rfc822": "rfc822",
}

// tag is the tag of a member; what its use says goes before what its shape
// says.
func (c *Case) tag(m member, s Shape) string {
	name := first(m.ref.LocationName, s.LocationName, m.name)
	flat := m.ref.Flattened || s.Flattened
	var options []string
	switch s.Type {
	case "list":
		item := first(s.Member.LocationName, c.Shapes[s.Member.Shape].LocationName)
		if flat {
			name = first(item, name)
		} else if item != "" {
			options = append(options, "item="+item)
		}
	case "map":
		options = append(options, "key="+first(s.Key.LocationName, "key"), "value="+first(s.Value.LocationName, "value"))
	}
	if flat {
		options = append(options, "flat")
	}
	if l := first(m.ref.Location, s.Location); l != "" {
		options = append(options, locations[l])
	}
	if f := first(m.ref.TimestampFormat, s.TimestampFormat); f != "" {
		options = append(options, "time="+formats[f])
	}
	if m.ref.JSONValue || s.JSONValue {
		options = append(options, "jsonvalue")
	}
	if m.ref.XMLAttribute || s.XMLAttribute {
		options = append(options, "attr")
	}
	ns := m.ref.XMLNamespace
	if ns == nil {
		ns = s.XMLNamespace
	}
	if ns != nil {
		options = append(options, "ns="+ns.URI, "prefix="+ns.Prefix)
	}
	return strings.Join(append([]string{name}, options...), ",")
}

func first(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return ""
}
