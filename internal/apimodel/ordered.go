package apimodel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
)

// Ordered is a JSON object whose keys keep the order of the file. The order of
// a structure's members is the order of its Go fields.
type Ordered[T any] struct {
	keys   []string
	values map[string]T
}

// Len is the number of keys.
func (o *Ordered[T]) Len() int { return len(o.keys) }

// Get returns the value at key and whether there is one.
func (o *Ordered[T]) Get(key string) (T, bool) {
	v, ok := o.values[key]
	return v, ok
}

// Set adds key at the end, or replaces the value of a key that is there.
func (o *Ordered[T]) Set(key string, value T) {
	if _, ok := o.values[key]; !ok {
		o.keys = append(o.keys, key)
	}
	if o.values == nil {
		o.values = make(map[string]T)
	}
	o.values[key] = value
}

// All walks the object in order.
func (o *Ordered[T]) All() iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for _, k := range o.keys {
			if !yield(k, o.values[k]) {
				return
			}
		}
	}
}

// UnmarshalJSON reads an object. A key that stands twice is an error.
func (o *Ordered[T]) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("want an object, have %v (%w)", t, err)
	}
	*o = Ordered[T]{values: make(map[string]T)}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key := t.(string)
		if _, twice := o.values[key]; twice {
			return fmt.Errorf("key %q stands twice", key)
		}
		var v T
		if err := d.Decode(&v); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		o.Set(key, v)
	}
	return nil
}

// MarshalJSON writes the object in order.
func (o Ordered[T]) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, k := range o.keys {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := json.Marshal(k)
		if err != nil {
			return nil, err
		}
		value, err := marshal(o.values[k])
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

// marshal is json.Marshal that leaves <, > and & as they are: patterns are
// full of them.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
