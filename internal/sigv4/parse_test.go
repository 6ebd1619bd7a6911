package sigv4

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	okScope     = "AKIDEXAMPLE/20130524/us-east-1/iam/aws4_request"
	okSignature = "fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024"
	okHeader    = Algorithm + " Credential=" + okScope + ", SignedHeaders=host;x-amz-date, Signature=" + okSignature
	okQuery     = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20130524%2Fus-east-1%2Fiam%2Faws4_request" +
		"&X-Amz-Date=20130524T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=" + okSignature
)

func headerRequest(authorization string, header ...string) *http.Request {
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set(headerDate, "20130524T000000Z")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

func TestParseHeader(t *testing.T) {
	got, err := Parse(headerRequest(okHeader))
	if err != nil {
		t.Fatal(err)
	}
	if got.AccessKeyID != "AKIDEXAMPLE" || got.Region != "us-east-1" || got.Service != "iam" || got.Date() != "20130524" ||
		got.Presigned || got.HasExpires || !got.Time.Equal(time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("parsed %+v", got)
	}
	if diff := cmp.Diff([]string{"host", "x-amz-date"}, got.SignedHeaders); diff != "" {
		t.Error(diff)
	}
	for _, spelling := range []string{
		strings.ReplaceAll(okHeader, ", ", ","),
		strings.ReplaceAll(okHeader, ", ", " ,\t"),
		Algorithm + " Signature=" + okSignature + ", SignedHeaders=host;x-amz-date, Credential=" + okScope,
	} {
		if _, err := Parse(headerRequest(spelling)); err != nil {
			t.Errorf("%q: %v", spelling, err)
		}
	}
}

func TestParseRefusesHeaders(t *testing.T) {
	replace := func(from, to string) *http.Request { return headerRequest(strings.Replace(okHeader, from, to, 1)) }
	tests := []struct {
		name string
		r    *http.Request
		want Reason
		text string
	}{
		{"algorithm alone", headerRequest(Algorithm), MalformedHeader, "Authorization header requires 'Credential' parameter. " +
			"Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256"},
		{"no credential", replace("Credential="+okScope+", ", ""), MalformedHeader, "requires 'Credential' parameter. (Hashed"},
		{"no signature", replace(", Signature="+okSignature, ""), MalformedHeader, "requires 'Signature' parameter. (Hashed"},
		{"empty value", replace(okSignature, ""), MalformedHeader, "not a valid key=value pair"},
		{"credential twice", headerRequest(okHeader + ", Credential=" + okScope), MalformedHeader, "not a valid key=value pair"},
		{"unknown field", headerRequest(okHeader + ", Foo=bar"), MalformedHeader, "not a valid key=value pair"},
		{"field in another case", replace("Credential", "credential"), MalformedHeader, "not a valid key=value pair"},
		{"too long", replace("host;", "host;"+strings.Repeat("x", maxHeaderLen)+";"), MalformedHeader, "longer than"},
		{"four parts of scope", replace("/iam", ""), MalformedHeader, "Credential must have exactly 5 slash-delimited elements"},
		{"six parts of scope", replace("/iam", "/iam/x"), MalformedHeader, "Credential must have exactly 5 slash-delimited elements"},
		{"empty access key", replace("AKIDEXAMPLE", ""), MalformedHeader, "Credential must have exactly"},
		{"control character in access key", replace("AKID", "AK\x01D"), MalformedHeader, "Credential must have exactly"},
		{"empty region", replace("us-east-1", ""), BadScope, "Credential should be scoped to a valid region."},
		{"empty service", replace("/iam", "/"), BadScope, "Credential should be scoped to correct service."},
		{"other terminator", replace("aws4_request", "aws5_request"), BadScope, "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."},
		{"other day", replace("20130524", "20130523"), ScopeDate, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
			"'20130523' != '20130524', from '20130524T000000Z'."},
		{"names unsorted", replace("host;x-amz-date", "x-amz-date;host"), MalformedHeader, "sorted"},
		{"name twice", replace("host;", "host;host;"), MalformedHeader, "sorted"},
		{"name in upper case", replace("host;", "Host;"), MalformedHeader, "lower case"},
		{"empty name", replace("host;", "host;;"), MalformedHeader, "sorted"},
		{"name with a line end", replace("host;", "host\n;"), MalformedHeader, "sorted"},
		{"host not signed", replace("host;", ""), UnsignedHeaders, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"date not signed", replace(";x-amz-date", ""), UnsignedHeaders, "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."},
		{"token not signed", headerRequest(okHeader, headerToken, "abc"), UnsignedHeaders, "'X-Amz-Security-Token' must be"},
		{"token in the raw map", func() *http.Request {
			r := headerRequest(okHeader)
			r.Header["x-aMz-security-token"] = []string{"abc"}
			return r
		}(), UnsignedHeaders, "'x-aMz-security-token' must be"},
		{"two dates", headerRequest(okHeader, headerDate, "20130524T000001Z"), Duplicate, "Only one 'X-Amz-Date' header"},
		{"two headers", headerRequest(okHeader, "Authorization", okHeader), Duplicate, "Only one 'Authorization' header"},
		{"version 2", headerRequest("AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg="), Unsupported, "Signature Version 2 is not accepted"},
		{"version 4A", replace(Algorithm, "AWS4-ECDSA-P256-SHA256"), Unsupported, "Signature Version 4A is not accepted"},
		{"algorithm with a tail", replace(Algorithm, Algorithm+"x"), Unsupported, textMechanism},
		{"bearer", headerRequest("Bearer abc"), Unsupported, textMechanism},
		{"empty header", headerRequest("", "Authorization", ""), Unsupported, textMechanism},
		{"payload is a word", headerRequest(strings.Replace(okHeader, ";x", ";x-amz-content-sha256;x", 1), headerContentSHA256, UnsignedPayload), UnknownPayload, "must be a valid sha256"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.r)
			if e := wantReason(t, err, tt.want); !strings.Contains(e.Text, tt.text) {
				t.Errorf("text %q, want %q", e.Text, tt.text)
			}
		})
	}
}

