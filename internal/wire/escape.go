package wire

import "unicode/utf8"

// AppendEscaped appends s as XML text or attribute value. A carriage return
// is a reference, since a parser would turn it into a line feed; a character
// that XML 1.0 cannot carry (section 2.2) and bytes that are no UTF-8 become
// U+FFFD.
func AppendEscaped(dst []byte, s string) []byte {
	return appendEscaped(dst, s, &textEscapes)
}

// appendAttr is AppendEscaped for attribute values, in which a parser would
// also turn tabs and line feeds into spaces.
func appendAttr(dst []byte, s string) []byte {
	return appendEscaped(dst, s, &attrEscapes)
}

// escapes says for every ASCII character what stands for it; "" is itself.
type escapes [utf8.RuneSelf]string

const replacement = "\uFFFD"

var textEscapes, attrEscapes = makeEscapes()

func makeEscapes() (text, attr escapes) {
	for c := range text {
		if !isChar(rune(c)) {
			text[c] = replacement
		}
	}
	text['&'], text['<'], text['>'] = "&amp;", "&lt;", "&gt;"
	text['"'], text['\r'] = "&quot;", "&#xD;"
	attr = text
	attr['\n'], attr['\t'] = "&#xA;", "&#x9;"
	return text, attr
}

func appendEscaped(dst []byte, s string, table *escapes) []byte {
	done := 0 // what is before it has been appended
	for i := 0; i < len(s); {
		width, esc := 1, ""
		if c := s[i]; c < utf8.RuneSelf {
			esc = table[c]
		} else {
			var r rune
			r, width = utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && width == 1 || !isChar(r) {
				esc = replacement
			}
		}
		if esc != "" {
			dst = append(dst, s[done:i]...)
			dst = append(dst, esc...)
			done = i + width
		}
		i += width
	}
	return append(dst, s[done:]...)
}

// isChar reports whether XML 1.0 can carry r.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= 0x20 && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD ||
		r >= 0x10000 && r <= 0x10FFFF
}
