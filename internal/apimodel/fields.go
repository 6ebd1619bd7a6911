package apimodel

import (
	"fmt"
	"slices"
	"strings"
)

// fields makes the Go fields of a structure, in the order of the model.
func (a *api) fields(name string, sh *Shape, s side) ([]field, error) {
	var all []field
	for member, ref := range sh.Members.All() {
		target, err := a.shape(ref.Shape)
		if err != nil {
			return nil, err
		}
		f := field{
			name:     exported(member),
			member:   member,
			shape:    ref.Shape,
			required: slices.Contains(sh.Required, member) && !ref.Idempotency,
			secret:   target.Sensitive || slices.Contains(a.overlay.Secrets, member),
		}
		if f.goType, err = a.fieldType(name, ref, target, f.required, s); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", name, member, err)
		}
		if f.tag, err = a.tag(member, sh, f, s); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", name, member, err)
		}
		all = append(all, f)
	}
	return slices.DeleteFunc(slices.Clone(all), func(f field) bool {
		ref, _ := sh.Members.Get(f.member)
		return ref.Deprecated && sharesName(all, f)
	}), nil
}

// sharesName reports whether another field has f's name on the wire. In S3's
// old notifications a list and the single value that it replaced do; the list
// reads and writes the same bytes, so the deprecated one is left out.
func sharesName(fields []field, f field) bool {
	wireName := func(f field) string { return strings.Split(f.tag, ",")[0] }
	return slices.ContainsFunc(fields, func(other field) bool { return other.member != f.member && wireName(other) == wireName(f) })
}

// fieldType is the Go type of a member: an optional scalar or structure is a
// pointer, and so is any use of a structure within itself.
func (a *api) fieldType(owner string, ref *Ref, target *Shape, required bool, s side) (string, error) {
	if target.Type == "blob" && (ref.Streaming || target.Streaming) {
		if s == output {
			return "io.ReadCloser", nil
		}
		return "io.Reader", nil
	}
	if target.Stream {
		return "*struct{}", nil
	}
	t, err := a.valueType(ref.Shape, target)
	if err != nil {
		return "", err
	}
	switch target.Type {
	case "list", "map", "blob":
		return t, nil
	}
	if !required || target.Type == "structure" && a.contains(ref.Shape, owner, nil) {
		return "*" + t, nil
	}
	return t, nil
}

// valueType is the Go type of a value that is there.
func (a *api) valueType(name string, sh *Shape) (string, error) {
	switch sh.Type {
	case "string":
		if sh.Enum != nil {
			return exported(name), nil
		}
		return "string", nil
	case "boolean":
		return "bool", nil
	case "integer":
		return "int32", nil
	case "long":
		return "int64", nil
	case "float", "double":
		return "float64", nil
	case "timestamp":
		return "time.Time", nil
	case "blob":
		return "[]byte", nil
	case "structure":
		return exported(name), nil
	case "list":
		elem, err := a.elemType(sh.Member)
		return "[]" + elem, err
	case "map":
		elem, err := a.elemType(sh.Value)
		return "map[string]" + elem, err
	}
	return "", fmt.Errorf("shape %s has type %q", name, sh.Type)
}

func (a *api) elemType(ref *Ref) (string, error) {
	sh, err := a.shape(ref.Shape)
	if err != nil {
		return "", err
	}
	return a.valueType(ref.Shape, sh)
}

// contains reports whether a value of shape name holds, without a list or map
// between, a value of shape part.
func (a *api) contains(name, part string, seen []string) bool {
	if name == part {
		return true
	}
	if slices.Contains(seen, name) {
		return false
	}
	sh, err := a.shape(name)
	if err != nil || sh.Type != "structure" {
		return false
	}
	for _, ref := range sh.Members.All() {
		if a.contains(ref.Shape, part, append(seen, name)) {
			return true
		}
	}
	return false
}

// tag is the text of a field's aws tag: its name on the wire, then options.
func (a *api) tag(member string, sh *Shape, f field, s side) (string, error) {
	ref, _ := sh.Members.Get(member)
	target, _ := a.model.Shapes.Get(f.shape)
	name, options, err := a.wireName(member, ref, target)
	if err != nil {
		return "", err
	}
	if f.required {
		options = append([]string{"required"}, options...)
	}
	options = append(options, location(ref)...)
	if sh.Payload == member {
		options = append(options, "payload")
	}
	if strings.HasPrefix(f.goType, "io.") {
		options = append(options, "stream")
	}
	options = append(options, a.timeOption(ref, target)...)
	if ns := a.elementNamespace(member, sh, ref, target, s); ns != nil {
		options = append(options, strings.TrimPrefix(namespaceTag(ns), ","))
	}
	if ref.JSONValue {
		options = append(options, "jsonvalue")
	}
	if f.secret {
		options = append(options, "sensitive")
	}
	return strings.Join(append([]string{name}, options...), ","), nil
}

// wireName is the name of a member on the wire, and the options that say how
// its elements are named. A flattened list has the name of its elements.
func (a *api) wireName(member string, ref *Ref, target *Shape) (name string, options []string, err error) {
	name = firstOf(ref.QueryName, ref.LocationName, target.LocationName, member)
	flat := ref.Flattened || target.Flattened
	if flat {
		options = append(options, "flat")
	}
	switch {
	case target.Type == "list" && ref.Location == "":
		elem, err := a.shape(target.Member.Shape)
		if err != nil {
			return "", nil, err
		}
		item := firstOf(target.Member.LocationName, elem.LocationName)
		if flat && item != "" {
			name = item
		} else if item != "" && item != "member" {
			options = append(options, "item="+item)
		}
	case target.Type == "map" && ref.Location == "":
		for _, part := range []struct {
			option string
			ref    *Ref
		}{{"key", target.Key}, {"value", target.Value}} {
			if n := part.ref.LocationName; n != "" && n != part.option {
				options = append(options, part.option+"="+n)
			}
		}
	}
	return name, options, nil
}

func firstOf(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return ""
}

// location is the option for a member that does not stand in the body.
func location(ref *Ref) []string {
	switch {
	case ref.XMLAttribute:
		return []string{"attr"}
	case ref.Location == "querystring":
		return []string{"query"}
	case ref.Location == "statusCode":
		return []string{"status"}
	case ref.Location != "":
		return []string{ref.Location}
	}
	return nil
}

// timeOption names the format of a timestamp that is not the protocol's own
// for its place: rfc822 in headers, iso8601 elsewhere.
func (a *api) timeOption(ref *Ref, target *Shape) []string {
	usual := "iso8601"
	if ref.Location == "header" {
		usual = "rfc822"
	}
	format := firstOf(ref.TimestampFormat, target.TimestampFormat, usual)
	if target.Type != "timestamp" || format == usual {
		return nil
	}
	if format == "unixTimestamp" {
		format = "unix"
	}
	return []string{"time=" + format}
}

// elementNamespace is the XML namespace of a member's element. The payload of an
// answer has the service's, which the model only says of requests.
func (a *api) elementNamespace(member string, sh *Shape, ref *Ref, target *Shape, s side) *Namespace {
	switch {
	case ref.XMLNamespace != nil:
		return ref.XMLNamespace
	case target.XMLNamespace != nil:
		return target.XMLNamespace
	case s == output && sh.Payload == member && target.Type == "structure" && !target.Stream:
		return &Namespace{URI: a.namespace}
	}
	return nil
}

func namespaceTag(ns *Namespace) string {
	if ns == nil {
		return ""
	}
	if ns.Prefix != "" {
		return ",ns=" + ns.URI + ",prefix=" + ns.Prefix
	}
	return ",ns=" + ns.URI
}
