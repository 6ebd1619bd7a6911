package restxml

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/shape"
)

// The types here have the tags of S3's.

const s3NS = "http://s3.amazonaws.com/doc/2006-03-01/"

type location string

type getBucketLocationOutput struct {
	_                  struct{}  `aws:"LocationConstraint,ns=http://s3.amazonaws.com/doc/2006-03-01/"`
	LocationConstraint *location `aws:"LocationConstraint"`
}

type object struct {
	Key          *string    `aws:"Key"`
	LastModified *time.Time `aws:"LastModified"`
	ETag         *string    `aws:"ETag"`
	Size         *int64     `aws:"Size"`
}

type prefix struct {
	Prefix *string `aws:"Prefix"`
}

type listObjectsV2Output struct {
	_              struct{} `aws:"ListBucketResult,ns=http://s3.amazonaws.com/doc/2006-03-01/"`
	IsTruncated    *bool    `aws:"IsTruncated"`
	Contents       []object `aws:"Contents,flat"`
	CommonPrefixes []prefix `aws:"CommonPrefixes,flat"`
	Charged        *string  `aws:"x-amz-request-charged,header"`
}

type grantee struct {
	DisplayName *string `aws:"DisplayName"`
	ID          *string `aws:"ID"`
	Type        string  `aws:"xsi:type,attr,required"`
}

type grant struct {
	Grantee    *grantee `aws:"Grantee,ns=http://www.w3.org/2001/XMLSchema-instance,prefix=xsi"`
	Permission *string  `aws:"Permission"`
}

type accessControlPolicy struct {
	Grants []grant `aws:"AccessControlList,item=Grant"`
}

type identifier struct {
	Key  string     `aws:"Key,required"`
	Date *time.Time `aws:"LastModifiedTime,time=rfc822"`
}

type deletion struct {
	Objects []identifier `aws:"Object,required,flat"`
	Quiet   *bool        `aws:"Quiet"`
}

type deleteObjectsInput struct {
	Bucket  string     `aws:"Bucket,required,uri"`
	Delete  deletion   `aws:"Delete,required,payload,ns=http://s3.amazonaws.com/doc/2006-03-01/"`
	MFA     *string    `aws:"x-amz-mfa,header,sensitive"`
	Version []string   `aws:"versionId,query"`
	Max     *int32     `aws:"max-keys,query"`
	Since   *time.Time `aws:"If-Modified-Since,header"`
}

type putObjectInput struct {
	Bucket   string            `aws:"Bucket,required,uri"`
	Key      string            `aws:"Key,required,uri"`
	Body     io.Reader         `aws:"Body,required,payload,stream"`
	Metadata map[string]string `aws:"x-amz-meta-,headers"`
	Length   *int64            `aws:"Content-Length,header"`
	Fields   []string          `aws:"x-amz-object-attributes,header"`
	Dates    []time.Time       `aws:"x-dates,header"`
}

type getObjectOutput struct {
	Body     io.ReadCloser     `aws:"Body,payload,stream"`
	Metadata map[string]string `aws:"x-amz-meta-,headers"`
	Type     *string           `aws:"Content-Type,header"`
	Status   *int32            `aws:"Status,status"`
}

func ptr[T any](v T) *T { return &v }

var at = time.Date(2014, 4, 29, 18, 30, 38, 0, time.UTC)

