package apimodel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// The keys that Generate reads, by where they stand. Everything else is left
// out of the reduced copy: prose, examples, endpoint rules, client settings.
var kept = map[string][]string{
	"model":     {"metadata", "operations", "shapes"},
	"metadata":  {"apiVersion", "protocol", "endpointPrefix", "serviceFullName", "xmlNamespace"},
	"operation": {"name", "http", "input", "output", "errors", "deprecated"},
	"shape": {"type", "required", "members", "member", "key", "value", "enum", "pattern", "min", "max", "payload", "sensitive", "exception", "error",
		"eventstream", "locationName", "queryName", "flattened", "streaming", "timestampFormat", "xmlNamespace"},
	"ref": {"shape", "location", "xmlAttribute", "jsonvalue", "idempotencyToken", "deprecated", "resultWrapper", "locationName", "queryName", "flattened", "streaming",
		"timestampFormat", "xmlNamespace"},
	"error": {"code", "httpStatusCode"},
}

type object = Ordered[json.RawMessage]

// Reduce returns the reduced copy of a botocore service model. Source is a
// sentence about where data was taken from, and is written at its head. The
// order of operations, shapes and members is kept.
func Reduce(data []byte, source string) ([]byte, error) {
	out := new(object)
	for _, head := range [][2]string{{"source", source}, {"licence", "Apache-2.0"}} {
		text, err := marshal(head[1])
		if err != nil {
			return nil, err
		}
		out.Set(head[0], text)
	}
	model, err := reduceObject(data, "model")
	if err != nil {
		return nil, fmt.Errorf("apimodel: reduce: %w", err)
	}
	for k, v := range model.All() {
		out.Set(k, v)
	}
	text, err := marshal(out)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := layOut(&b, text, 0); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// reduceObject keeps the keys of an object of this kind and reduces what they
// hold.
func reduceObject(data []byte, kind string) (*object, error) {
	var in, out object
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, err
	}
	for _, k := range kept[kind] {
		v, ok := in.Get(k)
		if !ok {
			continue
		}
		v, err := reduceValue(v, k)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		out.Set(k, v)
	}
	return &out, nil
}

// reduceValue reduces the value of a key.
func reduceValue(v json.RawMessage, key string) (json.RawMessage, error) {
	switch key {
	case "operations":
		return reduceEach(v, "operation")
	case "shapes":
		return reduceEach(v, "shape")
	case "members":
		return reduceEach(v, "ref")
	case "errors":
		return reduceList(v)
	case "input", "output", "member", "key", "value":
		return reduceOne(v, "ref")
	case "metadata", "error":
		return reduceOne(v, key)
	}
	return v, nil
}

func reduceOne(v json.RawMessage, kind string) (json.RawMessage, error) {
	o, err := reduceObject(v, kind)
	if err != nil {
		return nil, err
	}
	return marshal(o)
}

// reduceEach reduces every value of an object whose keys are names.
func reduceEach(v json.RawMessage, kind string) (json.RawMessage, error) {
	var in, out object
	if err := json.Unmarshal(v, &in); err != nil {
		return nil, err
	}
	for name, value := range in.All() {
		o, err := reduceOne(value, kind)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out.Set(name, o)
	}
	return marshal(out)
}

func reduceList(v json.RawMessage) (json.RawMessage, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(v, &list); err != nil {
		return nil, err
	}
	for i := range list {
		var err error
		if list[i], err = reduceOne(list[i], "ref"); err != nil {
			return nil, err
		}
	}
	return marshal(list)
}

// lineLength is how long a value may be to stand on one line: most shapes and
// every member do, so that a new model can be reviewed as a diff.
const lineLength = 120

// layOut writes text over several lines, an entry of an object each, but
// leaves whole what fits on one.
func layOut(b *bytes.Buffer, text json.RawMessage, depth int) error {
	if len(text) <= lineLength || text[0] != '{' {
		b.Write(text)
		return nil
	}
	var o object
	if err := json.Unmarshal(text, &o); err != nil {
		return err
	}
	indent := strings.Repeat(" ", depth+1)
	b.WriteByte('{')
	for i, k := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "\n%s%q: ", indent, k)
		if err := layOut(b, o.values[k], depth+1); err != nil {
			return err
		}
	}
	fmt.Fprintf(b, "\n%s}", indent[1:])
	return nil
}
