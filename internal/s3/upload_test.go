package s3_test

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/state"
)

// fiveMiB is the least that a part which is not the last may have.
var fiveMiB = strings.Repeat("0123456789abcdef", 5<<20/16)

// begin creates an upload.
func (w *world) begin(target string, headers ...string) string {
	w.T.Helper()
	return w.must(root, "POST", target+"?uploads", "", headers...).text("UploadId")
}

// part uploads a part and returns its ETag.
func (w *world) part(target, upload string, n int, body string, headers ...string) string {
	w.T.Helper()
	return w.must(root, "PUT", fmt.Sprintf("%s?partNumber=%d&uploadId=%s", target, n, upload), body, headers...).header.Get("ETag")
}

func completion(parts ...string) string {
	var b strings.Builder
	for i := 0; i < len(parts); i += 2 {
		b.WriteString("<Part><PartNumber>" + parts[i] + "</PartNumber>" + parts[i+1] + "</Part>")
	}
	return "<CompleteMultipartUpload>" + b.String() + "</CompleteMultipartUpload>"
}

func etagElement(etag string) string { return "<ETag>" + etag + "</ETag>" }

func TestUpload(t *testing.T) {
	w := newWorldIn(t, t.TempDir())
	w.bucket("multi")
	up := w.begin("/multi/k", "Content-Type", "text/plain", "x-amz-meta-a", "b", "x-amz-tagging", "t=u")
	w.part("/multi/k", up, 2, "replaced")
	one, two := w.part("/multi/k", up, 1, fiveMiB), w.part("/multi/k", up, 2, "tail")
	w.part("/multi/k", up, 3, "left out")

	a := w.must(root, "GET", "/multi/k?uploadId="+up+"&max-parts=2", "")
	if got := a.texts("PartNumber"); len(got) != 2 || a.text("NextPartNumberMarker") != "2" || a.text("IsTruncated") != "true" {
		t.Errorf("parts: %s", a.body)
	}
	if a := w.must(root, "GET", "/multi?uploads", ""); a.text("UploadId") != up || a.text("Key") != "k" {
		t.Errorf("uploads: %s", a.body)
	}
	w.refused(w.do(root, "GET", "/multi/k", ""), 404, "NoSuchKey")
	a = w.must(root, "POST", "/multi/k?uploadId="+up, completion("1", etagElement(one), "2", etagElement(two)))
	sum := md5.New()
	for _, etag := range []string{one, two} {
		b, _ := hex.DecodeString(strings.Trim(etag, `"`))
		sum.Write(b)
	}
	if want := `"` + hex.EncodeToString(sum.Sum(nil)) + `-2"`; a.text("ETag") != want {
		t.Errorf("ETag %s, want %s", a.text("ETag"), want)
	}
	a = w.must(root, "GET", "/multi/k", "", "x-amz-checksum-mode", "ENABLED")
	if a.body != fiveMiB+"tail" || a.header.Get("Content-Type") != "text/plain" || a.header.Get("x-amz-meta-a") != "b" {
		t.Errorf("%d bytes, %v", len(a.body), a.header)
	}
	// The checksum of the whole, put together from the parts', is that of a
	// content that came in one piece.
	whole := w.must(root, "PUT", "/multi/whole", fiveMiB+"tail").header.Get("x-amz-checksum-crc64nvme")
	if got := a.header.Get("x-amz-checksum-crc64nvme"); got != whole {
		t.Errorf("checksum %s, want %s", got, whole)
	}
	a = w.must(root, "GET", "/multi/k?partNumber=2", "")
	if a.status != 206 || a.body != "tail" || a.header.Get("x-amz-mp-parts-count") != "2" {
		t.Errorf("part 2: %d %q %v", a.status, a.body, a.header)
	}
	w.refused(w.do(root, "POST", "/multi/k?uploadId="+up, completion("1", etagElement(one))), 404, "NoSuchUpload")
	w.contents(2)
}

func TestUploadRefused(t *testing.T) {
	w := newWorld(t)
	w.bucket("multi")
	up := w.begin("/multi/k")
	one, two := w.part("/multi/k", up, 1, "small"), w.part("/multi/k", up, 2, "tail")
	target := "/multi/k?uploadId=" + up
	for body, code := range map[string]string{
		completion("1", etagElement(one), "2", etagElement(two)): "EntityTooSmall",
		completion("2", etagElement(two), "1", etagElement(one)): "InvalidPartOrder",
		completion("1", etagElement(one), "1", etagElement(one)): "InvalidPartOrder",
		completion("1", etagElement(two)):                        "InvalidPart",
		completion("3", etagElement(two)):                        "InvalidPart",
		completion("1", ""):                                      "InvalidPart",
		completion():                                             "MalformedXML",
		"":                                                       "MalformedXML",
		completion("1", etagElement(one)+"<ChecksumCRC64NVME>AAAA</ChecksumCRC64NVME>"): "InvalidPart",
	} {
		w.refused(w.do(root, "POST", target, body), 400, code)
	}
	w.refused(w.do(root, "POST", target, completion("1", etagElement(one)), "x-amz-mp-object-size", "4"), 400, "InvalidRequest")
	w.refused(w.do(root, "PUT", "/multi/k?partNumber=0&uploadId="+up, "x"), 400, "InvalidArgument")
	w.refused(w.do(root, "PUT", "/multi/k?partNumber=10001&uploadId="+up, "x"), 400, "InvalidArgument")
	w.refused(w.do(root, "PUT", "/multi/other?partNumber=1&uploadId="+up, "x"), 404, "NoSuchUpload")
	w.must(root, "PUT", "/multi/k", "there")
	w.refused(w.do(root, "POST", target, completion("1", etagElement(one)), "If-None-Match", "*"), 412, "PreconditionFailed")
	w.must(root, "DELETE", target, "")
	w.refused(w.do(root, "DELETE", target, ""), 404, "NoSuchUpload")
	w.refused(w.do(root, "PUT", "/multi/k?partNumber=1&uploadId="+up, "x"), 404, "NoSuchUpload")
	w.contents(1)
}

