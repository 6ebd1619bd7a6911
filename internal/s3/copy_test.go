package s3_test

import (
	"strconv"
	"testing"
)

func TestCopy(t *testing.T) {
	w := newWorld(t)
	w.bucket("from")
	w.bucket("dest")
	w.must(root, "PUT", "/from/a%20%3F/k", "content", "Content-Type", "text/x", "x-amz-meta-m", "1", "x-amz-tagging", "t=u", "Cache-Control", "private")
	const source = "from/a%20%3F/k"
	a := w.must(root, "PUT", "/dest/k", "", "x-amz-copy-source", source)
	if a.text("ETag") == "" || a.text("LastModified") != "2030-01-02T03:04:05.000Z" {
		t.Errorf("answer: %s", a.body)
	}
	a = w.must(root, "GET", "/dest/k", "")
	if a.body != "content" || a.header.Get("Content-Type") != "text/x" || a.header.Get("x-amz-meta-m") != "1" ||
		a.header.Get("Cache-Control") != "private" || a.header.Get("x-amz-tagging-count") != "1" {
		t.Errorf("copy: %q %v", a.body, a.header)
	}
	w.must(root, "PUT", "/dest/k", "", "x-amz-copy-source", "/"+source, "x-amz-metadata-directive", "REPLACE", "x-amz-tagging-directive", "REPLACE", "x-amz-meta-n", "2")
	a = w.must(root, "GET", "/dest/k", "")
	if a.header.Get("Content-Type") != "binary/octet-stream" || a.header.Get("x-amz-meta-m") != "" || a.header.Get("x-amz-meta-n") != "2" || a.header.Get("x-amz-tagging-count") != "" {
		t.Errorf("replaced: %v", a.header)
	}
	w.refused(w.do(root, "PUT", "/dest/k", "", "x-amz-copy-source", "dest/k"), 400, "InvalidRequest")
	w.must(root, "PUT", "/dest/k", "", "x-amz-copy-source", "dest/k", "x-amz-metadata-directive", "REPLACE")
	w.refused(w.do(root, "PUT", "/dest/k", "", "x-amz-copy-source", "dest/none"), 404, "NoSuchKey")
	w.refused(w.do(root, "PUT", "/dest/k", "", "x-amz-copy-source", "nothere/none"), 404, "NoSuchBucket")
	w.refused(w.do(root, "PUT", "/dest/k", "", "x-amz-copy-source", "/from"), 400, "InvalidArgument")
	w.refused(w.do(root, "PUT", "/dest/k", "", "x-amz-copy-source", source, "x-amz-copy-source-if-match", `"x"`), 412, "PreconditionFailed")
	w.refused(w.do(root, "PUT", "/dest/k", "", "x-amz-copy-source", source, "If-None-Match", "*"), 412, "PreconditionFailed")
	a = w.must(root, "PUT", "/dest/sha", "", "x-amz-copy-source", source, "x-amz-checksum-algorithm", "SHA256")
	if a.text("ChecksumSHA256") == "" || a.text("ChecksumCRC64NVME") != "" {
		t.Errorf("checksum of a copy: %s", a.body)
	}
	w.contents(3)
}

func TestCopyVersion(t *testing.T) {
	w := newWorld(t)
	w.bucket("from")
	w.versioning("from", "Enabled")
	first := w.must(root, "PUT", "/from/k", "first").header.Get("x-amz-version-id")
	w.must(root, "PUT", "/from/k", "second")
	a := w.must(root, "PUT", "/from/k", "", "x-amz-copy-source", "from/k?versionId="+first)
	if a.header.Get("x-amz-copy-source-version-id") != first || a.header.Get("x-amz-version-id") == "" {
		t.Errorf("versions of a copy: %v", a.header)
	}
	if a := w.must(root, "GET", "/from/k", ""); a.body != "first" {
		t.Errorf("restored %q", a.body)
	}
	marker := w.must(root, "DELETE", "/from/k", "").header.Get("x-amz-version-id")
	w.refused(w.do(root, "PUT", "/from/k", "", "x-amz-copy-source", "from/k?versionId="+marker), 400, "InvalidRequest")
	w.refused(w.do(root, "PUT", "/from/k", "", "x-amz-copy-source", "from/k"), 404, "NoSuchKey")
}

// TestCopyNeedsBoth: who copies must be allowed to read the one and to write
// the other, tags included.
func TestCopyNeedsBoth(t *testing.T) {
	w := newWorld(t)
	w.bucket("from")
	w.bucket("dest")
	w.must(root, "PUT", "/from/plain", "x")
	w.must(root, "PUT", "/from/tagged", "x", "x-amz-tagging", "secret=1")
	for i, tt := range []struct {
		actions, key string
		status       int
	}{
		{"s3:PutObject", "plain", 403},
		{"s3:GetObject", "plain", 403},
		{"s3:GetObject s3:PutObject", "plain", 200},
		{"s3:GetObject s3:PutObject", "tagged", 403},
		{"s3:GetObject s3:PutObject s3:PutObjectTagging", "tagged", 403},
		{"s3:GetObject s3:PutObject s3:PutObjectTagging s3:GetObjectTagging", "tagged", 200},
		{"s3:GetObject s3:PutObject", "none", 403},
		{"s3:GetObject s3:PutObject s3:ListBucket", "none", 404},
	} {
		who := w.user(account, "user-"+strconv.Itoa(i), allow(tt.actions, "arn:aws:s3:::*"))
		if a := w.do(who, "PUT", "/dest/copy", "", "x-amz-copy-source", "from/"+tt.key); a.status != tt.status {
			t.Errorf("%s with %s: %d %s", tt.key, tt.actions, a.status, a.body)
		}
	}
	who := w.user(account, "replacer", allow("s3:GetObject s3:PutObject", "arn:aws:s3:::*"))
	w.must(who, "PUT", "/dest/copy", "", "x-amz-copy-source", "from/tagged", "x-amz-tagging-directive", "REPLACE")
}
