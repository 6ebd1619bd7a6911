package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"testing"

	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/wire/restxml"
)

func restTable() *restProtocol { return newRESTProtocol(&Table{service: &s3api.Service}) }

func routeOf(p *restProtocol, r *http.Request) string {
	c := &Call{HTTP: r, pipeline: &Pipeline{domains: []string{"localhost"}}}
	name, err := p.route(c, nil)
	if err != nil {
		return err.Code
	}
	return name
}

// Every operation of the model, called with no more than it requires, is
// routed to itself.
func TestEveryOperationRoutesToItself(t *testing.T) {
	p := restTable()
	tried := 0
	for i := range s3api.Service.Operations {
		op := &s3api.Service.Operations[i]
		if notRouted[op.Name] || op.Name == "SelectObjectContent" {
			continue // SelectObjectContent's body is XML that a zero value cannot fill
		}
		in := reflect.New(op.Input)
		fillRequired(in.Elem())
		r, err := restxml.EncodeRequest(op.Method, op.URI, in.Interface())
		if err != nil {
			t.Errorf("%s: %v", op.Name, err)
			continue
		}
		tried++
		if got := routeOf(p, r); got != op.Name {
			t.Errorf("%s is routed to %s (%s %s)", op.Name, got, r.Method, r.URL)
		}
	}
	if tried < 100 {
		t.Errorf("only %d operations were tried", tried)
	}
}

// fillRequired sets the required members of the head: path, query, headers.
func fillRequired(v reflect.Value) {
	for f, field := range v.Fields() {
		if field.Kind() == reflect.String && f.IsExported() {
			field.SetString("x")
		}
	}
}

func TestRoute(t *testing.T) {
	p := restTable()
	for _, tt := range []struct{ method, target, header, want string }{
		{"GET", "/", "", "ListBuckets"},
		{"GET", "/b", "", "ListObjects"},
		{"GET", "/b/", "", "ListObjects"},
		{"GET", "/b?list-type=2", "", "ListObjectsV2"},
		{"GET", "/b?list-type=3", "", "ListObjects"},
		{"GET", "/b?policy", "", "GetBucketPolicy"},
		{"GET", "/b?lifecycle", "", "GetBucketLifecycleConfiguration"},
		{"GET", "/b/k", "", "GetObject"},
		{"GET", "/b/k?acl", "", "GetObjectAcl"},
		{"GET", "/b/k?uploadId=u", "", "ListParts"},
		{"PUT", "/b/k", "", "PutObject"},
		{"PUT", "/b/k", "X-Amz-Copy-Source", "CopyObject"},
		{"PUT", "/b/k?partNumber=1&uploadId=u", "", "UploadPart"},
		{"PUT", "/b/k?partNumber=1&uploadId=u", "X-Amz-Copy-Source", "UploadPartCopy"},
		{"DELETE", "/b/k?uploadId=u", "", "AbortMultipartUpload"},
		{"POST", "/b?delete", "", "DeleteObjects"},
		{"POST", "/b/k?uploads", "", "CreateMultipartUpload"},
		{"GET", "/b/k?attributes", "", "GetObjectAttributes"},
		{"POST", "/b", "", "MethodNotAllowed"},
		{"PATCH", "/b/k", "", "MethodNotAllowed"},
		{"GET", "//k", "", "InvalidURI"},
		{"GET", "http://b.localhost/k", "", "GetObject"},
		{"GET", "http://b.s3.localhost:4600/", "", "ListObjects"},
		{"GET", "http://s3.localhost/b", "", "ListObjects"},
		{"GET", "http://b.s3.eu-west-1.amazonaws.com/k/l", "", "GetObject"},
		{"GET", "http://s3.eu-west-1.amazonaws.com/b/k", "", "GetObject"},
		{"GET", "http://127.0.0.1:4600/b/k", "", "GetObject"},
	} {
		r := httptest.NewRequest(tt.method, tt.target, nil)
		if tt.header != "" {
			r.Header.Set(tt.header, "/a/b")
		}
		if got := routeOf(p, r); got != tt.want {
			t.Errorf("%s %s %s: %s, want %s", tt.method, tt.target, tt.header, got, tt.want)
		}
	}
}

// Keys are data: they are not normalised, and decoded once.
func TestKeys(t *testing.T) {
	p := &Pipeline{}
	for target, want := range map[string]string{
		"/b/../x": "../x", "/b//": "/", "/b/a%2Fb": "a/b", "/b/a%252Fb": "a%2Fb", "/b/a+b": "a+b", "/b/%C3%A9%0A": "é\n", "/b/./": "./",
	} {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Fatal(err)
		}
		bucket, key, ok := p.bucketAndKey(&http.Request{URL: u, Host: "127.0.0.1"})
		if bucket != "b" || key != want || !ok {
			t.Errorf("%s: bucket %q, key %q", target, bucket, key)
		}
	}
}
