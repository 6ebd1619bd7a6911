package awsquery

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/writ-iam/writ/internal/wire"
)

// Decode reads the parameters of f into the struct that v points to. missing
// are the paths of required members that are absent, as AWS writes them. err,
// a *wire.Error, is for parameters that cannot be read. Parameters that no
// member has are left alone.
func Decode(f Form, v any) (missing []string, err error) {
	s, rv := wire.Target(v)
	d := decoder{params: f.params}
	d.name, d.path = d.names[:0], d.paths[:0]
	if err := d.structure(s, rv); err != nil {
		return nil, err
	}
	return d.missing, nil
}

// decoder walks the plan of a type. name is the parameter that it is at, path
// the same place in AWS's notation.
type decoder struct {
	params  []param
	name    []byte
	path    wire.Path
	depth   int
	missing []string

	names, paths [128]byte // where name and path begin to grow
}

func (d *decoder) structure(s *wire.Structure, v reflect.Value) error {
	if d.depth++; d.depth > wire.MaxDepth {
		return d.fail(wire.Limit, "is nested too deep")
	}
	name, path := d.name, d.path
	for i := range s.Fields {
		f := &s.Fields[i]
		d.name, d.path = dotted(name, f.Name), path.Member(f.Path)
		present, err := d.value(f, f.Type, v.Field(f.Index))
		if err != nil {
			return err
		}
		if !present && f.Required {
			d.missing = append(d.missing, d.path.String())
		}
	}
	d.name, d.path = name, path
	d.depth--
	return nil
}

// dotted appends part to name, with a dot between.
func dotted(name []byte, part string) []byte {
	if len(name) > 0 {
		name = append(name, '.')
	}
	return append(name, part...)
}

func (d *decoder) fail(reason wire.Reason, text string) error {
	return &wire.Error{Reason: reason, Name: string(d.name), Text: text}
}

// value reads what stands at d.name into v, of type t, and reports whether
// there is anything.
func (d *decoder) value(f *wire.Field, t *wire.Type, v reflect.Value) (bool, error) {
	switch t.Kind {
	case wire.Struct:
		present, err := d.present()
		if !present || err != nil {
			return false, err
		}
		return true, d.structure(t.Of, t.Fill(v))
	case wire.List:
		return d.list(f, t, v)
	case wire.Map:
		return d.dict(f, t, v)
	}
	i := find(d.params, d.name)
	if i < 0 {
		return false, nil
	}
	d.params[i].used = true
	if err := wire.SetText(t, t.Fill(v), d.params[i].value, format(f)); err != nil {
		return false, d.fail(wire.Value, err.Error())
	}
	return true, nil
}

func format(f *wire.Field) wire.TimeFormat {
	if f.Time != 0 {
		return f.Time
	}
	return wire.ISO8601
}

// present reports whether there is a parameter at d.name or below it. At
// d.name itself only an empty one may stand, which clients send for what is
// empty.
func (d *decoder) present() (bool, error) {
	if empty, err := d.empty(); empty || err != nil {
		return empty, err
	}
	prefix := append(d.name, '.')
	for i := search(d.params, prefix); i < len(d.params) && hasPrefixFold(d.params[i].name, prefix); i++ {
		if hasPrefix(d.params[i].name, prefix) {
			return true, nil
		}
	}
	return false, nil
}

// empty reports whether the parameter d.name stands there, without a value.
func (d *decoder) empty() (bool, error) {
	i := find(d.params, d.name)
	if i < 0 {
		return false, nil
	}
	d.params[i].used = true
	if d.params[i].value != "" {
		return false, d.fail(wire.Value, "is not a single value")
	}
	return true, nil
}

// list reads Name.member.N, or Name.N if the list is flat.
func (d *decoder) list(f *wire.Field, t *wire.Type, v reflect.Value) (bool, error) {
	empty, err := d.empty()
	if err != nil {
		return false, err
	}
	name, path := d.name, d.path
	if !f.Flat {
		d.name = dotted(d.name, f.Item)
	}
	n, err := d.count()
	if err != nil {
		return false, err
	}
	if n > 0 || empty {
		v = t.Fill(v)
		v.Set(reflect.MakeSlice(t.Go, n, n))
	}
	items := d.name
	for i := range n {
		d.name = strconv.AppendInt(append(items, '.'), int64(i+1), 10)
		d.path = path.Item(i + 1)
		if err := d.need(f, t.Elem, v.Index(i)); err != nil {
			return false, err
		}
	}
	d.name, d.path = name, path
	return n > 0 || empty, nil
}

// need reads a value that must be there.
func (d *decoder) need(f *wire.Field, t *wire.Type, v reflect.Value) error {
	present, err := d.value(f, t, v)
	if err == nil && !present {
		err = d.fail(wire.Value, "is absent")
	}
	return err
}

// count returns how many elements stand below d.name. Their indexes must be
// 1, 2, 3 and so on without a gap, which bounds what a request can make the
// decoder allocate.
func (d *decoder) count() (int, error) {
	prefix := append(d.name, '.')
	n, last, high := 0, 0, 0
	for i := search(d.params, prefix); i < len(d.params) && hasPrefixFold(d.params[i].name, prefix); i++ {
		if !hasPrefix(d.params[i].name, prefix) {
			continue // a name that differs in case
		}
		digits, _, _ := strings.Cut(d.params[i].name[len(prefix):], ".")
		index, err := strconv.Atoi(digits)
		if err != nil || index < 1 || digits[0] < '1' || digits[0] > '9' {
			return 0, &wire.Error{Reason: wire.Value, Name: d.params[i].name, Text: "has no index from 1 on"}
		}
		// The parameters of one element stand together.
		if index != last {
			n, last, high = n+1, index, max(high, index)
		}
	}
	if high != n {
		return 0, d.fail(wire.Value, "leaves out an index")
	}
	return n, nil
}

// dict reads Name.entry.N.key and Name.entry.N.value, or Name.N.key and
// Name.N.value if the map is flat.
func (d *decoder) dict(f *wire.Field, t *wire.Type, v reflect.Value) (bool, error) {
	empty, err := d.empty()
	if err != nil {
		return false, err
	}
	name, path := d.name, d.path
	if !f.Flat {
		d.name = dotted(d.name, f.Entry)
	}
	n, err := d.count()
	if err != nil {
		return false, err
	}
	if n > 0 || empty {
		v = t.Fill(v)
		v.Set(reflect.MakeMapWithSize(t.Go, n))
	}
	entries := d.name
	for i := range n {
		d.name = strconv.AppendInt(append(entries, '.'), int64(i+1), 10)
		d.path = path
		if err := d.entry(f, t, v); err != nil {
			return false, err
		}
	}
	d.name, d.path = name, path
	return n > 0 || empty, nil
}

func (d *decoder) entry(f *wire.Field, t *wire.Type, v reflect.Value) error {
	entry := d.name
	key := reflect.New(t.Go.Key()).Elem()
	d.name = dotted(entry, f.Key)
	i := find(d.params, d.name)
	if i < 0 {
		return d.fail(wire.Value, "is absent")
	}
	d.params[i].used = true
	key.SetString(d.params[i].value)
	if v.MapIndex(key).IsValid() {
		return d.fail(wire.Duplicate, "is a key that the map already has")
	}
	d.name, d.path = dotted(entry, f.Value), d.path.Entry(key.String())
	value := reflect.New(t.Go.Elem()).Elem()
	if err := d.need(f, t.Elem, value); err != nil {
		return err
	}
	v.SetMapIndex(key, value)
	return nil
}
