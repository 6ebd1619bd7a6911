package s3_test

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/sigv4"
)

// The checksums of "123456789", published with each algorithm.
var nineDigits = map[string]string{
	"crc32":     "y/Q5Jg==",
	"crc32c":    "4waSgw==",
	"crc64nvme": "rosUhgp5mIg=",
	"sha1":      "98O8HYCOBHMq32eZZczDTKeuNEE=",
	"sha256":    "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
}

func TestChecksums(t *testing.T) {
	w := newWorld(t)
	w.bucket("sums")
	for name, sum := range nineDigits {
		header := "x-amz-checksum-" + name
		a := w.must(root, "PUT", "/sums/"+name, "123456789", header, sum, "x-amz-sdk-checksum-algorithm", strings.ToUpper(name))
		if a.header.Get(header) != sum {
			t.Errorf("%s: %v", name, a.header)
		}
		a = w.must(root, "GET", "/sums/"+name, "", "x-amz-checksum-mode", "ENABLED")
		if a.header.Get(header) != sum || a.header.Get("x-amz-checksum-type") != "FULL_OBJECT" {
			t.Errorf("%s, read: %v", name, a.header)
		}
		if a = w.must(root, "GET", "/sums/"+name, "", "x-amz-checksum-mode", "ENABLED", "Range", "bytes=0-2"); a.header.Get(header) != "" {
			t.Errorf("%s of a range: %v", name, a.header)
		}
		w.refused(w.do(root, "PUT", "/sums/bad", "12345678", header, sum), 400, "BadDigest")
		w.refused(w.do(root, "PUT", "/sums/bad", "12345678", header, "AAAA"), 400, "InvalidRequest")
	}
	w.refused(w.do(root, "PUT", "/sums/bad", "x", "x-amz-checksum-crc32", nineDigits["crc32"], "x-amz-checksum-sha1", nineDigits["sha1"]), 400, "InvalidRequest")
	w.refused(w.do(root, "PUT", "/sums/bad", "x", "x-amz-sdk-checksum-algorithm", "CRC32"), 400, "InvalidRequest")
	w.refused(w.do(root, "PUT", "/sums/bad", "x", "x-amz-checksum-xxhash64", "AAAA"), 501, "NotImplemented")
	w.refused(w.do(root, "PUT", "/sums/bad", "x", "Content-MD5", "no"), 400, "InvalidDigest")
	sum := md5.Sum([]byte("y"))
	w.refused(w.do(root, "PUT", "/sums/bad", "x", "Content-MD5", base64.StdEncoding.EncodeToString(sum[:])), 400, "BadDigest")
	w.must(root, "PUT", "/sums/good", "y", "Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	w.refused(w.do(root, "GET", "/sums/bad", ""), 404, "NoSuchKey")
	w.contents(len(nineDigits) + 1)
}

// chunked sends a body in aws-chunked with a trailing checksum, as SDKs do.
func (w *world) chunked(target, payload, body, trailer, sum string, length int) answer {
	w.T.Helper()
	r := httptest.NewRequest(http.MethodPut, "http://writ.test"+target, nil)
	r.Header.Set("Content-Encoding", "aws-chunked, gzip")
	r.Header.Set("X-Amz-Decoded-Content-Length", strconv.Itoa(length))
	r.Header.Set("X-Amz-Sdk-Checksum-Algorithm", "CRC32")
	r.Header.Set("X-Amz-Trailer", trailer)
	sig, err := sigv4.Sign(r, root, w.target(), payload)
	if err != nil {
		w.T.Fatal(err)
	}
	var framed bytes.Buffer
	cw := sig.ChunkWriter(&framed, root)
	if _, err := cw.Write([]byte(body)); err != nil {
		w.T.Fatal(err)
	}
	if err := cw.Close(http.Header{http.CanonicalHeaderKey(trailer): {sum}}); err != nil {
		w.T.Fatal(err)
	}
	r.Body, r.ContentLength = io.NopCloser(&framed), int64(framed.Len())
	return w.send(r)
}

func TestTrailers(t *testing.T) {
	w := newWorld(t)
	w.bucket("trail")
	big := strings.Repeat("0123456789", 20_000)
	for _, payload := range []string{sigv4.StreamingPayloadTrailer, sigv4.StreamingUnsignedTrailer} {
		a := w.chunked("/trail/k", payload, big, "x-amz-checksum-crc32", crc(big), len(big))
		if a.status != 200 || a.header.Get("x-amz-checksum-crc32") != crc(big) {
			t.Fatalf("%s: %d %s", payload, a.status, a.body)
		}
		a = w.must(root, "GET", "/trail/k", "")
		if a.body != big || a.header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: %d bytes, %v", payload, len(a.body), a.header)
		}
		w.refused(w.chunked("/trail/bad", payload, big, "x-amz-checksum-crc32", crc("other"), len(big)), 400, "BadDigest")
		w.refused(w.chunked("/trail/bad", payload, big, "x-amz-checksum-crc32", crc(big), len(big)+1), 400, "IncompleteBody")
	}
	w.refused(w.do(root, "GET", "/trail/bad", ""), 404, "NoSuchKey")
	w.contents(1)
}

// TestBodyNotSigned sends another body than the one signed: nothing of it may
// stay.
func TestBodyNotSigned(t *testing.T) {
	w := newWorldIn(t, t.TempDir())
	w.bucket("hash")
	send := func(signed, body string, length int64) answer {
		r := httptest.NewRequest(http.MethodPut, "http://writ.test/hash/k", strings.NewReader(body))
		if _, err := sigv4.Sign(r, root, w.target(), sigv4.HashPayload([]byte(signed))); err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		return w.send(r)
	}
	w.refused(send("one", "two", 3), 400, "XAmzContentSHA256Mismatch")
	w.refused(send("", "", -1), 411, "MissingContentLength")
	w.refused(send("", "", 5<<30+1), 400, "EntityTooLarge")
	w.refused(w.do(root, "GET", "/hash/k", ""), 404, "NoSuchKey")
	w.contents(0)
}
