package sigv4

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The parameters of a presigned URL.
const (
	paramAlgorithm = iota
	paramCredential
	paramDate
	paramExpires
	paramSignedHeaders
	paramSignature
	paramToken
	paramContentSHA256
	paramCount
)

var paramNames = [paramCount]string{
	"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders",
	"X-Amz-Signature", headerToken, "X-Amz-Content-Sha256",
}

const maxAmzParams = 32

// authQuery is what a query string says of a signature.
type authQuery struct {
	found  bool // any parameter of a presigned URL is there
	v2     bool // AWSAccessKeyId and Signature are
	values [paramCount]string
	has    [paramCount]bool
}

func (q *authQuery) get(param int) string { return q.values[param] }

// scan finds the parameters of a signature in a query string. Parameters whose
// names begin with X-Amz- must not stand twice, in whatever case, and those of
// the signature only in their own: a second reader of the query could take the
// other one for the caller (CVE-2022-2385).
func (q *authQuery) scan(rawQuery string) error {
	var key, signature bool
	var stack [12]string
	seen := stack[:0]
	for rawQuery != "" {
		var pair string
		pair, rawQuery, _ = strings.Cut(rawQuery, "&")
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := unescape(rawName)
		if err != nil {
			return err
		}
		key = key || name == "AWSAccessKeyId"
		signature = signature || name == "Signature"
		if !isAmz(name) {
			continue
		}
		for _, other := range seen {
			if len(other) == len(name) && strings.EqualFold(other, name) {
				return refuse(Duplicate, "Duplicate query parameter '%s'. Re-examine the query-string parameters.", clip(name))
			}
		}
		if seen = append(seen, name); len(seen) > maxAmzParams {
			return refuse(MalformedQuery, "More than %d X-Amz- query parameters.", maxAmzParams)
		}
		if err := q.set(name, rawValue); err != nil {
			return err
		}
	}
	q.v2 = key && signature
	return nil
}

func (q *authQuery) set(name, rawValue string) error {
	for i, want := range paramNames {
		if len(name) != len(want) || !strings.EqualFold(name, want) {
			continue
		}
		if name != want {
			return refuse(MalformedQuery, "Query parameter '%s' must be written '%s'.", clip(name), want)
		}
		v, err := unescape(rawValue)
		if err != nil {
			return err
		}
		q.values[i], q.has[i], q.found = v, true, true
	}
	return nil
}

func unescape(s string) (string, error) {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s, nil
	}
	v, err := url.QueryUnescape(s)
	if err != nil {
		return "", refuse(MalformedQuery, "The query string holds a malformed percent-encoding.")
	}
	return v, nil
}

// parseQuery reads the signature of a presigned URL.
func (s *Signature) parseQuery(q *authQuery) *Error {
	s.Presigned = true
	s.SecurityToken = q.get(paramToken)
	if a := q.get(paramAlgorithm); q.has[paramAlgorithm] && a != Algorithm {
		return unsupportedScheme(a)
	}
	isS3 := strings.Contains(q.get(paramCredential), "/"+serviceS3+"/")
	if err := q.missing(isS3); err != nil {
		return err
	}
	if err := s.parseScope(q.get(paramCredential), MalformedQuery); err != nil {
		return err
	}
	if err := s.setTime(q.get(paramDate), MalformedQuery); err != nil {
		return err
	}
	if q.has[paramExpires] {
		// Seven digits hold any bound there is and no overflow.
		v := q.get(paramExpires)
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil || len(v) > 7 {
			return refuse(BadExpires, "X-Amz-Expires should be a number")
		}
		s.Expires, s.HasExpires = time.Duration(n)*time.Second, true
	}
	return s.setSigned(q.get(paramSignedHeaders), q.get(paramSignature), MalformedQuery)
}

func (q *authQuery) missing(isS3 bool) *Error {
	var b strings.Builder
	for _, p := range []int{paramAlgorithm, paramCredential, paramSignature, paramSignedHeaders, paramDate} {
		if q.values[p] == "" {
			b.WriteString("AWS query-string parameters must include '" + paramNames[p] + "'. ")
		}
	}
	switch {
	case isS3 && (b.Len() > 0 || !q.has[paramExpires]):
		return refuse(MalformedQuery, "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "+
			"X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
	case b.Len() > 0:
		return refuse(MalformedQuery, "%sRe-examine the query-string parameters.", b.String())
	}
	return nil
}
