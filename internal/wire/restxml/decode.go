package restxml

import (
	"io"
	"net/http"
	"net/url"
	"reflect"

	"github.com/writ-iam/writ/internal/wire"
)

// Request is what a call's members are read from.
type Request struct {
	Labels map[string]string // of the path, split and decoded
	Query  url.Values
	Header http.Header
	Body   []byte    // of operations whose body is read as a whole
	Stream io.Reader // of operations whose input is a stream
}

// strict is the parser of requests.
var strict = wire.Parser{Time: wire.ISO8601}

// Decode reads req into the struct that v points to. missing are the paths of
// required members that are absent, as AWS writes them. err, a *wire.Error, is
// for what cannot be read. Of a query parameter that is given more than once
// the first counts; a header that is, unless it is a list, is an error. An
// empty body has no members.
func Decode(req Request, v any) (missing []string, err error) {
	s, rv := wire.Target(v)
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.In == wire.Body || f.In == wire.Payload {
			continue
		}
		present, err := req.member(s, f, rv.Field(f.Index))
		if err != nil {
			return nil, err
		}
		if f.Required && !present {
			missing = append(missing, f.Path)
		}
	}
	more, err := req.body(s, rv)
	return append(missing, more...), err
}

// member reads a member that does not stand in the body.
func (req *Request) member(s *wire.Structure, f *wire.Field, v reflect.Value) (bool, error) {
	switch f.In {
	case wire.URI:
		text := req.Labels[f.Name]
		if text == "" { // a path has no empty labels
			return false, nil
		}
		return true, set(f, f.Type, v, text)
	case wire.Query:
		return req.query(s, f, v)
	}
	return readHeader(req.Header, f, v)
}

// set reads text into scalar v, of type t.
func set(f *wire.Field, t *wire.Type, v reflect.Value, text string) error {
	if err := wire.SetText(t, t.Fill(v), text, timeIn(f)); err != nil {
		return &wire.Error{Reason: wire.Value, Name: f.Name, Text: err.Error()}
	}
	return nil
}

func (req *Request) query(s *wire.Structure, f *wire.Field, v reflect.Value) (bool, error) {
	if f.Type.Kind == wire.Map {
		return req.queryMap(s, f, v)
	}
	values, ok := req.Query[f.Name]
	if !ok {
		return false, nil
	}
	if f.Type.Kind == wire.List {
		return true, setAll(f, f.Type, f.Type.Fill(v), values)
	}
	text := ""
	if len(values) > 0 {
		text = values[0]
	}
	return true, set(f, f.Type, v, text)
}

// setAll reads texts into list v, of type t.
func setAll(f *wire.Field, t *wire.Type, v reflect.Value, texts []string) error {
	v.Set(reflect.MakeSlice(t.Go, len(texts), len(texts)))
	for i, text := range texts {
		if err := set(f, t.Elem, v.Index(i), text); err != nil {
			return err
		}
	}
	return nil
}

// queryMap reads all query parameters that are no member of their own.
func (req *Request) queryMap(s *wire.Structure, f *wire.Field, v reflect.Value) (bool, error) {
	others := map[string]bool{}
	for i := range s.Fields {
		if o := &s.Fields[i]; o.In == wire.Query && o != f {
			others[o.Name] = true
		}
	}
	m := reflect.MakeMap(f.Type.Go)
	for key, texts := range req.Query {
		if others[key] || len(texts) == 0 {
			continue
		}
		elem := reflect.New(f.Type.Go.Elem()).Elem()
		var err error
		if f.Type.Elem.Kind == wire.List {
			err = setAll(f, f.Type.Elem, elem, texts)
		} else {
			err = set(f, f.Type.Elem, elem, texts[0])
		}
		if err != nil {
			return true, err
		}
		m.SetMapIndex(reflect.ValueOf(key).Convert(f.Type.Go.Key()), elem)
	}
	if m.Len() == 0 {
		return false, nil
	}
	f.Type.Fill(v).Set(m)
	return true, nil
}

func (req *Request) body(s *wire.Structure, v reflect.Value) (missing []string, err error) {
	switch {
	case s.Payload != nil:
		return req.payload(s.Payload, v.Field(s.Payload.Index))
	case !s.HasBody:
		return nil, nil
	case len(req.Body) == 0:
		return absent(s), nil
	}
	return strict.Document(string(req.Body), s.Root.Local, "", s, v)
}

// absent returns the paths of the required members of a body that is empty.
func absent(s *wire.Structure) (missing []string) {
	for i := range s.Fields {
		if f := &s.Fields[i]; f.In == wire.Body && f.Required {
			missing = append(missing, f.Path)
		}
	}
	return missing
}

func (req *Request) payload(f *wire.Field, v reflect.Value) (missing []string, err error) {
	if f.Type.Kind == wire.Stream {
		if req.Stream != nil {
			v.Set(reflect.ValueOf(req.Stream))
			return nil, nil
		}
	} else if len(req.Body) > 0 {
		return readPayload(strict, f, v, string(req.Body))
	}
	if f.Required {
		missing = []string{f.Path}
	}
	return missing, nil
}

// readPayload reads a body that is one member.
func readPayload(p wire.Parser, f *wire.Field, v reflect.Value, body string) (missing []string, err error) {
	switch v = f.Type.Fill(v); f.Type.Kind {
	case wire.Struct:
		root := payloadName(f).Local
		if p.Lenient {
			root = ""
		}
		return p.Document(body, root, f.Path, f.Type.Of, v)
	case wire.Blob:
		v.SetBytes([]byte(body))
	default:
		v.SetString(body)
	}
	return nil, nil
}
