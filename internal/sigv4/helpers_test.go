package sigv4

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

var testCredentials = Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}

func testTarget(service string) Target {
	return Target{Region: "us-east-1", Service: service, Time: time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)}
}

func testKey(service string) *SigningKey {
	return DeriveKey(testCredentials.SecretAccessKey, "20130524", "us-east-1", service)
}

// signedRequest returns a request as a server sees it, signed in its header.
func signedRequest(t testing.TB, service, method, target, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if _, err := Sign(r, testCredentials, testTarget(service), HashPayload([]byte(body))); err != nil {
		t.Fatal(err)
	}
	return r
}

func presignedRequest(t testing.TB, service, target string, expires time.Duration, hash string) *http.Request {
	t.Helper()
	r := httptest.NewRequest("GET", target, nil)
	if _, err := Presign(r, testCredentials, testTarget(service), expires, hash); err != nil {
		t.Fatal(err)
	}
	return r
}

// streamRequest returns a signed upload and the chunked bytes of its body.
func streamRequest(t testing.TB, word string, trailer http.Header, data []byte, chunk int) (*http.Request, []byte) {
	t.Helper()
	r := httptest.NewRequest("PUT", "/examplebucket/chunkObject.txt", nil)
	r.Host = "s3.amazonaws.com"
	r.Header.Set(headerLength, strconv.Itoa(len(data)))
	var names []string
	for name := range trailer {
		names = append(names, strings.ToLower(name))
	}
	if len(names) > 0 {
		r.Header.Set(headerTrailer, strings.Join(names, ","))
	}
	s, err := Sign(r, testCredentials, testTarget("s3"), word)
	if err != nil {
		t.Fatal(err)
	}
	var wire bytes.Buffer
	w := s.ChunkWriter(&wire, testCredentials)
	for len(data) > 0 {
		n := min(chunk, len(data))
		if _, err := w.Write(data[:n]); err != nil {
			t.Fatal(err)
		}
		data = data[n:]
	}
	if err := w.Close(trailer); err != nil {
		t.Fatal(err)
	}
	return r, wire.Bytes()
}

// authenticate runs what a server runs, but for the time.
func authenticate(r *http.Request, key *SigningKey, body string) (*Signature, error) {
	s, err := Parse(r)
	if err != nil {
		return nil, err
	}
	return s, s.Verify(key, r, []byte(body))
}

func wantReason(t *testing.T, err error, want Reason) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Reason != want {
		t.Fatalf("error %v, want reason %v", err, want)
	}
	return e
}

func hexOf(mac [32]byte) string { return hex.EncodeToString(mac[:]) }
