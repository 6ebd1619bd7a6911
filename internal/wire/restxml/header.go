package restxml

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/writ-iam/writ/internal/wire"
)

// readHeader reads member f from h and reports whether it is there.
func readHeader(h http.Header, f *wire.Field, v reflect.Value) (bool, error) {
	if f.In == wire.Headers {
		return readPrefix(h, f, v), nil
	}
	lines := h[f.Header]
	switch {
	case len(lines) == 0:
		return false, nil
	case f.Type.Kind == wire.List:
		texts, ok := splitList(strings.Join(lines, ","), isDate(f))
		if !ok {
			return false, &wire.Error{Reason: wire.Value, Name: f.Name, Text: "is not a list"}
		}
		return true, setAll(f, f.Type, f.Type.Fill(v), texts)
	case len(lines) > 1:
		return false, &wire.Error{Reason: wire.Duplicate, Name: f.Name, Text: "is given more than once"}
	case f.JSON:
		return true, readJSON(f, v, lines[0])
	}
	return true, set(f, f.Type, v, lines[0])
}

// readPrefix reads the headers that begin with f's name. What follows that is
// the key, in lower case since HTTP has none; a header that is repeated is one
// value with commas.
func readPrefix(h http.Header, f *wire.Field, v reflect.Value) bool {
	m := reflect.MakeMap(f.Type.Go)
	for name, lines := range h {
		if len(name) <= len(f.Name) || !strings.EqualFold(name[:len(f.Name)], f.Name) {
			continue
		}
		key := reflect.New(f.Type.Go.Key()).Elem()
		key.SetString(strings.ToLower(name[len(f.Name):]))
		value := reflect.New(f.Type.Go.Elem()).Elem()
		f.Type.Elem.Fill(value).SetString(strings.Join(lines, ","))
		m.SetMapIndex(key, value)
	}
	if m.Len() == 0 {
		return false
	}
	f.Type.Fill(v).Set(m)
	return true
}

func readJSON(f *wire.Field, v reflect.Value, text string) error {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !json.Valid(b) {
		return &wire.Error{Reason: wire.Value, Name: f.Name, Text: "is not JSON in base64"}
	}
	f.Type.Fill(v).SetString(string(b))
	return nil
}

// isDate reports whether f is a list of dates with a comma in each.
func isDate(f *wire.Field) bool {
	return f.Type.Elem.Kind == wire.Time && timeIn(f) == wire.RFC822
}

// splitList splits a list header at its commas, or at every second one if its
// elements are dates. An element may be quoted.
func splitList(s string, dates bool) (texts []string, ok bool) {
	for {
		s = strings.TrimLeft(s, " \t")
		var text string
		if strings.HasPrefix(s, `"`) {
			if text, s, ok = unquote(s); !ok {
				return nil, false
			}
		} else {
			n := elementEnd(s, dates)
			text, s = strings.TrimRight(s[:n], " \t"), s[n:]
		}
		texts = append(texts, text)
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return texts, true
		}
		if s[0] != ',' {
			return nil, false
		}
		s = s[1:]
	}
}

func elementEnd(s string, date bool) int {
	n := strings.IndexByte(s, ',')
	if date && n >= 0 {
		if m := strings.IndexByte(s[n+1:], ','); m >= 0 {
			return n + 1 + m
		}
		return len(s)
	}
	if n < 0 {
		return len(s)
	}
	return n
}

// unquote reads the quoted string that s begins with.
func unquote(s string) (text, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// writeHeader sets member f, which is not absent, on h.
func writeHeader(h http.Header, f *wire.Field, v reflect.Value) error {
	if f.In == wire.Headers {
		return writePrefix(h, f, v)
	}
	var text []byte
	switch {
	case f.Type.Kind == wire.List:
		text = appendList(nil, f, v)
	case f.JSON:
		if !json.Valid([]byte(v.String())) {
			return &wire.Error{Reason: wire.Value, Name: f.Name, Text: "is not JSON"}
		}
		text = base64.StdEncoding.AppendEncode(nil, []byte(v.String()))
	default:
		text = wire.AppendText(nil, f.Type, v, timeIn(f))
	}
	return setHeader(h, f.Name, string(text))
}

func appendList(dst []byte, f *wire.Field, v reflect.Value) []byte {
	for i := range v.Len() {
		if i > 0 {
			dst = append(dst, ',')
		}
		elem := f.Type.Elem
		text := string(wire.AppendText(nil, elem, elem.Deref(v.Index(i)), timeIn(f)))
		if elem.Kind == wire.String && (strings.ContainsAny(text, "\",") || text != strings.TrimSpace(text)) {
			text = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
		}
		dst = append(dst, text...)
	}
	return dst
}

func writePrefix(h http.Header, f *wire.Field, v reflect.Value) error {
	for _, k := range wire.SortedKeys(v) {
		value := f.Type.Elem.Deref(v.MapIndex(k)).String()
		if err := setHeader(h, f.Name+k.String(), value); err != nil {
			return err
		}
	}
	return nil
}

// setHeader refuses what would end the line, and with it begin another header
// or the body.
func setHeader(h http.Header, name, value string) error {
	if strings.ContainsAny(name, "\r\n\x00: ") || strings.ContainsAny(value, "\r\n\x00") {
		return &wire.Error{Reason: wire.Value, Name: name, Text: "cannot stand in a header"}
	}
	h.Set(name, value)
	return nil
}
