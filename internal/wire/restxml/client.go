package restxml

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/wire"
)

// call is the printer of requests.
var call = wire.Printer{Time: wire.ISO8601}

// EncodeRequest makes the request of a call with the input that v points to;
// v may be nil. Its URL has a path and a query alone: scheme and host are the
// caller's. The body is the stream itself when the input has one, and then the
// length is not set.
func EncodeRequest(method, uriTemplate string, v any) (*http.Request, error) {
	path, query, _ := strings.Cut(uriTemplate, "?")
	if v == nil {
		v = &struct{}{}
	}
	s, rv := wire.Target(v)
	e := requestEncoder{header: http.Header{}, labels: map[string]string{}, query: query}
	for i := range s.Fields {
		f := &s.Fields[i]
		if fv := rv.Field(f.Index); !f.Type.Absent(fv) {
			if err := e.member(f, f.Type.Deref(fv)); err != nil {
				return nil, err
			}
		}
	}
	raw, err := fillPath(path, e.labels)
	if err != nil {
		return nil, err
	}
	if e.body == nil && e.hasBody {
		e.xml(call.Root(nil, bodyName(s), s, rv))
	}
	req, err := http.NewRequest(method, "/", e.body)
	if err != nil {
		return nil, err
	}
	decoded, err := url.PathUnescape(raw)
	if err != nil {
		return nil, err
	}
	req.URL = &url.URL{Path: decoded, RawPath: raw, RawQuery: e.query}
	req.Header = e.header
	return req, nil
}

type requestEncoder struct {
	header  http.Header
	labels  map[string]string
	query   string
	body    io.Reader
	hasBody bool // some member stands in the body
}

// member adds a member that is not absent.
func (e *requestEncoder) member(f *wire.Field, v reflect.Value) error {
	switch f.In {
	case wire.Header, wire.Headers:
		return writeHeader(e.header, f, v)
	case wire.URI:
		e.labels[f.Name] = string(wire.AppendText(nil, f.Type, v, timeIn(f)))
	case wire.Query:
		e.addQuery(f, f.Type, f.Name, v)
	case wire.Payload:
		e.payload(f, v)
	case wire.Body:
		e.hasBody = true
	}
	return nil
}

func (e *requestEncoder) addQuery(f *wire.Field, t *wire.Type, name string, v reflect.Value) {
	switch t.Kind {
	case wire.List:
		for i := range v.Len() {
			e.addQuery(f, t.Elem, name, t.Elem.Deref(v.Index(i)))
		}
		return
	case wire.Map:
		for _, k := range wire.SortedKeys(v) {
			e.addQuery(f, t.Elem, k.String(), t.Elem.Deref(v.MapIndex(k)))
		}
		return
	}
	if e.query != "" {
		e.query += "&"
	}
	e.query += escape(name, false) + "=" + escape(string(wire.AppendText(nil, t, v, timeIn(f))), false)
}

func (e *requestEncoder) payload(f *wire.Field, v reflect.Value) {
	switch f.Type.Kind {
	case wire.Struct:
		e.xml(call.Root(nil, payloadName(f), f.Type.Of, v))
	case wire.Blob:
		e.body = bytes.NewReader(v.Bytes())
	case wire.String:
		e.body = strings.NewReader(v.String())
	default:
		e.body = v.Interface().(io.Reader)
	}
}

func (e *requestEncoder) xml(body []byte) {
	isXML(e.header)
	e.body = bytes.NewReader(body)
}

// fillPath puts labels into a template such as /{Bucket}/{Key+}.
func fillPath(template string, labels map[string]string) (string, error) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(template, "{")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		var name string
		name, template, _ = strings.Cut(rest, "}")
		name, greedy := strings.CutSuffix(name, "+")
		if labels[name] == "" {
			return "", &wire.Error{Reason: wire.Value, Name: name, Text: "is empty, and a path needs it"}
		}
		b.WriteString(escape(labels[name], greedy))
	}
}

// escape percent-encodes all but the unreserved characters of RFC 3986, and
// slashes if they are to be kept.
func escape(s string, slashes bool) string {
	s = strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	if slashes {
		s = strings.ReplaceAll(s, "%2F", "/")
	}
	return s
}

// lenient is the parser of answers.
var lenient = wire.Parser{Time: wire.ISO8601, Lenient: true}

// DecodeResponse reads an answer into the output that v points to. Elements
// and headers that v has no member for are passed over. If the output is a
// stream it takes body over; otherwise body is read to its end, and not
// closed.
func DecodeResponse(status int, h http.Header, body io.Reader, v any) error {
	s, rv := wire.Target(v)
	for i := range s.Fields {
		f := &s.Fields[i]
		fv := rv.Field(f.Index)
		switch f.In {
		case wire.Header, wire.Headers:
			if _, err := readHeader(h, f, fv); err != nil {
				return err
			}
		case wire.Status:
			f.Type.Fill(fv).SetInt(int64(status))
		}
	}
	if f := s.Payload; f != nil && f.Type.Kind == wire.Stream {
		stream, ok := body.(io.ReadCloser)
		if !ok {
			stream = io.NopCloser(body)
		}
		rv.Field(f.Index).Set(reflect.ValueOf(stream))
		return nil
	}
	return readAnswer(s, rv, body)
}

// readAnswer reads a body that is no stream.
func readAnswer(s *wire.Structure, v reflect.Value, body io.Reader) error {
	b, err := io.ReadAll(body)
	if err != nil || len(b) == 0 {
		return err
	}
	switch {
	case s.Payload != nil:
		_, err = readPayload(lenient, s.Payload, v.Field(s.Payload.Index), string(b))
	case s.HasBody:
		_, err = lenient.Document(string(b), "", "", s, v)
	}
	return err
}

// DecodeError reads an error document: S3's, or one whose members stand in an
// element Error of their own. Members that shape.Error has no field for are in
// its Detail; its Status is not set.
func DecodeError(body []byte) (*shape.Error, error) {
	r := wire.NewReader(string(body))
	if _, err := r.Root(); err != nil {
		return nil, err
	}
	e := &shape.Error{}
	return e, readError(r, e)
}

// readError reads the members of the innermost open element into e.
func readError(r *wire.Reader, e *shape.Error) error {
	for {
		name, ok, err := r.Child()
		if err != nil || !ok {
			return err
		}
		if name == "Error" {
			if err := readError(r, e); err != nil {
				return err
			}
			continue
		}
		text, err := r.Text()
		if err != nil {
			return err
		}
		switch name {
		case "Code":
			e.Code = text
		case "Message":
			e.Message = text
		default:
			e.Detail = append(e.Detail, shape.Detail{Name: name, Value: text})
		}
	}
}
