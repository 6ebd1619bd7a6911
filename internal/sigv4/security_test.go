package sigv4

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// aws-iam-authenticator took the access key id from a parameter that differs
// from the signed one only in case.
func TestCVE_2022_2385_DuplicateQueryParameters(t *testing.T) {
	forged := "AKIAFORGED/20130524/us-east-1/sts/aws4_request"
	for _, extra := range []string{
		"x-amz-credential=" + forged, "X-Amz-credential=" + forged, "X-Amz-Credential=" + forged,
		"X%2DAmz%2DCredential=" + forged, "%78-amz-credential=" + forged,
		"x-amz-signature=0", "X-Amz-Date=20130524T000000Z", "x-amz-signedheaders=host", "x-amz-expires=900",
	} {
		for _, order := range []string{"after", "before"} {
			r := presignedRequest(t, "sts", "/?Action=GetCallerIdentity&Version=2011-06-15", time.Minute, HashPayload(nil))
			if order == "after" {
				r.URL.RawQuery += "&" + extra
			} else {
				r.URL.RawQuery = extra + "&" + r.URL.RawQuery
			}
			_, err := Parse(r)
			if !errors.Is(err, &Error{Reason: Duplicate}) && !errors.Is(err, &Error{Reason: MalformedQuery}) {
				t.Errorf("%s, %s: %v", extra, order, err)
			}
		}
	}
	r := queryRequest("X-Amz-Meta-A=1&x-amz-meta-a=2")
	_, err := Parse(r)
	wantReason(t, err, Duplicate)
}

// MinIO let an upload with an unsigned trailer through without the whole of
// its signature being verified.
func TestCVE_2025_31489_UnsignedTrailerNeedsTheHeaderSignature(t *testing.T) {
	r, wire := streamRequest(t, StreamingUnsignedTrailer, trailerFor(StreamingUnsignedTrailer), []byte("hello"), 5)
	header := r.Header.Get("Authorization")
	valid := header[len(header)-64:]
	for _, forged := range []string{
		strings.Repeat("0", 64), valid[:63], valid + "0", strings.ToUpper(valid), valid[:63] + string(valid[63]^1), "x",
	} {
		r.Header.Set("Authorization", header[:len(header)-64]+forged)
		s, err := authenticate(r, testKey("s3"), "")
		wantReason(t, err, Mismatch)
		_, err = s.Body(strings.NewReader(string(wire)), testKey("s3"))
		wantReason(t, err, UnsignedStream)
	}
	r.Header.Set("Authorization", header)
	r.Header.Set(headerLength, "6")
	_, err := authenticate(r, testKey("s3"), "")
	wantReason(t, err, Mismatch)
}

// Every word of x-amz-content-sha256 that is not known is refused, instead of
// falling through to a handler that verifies nothing.
func TestCVE_2025_31489_UnknownPayloadWordsAreRefused(t *testing.T) {
	for _, word := range []string{
		"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD",
		"streaming-unsigned-payload-trailer", "STREAMING-UNSIGNED-PAYLOAD-TRAILER ", "UNSIGNED", "unsigned-payload", "required",
		emptyHash[:63], emptyHash + "0", strings.ToUpper(emptyHash),
	} {
		r := headerRequest(strings.Replace(strings.Replace(okHeader, "/iam/", "/s3/", 1), "host;x-amz-date", "host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length", 1),
			headerContentSHA256, word, headerLength, "1")
		_, err := Parse(r)
		wantReason(t, err, UnknownPayload)
	}
}

// MinIO accepted chunked uploads with unsigned trailers whose credentials stood
// in the query, or were not there, without verifying any signature.
func TestCVE_2026_40344_UnsignedTrailerOnlyWithAHeaderSignature(t *testing.T) {
	for _, word := range streamWords {
		anonymous := httptest.NewRequest("PUT", "/b/k", nil)
		anonymous.Header.Set(headerContentSHA256, word)
		_, err := Parse(anonymous)
		wantReason(t, err, UnsignedStream)

		presigned := presignedRequest(t, "s3", "/b/k", time.Minute, word)
		_, err = Parse(presigned)
		wantReason(t, err, UnsignedStream)

		inHeader := httptest.NewRequest("PUT", "/b/k", nil)
		inHeader.Header.Set(headerContentSHA256, word)
		inHeader.Header.Set(headerLength, "1")
		if _, err := Presign(inHeader, testCredentials, testTarget("s3"), time.Minute, UnsignedPayload); err != nil {
			t.Fatal(err)
		}
		_, err = Parse(inHeader)
		wantReason(t, err, UnsignedStream)
	}
}

