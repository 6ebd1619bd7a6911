package awscmd

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// print prints what is left of a value after --query, in the format of
// --output. Nothing is printed for an answer without members.
func (c *Command) print(g *globals, o object) error {
	var v any = o
	if g.query != nil {
		v = g.query.search(o)
	} else if len(o) == 0 {
		return nil
	}
	if g.output == "text" {
		t := &textPrinter{}
		t.value(v, "", nil)
		_, err := c.Stdout.Write([]byte(t.String()))
		return err
	}
	_, err := c.Stdout.Write(append(appendJSON(nil, v, 0), '\n'))
	return err
}

// textPrinter prints values as --output text does: a line of tab-separated
// scalars per structure, in the order of their names.
type textPrinter struct{ strings.Builder }

func (t *textPrinter) line(fields ...string) { fmt.Fprintln(t, strings.Join(fields, "\t")) }

func (t *textPrinter) value(v any, name string, columns []string) {
	switch v := v.(type) {
	case object:
		t.object(v, name, columns)
	case []any:
		t.list(v, name)
	default:
		t.line(pythonText(v))
	}
}

func (t *textPrinter) list(list []any, name string) {
	columns := map[string]bool{}
	var scalars []string
	var rest []any
	objects := false
	for _, item := range list {
		switch item := item.(type) {
		case object:
			objects = true
			for _, m := range item {
				if !compound(m.value) {
					columns[m.name] = true
				}
			}
			rest = append(rest, item)
		case []any:
			rest = append(rest, item)
		default:
			scalars = append(scalars, pythonText(item))
		}
	}
	switch {
	case scalars != nil && name == "":
		t.line(scalars...)
	case scalars != nil:
		for _, s := range scalars {
			t.line(strings.ToUpper(name), s)
		}
	}
	for _, item := range rest {
		if objects {
			t.value(item, name, slices.Sorted(maps.Keys(columns)))
		} else {
			t.value(item, name, nil)
		}
	}
}

// object prints the scalars of an object in a line, under the given columns
// where its list has some, and then what is compound.
func (t *textPrinter) object(o object, name string, columns []string) {
	var scalars []string
	for _, c := range columns {
		scalars = append(scalars, pythonText(cell(o, c)))
	}
	sorted := slices.SortedFunc(slices.Values(o), func(a, b member) int { return strings.Compare(a.name, b.name) })
	for _, m := range sorted {
		if columns == nil && !compound(m.value) {
			scalars = append(scalars, pythonText(m.value))
		}
	}
	if scalars != nil {
		if name != "" {
			scalars = append([]string{strings.ToUpper(name)}, scalars...)
		}
		t.line(scalars...)
	}
	for _, m := range sorted {
		if compound(m.value) {
			t.value(m.value, m.name, nil)
		}
	}
}

// cell is the value under a column, empty where the object has none.
func cell(o object, column string) any {
	for _, m := range o {
		if m.name == column {
			return m.value
		}
	}
	return ""
}

func compound(v any) bool {
	switch v.(type) {
	case object, []any:
		return true
	}
	return false
}

// pythonText is str() of a scalar.
func pythonText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "True"
		}
		return "False"
	}
	return "None"
}
