package awsquery

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAppendResponse(t *testing.T) {
	r := createRole()
	want := `<CreateRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><CreateRoleResult><Role><Path>/</Path>` +
		`<RoleName>Test-Role</RoleName><RoleId>AROADBQP57FF2AEXAMPLE</RoleId><Arn>arn:aws:iam::123456789012:role/Test-Role</Arn>` +
		`<CreateDate>2025-05-08T23:34:01Z</CreateDate><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22123456789012%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D</AssumeRolePolicyDocument>` +
		`<Tags><member><Key>Project</Key><Value>Pegasus</Value></member><member><Key>Team</Key><Value>R&amp;D</Value></member></Tags>` +
		`</Role></CreateRoleResult><ResponseMetadata><RequestId>4a93ceee-9966-11e1-b624-b1aEXAMPLE7c</RequestId></ResponseMetadata></CreateRoleResponse>`
	if d := cmp.Diff(want, string(AppendResponse(nil, r))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestAbsentAndEmpty: what is absent is left out unless it is required, and
// what is empty is an empty element.
func TestAbsentAndEmpty(t *testing.T) {
	type output struct {
		Text     *string           `aws:"Text"`
		None     []string          `aws:"None"`
		Empty    []string          `aws:"Empty"`
		Must     []string          `aws:"Must,required"`
		MustMap  map[string]string `aws:"MustMap,required"`
		MustFlat []string          `aws:"MustFlat,required,flat"`
		Flag     bool              `aws:"IsTruncated,required"`
		Nested   *output           `aws:"RoleLastUsed"`
		Again    *output           `aws:"Again,required"`
	}
	empty := &output{}
	r := Response{Operation: "Op", RequestID: "id", Result: &output{Text: new(string), Empty: []string{}, Nested: empty}}
	inner := `<Must></Must><MustMap></MustMap><IsTruncated>false</IsTruncated>`
	want := `<OpResponse><Text></Text><Empty></Empty>` + inner + `<RoleLastUsed>` + inner + `<Again></Again></RoleLastUsed><Again></Again>` +
		`<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></OpResponse>`
	if d := cmp.Diff(want, string(AppendResponse(nil, r))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	inner = `"Must":[],"MustMap":{},"MustFlat":[],"IsTruncated":false`
	want = `{"OpResponse":{"Text":"","Empty":[],` + inner + `,"RoleLastUsed":{` + inner + `,"Again":null},"Again":null,"ResponseMetadata":{"RequestId":"id"}}}`
	if d := cmp.Diff(want, string(AppendJSONResponse(nil, r))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestNoResult(t *testing.T) {
	r := Response{Operation: "DeleteRole", Namespace: "urn:x", RequestID: "id"}
	want := `<DeleteRoleResponse xmlns="urn:x"><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></DeleteRoleResponse>`
	if got := string(AppendResponse(nil, r)); got != want {
		t.Errorf("got %s", got)
	}
	r.Result = &struct{}{}
	if got := string(AppendResponse(nil, r)); got != want {
		t.Errorf("got %s", got)
	}
	want = `{"DeleteRoleResponse":{"ResponseMetadata":{"RequestId":"id"}}}`
	if got := string(AppendJSONResponse(nil, r)); got != want {
		t.Errorf("got %s", got)
	}
}

func TestAppendError(t *testing.T) {
	e := Error{Namespace: "urn:x", Type: "Sender", Code: "Throttling", Message: "Rate <exceeded>", RequestID: "id"}
	want := `<ErrorResponse xmlns="urn:x"><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate &lt;exceeded&gt;</Message></Error><RequestId>id</RequestId></ErrorResponse>`
	body := AppendError(nil, e)
	if got := string(body); got != want {
		t.Errorf("got %s", got)
	}
	got, err := DecodeError(body)
	e.Namespace = ""
	if d := cmp.Diff(e, got); d != "" || err != nil {
		t.Errorf("error %v; decoded (-want +got):\n%s", err, d)
	}
	want = `{"Error":{"Code":"Throttling","Message":"Rate \u003cexceeded\u003e","Type":"Sender"},"RequestId":"id"}`
	if got := string(AppendJSONError(nil, e)); got != want {
		t.Errorf("got %s", got)
	}
	// The credential report's ReportNotPresent has no message.
	want = `<ErrorResponse><Error><Type>Sender</Type><Code>ReportNotPresent</Code></Error><RequestId>id</RequestId></ErrorResponse>`
	if got := string(AppendError(nil, Error{Type: "Sender", Code: "ReportNotPresent", RequestID: "id"})); got != want {
		t.Errorf("got %s", got)
	}
}

func TestJSONScalars(t *testing.T) {
	type output struct {
		Text    string            `aws:"Text"`
		Float   []float64         `aws:"Float"`
		Blob    []byte            `aws:"Blob"`
		Expires time.Time         `aws:"Expiration"`
		Date    time.Time         `aws:"Date,time=rfc822"`
		Map     map[string]string `aws:"Map"`
	}
	at := time.Date(2025, 5, 8, 23, 34, 1, 0, time.UTC)
	body := AppendJSONResponse(nil, Response{Operation: "Op", ResultWrapper: "OpResult", Result: &output{
		Text: "a\"\\\n\t\x00\x7f\u2028é\xff", Float: []float64{1.5, 1e21, math.NaN(), math.Inf(-1)},
		Blob: []byte("foo"), Expires: at, Date: at, Map: map[string]string{"b": "2", "a": "1"},
	}})
	var got struct {
		OpResponse struct{ OpResult map[string]any }
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	want := map[string]any{
		"Text": "a\"\\\n\t\x00\x7f\u2028é\ufffd", "Float": []any{1.5, 1e21, "NaN", "-Infinity"},
		"Blob": "Zm9v", "Expiration": float64(at.Unix()), "Date": "Thu, 08 May 2025 23:34:01 GMT",
		"Map": map[string]any{"a": "1", "b": "2"},
	}
	if d := cmp.Diff(want, got.OpResponse.OpResult); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestDecodeResponse(t *testing.T) {
	body := `<?xml version="1.0" encoding="utf-8"?>
<a:OpResponse xmlns:a="urn:a">
  <New><Thing><Deep/></Thing></New>
  <OpResult>
    <Text>x</Text> <!-- a comment --> <Later attr="1">z</Later>
    <Tags><member><Key>k</Key><Value>v</Value></member><other/></Tags>
  </OpResult>
</a:OpResponse>`
	var got everything
	if err := DecodeResponse([]byte(body), "OpResult", &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(everything{Text: "x", Tags: []tag{{"k", "v"}}}, got); d != "" {
		t.Errorf("decoded (-want +got):\n%s", d)
	}
	if err := DecodeResponse([]byte("<OpResponse/>"), "OpResult", &got); err == nil {
		t.Error("an answer without a result is accepted")
	}
}
