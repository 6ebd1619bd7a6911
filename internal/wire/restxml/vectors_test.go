package restxml

import (
	"io"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/wire/wiretest"
)

// What of the cases is not checked, or checked in another way, and why.
var (
	hostPrefix = map[string]string{
		"Endpoint host trait/0": "the host is the client's affair; path and body are checked",
		"Endpoint host trait/1": "the host is the client's affair; path and body are checked",
	}
	eventStream = map[string]string{
		"REST XML Event Stream/0": "event streams: S3 has one, in SelectObjectContent, which AWS has closed to new customers",
		"REST XML Event Stream/1": "as above",
		"REST XML Event Stream/2": "as above",
	}
	// Members that a case sets and its shapes lack.
	unknown = map[string][]string{
		"Flattened List with custom member name/1": {"ListMember"},
	}
	emptyFlat = map[string]string{
		"Flattened List/1": "on the wire a flat list that is empty is one that is absent",
	}
	// AppendError makes S3's error document, in which the members stand in the
	// root; these have the document of other services.
	otherErrors = map[string]string{
		"Modeled exceptions/0": "checked with DecodeError; the case has no headers for the members that stand in them",
		"Modeled exceptions/1": "checked with DecodeError",
		"Modeled exceptions/2": "checked with DecodeError",
	}
)

var label = regexp.MustCompile(`\{(\w+)(\+?)\}`)

// request turns what a client sends into a Request, as a router would.
func request(t *testing.T, c *wiretest.Case) Request {
	t.Helper()
	uri, err := url.Parse(c.Serialized.URI)
	if err != nil {
		t.Fatal(err)
	}
	req := Request{Labels: map[string]string{}, Query: uri.Query(), Header: http.Header{}, Body: []byte(c.Serialized.Body)}
	for name, value := range c.Serialized.Headers {
		req.Header.Set(name, value)
	}
	template, static, _ := strings.Cut(c.Given.HTTP.RequestURI, "?")
	for pair := range strings.SplitSeq(static, "&") {
		key, _, _ := strings.Cut(pair, "=")
		delete(req.Query, key)
	}
	pattern := label.ReplaceAllStringFunc(template, func(l string) string {
		if strings.HasSuffix(l, "+}") {
			return "(.+)"
		}
		return "([^/]+)"
	})
	values := regexp.MustCompile("^" + pattern + "$").FindStringSubmatch(uri.EscapedPath())
	for i, l := range label.FindAllStringSubmatch(template, -1) {
		if req.Labels[l[1]], err = url.PathUnescape(values[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return req
}

// rootOf is the root element of an input.
func rootOf(c *wiretest.Case) string { return c.Given.Input.LocationName }

func TestVectorsInput(t *testing.T) {
	cases := wiretest.Load(t, "input/rest-xml.json")
	if len(cases) != 43 {
		t.Errorf("the file has %d cases, known are 43", len(cases))
	}
	wiretest.CheckListed(t, cases, hostPrefix)
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			if (c.Serialized.Host != "") != (hostPrefix[c.ID] != "") {
				t.Errorf("host %q of the case is not listed", c.Serialized.Host)
			}
			if c.Given.Input == nil { // an operation without input
				checkRequest(t, &c, nil)
				return
			}
			want := c.New(t, c.Given.Input, rootOf(&c))
			c.Fill(t, want, c.Given.Input, c.Params)
			got := c.New(t, c.Given.Input, rootOf(&c))
			if missing, err := Decode(request(t, &c), got); err != nil || missing != nil {
				t.Fatalf("Decode: missing %v, error %v", missing, err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("decoded (-want +got):\n%s", d)
			}
			checkRequest(t, &c, want)
		})
	}
}

// checkRequest compares what our client sends with what the case has.
func checkRequest(t *testing.T, c *wiretest.Case, in any) {
	t.Helper()
	method := c.Given.HTTP.Method
	req, err := EncodeRequest(method, c.Given.HTTP.RequestURI, in)
	if err != nil {
		t.Fatal(err)
	}
	want, err := url.Parse(c.Serialized.URI)
	if err != nil {
		t.Fatal(err)
	}
	if req.Method != method || req.URL.EscapedPath() != want.EscapedPath() || !reflect.DeepEqual(req.URL.Query(), want.Query()) {
		t.Errorf("%s %s, want %s %s", req.Method, req.URL, method, want)
	}
	if !c.HasMap && req.URL.RawQuery != want.RawQuery {
		t.Errorf("query %s, want %s", req.URL.RawQuery, want.RawQuery)
	}
	for name, value := range c.Serialized.Headers {
		if got := req.Header.Get(name); got != value {
			t.Errorf("header %s: %q, want %q", name, got, value)
		}
	}
	for _, name := range c.Serialized.ForbidHeaders {
		if got, ok := req.Header[http.CanonicalHeaderKey(name)]; ok {
			t.Errorf("header %s: %q", name, got)
		}
	}
	var body []byte
	if req.Body != nil {
		if body, err = io.ReadAll(req.Body); err != nil {
			t.Fatal(err)
		}
	}
	sameBody(t, c, c.Serialized.Body, string(body))
}

// sameBody compares two bodies: XML by what it means, others byte by byte.
// S3's times in bodies have milliseconds, those of the cases have none.
func sameBody(t *testing.T, c *wiretest.Case, want, got string) {
	t.Helper()
	if strings.HasPrefix(want, "<") {
		want = wiretest.CanonicalXML(t, want, c.HasMap)
		got = wiretest.CanonicalXML(t, strings.ReplaceAll(got, ".000Z", "Z"), c.HasMap)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("body (-want +got):\n%s", d)
	}
}

func TestVectorsOutput(t *testing.T) {
	cases := wiretest.Load(t, "output/rest-xml.json")
	if len(cases) != 28 {
		t.Errorf("the file has %d cases, known are 28", len(cases))
	}
	wiretest.CheckListed(t, cases, eventStream, emptyFlat, otherErrors)
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			switch {
			case eventStream[c.ID] != "":
				t.Log("not supported:", eventStream[c.ID])
			case otherErrors[c.ID] != "":
				checkError(t, &c)
			default:
				checkOutput(t, &c)
			}
		})
	}
}

