package restxml

import (
	"fmt"
	"net/http"
	"testing"
)

func BenchmarkEncode(b *testing.B) {
	out := &listObjectsV2Output{IsTruncated: ptr(false)}
	for i := range 100 {
		out.Contents = append(out.Contents, object{
			Key: ptr(fmt.Sprintf("photos/2025/%05d.jpg", i)), LastModified: &at,
			ETag: ptr(`"fba9dede5f27731c9771645a39863328"`), Size: ptr(int64(434234)),
		})
	}
	var buf []byte
	h := http.Header{}
	b.ReportAllocs()
	for b.Loop() {
		_, body, _, err := Encode(h, buf[:0], out)
		if err != nil {
			b.Fatal(err)
		}
		buf = body
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkDecode(b *testing.B) {
	req := Request{
		Labels: map[string]string{"Bucket": "b"},
		Body:   []byte("<Delete><Object><Key>a</Key></Object><Object><Key>b&amp;c</Key></Object><Quiet>true</Quiet></Delete>"),
	}
	b.ReportAllocs()
	for b.Loop() {
		var in deleteObjectsInput
		if missing, err := Decode(req, &in); err != nil || missing != nil {
			b.Fatal(missing, err)
		}
	}
}
