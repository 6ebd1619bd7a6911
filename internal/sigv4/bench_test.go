package sigv4

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

var (
	benchCredentials = Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	benchTarget      = Target{Region: "us-east-1", Service: "iam", Time: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
)

// BenchmarkVerify is a call as a Go SDK sends it, with a form of 300 bytes and
// a cached signing key. The target is 3.5 µs.
func BenchmarkVerify(b *testing.B) {
	body := bytes.Repeat([]byte("a"), 300)
	r := benchRequest(b, body)
	cache := NewSigningKeyCache(16)
	now := benchTarget.Time.Add(time.Second)
	b.Run("parse+time+key+verify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s, err := Parse(r)
			if err != nil {
				b.Fatal(err)
			}
			if err := s.CheckTime(now); err != nil {
				b.Fatal(err)
			}
			key := cache.Key(s, benchCredentials.SecretAccessKey)
			if err := s.Verify(key, r, body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Parse(r); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("no-cache", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s, err := Parse(r)
			if err != nil {
				b.Fatal(err)
			}
			key := DeriveKey(benchCredentials.SecretAccessKey, s.Date(), s.Region, s.Service)
			if err := s.Verify(key, r, body); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerifyPresigned(b *testing.B) {
	r, err := http.NewRequest("GET", "http://s3.example.com/bucket/key?partNumber=1&uploadId=abc", nil)
	if err != nil {
		b.Fatal(err)
	}
	target := benchTarget
	target.Service = "s3"
	if _, err := Presign(r, benchCredentials, target, time.Hour, UnsignedPayload); err != nil {
		b.Fatal(err)
	}
	cache := NewSigningKeyCache(16)
	b.ReportAllocs()
	for b.Loop() {
		s, err := Parse(r)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Verify(cache.Key(s, benchCredentials.SecretAccessKey), r, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignedChunks(b *testing.B) {
	const size = 1 << 20
	r, wire := streamRequest(b, StreamingPayload, nil, bytes.Repeat([]byte("x"), size), 64<<10)
	key := DeriveKey(testCredentials.SecretAccessKey, testTarget("s3").Time.Format("20060102"), "us-east-1", "s3")
	s, err := Parse(r)
	if err == nil {
		err = s.Verify(key, r, nil)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		body, err := s.Body(bytes.NewReader(wire), key)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, body); err != nil || n != size {
			b.Fatal(n, err)
		}
	}
}

func benchRequest(b *testing.B, body []byte) *http.Request {
	b.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("POST / HTTP/1.1\r\nHost: iam.example.com\r\n" +
		"User-Agent: aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.26\r\nAccept-Encoding: gzip\r\n" +
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 300\r\n" +
		"Amz-Sdk-Invocation-Id: 9be4e2d5-3c7e-4f0a-9d53-3f2a0f6f3a11\r\nAmz-Sdk-Request: attempt=1; max=3\r\n\r\n" + string(body))))
	if err != nil {
		b.Fatal(err)
	}
	skip := r.Header.Clone()
	r.Header.Del("Accept-Encoding")
	if _, err := Sign(r, benchCredentials, benchTarget, HashPayload(body)); err != nil {
		b.Fatal(err)
	}
	r.Header["Accept-Encoding"] = skip["Accept-Encoding"]
	return r
}
