package awscmd

import (
	"encoding/json"
	"strconv"
)

func field(name string) step {
	return func(v any) any {
		o, _ := v.(object)
		return o.get(name)
	}
}

func index(n int) step {
	return func(v any) any {
		list, _ := v.([]any)
		i := n
		if i < 0 {
			i += len(list)
		}
		if i < 0 || i >= len(list) {
			return nil
		}
		return list[i]
	}
}

// projection maps the elements of a list and drops those that become nil. A
// flat one merges elements that are lists first.
func projection(flat bool, rest *query) step {
	return func(v any) any {
		list, ok := v.([]any)
		if !ok {
			return nil
		}
		out := []any{}
		add := func(item any) {
			if mapped := rest.search(item); mapped != nil {
				out = append(out, mapped)
			}
		}
		for _, item := range list {
			if inner, ok := item.([]any); ok && flat {
				for _, i := range inner {
					add(i)
				}
			} else {
				add(item)
			}
		}
		return out
	}
}

func multi(parts []*query) step {
	return func(v any) any {
		if v == nil {
			return nil
		}
		out := make([]any, len(parts))
		for i, part := range parts {
			out[i] = part.search(v)
		}
		return out
	}
}

func lengthOf(arg *query) step {
	return func(v any) any {
		switch v := arg.search(v).(type) {
		case []any:
			return number(len(v))
		case object:
			return number(len(v))
		case string:
			return number(len([]rune(v)))
		}
		return nil
	}
}

func number(n int) any { return json.Number(strconv.Itoa(n)) }
