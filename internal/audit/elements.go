package audit

import (
	"encoding/base64"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How CloudTrail prints the timestamps inside requestParameters and
// responseElements: IAM's events differ from those of STS by a comma.
const (
	IAMTime = "Jan 2, 2006 3:04:05 PM"
	STSTime = "Jan 2, 2006, 3:04:05 PM"
)

// AppendElements appends v, an input or output of an API or a pointer to one,
// as CloudTrail prints it in requestParameters and responseElements: names
// begin with a small letter (roleName), timestamps are IAMTime. Members of a
// request that travel in the path, in headers or as query parameters keep the
// name they have there (x-amz-acl), except for Bucket and Key, which are
// bucketName and key, and beside them names in the body stay as they are.
//
// Members whose tag says sensitive are left out, as CloudTrail does for IAM
// and STS (a CreateLoginProfile shows no password, a ChangePassword shows
// null; HIDDEN_DUE_TO_SECURITY_REASONS is the way of other services), and so
// are streams and members that are not set. When nothing is left, it is null.
func AppendElements(dst []byte, v any) []byte { return AppendElementsTime(dst, v, IAMTime) }

// AppendElementsTime is AppendElements with another layout of timestamps.
func AppendElementsTime(dst []byte, v any, layout string) []byte {
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer && !rv.IsNil() {
		rv = rv.Elem()
	}
	if rv.Kind() != reflect.Struct {
		return append(dst, "null"...)
	}
	from := len(dst)
	dst = planOf(rv.Type()).append(dst, rv, layout)
	if len(dst) == from+len("{}") {
		return append(dst[:from], "null"...)
	}
	return dst
}

// A plan is the list of members of a struct type that are printed.
type plan struct{ members []planMember }

type planMember struct {
	index int
	name  string // with comma, quotes and colon
	value encoder
}

// An encoder appends a value in any case, and says whether it is set: a member
// that is not is taken back.
type encoder func(dst []byte, v reflect.Value, layout string) ([]byte, bool)

func (p *plan) append(dst []byte, v reflect.Value, layout string) []byte {
	dst, from := begin(dst, "")
	for i := range p.members {
		m := &p.members[i]
		before := len(dst)
		var set bool
		if dst, set = m.value(append(dst, m.name...), v.Field(m.index), layout); !set {
			dst = dst[:before]
		}
	}
	return end(dst, from)
}

var plans sync.Map // reflect.Type of an input or output -> *plan

// planOf returns the plan of an input or output.
func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p, _ := plans.LoadOrStore(t, newPlan(t, travelsInParts(t), true))
	return p.(*plan)
}

// newPlan makes the plan of t: with names verbatim as they are on the wire, and
// outermost if it is an input or output and not a structure in one.
func newPlan(t reflect.Type, verbatim, outermost bool) *plan {
	p := &plan{}
	for i := range t.NumField() {
		f := t.Field(i)
		tag := strings.Split(f.Tag.Get("aws"), ",")
		if !f.IsExported() || hasOption(tag, "sensitive") || hasOption(tag, "stream") || hasOption(tag, "status") {
			continue
		}
		value := encoderOf(f.Type, verbatim)
		if outermost && f.Type.Kind() == reflect.String {
			value = appendRequired
		}
		if value != nil {
			p.members = append(p.members, planMember{i, `,"` + elementName(tag, verbatim) + `":`, value})
		}
	}
	return p
}

func hasOption(tag []string, option string) bool { return slices.Contains(tag[1:], option) }

// travelsInParts reports whether t is spread over path, headers, query and
// body, as the inputs of restXml are.
func travelsInParts(t reflect.Type) bool {
	for i := range t.NumField() {
		tag := strings.Split(t.Field(i).Tag.Get("aws"), ",")
		for _, location := range []string{"uri", "query", "header", "headers", "payload"} {
			if hasOption(tag, location) {
				return true
			}
		}
	}
	return false
}

func elementName(tag []string, verbatim bool) string {
	name := tag[0]
	switch {
	case verbatim && hasOption(tag, "uri") && name == "Bucket":
		return "bucketName"
	case verbatim && !hasOption(tag, "uri"):
		return name
	}
	return strings.ToLower(name[:1]) + name[1:]
}