func TestParseRefusesDates(t *testing.T) {
	for _, date := range []string{
		"", "20130524", "20130524T000000", "20130524T000000.5Z", "2013-05-24T00:00:00Z", "20131324T000000Z", "20130532T000000Z",
		"20130230T000000Z", "20130524T240000Z", "20130524T006000Z", "20130524T000060Z", "20130524t000000z", "2013052400T0000Z", "yesterday",
	} {
		r := headerRequest(okHeader)
		r.Header.Set(headerDate, date)
		if date == "" {
			r.Header.Del(headerDate)
		}
		_, err := Parse(r)
		wantReason(t, err, MalformedHeader)
	}
}

func TestDateHeader(t *testing.T) {
	for _, date := range []string{"20130524T000000Z", "Fri, 24 May 2013 00:00:00 GMT"} {
		r := signedRequest(t, "iam", "POST", "/", "a=b")
		r.Header.Set("Date", date)
		r.Header.Del(headerDate)
		s := newSignature(testCredentials, testTarget("iam"), "")
		s.SignedHeaders = []string{"date", "host"}
		if err := s.sign(r, testCredentials, HashPayload([]byte("a=b"))); err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", Algorithm+" Credential="+s.AccessKeyID+"/"+s.scope+",SignedHeaders=date;host,Signature="+hexOf(s.mac))
		if _, err := authenticate(r, testKey("iam"), "a=b"); err != nil {
			t.Errorf("%s: %v", date, err)
		}
	}
}

