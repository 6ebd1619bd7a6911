package s3_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/sigv4"
)

// nowhere takes an answer and keeps nothing of it.
type nowhere struct {
	header http.Header
	status int
}

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) WriteHeader(status int)      { n.status = status }
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkObject measures a PUT and a GET of 1 KB through the whole pipeline,
// with contents in memory and on disk; the state is in memory in both.
func BenchmarkObject(b *testing.B) {
	for _, where := range []string{"memory", "disk"} {
		folder := ""
		if where == "disk" {
			folder = b.TempDir()
		}
		w := newWorldIn(b, folder)
		w.bucket("bench")
		body := bytes.Repeat([]byte("x"), 1<<10)
		for i := range 100 {
			w.must(root, "PUT", "/bench/k"+strconv.Itoa(i), string(body))
		}
		run := func(method string, body []byte) func(b *testing.B) {
			return func(b *testing.B) {
				hash := sigv4.HashPayload(body)
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					b.StopTimer()
					r := httptest.NewRequest(method, "http://writ.test/bench/k"+strconv.Itoa(i%100), bytes.NewReader(body))
					if _, err := sigv4.Sign(r, root, w.target(), hash); err != nil {
						b.Fatal(err)
					}
					answer := &nowhere{header: make(http.Header)}
					b.StartTimer()
					w.Pipeline.ServeHTTP(answer, r)
					if answer.status != 200 {
						b.Fatal(answer.status)
					}
				}
			}
		}
		b.Run(where+"/put", run(http.MethodPut, body))
		b.Run(where+"/get", run(http.MethodGet, nil))
	}
}

// BenchmarkList measures a page of 1,000 keys among 5,000.
func BenchmarkList(b *testing.B) {
	w := newWorld(b)
	w.bucket("bench")
	for i := range 5000 {
		w.must(root, "PUT", "/bench/"+strings.Repeat("k", 20)+strconv.Itoa(100_000+i), "")
	}
	for b.Loop() {
		w.must(root, "GET", "/bench?list-type=2", "")
	}
}

// TestServed runs over a socket: length, ranges and HEAD as a client sees them,
// and contents that the system copies to the connection by itself.
func TestServed(t *testing.T) {
	w := newWorldIn(t, t.TempDir())
	w.bucket("served")
	server := httptest.NewServer(w.Pipeline)
	defer server.Close()
	big := strings.Repeat("0123456789abcdef", 1<<16)
	send := func(method string, body string, headers ...string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequest(method, server.URL+"/served/k", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		if _, err := sigv4.Sign(r, root, w.target(), sigv4.HashPayload([]byte(body))); err != nil {
			t.Fatal(err)
		}
		res, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(b)
	}
	if res, body := send("PUT", big, "Expect", "100-continue"); res.StatusCode != 200 {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	if res, body := send("GET", ""); body != big || res.ContentLength != int64(len(big)) {
		t.Errorf("%d bytes, length %d", len(body), res.ContentLength)
	}
	if res, body := send("GET", "", "Range", "bytes=100-199"); body != big[100:200] || res.ContentLength != 100 || res.StatusCode != 206 {
		t.Errorf("a range: %d, %d bytes, length %d", res.StatusCode, len(body), res.ContentLength)
	}
	if res, body := send("HEAD", ""); body != "" || res.ContentLength != int64(len(big)) {
		t.Errorf("HEAD: length %d", res.ContentLength)
	}
	if res, body := send("DELETE", ""); res.StatusCode != 204 || body != "" {
		t.Errorf("DELETE: %d %s", res.StatusCode, body)
	}
}
