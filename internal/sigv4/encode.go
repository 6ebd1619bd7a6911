package sigv4

import "net/url"

const upperHex = "0123456789ABCDEF"

// unreserved are the bytes that are never percent-encoded (RFC 3986, 2.3).
var unreserved = func() (t [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		t[c] = true
	}
	return t
}()

func appendByte(dst []byte, c byte) []byte {
	if unreserved[c] {
		return append(dst, c)
	}
	return append(dst, '%', upperHex[c>>4], upperHex[c&15])
}

// appendPath appends a path, every byte but unreserved ones and '/' encoded.
func appendPath(dst []byte, path string) []byte {
	for i := range len(path) {
		if path[i] == '/' {
			dst = append(dst, '/')
		} else {
			dst = appendByte(dst, path[i])
		}
	}
	return dst
}

// appendParam appends one name or value of a query string, decoded and encoded
// again in the canonical way. A plus is a space, as in a form: who decodes the
// query later reads it so.
func appendParam(dst []byte, raw string) ([]byte, bool) {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch c {
		case '+':
			c = ' '
		case '%':
			if i+2 >= len(raw) {
				return dst, false
			}
			hi, ok1 := unhex(raw[i+1])
			lo, ok2 := unhex(raw[i+2])
			if !ok1 || !ok2 {
				return dst, false
			}
			c, i = hi<<4|lo, i+2
		}
		dst = appendByte(dst, c)
	}
	return dst, true
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// wirePath returns the path of u as it stood in the request line. url.URL
// keeps it in RawPath where its own encoding would differ, and RawPath counts
// only while it still agrees with Path, which is what gets routed.
func wirePath(u *url.URL) string {
	if u.RawPath != "" {
		if p, err := url.PathUnescape(u.RawPath); err == nil && p == u.Path {
			return u.RawPath
		}
	}
	return u.EscapedPath()
}

// appendNormalized appends a path without its empty and dot segments, encoded.
// A slash at the end stays, unless nothing is left before it.
func appendNormalized(dst []byte, path string) []byte {
	start := len(dst)
	for i := 0; i < len(path); {
		end := i
		for end < len(path) && path[end] != '/' {
			end++
		}
		switch segment := path[i:end]; segment {
		case "", ".":
		case "..":
			dst = dst[:lastSlash(dst, start)]
		default:
			dst = appendPath(append(dst, '/'), segment)
		}
		i = end + 1
	}
	if len(dst) == start || len(path) > 0 && path[len(path)-1] == '/' {
		dst = append(dst, '/')
	}
	return dst
}

// lastSlash returns where the last segment begins, start when there is none.
func lastSlash(b []byte, start int) int {
	for i := len(b) - 1; i > start; i-- {
		if b[i] == '/' {
			return i
		}
	}
	return start
}
