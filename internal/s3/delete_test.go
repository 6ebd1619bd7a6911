package s3_test

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// deletion is the body of a DeleteObjects.
func deletion(quiet bool, objects ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<Delete><Quiet>%t</Quiet>", quiet)
	for _, o := range objects {
		key, version, named := strings.Cut(o, "@")
		b.WriteString("<Object><Key>" + key + "</Key>")
		if named {
			b.WriteString("<VersionId>" + version + "</VersionId>")
		}
		b.WriteString("</Object>")
	}
	b.WriteString("</Delete>")
	return b.String()
}

func contentMD5(body string) string {
	sum := md5.Sum([]byte(body))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func TestDeleteObjects(t *testing.T) {
	w := newWorld(t)
	w.bucket("del")
	for _, key := range []string{"mine/a", "mine/b", "theirs/a", "theirs/b"} {
		w.must(root, "PUT", "/del/"+key, "x")
	}
	who := w.user(account, "ann", allow("s3:DeleteObject", "arn:aws:s3:::del/mine/*"))
	body := deletion(false, "mine/a", "theirs/a", "mine/none", "mine/b@x")
	a := w.must(who, "POST", "/del?delete", body, "Content-MD5", contentMD5(body))
	if got := a.texts("Key"); !slices.Equal(got, []string{"mine/a", "mine/none", "theirs/a", "mine/b"}) {
		t.Errorf("answer %s", a.body)
	}
	if got := a.texts("Code"); !slices.Equal(got, []string{"AccessDenied", "AccessDenied"}) { // s3:DeleteObjectVersion is another action
		t.Errorf("errors %q", got)
	}
	if got := w.must(root, "GET", "/del", "").texts("Key"); !slices.Equal(got, []string{"mine/b", "theirs/a", "theirs/b"}) {
		t.Errorf("left: %q", got)
	}
	body = deletion(true, "mine/b", "theirs/a")
	a = w.must(who, "POST", "/del?delete", body, "x-amz-checksum-crc32", crc(body), "x-amz-sdk-checksum-algorithm", "CRC32")
	if len(a.texts("Deleted")) != 0 || len(a.texts("Error")) != 1 {
		t.Errorf("quiet: %s", a.body)
	}
	w.refused(w.do(root, "POST", "/del?delete", body), 400, "InvalidRequest")
	w.refused(w.do(root, "POST", "/del?delete", body, "Content-MD5", contentMD5("x")), 400, "BadDigest")
	w.refused(w.do(root, "POST", "/nothere?delete", body, "Content-MD5", contentMD5(body)), 404, "NoSuchBucket")
	body = deletion(false)
	w.refused(w.do(root, "POST", "/del?delete", body, "Content-MD5", contentMD5(body)), 400, "MalformedXML")
	w.contents(2)
}

func TestDeleteManyVersions(t *testing.T) {
	w := newWorld(t)
	w.bucket("del")
	w.versioning("del", "Enabled")
	var objects []string
	for i := range 100 {
		key := fmt.Sprintf("k%03d", i)
		objects = append(objects, key+"@"+w.must(root, "PUT", "/del/"+key, "x").header.Get("x-amz-version-id"))
	}
	var keys []string
	for i := range 1000 {
		keys = append(keys, fmt.Sprintf("k%03d", i))
	}
	body := deletion(false, keys...)
	a := w.must(root, "POST", "/del?delete", body, "Content-MD5", contentMD5(body))
	if got := a.texts("DeleteMarkerVersionId"); len(got) != 1000 {
		t.Fatalf("%d delete markers", len(got))
	}
	if got := w.must(root, "GET", "/del", "").texts("Key"); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
	body = deletion(true, objects...)
	w.must(root, "POST", "/del?delete", body, "Content-MD5", contentMD5(body))
	w.contents(0)
	body = deletion(false, append(keys, "one more")...)
	w.refused(w.do(root, "POST", "/del?delete", body, "Content-MD5", contentMD5(body)), 400, "MalformedXML")
}