var timeType = reflect.TypeFor[time.Time]()

// encoderOf returns nil for a type that is never printed: a stream.
func encoderOf(t reflect.Type, verbatim bool) encoder {
	switch t.Kind() {
	case reflect.Pointer:
		return pointerEncoder(t, verbatim)
	case reflect.String:
		return appendText
	case reflect.Bool:
		return func(dst []byte, v reflect.Value, _ string) ([]byte, bool) {
			return strconv.AppendBool(dst, v.Bool()), true
		}
	case reflect.Int32, reflect.Int64:
		return func(dst []byte, v reflect.Value, _ string) ([]byte, bool) {
			return strconv.AppendInt(dst, v.Int(), 10), true
		}
	case reflect.Float64:
		return func(dst []byte, v reflect.Value, _ string) ([]byte, bool) {
			return strconv.AppendFloat(dst, v.Float(), 'g', -1, 64), true
		}
	case reflect.Struct:
		if t == timeType {
			return appendTimestamp
		}
		return structEncoder(t, verbatim)
	case reflect.Slice:
		return sliceEncoder(t, verbatim)
	case reflect.Map:
		return mapEncoder(t, verbatim)
	}
	return nil
}

func appendText(dst []byte, v reflect.Value, _ string) ([]byte, bool) {
	return appendString(dst, v.String()), true
}

// appendRequired is for a required string of a call, which was not sent when
// it is empty. (In a tag, an empty value is a value.)
func appendRequired(dst []byte, v reflect.Value, _ string) ([]byte, bool) {
	return appendString(dst, v.String()), v.Len() > 0
}

func appendTimestamp(dst []byte, v reflect.Value, layout string) ([]byte, bool) {
	var t time.Time
	if v.CanAddr() {
		t = *v.Addr().Interface().(*time.Time) // no copy on the heap
	} else {
		t = v.Interface().(time.Time)
	}
	return append(t.UTC().AppendFormat(append(dst, '"'), layout), '"'), !t.IsZero()
}

func pointerEncoder(t reflect.Type, verbatim bool) encoder {
	elem := encoderOf(t.Elem(), verbatim)
	if elem == nil {
		return nil
	}
	return func(dst []byte, v reflect.Value, layout string) ([]byte, bool) {
		if v.IsNil() {
			return dst, false
		}
		dst, _ = elem(dst, v.Elem(), layout)
		return dst, true
	}
}

// structEncoder makes the plan when it is first used: a type may contain
// itself.
func structEncoder(t reflect.Type, verbatim bool) encoder {
	inner := sync.OnceValue(func() *plan { return newPlan(t, verbatim, false) })
	return func(dst []byte, v reflect.Value, layout string) ([]byte, bool) {
		return inner().append(dst, v, layout), true
	}
}

func sliceEncoder(t reflect.Type, verbatim bool) encoder {
	if t.Elem().Kind() == reflect.Uint8 {
		return func(dst []byte, v reflect.Value, _ string) ([]byte, bool) {
			return append(base64.StdEncoding.AppendEncode(append(dst, '"'), v.Bytes()), '"'), !v.IsNil()
		}
	}
	elem := encoderOf(t.Elem(), verbatim)
	if elem == nil {
		return nil
	}
	return func(dst []byte, v reflect.Value, layout string) ([]byte, bool) {
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst, _ = elem(dst, v.Index(i), layout)
		}
		return append(dst, ']'), !v.IsNil()
	}
}

func mapEncoder(t reflect.Type, verbatim bool) encoder {
	elem := encoderOf(t.Elem(), verbatim)
	if elem == nil || t.Key().Kind() != reflect.String {
		return nil
	}
	return func(dst []byte, v reflect.Value, layout string) ([]byte, bool) {
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		dst, from := begin(dst, "")
		for _, k := range keys {
			dst = append(appendString(append(dst, ','), k.String()), ':')
			dst, _ = elem(dst, v.MapIndex(k), layout)
		}
		return end(dst, from), !v.IsNil()
	}
}