func queryRequest(query string, header ...string) *http.Request {
	r := httptest.NewRequest("GET", "/?"+query, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

func TestParseQuery(t *testing.T) {
	got, err := Parse(queryRequest("Action=GetCallerIdentity&" + okQuery + "&X-Amz-Expires=60&X-Amz-Security-Token=a%2Bb"))
	if err != nil {
		t.Fatal(err)
	}
	if !got.Presigned || !got.HasExpires || got.Expires != time.Minute || got.SecurityToken != "a+b" || got.AccessKeyID != "AKIDEXAMPLE" {
		t.Errorf("parsed %+v", got)
	}
	if got, err = Parse(queryRequest(okQuery)); err != nil || got.HasExpires {
		t.Errorf("without X-Amz-Expires: %+v, %v", got, err)
	}
}

func TestParseRefusesQueries(t *testing.T) {
	replace := func(from, to string) *http.Request { return queryRequest(strings.Replace(okQuery, from, to, 1)) }
	s3Query := strings.Replace(okQuery, "iam", "s3", 1)
	tests := []struct {
		name string
		r    *http.Request
		want Reason
		text string
	}{
		{"signature alone", queryRequest("X-Amz-Signature=" + okSignature), MalformedQuery, "AWS query-string parameters must include 'X-Amz-Algorithm'. " +
			"AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. " +
			"AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."},
		{"token alone", queryRequest("X-Amz-Security-Token=abc"), MalformedQuery, "must include 'X-Amz-Signature'"},
		{"empty signature", replace(okSignature, ""), MalformedQuery, "must include 'X-Amz-Signature'"},
		{"name in lower case", replace("X-Amz-Date", "x-amz-date"), MalformedQuery, "must be written 'X-Amz-Date'"},
		{"bad escape in a name", queryRequest(okQuery + "&%zz=1"), MalformedQuery, "percent-encoding"},
		{"bad escape in a value", replace("%2Fiam", "%2Giam"), MalformedQuery, "percent-encoding"},
		{"many", queryRequest(okQuery + "&" + strings.Join(manyParams(40), "&")), MalformedQuery, "More than 32"},
		{"scope", replace("%2Fiam", ""), MalformedQuery, "Credential must have exactly 5"},
		{"date", replace("20130524T000000Z", "20130524T000000z"), MalformedQuery, "Date must be in ISO-8601 'basic format'. Got '20130524T000000z'."},
		{"other day", replace("20130524%2F", "20130523%2F"), ScopeDate, "'20130523' != '20130524'"},
		{"host not signed", replace("SignedHeaders=host", "SignedHeaders=accept"), UnsignedHeaders, "'Host' or ':authority'"},
		{"header not signed", queryRequest(okQuery, "X-Amz-Copy-Source", "/b/k"), UnsignedHeaders, "'X-Amz-Copy-Source' must be"},
		{"token in a header", queryRequest(strings.Replace(okQuery, "=host", "=host%3Bx-amz-security-token", 1), headerToken, "a"), Duplicate, "session token"},
		{"version 4A", replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), Unsupported, "Signature Version 4A is not accepted"},
		{"other algorithm", replace("AWS4-HMAC-SHA256", "none"), Unsupported, textMechanism},
		{"version 2", queryRequest("AWSAccessKeyId=AKID&Expires=1&Signature=abc"), Unsupported, "Signature Version 2 is not accepted"},
		{"with a header", queryRequest(okQuery, "Authorization", okHeader), Multiple, "Only one auth mechanism allowed"},
		{"with a bearer token", queryRequest(okQuery, "Authorization", "Bearer abc"), Multiple, "Only one auth mechanism allowed"},
		{"version 2 with a header", queryRequest("AWSAccessKeyId=AKID&Signature=abc", "Authorization", okHeader), Multiple, "Only one auth mechanism allowed"},
		{"a token in the query, the rest in a header", queryRequest("X-Amz-Security-Token=abc", "Authorization", okHeader), Multiple, "Only one"},
		{"expires negative", queryRequest(okQuery + "&X-Amz-Expires=-1"), BadExpires, "X-Amz-Expires should be a number"},
		{"expires empty", queryRequest(okQuery + "&X-Amz-Expires="), BadExpires, "X-Amz-Expires should be a number"},
		{"expires overflows", queryRequest(okQuery + "&X-Amz-Expires=99999999999999999999"), BadExpires, "X-Amz-Expires should be a number"},
		{"S3 without expires", queryRequest(s3Query), MalformedQuery, "Query-string authentication version 4 requires the X-Amz-Algorithm"},
		{"S3 scope", queryRequest(strings.Replace(s3Query, "aws4_request", "x%2Fy", 1) + "&X-Amz-Expires=1"), MalformedQuery, "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed"},
		{"S3 terminator", queryRequest(strings.Replace(s3Query, "aws4_request", "x", 1) + "&X-Amz-Expires=1"), MalformedQuery, `Error parsing the X-Amz-Credential parameter; incorrect terminator "x"`},
		{"S3 date", queryRequest(strings.Replace(s3Query, "00Z", "00", 1) + "&X-Amz-Expires=1"), MalformedQuery, "X-Amz-Date must be in the ISO8601 Long Format"},
		{"two payload hashes", queryRequest(strings.Replace(s3Query, "=host", "=host%3Bx-amz-content-sha256", 1)+"&X-Amz-Expires=1&X-Amz-Content-Sha256="+emptyHash,
			headerContentSHA256, UnsignedPayload), Duplicate, "x-amz-content-sha256"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(tt.r)
			if e := wantReason(t, err, tt.want); !strings.Contains(e.Text, tt.text) {
				t.Errorf("text %q, want %q", e.Text, tt.text)
			}
		})
	}
}

