package awsquery

import (
	"math"
	"reflect"
	"unicode/utf8"

	"github.com/writ-iam/writ/internal/wire"
)

// AppendJSONResponse appends r as the JSON that AWS answers a client that
// accepts it: the same members, lists as arrays, times as seconds since 1970.
func AppendJSONResponse(dst []byte, r Response) []byte {
	dst = append(dst, '{')
	dst = appendKey(dst, r.Operation+"Response")
	dst = append(dst, '{')
	if r.ResultWrapper != "" {
		dst = append(appendKey(dst, r.ResultWrapper), '{')
	}
	if r.Result != nil {
		s, v := wire.Target(r.Result)
		dst = appendMembers(dst, s, v)
	}
	if r.ResultWrapper != "" {
		dst = append(dst, '}')
	}
	dst = appendKey(comma(dst), "ResponseMetadata")
	dst = append(dst, '{')
	dst = appendPair(dst, "RequestId", r.RequestID)
	return append(dst, "}}}"...)
}

// AppendJSONError appends e as JSON.
func AppendJSONError(dst []byte, e Error) []byte {
	dst = append(dst, `{"Error":{`...)
	dst = appendPair(dst, "Code", e.Code)
	if e.Message != "" {
		dst = appendPair(dst, "Message", e.Message)
	}
	dst = appendPair(dst, "Type", e.Type)
	for _, d := range e.Detail {
		dst = appendPair(dst, d.Name, d.Value)
	}
	dst = append(dst, '}')
	dst = appendPair(dst, "RequestId", e.RequestID)
	return append(dst, '}')
}

// appendMembers appends the members of v, of plan s, without braces.
func appendMembers(dst []byte, s *wire.Structure, v reflect.Value) []byte {
	for i := range s.Fields {
		f := &s.Fields[i]
		fv := v.Field(f.Index)
		if f.Type.Absent(fv) {
			if !f.Required {
				continue
			}
			dst = append(appendKey(comma(dst), f.Name), nothing(f.Type)...)
			continue
		}
		dst = appendKey(comma(dst), f.Name)
		dst = appendValue(dst, f, f.Type, f.Type.Deref(fv))
	}
	return dst
}

// nothing is a required member of type t that is absent.
func nothing(t *wire.Type) string {
	switch t.Kind {
	case wire.List:
		return "[]"
	case wire.Map:
		return "{}"
	}
	return "null"
}

// appendValue appends v, of type t with the pointer followed.
func appendValue(dst []byte, f *wire.Field, t *wire.Type, v reflect.Value) []byte {
	switch t.Kind {
	case wire.Struct:
		return append(appendMembers(append(dst, '{'), t.Of, v), '}')
	case wire.List:
		dst = append(dst, '[')
		for i := range v.Len() {
			dst = appendValue(comma(dst), f, t.Elem, t.Elem.Deref(v.Index(i)))
		}
		return append(dst, ']')
	case wire.Map:
		dst = append(dst, '{')
		for _, k := range wire.SortedKeys(v) {
			dst = appendKey(comma(dst), k.String())
			dst = appendValue(dst, f, t.Elem, t.Elem.Deref(v.MapIndex(k)))
		}
		return append(dst, '}')
	}
	return appendScalar(dst, f, t, v)
}

func appendScalar(dst []byte, f *wire.Field, t *wire.Type, v reflect.Value) []byte {
	switch t.Kind {
	case wire.String:
		return appendQuoted(dst, v.String())
	case wire.Bool, wire.Int:
		return wire.AppendText(dst, t, v, 0)
	case wire.Float:
		if x := v.Float(); !math.IsNaN(x) && !math.IsInf(x, 0) {
			return wire.AppendFloat(dst, x)
		}
	case wire.Time:
		if f.Time == 0 || f.Time == wire.Unix {
			return wire.AppendTime(dst, wire.TimeOf(v), wire.Unix)
		}
	}
	dst = append(dst, '"')
	dst = wire.AppendText(dst, t, v, f.Time)
	return append(dst, '"')
}

// comma appends a comma unless a list or object begins there.
func comma(dst []byte) []byte {
	switch dst[len(dst)-1] {
	case '{', '[':
		return dst
	}
	return append(dst, ',')
}

func appendKey(dst []byte, key string) []byte {
	return append(appendQuoted(dst, key), ':')
}

func appendPair(dst []byte, key, value string) []byte {
	return appendQuoted(appendKey(comma(dst), key), value)
}

// appendQuoted appends s as a JSON string. Bytes that are no UTF-8 become
// U+FFFD. Markup is escaped: who looks for XML in an answer that repeats a
// caller's text must not find the caller's.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c < ' ' || c == '<' || c == '>' || c == '&':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		i++
	}
	return append(dst, '"')
}
