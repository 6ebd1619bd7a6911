package wire

import "unicode/utf8"

// AppendEscaped appends s as XML text or attribute value. A carriage return
// is a reference, since a parser would turn it into a line feed; a character
// that XML 1.0 cannot carry (section 2.2) and bytes that are no UTF-8 become
// U+FFFD.
func AppendEscaped(dst []byte, s string) []byte {
	return appendEscaped(dst, s, false)
}

// appendAttr is AppendEscaped for attribute values, in which a parser would
// also turn tabs and line feeds into spaces.
func appendAttr(dst []byte, s string) []byte {
	return appendEscaped(dst, s, true)
}

func appendEscaped(dst []byte, s string, attr bool) []byte {
	done := 0
	for i := 0; i < len(s); {
		width := 1
		esc := ""
		if c := s[i]; c < utf8.RuneSelf {
			esc = escapeASCII(c, attr)
		} else {
			var r rune
			r, width = utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && width == 1 || !isChar(r) {
				esc = "\uFFFD"
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

func escapeASCII(c byte, attr bool) string {
	switch c {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&quot;"
	case '\r':
		return "&#xD;"
	case '\n':
		if attr {
			return "&#xA;"
		}
		return ""
	case '\t':
		if attr {
			return "&#x9;"
		}
		return ""
	}
	if c < ' ' {
		return "\uFFFD"
	}
	return ""
}

// isChar reports whether XML 1.0 can carry r.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= 0x20 && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD ||
		r >= 0x10000 && r <= 0x10FFFF
}
