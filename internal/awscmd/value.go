package awscmd

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/writ-iam/writ/internal/wire"
)

// set reads the values of an option into a member. A list takes several
// values, anything else one. A value may be file://NAME or fileb://NAME, and
// where it is no scalar, JSON or the shorthand Key=a,Value=b.
func (c *Command) set(f *wire.Field, v reflect.Value, option string, values []string) error {
	tree, err := c.tree(f.Type, values)
	if err == nil {
		err = fill(f.Type, v, tree)
	}
	if err != nil {
		return usagef("Error parsing parameter '%s': %v", option, err)
	}
	return nil
}

// tree reads values as text, or as a tree of object, []any and scalars.
func (c *Command) tree(t *wire.Type, values []string) (any, error) {
	if t.Kind == wire.Stream {
		return c.open(values[0])
	}
	var err error
	if len(values) == 1 {
		if values, err = c.paramFile(values[0]); err != nil {
			return nil, err
		}
	}
	if t.Scalar() {
		return values[0], nil
	}
	if len(values) == 1 && looksLikeJSON(values[0], t.Kind) {
		return parseJSON(values[0])
	}
	if t.Kind != wire.List {
		return parseShorthand(values[0])
	}
	list := make([]any, len(values))
	for i, text := range values {
		switch {
		case t.Elem.Scalar():
			list[i] = text
		case looksLikeJSON(text, t.Elem.Kind):
			list[i], err = parseJSON(text)
		default:
			list[i], err = parseShorthand(text)
		}
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func looksLikeJSON(text string, k wire.Kind) bool {
	start := "{"
	if k == wire.List {
		start = "["
	}
	return strings.HasPrefix(strings.TrimSpace(text), start)
}

func (c *Command) open(name string) (any, error) {
	if name == "-" {
		return c.Stdin, nil
	}
	return os.Open(c.path(name))
}

// paramFile follows file:// and fileb://.
func (c *Command) paramFile(value string) ([]string, error) {
	for _, scheme := range []string{"file://", "fileb://"} {
		if name, ok := strings.CutPrefix(value, scheme); ok {
			b, err := os.ReadFile(c.path(name))
			if err != nil {
				return nil, fmt.Errorf("unable to load paramfile %s: %w", value, err)
			}
			return []string{string(b)}, nil
		}
	}
	return []string{value}, nil
}

// inputJSON reads an input from JSON; members that have been given as options
// before or after win.
func (c *Command) inputJSON(s *wire.Structure, v reflect.Value, given *arguments, value string) error {
	texts, err := c.paramFile(value)
	if err != nil {
		return usagef("%v", err)
	}
	tree, err := parseJSON(texts[0])
	if err != nil {
		return usagef("Error parsing parameter 'cli-input-json': %v", err)
	}
	members, ok := tree.(object)
	if !ok {
		return usagef("Error parsing parameter 'cli-input-json': not an object")
	}
	for _, m := range members {
		f := memberNamed(s, m.name)
		if f == nil {
			return usagef("Unknown parameter in input: %q", m.name)
		}
		if slices.Contains(given.members, f.Member) {
			continue
		}
		if err := fill(f.Type, v.Field(f.Index), m.value); err != nil {
			return usagef("Error parsing parameter 'cli-input-json': %s: %v", m.name, err)
		}
		given.members = append(given.members, f.Member)
	}
	return nil
}

func memberNamed(s *wire.Structure, name string) *wire.Field {
	for i := range s.Fields {
		if s.Fields[i].Member == name {
			return &s.Fields[i]
		}
	}
	return nil
}

// fill sets v, of type t, to what a tree says.
func fill(t *wire.Type, v reflect.Value, tree any) error {
	if tree == nil {
		return nil
	}
	switch t.Kind {
	case wire.Stream:
		v.Set(reflect.ValueOf(tree))
		return nil
	case wire.Struct:
		return fillStruct(t, t.Fill(v), tree)
	case wire.List:
		return fillList(t, v, tree)
	case wire.Map:
		return fillMap(t, v, tree)
	case wire.Blob:
		text, ok := tree.(string)
		v.SetBytes([]byte(text))
		return wanted(ok, "a string", tree)
	}
	text, err := scalarText(tree)
	if err != nil {
		return err
	}
	format := wire.ISO8601
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		format = wire.Unix
	}
	if err := wire.SetText(t, t.Fill(v), text, format); err != nil {
		return fmt.Errorf("%q %w", text, err)
	}
	return nil
}

func wanted(ok bool, what string, tree any) error {
	if ok {
		return nil
	}
	return fmt.Errorf("expected %s, found %T", what, tree)
}

func scalarText(tree any) (string, error) {
	switch s := tree.(type) {
	case string:
		return s, nil
	case bool:
		return strconv.FormatBool(s), nil
	case json.Number:
		return s.String(), nil
	}
	return "", wanted(false, "a scalar", tree)
}

func fillStruct(t *wire.Type, v reflect.Value, tree any) error {
	o, ok := tree.(object)
	if !ok {
		return wanted(ok, "a structure", tree)
	}
	for _, m := range o {
		f := memberNamed(t.Of, m.name)
		if f == nil {
			return fmt.Errorf("unknown member %q", m.name)
		}
		if err := fill(f.Type, v.Field(f.Index), m.value); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

func fillList(t *wire.Type, v reflect.Value, tree any) error {
	list, ok := tree.([]any)
	if !ok { // Key=a where a list of one is meant
		list = []any{tree}
	}
	out := reflect.MakeSlice(v.Type(), len(list), len(list))
	for i, item := range list {
		if err := fill(t.Elem, out.Index(i), item); err != nil {
			return err
		}
	}
	v.Set(out)
	return nil
}

func fillMap(t *wire.Type, v reflect.Value, tree any) error {
	o, ok := tree.(object)
	if !ok {
		return wanted(ok, "a map", tree)
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(o)))
	for _, m := range o {
		value := reflect.New(v.Type().Elem()).Elem()
		if err := fill(t.Elem, value, m.value); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(m.name).Convert(v.Type().Key()), value)
	}
	return nil
}
