package sigv4

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"time"
)

// Algorithm is the only one that is verified and made.
const Algorithm = "AWS4-HMAC-SHA256"

const (
	terminator = "aws4_request"
	dateLayout = "20060102T150405Z"
	scopeParts = 5
	serviceS3  = "s3"

	maxHeaderLen = 4096 // of an Authorization header
	maxSigned    = 64   // signed headers
)

// Signature is what a request says of its signature. Until Verify has returned
// nil, nothing of it is proven.
type Signature struct {
	AccessKeyID     string
	Time            time.Time // when the request was signed
	Region, Service string
	SignedHeaders   []string // lower case, sorted
	SecurityToken   string   // session token, empty without one

	Presigned bool
	// Expires is X-Amz-Expires of a presigned request; HasExpires is false
	// where the client sent none.
	Expires    time.Duration
	HasExpires bool

	// PayloadHash is x-amz-content-sha256: a hash, a word such as
	// UNSIGNED-PAYLOAD, or empty where there is none. Payload is what it means.
	PayloadHash string
	Payload     Payload

	date     string            // as signed: "20150830T123600Z"
	scope    string            // "20150830/us-east-1/iam/aws4_request"
	provided string            // the signature of the request, hexadecimal
	mac      [sha256.Size]byte // the one calculated, once it is verified or made
	length   int64             // x-amz-decoded-content-length
	trailers []string          // of x-amz-trailer, lower case, sorted
	verified bool
	signed   [12]string // room for SignedHeaders
}

// Date returns the day of the credential scope, "20150830".
func (s *Signature) Date() string { return s.date[:len("20060102")] }

// Parse reads the signature of a request and refuses, with an *Error, one that
// is not well-formed or leaves out of the signature what must be in it. A
// request without any signature gives ErrNone. No secret is needed and nothing
// is proven yet.
func Parse(r *http.Request) (*Signature, error) {
	var q authQuery
	if err := q.scan(r.URL.RawQuery); err != nil {
		return nil, err
	}
	header := r.Header["Authorization"]
	if err := checkMechanism(header, &q); err != nil {
		return nil, err
	}
	s := new(Signature)
	var err *Error
	switch {
	case len(header) == 1:
		err = s.parseHeader(header[0], r.Header)
	case q.found:
		err = s.parseQuery(&q)
	default:
		return nil, checkUnsigned(r.Header)
	}
	if err == nil {
		err = s.checkHeaders(r.Header)
	}
	if err == nil {
		err = s.parsePayload(r.Header, q.get(paramContentSHA256))
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func checkMechanism(header []string, q *authQuery) error {
	switch {
	case len(header) > 1:
		return refuse(Duplicate, "Only one 'Authorization' header is allowed.")
	case len(header) == 1 && (q.found || q.v2):
		return refuse(Multiple, "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "+
			"Signature query string parameter or the Authorization header should be specified")
	case q.v2:
		return refuse(Unsupported, textMechanism+" Signature Version 2 is not accepted.")
	}
	return nil
}

// checkUnsigned refuses a request without a signature whose body pretends to be
// of a signed stream: its framing must never be read as such (CVE-2026-40344).
func checkUnsigned(h http.Header) error {
	for _, v := range h[headerContentSHA256] {
		if strings.HasPrefix(v, "STREAMING-") {
			return refuse(UnsignedStream, "A chunked upload must be signed in the Authorization header.")
		}
	}
	return ErrNone
}

// parseScope takes "AKID/20150830/us-east-1/iam/aws4_request" apart. It must
// come before other fields are refused: Service chooses the words.
func (s *Signature) parseScope(credential string, malformed Reason) *Error {
	id, scope, _ := strings.Cut(credential, "/")
	day, rest, _ := strings.Cut(scope, "/")
	region, rest, _ := strings.Cut(rest, "/")
	service, end, _ := strings.Cut(rest, "/")
	if strings.Count(credential, "/") != scopeParts-1 || !plain(id, 128) || len(day) != len("20060102") {
		return malformedCredential(credential, malformed)
	}
	s.AccessKeyID, s.Region, s.Service, s.scope = id, region, service, scope
	if end != terminator {
		if s.Service == serviceS3 {
			return refuse(malformed, prefixS3(malformed)+"incorrect terminator %q. This endpoint uses %q.", clip(end), terminator)
		}
		return refuse(BadScope, "Credential should be scoped with a valid terminator: '%s', not '%s'.", terminator, clip(end))
	}
	if !plain(region, 64) {
		return refuse(BadScope, "Credential should be scoped to a valid region.")
	}
	if !plain(service, 64) {
		return refuse(BadScope, "Credential should be scoped to correct service.")
	}
	return nil
}

func malformedCredential(credential string, reason Reason) *Error {
	const shape = `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`
	if !strings.Contains(credential, "/"+serviceS3+"/") {
		return refuse(reason, "Credential must have exactly 5 slash-delimited elements, "+
			"e.g. keyid/date/region/service/term, got '%s'", clip(credential))
	}
	return refuse(reason, "%s", prefixS3(reason)+shape)
}

func prefixS3(reason Reason) string {
	if reason == MalformedQuery {
		return "Error parsing the X-Amz-Credential parameter; "
	}
	return "The authorization header is malformed; "
}

// setTime reads a date in ISO 8601's basic form and holds the scope's day
// against it.
func (s *Signature) setTime(date string, malformed Reason) *Error {
	t, ok := parseDate(date)
	if !ok {
		if s.Service == serviceS3 && malformed == MalformedQuery {
			return refuse(malformed, `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`)
		}
		return refuse(malformed, "Date must be in ISO-8601 'basic format'. Got '%s'. "+
			"See http://en.wikipedia.org/wiki/ISO_8601", clip(date))
	}
	s.Time, s.date = t, date
	day := s.scope[:len("20060102")]
	if day == s.Date() {
		return nil
	}
	if s.Service == serviceS3 {
		return refuse(ScopeDate, prefixS3(malformed)+`Invalid credential date "%s". This date is not the same as X-Amz-Date: "%s".`, day, s.Date())
	}
	return refuse(ScopeDate, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "+
		"'%s' != '%s', from '%s'.", day, s.Date(), date)
}

// plain reports whether s may stand in a scope: printable, no separators, of
// one to limit characters. Scopes are printed into logs and policies' context.
func plain(s string, limit int) bool {
	if s == "" || len(s) > limit {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !unreserved[c] && c != '+' && c != '=' && c != '@' && c != '*' {
			return false
		}
	}
	return true
}

// clip keeps what an error echoes short.
func clip(s string) string {
	const limit = 256
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ToValidUTF8(s, "?")
}