func TestEncode(t *testing.T) {
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	const ns = ` xmlns="` + s3NS + `">`
	tests := []struct {
		out  any
		body string
	}{
		{&getBucketLocationOutput{}, head + `<LocationConstraint` + ns + `</LocationConstraint>`},
		{&getBucketLocationOutput{LocationConstraint: ptr(location("eu-west-1"))}, head + `<LocationConstraint` + ns + `eu-west-1</LocationConstraint>`},
		{&listObjectsV2Output{}, head + `<ListBucketResult` + ns + `</ListBucketResult>`},
		{&listObjectsV2Output{
			IsTruncated: ptr(false), Charged: ptr("requester"), CommonPrefixes: []prefix{{ptr("a/")}},
			Contents: []object{{Key: ptr("a\rb"), LastModified: &at, ETag: ptr(`"x"`), Size: ptr(int64(7))}, {Key: ptr("c")}},
		}, head + `<ListBucketResult` + ns + `<IsTruncated>false</IsTruncated><Contents><Key>a&#xD;b</Key><LastModified>2014-04-29T18:30:38.000Z</LastModified>` +
			`<ETag>&quot;x&quot;</ETag><Size>7</Size></Contents><Contents><Key>c</Key></Contents><CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes></ListBucketResult>`},
		{&struct {
			Policy *accessControlPolicy `aws:"AccessControlPolicy,payload,ns=http://s3.amazonaws.com/doc/2006-03-01/"`
		}{&accessControlPolicy{[]grant{{&grantee{ID: ptr("7"), Type: `C"`}, ptr("READ")}}}}, head + `<AccessControlPolicy` + ns +
			`<AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="C&quot;"><ID>7</ID></Grantee>` +
			`<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`},
		{&struct {
			Text *string `aws:"Policy,payload"`
		}{ptr(`{"a":1}`)}, `{"a":1}`},
		{&struct{}{}, ""},
	}
	for _, test := range tests {
		h := http.Header{}
		status, body, stream, err := Encode(h, []byte("kept"), test.out)
		if status != 0 || stream != nil || err != nil {
			t.Errorf("%T: status %d, stream %v, error %v", test.out, status, stream, err)
		}
		if d := cmp.Diff("kept"+test.body, string(body)); d != "" {
			t.Errorf("%T (-want +got):\n%s", test.out, d)
		}
		if want := strings.HasPrefix(test.body, "<"); want != (h.Get("Content-Type") == "application/xml") {
			t.Errorf("%T: header %v", test.out, h)
		}
		checkAnswer(t, h, string(body[len("kept"):]), test.out)
	}
}

// checkAnswer reads an answer as a client does and writes it again.
func checkAnswer(t *testing.T, h http.Header, body string, out any) {
	t.Helper()
	got := newLike(out)
	if err := DecodeResponse(200, h, strings.NewReader(body), got); err != nil {
		t.Errorf("%T: %v", out, err)
	}
	if d := cmp.Diff(out, got); d != "" {
		t.Errorf("%T decoded (-want +got):\n%s", out, d)
	}
}

func TestStream(t *testing.T) {
	h := http.Header{}
	out := &getObjectOutput{
		Body: io.NopCloser(strings.NewReader("content")), Type: ptr("text/plain"), Status: ptr(int32(206)),
		Metadata: map[string]string{"colour": "red", "Size": "XL"},
	}
	status, body, stream, err := Encode(h, nil, out)
	if status != 206 || len(body) > 0 || err != nil {
		t.Fatalf("status %d, body %q, error %v", status, body, err)
	}
	want := http.Header{"Content-Type": {"text/plain"}, "X-Amz-Meta-Colour": {"red"}, "X-Amz-Meta-Size": {"XL"}}
	if d := cmp.Diff(want, h); d != "" {
		t.Errorf("header (-want +got):\n%s", d)
	}
	var got getObjectOutput
	if err := DecodeResponse(206, h, stream, &got); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(got.Body)
	if string(text) != "content" || err != nil || got.Body.Close() != nil || *got.Status != 206 {
		t.Errorf("body %q, status %d, error %v", text, *got.Status, err)
	}
	if d := cmp.Diff(map[string]string{"colour": "red", "size": "XL"}, got.Metadata); d != "" {
		t.Errorf("metadata (-want +got):\n%s", d)
	}
}

