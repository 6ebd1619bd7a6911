package restxml

import (
	"io"
	"net/http"
	"reflect"

	"github.com/writ-iam/writ/internal/wire"
)

// answer is the printer of answers: S3 gives milliseconds in bodies.
var answer = wire.Printer{Time: wire.Millis}

// Encode turns the output that v points to into an answer: it sets headers on
// h, appends the body to dst, which is then returned, or returns a stream for
// it, which the caller must close. status is 0 when the output says none. An
// error, a *wire.Error, means that a value cannot stand in a header.
func Encode(h http.Header, dst []byte, v any) (status int, body []byte, stream io.ReadCloser, err error) {
	s, rv := wire.Target(v)
	for i := range s.Fields {
		f := &s.Fields[i]
		fv := rv.Field(f.Index)
		if f.Type.Absent(fv) {
			continue
		}
		switch fv = f.Type.Deref(fv); f.In {
		case wire.Header, wire.Headers:
			err = writeHeader(h, f, fv)
		case wire.Status:
			status = int(fv.Int())
		}
		if err != nil {
			return 0, dst, nil, err
		}
	}
	switch {
	case s.Payload != nil:
		body, stream = appendPayload(h, dst, s.Payload, rv.Field(s.Payload.Index))
	case s.HasBody:
		isXML(h)
		body = answer.Root(append(dst, declaration...), bodyName(s), s, rv)
	default:
		body = dst
	}
	return status, body, stream, nil
}

func isXML(h http.Header) {
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/xml")
	}
}

func appendPayload(h http.Header, dst []byte, f *wire.Field, v reflect.Value) ([]byte, io.ReadCloser) {
	if f.Type.Absent(v) {
		return dst, nil
	}
	switch v = f.Type.Deref(v); f.Type.Kind {
	case wire.Struct:
		isXML(h)
		return answer.Root(append(dst, declaration...), payloadName(f), f.Type.Of, v), nil
	case wire.Blob:
		return append(dst, v.Bytes()...), nil
	case wire.String:
		return append(dst, v.String()...), nil
	}
	stream, ok := v.Interface().(io.ReadCloser)
	if !ok {
		stream = io.NopCloser(v.Interface().(io.Reader))
	}
	return dst, stream
}
