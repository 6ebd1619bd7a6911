package accountfile

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// quote writes a string as HCL does: no part of it is taken for a template.
//
// Source: Template Expressions and Quoted literals in the HCL Native Syntax
// Specification.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		case r > 0xFFFF && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// appendHCL appends a JSON text as an expression of HCL.
func appendHCL(dst []byte, text string) ([]byte, error) {
	d := jsontext.NewDecoder(strings.NewReader(text))
	dst, err := appendValue(dst, d, 0)
	if err != nil {
		return dst, err
	}
	if d.PeekKind() != 0 {
		return dst, fmt.Errorf("text after the value")
	}
	return dst, nil
}

func appendValue(dst []byte, d *jsontext.Decoder, indent int) ([]byte, error) {
	switch d.PeekKind() {
	case '{', '[':
		return appendCompound(dst, d, indent)
	}
	token, err := d.ReadToken()
	if err != nil {
		return dst, err
	}
	if token.Kind() == '"' {
		return append(dst, quote(token.String())...), nil
	}
	return append(dst, token.String()...), nil
}

// appendCompound appends an object or an array, an element a line.
func appendCompound(dst []byte, d *jsontext.Decoder, indent int) ([]byte, error) {
	open, err := d.ReadToken()
	if err != nil {
		return dst, err
	}
	object := open.Kind() == '{'
	dst = append(dst, byte(open.Kind()))
	for n := 0; d.PeekKind() != '}' && d.PeekKind() != ']'; n++ {
		if n > 0 && !object {
			dst = append(dst, ',')
		}
		dst = append(append(dst, '\n'), strings.Repeat("  ", indent+1)...)
		if object {
			name, err := d.ReadToken()
			if err != nil {
				return dst, err
			}
			dst = append(append(dst, quote(name.String())...), " = "...)
		}
		if dst, err = appendValue(dst, d, indent+1); err != nil {
			return dst, err
		}
	}
	end, err := d.ReadToken()
	if err != nil {
		return dst, err
	}
	if dst[len(dst)-1] != byte(open.Kind()) {
		dst = append(append(dst, '\n'), strings.Repeat("  ", indent)...)
	}
	return append(dst, byte(end.Kind())), nil
}
