package awsquery

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/wire/wiretest"
)

// The cases are described in the README of the vectors. These are what of them
// is not checked, or checked in another way, and why.
var (
	hostPrefix = map[string]string{
		"Endpoint host trait/0": "the host is the client's affair; the form is checked",
		"Endpoint host trait/1": "the host is the client's affair; the form is checked",
	}
	wrapperOf = map[string]string{
		"Timestamp members/0":            "OutputShapeResult",   // the case names none, the body has this
		"Flattened list of structures/0": "OperationNameResult", // stands on the shape
	}
	epochInJSON = map[string]string{
		"Scalar members/0": "AWS sends times as numbers; the text in this case is for the robustness of a client",
	}
)

func TestVectorsInput(t *testing.T) {
	cases := wiretest.Load(t, "input/query.json")
	checkCount(t, len(cases), 23)
	wiretest.CheckListed(t, cases, hostPrefix)
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			want := c.New(t, c.Given.Input, "")
			c.Fill(t, want, c.Given.Input, c.Params)

			got := c.New(t, c.Given.Input, "")
			form, err := Parse("", []byte(c.Serialized.Body))
			if err != nil {
				t.Fatal(err)
			}
			if missing, err := Decode(form, got); err != nil || missing != nil {
				t.Fatalf("Decode: missing %v, error %v", missing, err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("decoded (-want +got):\n%s", d)
			}
			if form.Get("Action") != c.Given.Name || form.Get("Version") != c.APIVersion || form.Unknown() != nil {
				t.Errorf("Action %q, Version %q, unknown %q", form.Get("Action"), form.Get("Version"), form.Unknown())
			}

			body := Encode(c.Given.Name, c.APIVersion, want)
			if a, b := params(body, c.HasMap), params(c.Serialized.Body, c.HasMap); !slices.Equal(a, b) {
				t.Errorf("encoded (-want +got):\n%s", cmp.Diff(b, a))
			}
			if (c.Serialized.Host != "") != (hostPrefix[c.ID] != "") {
				t.Errorf("host %q of the case is not listed", c.Serialized.Host)
			}
		})
	}
}

// params splits a form. Entries of a map have no order in the cases' JSON, so
// their numbers are taken out and the rest is sorted.
func params(form string, hasMap bool) []string {
	pairs := strings.Split(form, "&")
	slices.Sort(pairs[2:])
	if hasMap {
		for i := range pairs {
			pairs[i] = strings.NewReplacer(".1.", ".N.", ".2.", ".N.").Replace(pairs[i])
		}
		slices.Sort(pairs[2:])
	}
	return pairs
}

func checkCount(t *testing.T, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("the file has %d cases, known are %d", got, want)
	}
}

// result returns the output of a case that is no error.
func result(t *testing.T, c *wiretest.Case) (out, empty any, r Response) {
	out, empty = c.New(t, c.Given.Output, ""), c.New(t, c.Given.Output, "")
	c.Fill(t, out, c.Given.Output, c.Result)
	wrapper := c.Given.Output.ResultWrapper
	if w, ok := wrapperOf[c.ID]; ok {
		wrapper = w
	}
	return out, empty, Response{
		Operation: c.Given.Name, ResultWrapper: wrapper, Namespace: c.Namespace,
		RequestID: "request-id", Result: out,
	}
}

// failure returns the error of a case that is one.
func failure(c *wiretest.Case) Error {
	e := Error{Type: "Sender", Code: c.ErrorCode, Message: c.ErrorText, RequestID: "request-id"}
	if text, ok := c.Error.(map[string]any)["BodyMember"]; ok {
		e.Detail = []shape.Detail{{Name: "BodyMember", Value: text.(string)}}
	}
	return e
}

func TestVectorsOutput(t *testing.T) {
	cases := wiretest.Load(t, "output/query.json")
	checkCount(t, len(cases), 19)
	wiretest.CheckListed(t, cases, wrapperOf)
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			if c.Error != nil {
				want := failure(&c)
				sameXML(t, &c, AppendError(nil, want))
				got, err := DecodeError([]byte(c.Response.Body))
				if d := cmp.Diff(want, got); d != "" || err != nil {
					t.Errorf("error %v; decoded (-want +got):\n%s", err, d)
				}
				return
			}
			out, got, r := result(t, &c)
			sameXML(t, &c, AppendResponse(nil, r))
			if err := DecodeResponse([]byte(c.Response.Body), r.ResultWrapper, got); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(out, got); d != "" {
				t.Errorf("decoded (-want +got):\n%s", d)
			}
		})
	}
}

func sameXML(t *testing.T, c *wiretest.Case, body []byte) {
	t.Helper()
	want := wiretest.CanonicalXML(t, c.Response.Body, c.HasMap)
	if d := cmp.Diff(want, wiretest.CanonicalXML(t, string(body), c.HasMap)); d != "" {
		t.Errorf("encoded %s\n(-want +got):\n%s", body, d)
	}
}

func TestVectorsJSON(t *testing.T) {
	cases := wiretest.Load(t, "output/query-json.json")
	checkCount(t, len(cases), 3)
	wiretest.CheckListed(t, cases, epochInJSON)
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			var body []byte
			if c.Error != nil {
				body = AppendJSONError(nil, failure(&c))
			} else {
				_, _, r := result(t, &c)
				body = AppendJSONResponse(nil, r)
			}
			want := c.Response.Body
			if epochInJSON[c.ID] != "" {
				want = strings.Replace(want, `"2015-01-25T08:00:00Z"`, `1422172800`, 1)
			}
			if d := cmp.Diff(parseJSON(t, want), parseJSON(t, string(body))); d != "" {
				t.Errorf("encoded (-want +got):\n%s", d)
			}
		})
	}
}

func parseJSON(t *testing.T, s string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return v
}
