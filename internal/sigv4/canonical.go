package sigv4

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// pathRule is how a service canonicalises the path of a request.
type pathRule uint8

const (
	// normalizedPath: without empty and dot segments, the path of the request
	// line is encoded once more. All services but S3.
	normalizedPath pathRule = iota
	// objectPath: the decoded path is encoded once, never normalised, because
	// an object's key may hold such segments. S3.
	objectPath
)

func (s *Signature) pathRule() pathRule {
	if s.Service == serviceS3 {
		return objectPath
	}
	return normalizedPath
}

// scratch holds what a calculation needs, for reuse.
type scratch struct {
	canonical []byte // canonical request, then string to sign
	params    []byte // encoded query parameters
	pairs     []pair
	name      [64]byte
}

// pair are the places of a parameter's name and value in scratch.params.
type pair struct{ start, middle, end int }

const maxScratch = 64 << 10 // a larger one is not kept

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func getScratch() *scratch {
	sc := scratches.Get().(*scratch)
	sc.canonical, sc.params, sc.pairs = sc.canonical[:0], sc.params[:0], sc.pairs[:0]
	return sc
}

func (sc *scratch) release() {
	if cap(sc.canonical)+cap(sc.params) <= maxScratch {
		scratches.Put(sc)
	}
}

// buildCanonical writes the canonical request into sc.
func (s *Signature) buildCanonical(sc *scratch, r *http.Request, rule pathRule, payloadHash []byte) *Error {
	dst := append(append(sc.canonical, r.Method...), '\n')
	if rule == objectPath {
		dst = appendPath(dst, cmp.Or(r.URL.Path, "/"))
	} else {
		dst = appendNormalized(dst, wirePath(r.URL))
	}
	dst = append(dst, '\n')
	dst, ok := sc.appendQuery(dst, r.URL.RawQuery)
	if !ok {
		return refuse(MalformedQuery, "The query string holds a malformed percent-encoding.")
	}
	dst = append(dst, '\n')
	for _, name := range s.SignedHeaders {
		dst = append(append(dst, name...), ':')
		if dst, ok = sc.appendHeader(dst, r, name); !ok {
			return refuse(Mismatch, "The signed header '%s' is missing.", name)
		}
		dst = append(dst, '\n')
	}
	dst = append(dst, '\n')
	for i, name := range s.SignedHeaders {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, name...)
	}
	sc.canonical = append(append(dst, '\n'), payloadHash...)
	return nil
}

// appendQuery appends the parameters of a query string sorted by encoded name,
// then encoded value, without the signature itself.
func (sc *scratch) appendQuery(dst []byte, rawQuery string) ([]byte, bool) {
	for rawQuery != "" {
		var raw string
		raw, rawQuery, _ = strings.Cut(rawQuery, "&")
		if raw == "" {
			continue
		}
		name, value, _ := strings.Cut(raw, "=")
		p := pair{start: len(sc.params)}
		var ok1, ok2 bool
		sc.params, ok1 = appendParam(sc.params, name)
		p.middle = len(sc.params)
		sc.params, ok2 = appendParam(sc.params, value)
		p.end = len(sc.params)
		if !ok1 || !ok2 {
			return dst, false
		}
		if string(sc.params[p.start:p.middle]) != paramNames[paramSignature] {
			sc.pairs = append(sc.pairs, p)
		}
	}
	text := sc.params
	slices.SortFunc(sc.pairs, func(a, b pair) int {
		if c := bytes.Compare(text[a.start:a.middle], text[b.start:b.middle]); c != 0 {
			return c
		}
		return bytes.Compare(text[a.middle:a.end], text[b.middle:b.end])
	})
	for i, p := range sc.pairs {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(append(dst, text[p.start:p.middle]...), '=')
		dst = append(dst, text[p.middle:p.end]...)
	}
	return dst, true
}

// appendHeader appends the values of a header, joined by commas. It is false
// when the request has none of that name.
func (sc *scratch) appendHeader(dst []byte, r *http.Request, name string) ([]byte, bool) {
	if name == "host" {
		return appendTrimmed(dst, cmp.Or(r.Host, r.URL.Host)), true
	}
	values, ok := r.Header[string(sc.headerKey(name))]
	if !ok {
		return appendMoved(dst, r, name)
	}
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendTrimmed(dst, v)
	}
	return dst, true
}

// appendMoved appends a header that net/http takes out of the map.
func appendMoved(dst []byte, r *http.Request, name string) ([]byte, bool) {
	switch {
	case name == "content-length" && r.ContentLength >= 0:
		return strconv.AppendInt(dst, r.ContentLength, 10), true
	case name == "transfer-encoding" && len(r.TransferEncoding) > 0:
		return append(dst, strings.Join(r.TransferEncoding, ",")...), true
	}
	return dst, false
}

// headerKey returns a lower-case name in the form of http.Header's keys.
func (sc *scratch) headerKey(name string) []byte {
	key := append(sc.name[:0], name...)
	upper := true
	for i, c := range key {
		if upper && 'a' <= c && c <= 'z' {
			key[i] = c - 'a' + 'A'
		}
		upper = c == '-'
	}
	return key
}

// appendTrimmed appends a header's value without spaces at its ends and with
// runs of spaces inside made one.
func appendTrimmed(dst []byte, v string) []byte {
	for v != "" && (v[0] == ' ' || v[0] == '\t') {
		v = v[1:]
	}
	for v != "" && (v[len(v)-1] == ' ' || v[len(v)-1] == '\t') {
		v = v[:len(v)-1]
	}
	for {
		i := strings.Index(v, "  ")
		if i < 0 {
			return append(dst, v...)
		}
		dst = append(dst, v[:i]...)
		v = v[i+1:]
	}
}

// buildStringToSign appends the string to sign to the canonical request in sc
// and returns it.
func (s *Signature) buildStringToSign(sc *scratch) []byte {
	sum := sha256.Sum256(sc.canonical)
	start := len(sc.canonical)
	dst := appendLines(sc.canonical, Algorithm, s.date, s.scope)
	sc.canonical = hex.AppendEncode(dst, sum[:])
	return sc.canonical[start:]
}

func appendLines(dst []byte, lines ...string) []byte {
	for _, l := range lines {
		dst = append(append(dst, l...), '\n')
	}
	return dst
}
