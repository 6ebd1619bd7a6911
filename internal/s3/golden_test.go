package s3_test

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden answers anew")

// drawn are what differs each time: ids that are drawn, and the request's.
var drawn = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "REQUEST"},
	{regexp.MustCompile(`<(Upload|Version|DeleteMarkerVersion)Id>[\w-]{32}<`), "<${1}Id>DRAWN<"},
	{regexp.MustCompile(`X-Amz-Version-Id: [\w-]{32}`), "X-Amz-Version-Id: DRAWN"},
	{regexp.MustCompile(`X-Writ-Authorization-Message: [\w-]+`), "X-Writ-Authorization-Message: SEALED"},
}

// golden holds an answer against testdata/NAME.txt.
func golden(t *testing.T, name string, a answer) {
	t.Helper()
	var b strings.Builder
	b.WriteString(http.StatusText(a.status) + "\n")
	for _, h := range slices.Sorted(func(yield func(string) bool) {
		for h := range a.header {
			if h != "X-Amz-Request-Id" && h != "X-Amz-Id-2" && h != "X-Amzn-Requestid" && !yield(h) {
				return
			}
		}
	}) {
		b.WriteString(h + ": " + strings.Join(a.header[h], ", ") + "\n")
	}
	b.WriteString("\n" + strings.ReplaceAll(a.body, "><", ">\n<"))
	got := strings.TrimRight(b.String(), "\n") + "\n"
	for _, d := range drawn {
		got = d.pattern.ReplaceAllString(got, d.as)
	}
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestGolden(t *testing.T) {
	w := newWorld(t)
	w.bucket("golden")
	w.must(root, "PUT", "/golden/a.txt", "hello", "x-amz-tagging", "team=red", "x-amz-meta-m", "1", "Content-Type", "text/plain")
	w.must(root, "PUT", "/golden/dir/b.txt", "hello again")
	w.policy("golden", statement("Deny", everybody, "s3:PutObject", "arn:aws:s3:::golden/never", ""))
	w.must(root, "PUT", "/golden?tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>")
	up := w.begin("/golden/big", "x-amz-checksum-algorithm", "CRC32")
	part := w.part("/golden/big", up, 1, "part")
	ann := w.user(account, "ann", "")
	body := deletion(false, "none")
	for _, tt := range []struct {
		name, method, target, body string
		headers                    []string
	}{
		{"ListBuckets", "GET", "/", "", nil},
		{"HeadBucket", "HEAD", "/golden", "", nil},
		{"GetBucketLocation", "GET", "/golden?location", "", nil},
		{"GetBucketAcl", "GET", "/golden?acl", "", nil},
		{"GetBucketEncryption", "GET", "/golden?encryption", "", nil},
		{"GetBucketOwnershipControls", "GET", "/golden?ownershipControls", "", nil},
		{"GetBucketPolicy", "GET", "/golden?policy", "", nil},
		{"GetBucketPolicyStatus", "GET", "/golden?policyStatus", "", nil},
		{"GetBucketTagging", "GET", "/golden?tagging", "", nil},
		{"GetBucketVersioning", "GET", "/golden?versioning", "", nil},
		{"ListObjects", "GET", "/golden?delimiter=/", "", nil},
		{"ListObjectsV2", "GET", "/golden?list-type=2&max-keys=1&fetch-owner=true&encoding-type=url", "", nil},
		{"ListObjectVersions", "GET", "/golden?versions", "", nil},
		{"PutObject", "PUT", "/golden/c.txt", "x", nil},
		{"GetObject", "GET", "/golden/a.txt", "", []string{"x-amz-checksum-mode", "ENABLED"}},
		{"GetObject-range", "GET", "/golden/a.txt", "", []string{"Range", "bytes=1-2"}},
		{"HeadObject", "HEAD", "/golden/a.txt", "", nil},
		{"GetObjectTagging", "GET", "/golden/a.txt?tagging", "", nil},
		{"GetObjectAcl", "GET", "/golden/a.txt?acl", "", nil},
		{"GetObjectAttributes", "GET", "/golden/a.txt?attributes", "", []string{"x-amz-object-attributes", "ETag,Checksum,StorageClass,ObjectSize"}},
		{"CopyObject", "PUT", "/golden/copy", "", []string{"x-amz-copy-source", "golden/a.txt"}},
		{"DeleteObject", "DELETE", "/golden/copy", "", nil},
		{"DeleteObjects", "POST", "/golden?delete", body, []string{"Content-MD5", contentMD5(body)}},
		{"CreateMultipartUpload", "POST", "/golden/other?uploads", "", nil},
		{"ListMultipartUploads", "GET", "/golden?uploads&prefix=b", "", nil},
		{"ListParts", "GET", "/golden/big?uploadId=" + up, "", nil},
		{"CompleteMultipartUpload", "POST", "/golden/big?uploadId=" + up, completion("1", etagElement(part)+"<ChecksumCRC32>"+crc("part")+"</ChecksumCRC32>"), nil},
		{"error-NoSuchKey", "GET", "/golden/none", "", nil},
		{"error-NoSuchBucket", "GET", "/none", "", nil},
		{"error-NoSuchVersion", "GET", "/golden/a.txt?versionId=none", "", nil},
		{"error-NoSuchUpload", "GET", "/golden/big?uploadId=none", "", nil},
		{"error-PreconditionFailed", "GET", "/golden/a.txt", "", []string{"If-Match", "x"}},
		{"error-InvalidRange", "GET", "/golden/a.txt", "", []string{"Range", "bytes=9-"}},
		{"error-NotImplemented", "GET", "/golden?cors", "", nil},
	} {
		golden(t, tt.name, w.do(root, tt.method, tt.target, tt.body, tt.headers...))
	}
	golden(t, "error-AccessDenied", w.do(ann, "GET", "/golden/a.txt", ""))
	golden(t, "error-AccessDenied-buckets", w.do(ann, "GET", "/", ""))
}
