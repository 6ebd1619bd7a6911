package s3_test

import (
	"strings"
	"testing"
)

func TestObject(t *testing.T) {
	w := newWorld(t)
	w.bucket("photos")
	a := w.must(root, "PUT", "/photos/a/cat.jpg", "meow", "Content-Type", "image/jpeg", "x-amz-meta-Owner", "ann", "Cache-Control", "no-cache",
		"x-amz-tagging", "team=red&stage=a%20b")
	const etag = `"4a4be40c96ac6314e91d93f38043a634"`
	if got := a.header.Get("ETag"); got != etag {
		t.Errorf("ETag %s", got)
	}
	if a.header.Get("x-amz-checksum-crc64nvme") == "" || a.header.Get("x-amz-checksum-type") != "FULL_OBJECT" {
		t.Errorf("no default checksum: %v", a.header)
	}
	a = w.must(root, "GET", "/photos/a/cat.jpg", "")
	if a.body != "meow" {
		t.Errorf("body %q", a.body)
	}
	for name, want := range map[string]string{
		"ETag": etag, "Content-Type": "image/jpeg", "x-amz-meta-owner": "ann", "Cache-Control": "no-cache", "Content-Length": "4",
		"Last-Modified": "Wed, 02 Jan 2030 03:04:05 GMT", "Accept-Ranges": "bytes", "x-amz-tagging-count": "2", "x-amz-version-id": "",
		"x-amz-server-side-encryption": "AES256", "x-amz-checksum-crc64nvme": "",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	a = w.must(root, "HEAD", "/photos/a/cat.jpg", "", "x-amz-checksum-mode", "ENABLED")
	if a.body != "" || a.header.Get("Content-Length") != "4" || a.header.Get("x-amz-checksum-crc64nvme") == "" {
		t.Errorf("HEAD: %v %q", a.header, a.body)
	}
	w.must(root, "DELETE", "/photos/a/cat.jpg", "")
	w.refused(w.do(root, "GET", "/photos/a/cat.jpg", ""), 404, "NoSuchKey")
	w.refused(w.do(root, "HEAD", "/photos/a/cat.jpg", ""), 404, "")
	w.refused(w.do(root, "GET", "/nothere/a", ""), 404, "NoSuchBucket")
	w.must(root, "DELETE", "/photos/a/cat.jpg", "")
}

// TestKeysAreData puts objects under keys that would be paths elsewhere.
func TestKeysAreData(t *testing.T) {
	w := newWorldIn(t, t.TempDir())
	w.bucket("odd")
	keys := map[string]string{
		"../x":       "/odd/%2E%2E/x",
		"../../etc":  "/odd/../../etc",
		"//":         "/odd///",
		"a//b/":      "/odd/a//b/",
		"line\nfeed": "/odd/line%0Afeed",
		"grüße":      "/odd/gr%C3%BC%C3%9Fe",
		"a/b%2Fc":    "/odd/a%2Fb%252Fc",
		"a b+c":      "/odd/a%20b+c",
		".":          "/odd/.",
		"?versions":  "/odd/%3Fversions",
		`<&"'>`:      "/odd/%3C&%22%27%3E",
	}
	for key, target := range keys {
		w.must(root, "PUT", target, key)
	}
	for key, target := range keys {
		if a := w.must(root, "GET", target, ""); a.body != key {
			t.Errorf("%q holds %q", key, a.body)
		}
	}
	got := w.must(root, "GET", "/odd?list-type=2", "").texts("Key")
	if len(got) != len(keys) {
		t.Errorf("listed %q", got)
	}
	for _, key := range got {
		if _, ok := keys[key]; !ok {
			t.Errorf("listed %q", key)
		}
	}
	w.must(root, "PUT", "/odd/"+strings.Repeat("k", 1024), "")
	w.refused(w.do(root, "PUT", "/odd/"+strings.Repeat("k", 1025), ""), 400, "KeyTooLongError")
	for _, method := range []string{"PUT", "DELETE"} {
		w.refused(w.do(root, method, "/odd/%FF", ""), 400, "InvalidURI")
	}
	w.refused(w.do(root, "POST", "/odd/%FF?uploads", ""), 400, "InvalidURI")
	w.refused(w.do(root, "GET", "/odd/%FF", ""), 404, "NoSuchKey")
}

func TestRanges(t *testing.T) {
	w := newWorld(t)
	w.bucket("range")
	w.must(root, "PUT", "/range/k", "0123456789")
	w.must(root, "PUT", "/range/empty", "")
	for _, tt := range []struct {
		header string
		status int
		body   string
		of     string
	}{
		{"bytes=0-3", 206, "0123", "bytes 0-3/10"},
		{"bytes=3-", 206, "3456789", "bytes 3-9/10"},
		{"bytes=-3", 206, "789", "bytes 7-9/10"},
		{"bytes=-30", 206, "0123456789", "bytes 0-9/10"},
		{"bytes=9-9", 206, "9", "bytes 9-9/10"},
		{"bytes=5-999999999999999999999", 206, "56789", "bytes 5-9/10"},
		{"bytes=10-", 416, "", ""},
		{"bytes=10-20", 416, "", ""},
		{"bytes=-0", 416, "", ""},
		{"bytes=99999999999999999999-", 416, "", ""},
		{"bytes=0-1,3-4", 200, "0123456789", ""},
		{"bytes=5-2", 200, "0123456789", ""},
		{"bytes=a-b", 200, "0123456789", ""},
		{"bytes=+1-2", 200, "0123456789", ""},
		{"bytes=", 200, "0123456789", ""},
		{"bytes=-", 200, "0123456789", ""},
		{"lines=0-3", 200, "0123456789", ""},
	} {
		a := w.do(root, "GET", "/range/k", "", "Range", tt.header)
		if a.status != tt.status || a.status < 300 && a.body != tt.body || a.header.Get("Content-Range") != tt.of {
			t.Errorf("%s: %d %q %s", tt.header, a.status, a.body, a.header.Get("Content-Range"))
		}
		if a.status == 416 && (a.errorCode() != "InvalidRange" || a.text("ActualObjectSize") != "10") {
			t.Errorf("%s: %s", tt.header, a.body)
		}
	}
	w.refused(w.do(root, "GET", "/range/empty", "", "Range", "bytes=0-"), 416, "InvalidRange")
	if a := w.must(root, "GET", "/range/k?partNumber=1", ""); a.status != 206 || a.body != "0123456789" {
		t.Errorf("partNumber=1: %d %q", a.status, a.body)
	}
	w.refused(w.do(root, "GET", "/range/k?partNumber=2", ""), 416, "InvalidPartNumber")
	w.refused(w.do(root, "GET", "/range/k?partNumber=1", "", "Range", "bytes=0-1"), 400, "InvalidRequest")
	a := w.must(root, "GET", "/range/k?response-content-type=text%2Fplain&response-expires=Thu,%2001%20Dec%202030%2016:00:00%20GMT", "")
	if a.header.Get("Content-Type") != "text/plain" || a.header.Get("Expires") != "Sun, 01 Dec 2030 16:00:00 GMT" {
		t.Errorf("overridden headers: %v", a.header)
	}
	w.refused(w.do(root, "GET", "/range/k?response-content-type=a%0d%0aSet-Cookie:%20x", ""), 400, "InvalidArgument")
}

func TestConditions(t *testing.T) {
	w := newWorld(t)
	w.bucket("cond")
	etag := w.must(root, "PUT", "/cond/k", "x").header.Get("ETag")
	const at, before, after = "Wed, 02 Jan 2030 03:04:05 GMT", "Wed, 02 Jan 2030 03:04:04 GMT", "Wed, 02 Jan 2030 03:04:06 GMT"
	for _, tt := range []struct {
		status  int
		headers []string
	}{
		{200, []string{"If-Match", etag}},
		{200, []string{"If-Match", `"no", ` + etag}},
		{200, []string{"If-Match", "*"}},
		{412, []string{"If-Match", `"no"`}},
		{304, []string{"If-None-Match", etag}},
		{304, []string{"If-None-Match", "*"}},
		{200, []string{"If-None-Match", `"no"`}},
		{304, []string{"If-Modified-Since", at}},
		{200, []string{"If-Modified-Since", before}},
		{200, []string{"If-Modified-Since", after}}, // in the future: no such date yet
		{200, []string{"If-Unmodified-Since", at}},
		{412, []string{"If-Unmodified-Since", before}},
		{200, []string{"If-Match", etag, "If-Unmodified-Since", before}},
		{304, []string{"If-None-Match", etag, "If-Modified-Since", before}},
		{200, []string{"If-None-Match", `"no"`, "If-Modified-Since", at}},
		{412, []string{"If-Match", `"no"`, "If-None-Match", etag}},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			if a := w.do(root, method, "/cond/k", "", tt.headers...); a.status != tt.status {
				t.Errorf("%s %q: %d, want %d", method, tt.headers, a.status, tt.status)
			} else if a.status == 304 && (a.header.Get("ETag") != etag || a.body != "") {
				t.Errorf("%q: %v %q", tt.headers, a.header, a.body)
			}
		}
	}
	w.refused(w.do(root, "PUT", "/cond/k", "y", "If-None-Match", "*"), 412, "PreconditionFailed")
	w.refused(w.do(root, "PUT", "/cond/k", "y", "If-None-Match", etag), 501, "NotImplemented")
	w.refused(w.do(root, "PUT", "/cond/k", "y", "If-Match", `"no"`), 412, "PreconditionFailed")
	w.refused(w.do(root, "PUT", "/cond/new", "y", "If-Match", etag), 404, "NoSuchKey")
	w.must(root, "PUT", "/cond/new", "y", "If-None-Match", "*")
	w.must(root, "PUT", "/cond/k", "y", "If-Match", etag)
	w.refused(w.do(root, "DELETE", "/cond/k", "", "If-Match", etag), 412, "PreconditionFailed")
}