func TestCVE_2026_41145_QueryCredentialsAloneProveNothing(t *testing.T) {
	for _, query := range []string{
		"X-Amz-Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
		"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
	} {
		r := httptest.NewRequest("PUT", "/b/k?"+query, nil)
		r.Header.Set(headerContentSHA256, StreamingUnsignedTrailer)
		_, err := Parse(r)
		wantReason(t, err, MalformedQuery)
	}
}

func TestBodyBeforeVerifyIsRefused(t *testing.T) {
	for _, word := range append([]string{UnsignedPayload, HashPayload(nil)}, streamWords...) {
		r, _ := streamRequest(t, word, trailerFor(word), nil, 1)
		s, err := Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Body(strings.NewReader(""), testKey("s3"))
		wantReason(t, err, UnsignedStream)
		_ = s.Verify(testKey("iam"), r, nil)
		_, err = s.Body(strings.NewReader(""), testKey("s3"))
		wantReason(t, err, UnsignedStream)
	}
	s, err := authenticate(signedRequest(t, "iam", "POST", "/", "a=b"), testKey("iam"), "a=b")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Body(strings.NewReader("a=b"), testKey("iam"))
	wantReason(t, err, UnsignedStream)
}

// TestWhatIsSigned changes one thing of a signed request at a time.
func TestWhatIsSigned(t *testing.T) {
	changes := map[string]func(*http.Request){
		"method":         func(r *http.Request) { r.Method = "GET" },
		"path":           func(r *http.Request) { r.URL.Path = "/b/other" },
		"raw path":       func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/b/other", "/b/k" },
		"query":          func(r *http.Request) { r.URL.RawQuery += "&versionId=2" },
		"query removed":  func(r *http.Request) { r.URL.RawQuery = "" },
		"host":           func(r *http.Request) { r.Host = "evil.example.com" },
		"header":         func(r *http.Request) { r.Header.Set("X-Amz-Acl", "public-read") },
		"header added":   func(r *http.Request) { r.Header.Add("X-Amz-Acl", "public-read") },
		"header removed": func(r *http.Request) { r.Header.Del("X-Amz-Acl") },
		"content type":   func(r *http.Request) { r.Header.Set("Content-Type", "text/html") },
		"date":           func(r *http.Request) { r.Header.Set(headerDate, "20130524T000001Z") },
		"token":          func(r *http.Request) { r.Header.Set(headerToken, "other") },
		"region": func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "us-east-1", "us-west-2", 1))
		},
	}
	for _, service := range []string{"s3", "iam"} {
		for name, change := range changes {
			r := httptest.NewRequest("PUT", "/b/k?tagging=1", nil)
			r.Header.Set("Content-Type", "text/plain")
			r.Header.Set("X-Amz-Acl", "private")
			c := testCredentials
			c.SessionToken = "token"
			if _, err := Sign(r, c, testTarget(service), HashPayload([]byte("x"))); err != nil {
				t.Fatal(err)
			}
			if _, err := authenticate(r, testKey(service), "x"); err != nil {
				t.Fatalf("%s, unchanged: %v", service, err)
			}
			change(r)
			_, err := authenticate(r, testKey(service), "x")
			t.Run(service+"/"+name, func(t *testing.T) { wantReason(t, err, Mismatch) })
		}
	}
}

func TestPayloadHashIsEnforced(t *testing.T) {
	r := signedRequest(t, "iam", "POST", "/", "Action=ListUsers")
	_, err := authenticate(r, testKey("iam"), "Action=DeleteUser")
	wantReason(t, err, Mismatch)

	r = httptest.NewRequest("POST", "/", nil)
	r.Header.Set(headerContentSHA256, HashPayload([]byte("Action=ListUsers")))
	if _, err := Sign(r, testCredentials, testTarget("iam"), HashPayload([]byte("Action=ListUsers"))); err != nil {
		t.Fatal(err)
	}
	_, err = authenticate(r, testKey("iam"), "Action=DeleteUser")
	wantReason(t, err, PayloadMismatch)
}

func TestKeyOfAnotherScopeDoesNotVerify(t *testing.T) {
	for _, key := range []*SigningKey{
		DeriveKey("wrong", "20130524", "us-east-1", "iam"),
		DeriveKey(testCredentials.SecretAccessKey, "20130525", "us-east-1", "iam"),
		DeriveKey(testCredentials.SecretAccessKey, "20130524", "us-east-2", "iam"),
		DeriveKey(testCredentials.SecretAccessKey, "20130524", "us-east-1", "sts"),
		DeriveKey("", "", "", ""),
	} {
		_, err := authenticate(signedRequest(t, "iam", "POST", "/", ""), key, "")
		wantReason(t, err, Mismatch)
	}
}

