package restxml

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/wire"
)

func newLike(v any) any { return reflect.New(reflect.TypeOf(v).Elem()).Interface() }

func checkReason(t *testing.T, what string, err error, want wire.Reason) {
	t.Helper()
	var e *wire.Error
	if !errors.As(err, &e) || e.Reason != want {
		t.Errorf("%s: error %v, want one of reason %d", what, err, want)
	}
}

func TestDecodeRefusesBody(t *testing.T) {
	for body, want := range map[string]wire.Reason{
		"x":                          wire.Syntax,
		"<Delete>":                   wire.Syntax,
		"<Delete/>x":                 wire.Syntax,
		"<Delete>text</Delete>":      wire.Syntax,
		"<Tagging/>":                 wire.Unknown,
		"<Delete><New/></Delete>":    wire.Unknown,
		"<Delete><object/></Delete>": wire.Unknown,
		"<Delete><Quiet>true</Quiet><Quiet>true</Quiet></Delete>": wire.Duplicate,
		"<Delete><Quiet>1</Quiet></Delete>":                       wire.Value,
		"<Delete><Quiet/></Delete>":                               wire.Value,
		"<Delete><Object><Key><Key/></Key></Object></Delete>":     wire.Syntax,
		"<Delete>" + strings.Repeat("<Object>", 70) + "</Delete>": wire.Unknown,
		`<!DOCTYPE d [<!ENTITY x "y">]><Delete/>`:                 wire.Syntax,
	} {
		_, err := Decode(Request{Labels: map[string]string{"Bucket": "b"}, Body: []byte(body)}, &deleteObjectsInput{})
		checkReason(t, body, err, want)
	}
}

func TestDecodeRefusesRest(t *testing.T) {
	tests := []struct {
		name string
		req  Request
		want wire.Reason
	}{
		{"number", Request{Query: url.Values{"max-keys": {"x"}}}, wire.Value},
		{"empty number", Request{Query: url.Values{"max-keys": {""}}}, wire.Value},
		{"header twice", Request{Header: http.Header{"X-Amz-Mfa": {"1", "2"}}}, wire.Duplicate},
		{"date", Request{Header: http.Header{"If-Modified-Since": {"now"}}}, wire.Value},
	}
	for _, test := range tests {
		_, err := Decode(test.req, &deleteObjectsInput{})
		checkReason(t, test.name, err, test.want)
	}
	for _, list := range []string{`"a`, `"a\`, `"a"b`} {
		_, err := Decode(Request{Header: http.Header{"X-Amz-Object-Attributes": {list}}}, &putObjectInput{})
		checkReason(t, list, err, wire.Value)
	}
	for _, text := range []string{"!", "e30", "e3"} {
		var in struct {
			Attr *string `aws:"x-attr,header,jsonvalue"`
		}
		_, err := Decode(Request{Header: http.Header{"X-Attr": {text}}}, &in)
		checkReason(t, text, err, wire.Value)
	}
}

// TestHeaderInjection: no value becomes a header or a body of its own.
func TestHeaderInjection(t *testing.T) {
	for _, out := range []*getObjectOutput{
		{Type: ptr("text/plain\r\nSet-Cookie: a=b")},
		{Type: ptr("a\x00b")},
		{Metadata: map[string]string{"a": "b\nc"}},
		{Metadata: map[string]string{"a: b\r\nc": "d"}},
		{Metadata: map[string]string{"a b": "d"}},
	} {
		_, _, _, err := Encode(http.Header{}, nil, out)
		checkReason(t, "Encode", err, wire.Value)
	}
}

func TestMapOfEntries(t *testing.T) {
	type input struct {
		_   struct{}          `aws:"In"`
		Map map[string]string `aws:"Map"`
	}
	for body, want := range map[string]wire.Reason{
		"<In><Map><entry><key>a</key></entry></Map></In>":                                wire.Value,
		"<In><Map><entry><key/><value/><value/></entry></Map></In>":                      wire.Unknown,
		"<In><Map><item/></Map></In>":                                                    wire.Unknown,
		"<In><Map>" + strings.Repeat("<entry><key/><value/></entry>", 2) + "</Map></In>": wire.Duplicate,
	} {
		_, err := Decode(Request{Body: []byte(body)}, &input{})
		checkReason(t, body, err, want)
	}
}

func requestBody(t *testing.T, in any) []byte {
	t.Helper()
	req, err := EncodeRequest("POST", "/{Bucket}?delete", in)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// FuzzXMLInput: what decodes is what a client's encoding of it decodes to.
func FuzzXMLInput(f *testing.F) {
	for _, s := range []string{
		`<Delete xmlns="u"> <Object><Key>a</Key><LastModifiedTime>Tue, 29 Apr 2014 18:30:38 GMT</LastModifiedTime></Object><Quiet> TRUE </Quiet></Delete>`,
		"<?xml version='1.0'?><Delete><Object><Key>a\r\nb&#xD;<![CDATA[<]]></Key></Object></Delete>",
		"<Delete/>", "<Delete><Quiet>x</Quiet></Delete>", "<Delete><New/></Delete>", "<!DOCTYPE x><Delete/>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		labels := map[string]string{"Bucket": "b"}
		in := &deleteObjectsInput{}
		missing, err := Decode(Request{Labels: labels, Body: body}, in)
		if err != nil || slices.Contains(missing, "delete") {
			return
		}
		first := requestBody(t, in)
		again := &deleteObjectsInput{}
		if _, err := Decode(Request{Labels: labels, Body: first}, again); err != nil {
			t.Fatalf("%q is encoded as %q: %v", body, first, err)
		}
		if second := requestBody(t, again); string(second) != string(first) {
			t.Fatalf("%q is encoded as %q, and then %q", body, first, second)
		}
	})
}