func TestPutObject(t *testing.T) {
	in := &putObjectInput{
		Bucket: "my-bucket", Key: "a b/ü+?", Body: strings.NewReader("content"), Metadata: map[string]string{"a": "1"},
		Length: ptr(int64(7)), Fields: []string{"ETag", `a,"b"\`, " c"}, Dates: []time.Time{at, at.Add(time.Hour)},
	}
	req, err := EncodeRequest("PUT", "/{Bucket}/{Key+}?x-id=PutObject", in)
	if err != nil {
		t.Fatal(err)
	}
	if got := req.URL.String(); got != "/my-bucket/a%20b/%C3%BC%2B%3F?x-id=PutObject" {
		t.Errorf("URL %s", got)
	}
	var got putObjectInput
	missing, err := Decode(Request{Labels: map[string]string{"Bucket": "my-bucket", "Key": "a b/ü+?"}, Header: req.Header, Stream: req.Body}, &got)
	if missing != nil || err != nil {
		t.Fatalf("missing %v, error %v", missing, err)
	}
	text, _ := io.ReadAll(got.Body)
	if string(text) != "content" {
		t.Errorf("body %q", text)
	}
	in.Body, got.Body = nil, nil
	if d := cmp.Diff(in, &got); d != "" {
		t.Errorf("decoded (-want +got):\n%s", d)
	}
	if _, err := EncodeRequest("PUT", "/{Bucket}/{Key+}", &putObjectInput{Bucket: "b"}); err == nil {
		t.Error("a path without its key is accepted")
	}
}

func TestDecode(t *testing.T) {
	var got deleteObjectsInput
	missing, err := Decode(Request{
		Labels: map[string]string{"Bucket": "b"},
		Query:  url.Values{"versionId": {"1", "2"}, "max-keys": {"5", "x"}, "delete": {""}},
		Header: http.Header{"X-Amz-Mfa": {"123"}, "If-Modified-Since": {"Tue, 29 Apr 2014 18:30:38 GMT"}},
		Body: []byte(`<Delete xmlns="` + s3NS + `"> <Object><Key>a</Key><LastModifiedTime>Tue, 29 Apr 2014 18:30:38 GMT</LastModifiedTime></Object>
			<Quiet> TRUE </Quiet><Object><Key> </Key></Object></Delete>`),
	}, &got)
	if missing != nil || err != nil {
		t.Fatalf("missing %v, error %v", missing, err)
	}
	want := deleteObjectsInput{
		Bucket: "b", Version: []string{"1", "2"}, Max: ptr(int32(5)), MFA: ptr("123"), Since: &at,
		Delete: deletion{Objects: []identifier{{"a", &at}, {" ", nil}}, Quiet: ptr(true)},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestDecodeMissing(t *testing.T) {
	tests := []struct {
		body string
		want []string
	}{
		{"", []string{"bucket", "delete"}},
		{"<Delete/>", []string{"bucket", "delete.objects"}},
		{"<Delete><Object><Key>k</Key></Object><Object/></Delete>", []string{"bucket", "delete.objects.2.member.key"}},
	}
	for _, test := range tests {
		var in deleteObjectsInput
		missing, err := Decode(Request{Labels: map[string]string{"Bucket": ""}, Body: []byte(test.body)}, &in)
		if !slices.Equal(missing, test.want) || err != nil {
			t.Errorf("%s: missing %v, error %v", test.body, missing, err)
		}
	}
	var in putObjectInput
	missing, err := Decode(Request{Labels: map[string]string{"Bucket": "b", "Key": "k"}}, &in)
	if !slices.Equal(missing, []string{"body"}) || err != nil {
		t.Errorf("missing %v, error %v", missing, err)
	}
}

func TestErrors(t *testing.T) {
	body := AppendError(nil, "NoSuchKey", "The key <k> does not exist.", "id", "host", []shape.Detail{{Name: "Key", Value: "<k>"}})
	want := `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<Error><Code>NoSuchKey</Code><Message>The key &lt;k&gt; does not exist.</Message><Key>&lt;k&gt;</Key><RequestId>id</RequestId><HostId>host</HostId></Error>`
	if d := cmp.Diff(want, string(body)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	got, err := DecodeError(body)
	e := &shape.Error{Code: "NoSuchKey", Message: "The key <k> does not exist.",
		Detail: []shape.Detail{{Name: "Key", Value: "<k>"}, {Name: "RequestId", Value: "id"}, {Name: "HostId", Value: "host"}}}
	if d := cmp.Diff(e, got); d != "" || err != nil {
		t.Errorf("error %v; decoded (-want +got):\n%s", err, d)
	}
}