func TestMismatchTellsWhatWasCalculated(t *testing.T) {
	r := signedRequest(t, "s3", "GET", "/b/k", "")
	_, err := authenticate(r, testKey("iam"), "")
	e := wantReason(t, err, Mismatch)
	detail := map[string]string{}
	for _, d := range e.Detail {
		detail[d.Name] = d.Value
	}
	if e.Text != textMismatchS3 || detail["AWSAccessKeyId"] != testCredentials.AccessKeyID ||
		!strings.HasPrefix(detail["CanonicalRequest"], "GET\n/b/k\n\nhost:example.com\n") ||
		!strings.HasPrefix(detail["StringToSign"], Algorithm+"\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n") ||
		!strings.HasPrefix(detail["StringToSignBytes"], "41 57 53 34 2d ") {
		t.Errorf("text %q, detail %q", e.Text, detail)
	}
	sum := testKey("s3").sign([]byte(detail["StringToSign"]))
	for name, value := range detail {
		if name != "SignatureProvided" && strings.Contains(value, hexOf(sum)) {
			t.Errorf("%s tells the right signature", name)
		}
	}
}

func TestMissingSignedHeader(t *testing.T) {
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("X-Vault-AWS-IAM-Server-ID", "vault.example.com")
	if _, err := Sign(r, testCredentials, testTarget("sts"), HashPayload(nil)); err != nil {
		t.Fatal(err)
	}
	r.Header.Del("X-Vault-AWS-IAM-Server-ID")
	_, err := authenticate(r, testKey("sts"), "")
	if e := wantReason(t, err, Mismatch); !strings.Contains(e.Text, "x-vault-aws-iam-server-id") {
		t.Errorf("text %q", e.Text)
	}
}

// TestOverHTTP verifies what net/http hands to a server.
func TestOverHTTP(t *testing.T) {
	type result struct {
		err  error
		path string
	}
	results := make(chan result, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			var s *Signature
			if s, err = Parse(r); err == nil {
				err = s.Verify(testKey(s.Service), r, body)
			}
		}
		results <- result{err, r.URL.Path}
	}))
	defer server.Close()

	tests := []struct{ service, signed, sent string }{
		{"sts", "/", "/"},
		{"sts", "/", "//"}, // Vault joins the endpoint's slash and its own
		{"sts", "/", "/./"},
		{"sts", "/sts", "//sts"},
		{"iam", "/iam/", "/iam/"},
		{"iam", "/a%20b/%E1%88%B4", "/a%20b/%E1%88%B4"},
		{"iam", "/a%2Fb", "/a%2Fb"},
		{"iam", "/a+b;c=d,e:f@g", "/a+b;c=d,e:f@g"},
		{"iam", "/?a=b%20c&a=B&d", "/?a=b%20c&a=B&d"},
		{"iam", "/?a=b%20c&d=", "/?d&a=b+c"},
		{"s3", "/b//k/../x/./", "/b//k/../x/./"},
		{"s3", "/b/a%20b%2Bc", "/b/a%20b%2Bc"},
		{"s3", "/b/a+b", "/b/a%2Bb"},
		{"s3", "/b/a%2Fb", "/b/a/b"}, // the same key
		{"s3", "/b/%e1%88%b4~%7E", "/b/%E1%88%B4~~"},
		{"s3", "/b?uploads", "/b?uploads="},
	}
	for _, tt := range tests {
		t.Run(tt.service+tt.sent, func(t *testing.T) {
			const body = "Action=GetCallerIdentity"
			signed, err := http.NewRequest("POST", server.URL+tt.signed, nil)
			if err != nil {
				t.Fatal(err)
			}
			signed.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			signed.ContentLength = int64(len(body))
			if _, err := Sign(signed, testCredentials, testTarget(tt.service), HashPayload([]byte(body))); err != nil {
				t.Fatal(err)
			}
			sent, err := http.NewRequest("POST", server.URL, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			path, query, _ := strings.Cut(tt.sent, "?")
			sent.URL.Opaque, sent.URL.RawQuery = "//"+sent.URL.Host+path, query
			sent.Header = signed.Header
			res, err := http.DefaultClient.Do(sent)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if got := <-results; got.err != nil {
				t.Errorf("path %q: %v", got.path, got.err)
			}
		})
	}
}