func crc(body string) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body))))
}

func TestUploadChecksums(t *testing.T) {
	w := newWorld(t)
	w.bucket("sums")
	for _, sumType := range []string{"COMPOSITE", "FULL_OBJECT"} {
		target := "/sums/" + sumType
		up := w.begin(target, "x-amz-checksum-algorithm", "CRC32", "x-amz-checksum-type", sumType)
		one := w.part(target, up, 1, fiveMiB, "x-amz-checksum-crc32", crc(fiveMiB))
		two := w.part(target, up, 2, "tail")
		w.refused(w.do(root, "PUT", target+"?partNumber=3&uploadId="+up, "x", "x-amz-checksum-sha1", "EfaluUqVJcsGMPE7Rxe1ACqBGAc="), 400, "InvalidRequest")
		complete := completion("1", etagElement(one)+"<ChecksumCRC32>"+crc(fiveMiB)+"</ChecksumCRC32>", "2", etagElement(two)+"<ChecksumCRC32>"+crc("tail")+"</ChecksumCRC32>")
		w.refused(w.do(root, "POST", target+"?uploadId="+up, complete, "x-amz-checksum-crc32", crc("other")), 400, "BadDigest")
		a := w.must(root, "POST", target+"?uploadId="+up, complete)
		want := crc(fiveMiB + "tail")
		if sumType == "COMPOSITE" {
			b1, _ := base64.StdEncoding.DecodeString(crc(fiveMiB))
			b2, _ := base64.StdEncoding.DecodeString(crc("tail"))
			want = crc(string(b1)+string(b2)) + "-2"
		}
		if a.text("ChecksumCRC32") != want || a.text("ChecksumType") != sumType {
			t.Errorf("%s: %s, want %s", sumType, a.body, want)
		}
		a = w.must(root, "GET", target+"?attributes", "", "x-amz-object-attributes", "ETag,Checksum,ObjectParts,StorageClass,ObjectSize")
		if a.text("ObjectSize") != strconv.Itoa(len(fiveMiB)+4) || a.text("PartsCount") != "2" || len(a.texts("PartNumber")) != 2 {
			t.Errorf("attributes: %s", a.body)
		}
		a = w.must(root, "GET", target+"?partNumber=2", "", "x-amz-checksum-mode", "ENABLED")
		if a.header.Get("x-amz-checksum-crc32") != crc("tail") {
			t.Errorf("checksum of a part: %v", a.header)
		}
	}
	target := "/sums/COMPOSITE"
	up := w.begin(target, "x-amz-checksum-algorithm", "SHA1")
	one := w.part(target, up, 1, "x")
	w.refused(w.do(root, "POST", target+"?uploadId="+up, completion("1", etagElement(one))), 400, "InvalidRequest")
	w.refused(w.do(root, "POST", target+"?uploads", "", "x-amz-checksum-algorithm", "SHA1", "x-amz-checksum-type", "FULL_OBJECT"), 400, "InvalidRequest")
	w.refused(w.do(root, "POST", target+"?uploads", "", "x-amz-checksum-algorithm", "CRC64NVME", "x-amz-checksum-type", "COMPOSITE"), 400, "InvalidRequest")
	w.refused(w.do(root, "POST", target+"?uploads", "", "x-amz-checksum-algorithm", "XXHASH3"), 501, "NotImplemented")
}

// TestManyParts ends uploads with more parts than one commit takes.
func TestManyParts(t *testing.T) {
	w := newWorld(t)
	w.bucket("many")
	fill := func() string {
		up := w.begin("/many/k")
		for first := 1; first <= 250; first += 50 {
			w.Update(func(tx *state.Tx) {
				for n := first; n < first+50; n++ {
					tx.PutPart(&state.Part{Upload: up, Number: n, Content: "none", ETag: hex.EncodeToString(make([]byte, 16))})
				}
			})
		}
		return up
	}
	up := fill()
	w.must(root, "DELETE", "/many/k?uploadId="+up, "")
	fill()
	fill()
	w.must(root, "DELETE", "/many", "")
	w.contents(0)
}

func TestCopyPart(t *testing.T) {
	w := newWorld(t)
	w.bucket("multi")
	w.must(root, "PUT", "/multi/from", "0123456789")
	up := w.begin("/multi/k")
	target := "/multi/k?partNumber=1&uploadId=" + up
	for text, code := range map[string]string{"bytes=2-10": "InvalidArgument", "bytes=5-2": "InvalidArgument", "bytes=2-": "InvalidArgument", "2-3": "InvalidArgument"} {
		w.refused(w.do(root, "PUT", target, "", "x-amz-copy-source", "/multi/from", "x-amz-copy-source-range", text), 400, code)
	}
	etag := w.must(root, "PUT", target, "", "x-amz-copy-source", "/multi/from", "x-amz-copy-source-range", "bytes=2-5").text("ETag")
	w.must(root, "POST", "/multi/k?uploadId="+up, completion("1", etagElement(etag)))
	if a := w.must(root, "GET", "/multi/k", ""); a.body != "2345" {
		t.Errorf("copied %q", a.body)
	}
	w.contents(2)
}
