package sts_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/sigv4"
)

// discard is a ResponseWriter that keeps nothing.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

func (w *world) benchmark(b *testing.B, creds sigv4.Credentials, body string) {
	r := httptest.NewRequest("POST", "http://writ.test/", nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	if _, err := sigv4.Sign(r, creds, sigv4.Target{Region: "us-east-1", Service: "sts", Time: w.Now}, sigv4.HashPayload([]byte(body))); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Body = io.NopCloser(strings.NewReader(body))
		w.Pipeline.ServeHTTP(discard{http.Header{}}, r)
	}
}

// The whole pipeline without the socket, with the event kept in memory.
func BenchmarkGetCallerIdentity(b *testing.B) {
	w := newWorld(b)
	w.benchmark(b, w.ann, "Action=GetCallerIdentity&Version=2011-06-15")
}

func BenchmarkAssumeRole(b *testing.B) {
	w := newWorld(b)
	w.role(account, "r", trusts(annARN))
	w.benchmark(b, w.ann, "Action=AssumeRole&Version=2011-06-15&RoleSessionName=s1&RoleArn="+strings.ReplaceAll(roleARN("r"), ":", "%3A"))
}