func checkOutput(t *testing.T, c *wiretest.Case) {
	out, got := c.New(t, c.Given.Output, c.Given.Name+"Response"), c.New(t, c.Given.Output, c.Given.Name+"Response")
	c.Fill(t, out, c.Given.Output, c.Result)
	if d := cmp.Diff(unknown[c.ID], c.Unknown); d != "" {
		t.Errorf("members that no shape has (-listed +case):\n%s", d)
	}
	h := http.Header{}
	status, body, stream, err := Encode(h, nil, out)
	if err != nil || status != 0 || stream != nil {
		t.Fatalf("Encode: status %d, stream %v, error %v", status, stream, err)
	}
	for name, value := range c.Response.Headers {
		if got := h.Get(name); got != value {
			t.Errorf("header %s: %q, want %q", name, got, value)
		}
	}
	sameBody(t, c, c.Response.Body, string(body))

	h = http.Header{}
	for name, value := range c.Response.Headers {
		h.Set(name, value)
	}
	if err := DecodeResponse(200, h, strings.NewReader(c.Response.Body), got); err != nil {
		t.Fatal(err)
	}
	var options []cmp.Option
	if emptyFlat[c.ID] != "" {
		options = append(options, cmpopts.EquateEmpty())
	}
	if d := cmp.Diff(out, got, options...); d != "" {
		t.Errorf("decoded (-want +got):\n%s", d)
	}
}

func checkError(t *testing.T, c *wiretest.Case) {
	want := &shape.Error{Code: c.ErrorCode, Message: c.ErrorText}
	want.Detail = append(want.Detail, shape.Detail{Name: "Type", Value: "Sender"})
	if text, ok := c.Error.(map[string]any)["BodyMember"]; ok {
		want.Detail = append(want.Detail, shape.Detail{Name: "BodyMember", Value: text.(string)})
	}
	want.Detail = append(want.Detail, shape.Detail{Name: "RequestId", Value: "request-id"})
	got, err := DecodeError([]byte(c.Response.Body))
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("error %v; decoded (-want +got):\n%s", err, d)
	}
}