func manyParams(n int) []string {
	var p []string
	for i := range n {
		p = append(p, "X-Amz-P"+string(rune('a'+i%26))+strings.Repeat("x", i/26)+"=1")
	}
	return p
}

func TestNoSignature(t *testing.T) {
	for _, r := range []*http.Request{
		httptest.NewRequest("GET", "/", nil),
		httptest.NewRequest("GET", "/?Action=GetCallerIdentity&Signature=none&X-Amz-Meta-A=1", nil),
		headerRequest(""),
	} {
		if _, err := Parse(r); !errors.Is(err, ErrNone) {
			t.Errorf("%s: %v", r.URL, err)
		}
	}
}

func TestS3Texts(t *testing.T) {
	s3Header := strings.Replace(okHeader, "/iam/", "/s3/", 1)
	tests := []struct {
		name, header string
		want         Reason
		text         string
	}{
		{"no payload hash", s3Header, NoPayloadHash, "Missing required header for this request: x-amz-content-sha256"},
		{"scope", strings.Replace(s3Header, "us-east-1/", "", 1), MalformedHeader, "The authorization header is malformed; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."},
		{"terminator", strings.Replace(s3Header, "aws4_request", "x", 1), MalformedHeader, "The authorization header is malformed; incorrect terminator \"x\". This endpoint uses \"aws4_request\"."},
		{"day", strings.Replace(s3Header, "20130524", "20130523", 1), ScopeDate, "The authorization header is malformed; Invalid credential date \"20130523\". This date is not the same as X-Amz-Date: \"20130524\"."},
		{"unsigned", strings.Replace(s3Header, ";x-amz-date", "", 1), UnsignedHeaders, "There were headers present in the request which were not signed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(headerRequest(tt.header))
			if e := wantReason(t, err, tt.want); e.Text != tt.text {
				t.Errorf("text %q, want %q", e.Text, tt.text)
			}
		})
	}
}

func TestErrorsEchoLittle(t *testing.T) {
	_, err := Parse(headerRequest(strings.Replace(okHeader, "us-east-1", strings.Repeat("\xff", 3000)+"/", 1)))
	e := wantReason(t, err, MalformedHeader)
	if len(e.Text) > 512 || strings.Contains(e.Text, okSignature) || !strings.HasPrefix(e.Error(), "sigv4: malformed-header: ") {
		t.Errorf("text of %d bytes: %s", len(e.Text), e.Text)
	}
}

func TestReasonsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for r := MalformedHeader; r <= IncompleteBody; r++ {
		if n := r.String(); seen[n] || strings.HasPrefix(n, "reason-") {
			t.Errorf("reason %d is named %q", r, n)
		}
		seen[r.String()] = true
	}
	if Reason(200).String() != "reason-200" {
		t.Error(Reason(200).String())
	}
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add(okHeader, "", "20130524T000000Z")
	f.Add("", okQuery, "")
	f.Add("AWS AKID:sig", "X-Amz-Signature=1", "Fri, 24 May 2013 00:00:00 GMT")
	f.Add(Algorithm+" Credential=a/20130524/r/s3/aws4_request,SignedHeaders=host,Signature=x", "x-amz-date=1", "20130524T000000Z")
	key := testKey("iam")
	f.Fuzz(func(t *testing.T, authorization, query, date string) {
		r := &http.Request{Method: "GET", Host: "h", URL: &url.URL{Path: "/", RawQuery: query}, Header: http.Header{headerDate: {date}}}
		if authorization != "" {
			r.Header["Authorization"] = []string{authorization}
		}
		s, err := Parse(r)
		if err != nil {
			if s != nil {
				t.Fatal("a signature with an error")
			}
			return
		}
		if !slices.Contains(s.SignedHeaders, "host") || !slices.IsSorted(s.SignedHeaders) || s.AccessKeyID == "" || s.Region == "" || s.Date() != s.scope[:8] {
			t.Fatalf("parsed %+v", s)
		}
		if s.Verify(key, r, nil) == nil {
			t.Fatalf("a forged signature verifies: %+v", s)
		}
	})
}
