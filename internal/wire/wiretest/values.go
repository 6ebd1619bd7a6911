package wiretest

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"
)

// Fill sets what v, made by New, points to from params of the file.
func (c *Case) Fill(t testing.TB, v any, ref *Ref, params any) {
	t.Helper()
	c.set(t, reflect.ValueOf(v).Elem(), ref.Shape, params)
}

func (c *Case) set(t testing.TB, v reflect.Value, name string, param any) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	s := c.Shapes[name]
	switch s.Type {
	case "string", "character":
		text, ok := param.(string)
		if !ok { // the trait jsonvalue
			b, err := json.Marshal(param)
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
		}
		v.SetString(text)
	case "boolean":
		v.SetBool(param.(bool))
	case "integer", "long":
		v.SetInt(int64(param.(float64)))
	case "float", "double":
		v.SetFloat(param.(float64))
	case "timestamp":
		sec, frac := math.Modf(param.(float64))
		v.Set(reflect.ValueOf(time.Unix(int64(sec), int64(frac*1e9)).UTC()))
	case "blob":
		v.SetBytes([]byte(param.(string)))
	case "list":
		c.setList(t, v, s, param.([]any))
	case "map":
		c.setMap(t, v, s, param.(map[string]any))
	case "structure":
		c.setStructure(t, v, s, param.(map[string]any))
	default:
		t.Fatalf("%s: shape %s has type %q", c.ID, name, s.Type)
	}
}

func (c *Case) setList(t testing.TB, v reflect.Value, s Shape, params []any) {
	v.Set(reflect.MakeSlice(v.Type(), len(params), len(params)))
	for i, p := range params {
		c.set(t, v.Index(i), s.Member.Shape, p)
	}
}

// setMap leaves out null: a map of values has no place for it.
func (c *Case) setMap(t testing.TB, v reflect.Value, s Shape, params map[string]any) {
	v.Set(reflect.MakeMap(v.Type()))
	for key, p := range params {
		if p == nil {
			continue
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		c.set(t, elem, s.Value.Shape, p)
		v.SetMapIndex(reflect.ValueOf(key), elem)
	}
}

func (c *Case) setStructure(t testing.TB, v reflect.Value, s Shape, params map[string]any) {
	known := map[string]bool{}
	for _, m := range s.Members {
		known[m.name] = true
		if p, ok := params[m.name]; ok {
			c.set(t, v.FieldByName(goName(m.name)), m.ref.Shape, p)
		}
	}
	for name := range params {
		if !known[name] {
			c.Unknown = append(c.Unknown, name)
		}
	}
}
