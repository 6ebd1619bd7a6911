package sigv4

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The examples under "Authenticating Requests: Using Query Parameters" and
// "… Using the Authorization Header" in the S3 API Reference.
func TestDocumentedRequests(t *testing.T) {
	r := httptest.NewRequest("GET", "/test.txt", nil)
	r.Host = "examplebucket.s3.amazonaws.com"
	if _, err := Presign(r, testCredentials, testTarget("s3"), 24*time.Hour, UnsignedPayload); err != nil {
		t.Fatal(err)
	}
	if want := "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"; !strings.HasSuffix(r.URL.RawQuery, want) {
		t.Errorf("query %s, want %s", r.URL.RawQuery, want)
	}
	get := httptest.NewRequest("GET", "/test.txt", nil)
	get.Host = r.Host
	get.Header.Set("Range", "bytes=0-9")
	if _, err := Sign(get, testCredentials, testTarget("s3"), HashPayload(nil)); err != nil {
		t.Fatal(err)
	}
	want := "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, " +
		"SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
	if got := get.Header.Get("Authorization"); got != want {
		t.Errorf("Authorization %s, want %s", got, want)
	}
}

func TestSignedRequestsVerify(t *testing.T) {
	c := testCredentials
	c.SessionToken = "IQoJb3JpZ2luX2VjE//token+with=characters"
	for _, service := range []string{"iam", "sts", "s3"} {
		for _, target := range []string{"/", "/?Action=ListUsers&Version=2010-05-08", "/b/a%20b?list-type=2&prefix=a%2Fb"} {
			r := httptest.NewRequest("GET", target, nil)
			r.Header.Set("User-Agent", "test")
			if _, err := Sign(r, c, testTarget(service), HashPayload(nil)); err != nil {
				t.Fatal(err)
			}
			r.Header.Set("User-Agent", "changed by a proxy")
			s, err := authenticate(r, testKey(service), "")
			if err != nil || s.SecurityToken != c.SessionToken || s.Presigned {
				t.Errorf("%s %s: %+v, %v", service, target, s, err)
			}
			for _, hash := range []string{HashPayload(nil), UnsignedPayload} {
				if service != "s3" && hash == UnsignedPayload {
					continue
				}
				p := httptest.NewRequest("GET", target, nil)
				if _, err := Presign(p, c, testTarget(service), time.Minute, hash); err != nil {
					t.Fatal(err)
				}
				s, err := authenticate(p, testKey(service), "")
				if err != nil || s.SecurityToken != c.SessionToken || !s.Presigned || s.Expires != time.Minute {
					t.Errorf("%s %s, presigned %s: %+v, %v", service, target, hash, s, err)
				}
			}
		}
	}
}

func TestSignAgainReplaces(t *testing.T) {
	r := signedRequest(t, "iam", "POST", "/", "a=b")
	later := testTarget("iam")
	later.Time = later.Time.Add(time.Minute)
	if _, err := Sign(r, testCredentials, later, HashPayload([]byte("a=b"))); err != nil {
		t.Fatal(err)
	}
	if s, err := authenticate(r, testKey("iam"), "a=b"); err != nil || !s.Time.Equal(later.Time) {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestSignRefusesBadQueries(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.URL.RawQuery = "a=%zz"
	_, err := Sign(r, testCredentials, testTarget("iam"), HashPayload(nil))
	wantReason(t, err, MalformedQuery)
	_, err = Presign(r, testCredentials, testTarget("iam"), time.Minute, HashPayload(nil))
	wantReason(t, err, MalformedQuery)
}
