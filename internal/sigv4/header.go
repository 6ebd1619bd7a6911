package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// Header names as net/http keeps them.
const (
	headerDate          = "X-Amz-Date"
	headerToken         = "X-Amz-Security-Token"
	headerContentSHA256 = "X-Amz-Content-Sha256"
	headerLength        = "X-Amz-Decoded-Content-Length"
	headerTrailer       = "X-Amz-Trailer"
)

// singletons must not stand twice: two readers could each take another one.
var singletons = []string{headerDate, "Date", headerToken, headerContentSHA256, headerLength, headerTrailer}

// parseHeader reads the value of an Authorization header:
//
//	AWS4-HMAC-SHA256 Credential=…, SignedHeaders=host;x-amz-date, Signature=…
func (s *Signature) parseHeader(value string, h http.Header) *Error {
	scheme, rest, _ := strings.Cut(value, " ")
	if scheme != Algorithm {
		return unsupportedScheme(scheme)
	}
	if len(value) > maxHeaderLen {
		return refuse(MalformedHeader, "The Authorization header is longer than %d bytes.", maxHeaderLen)
	}
	var credential, signed, signature string
	for part := range strings.SplitSeq(rest, ",") {
		if rest == "" {
			break // AWS counts what is missing
		}
		name, v, _ := strings.Cut(strings.Trim(part, " \t"), "=")
		var field *string
		switch name {
		case "Credential":
			field = &credential
		case "SignedHeaders":
			field = &signed
		case "Signature":
			field = &signature
		}
		if field == nil || *field != "" || v == "" {
			return refuse(MalformedHeader, "'%s' not a valid key=value pair (missing equal-sign) in Authorization header: "+
				"(hashed with SHA-256 and encoded with Base64): '%s'.", clip(part), digest(value))
		}
		*field = v
	}
	date := headerDateOf(h)
	if credential == "" || signed == "" || signature == "" || date == "" {
		return missingField(value, credential, signature, signed, date)
	}
	if err := s.parseScope(credential, MalformedHeader); err != nil {
		return err
	}
	if err := s.setTime(date, MalformedHeader); err != nil {
		return err
	}
	if err := s.setSigned(signed, signature, MalformedHeader); err != nil {
		return err
	}
	s.SecurityToken = first(h, headerToken)
	return nil
}

// headerDateOf returns the date that was signed: X-Amz-Date, else Date, which
// may have HTTP's form but is signed in the basic one.
func headerDateOf(h http.Header) string {
	if date := first(h, headerDate); date != "" {
		return date
	}
	date := first(h, "Date")
	if t, err := http.ParseTime(date); err == nil {
		return t.UTC().Format(dateLayout)
	}
	return date
}

// first is h.Get for a name that is in canonical form already.
func first(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func missingField(value, credential, signature, signed, date string) *Error {
	var b strings.Builder
	for _, f := range []struct{ name, value string }{
		{"Credential", credential}, {"Signature", signature}, {"SignedHeaders", signed},
	} {
		if f.value == "" {
			b.WriteString("Authorization header requires '" + f.name + "' parameter. ")
		}
	}
	if date == "" {
		b.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	b.WriteString("(Hashed with SHA-256 and encoded with Base64) Authorization=" + digest(value))
	return refuse(MalformedHeader, "%s", b.String())
}

func unsupportedScheme(scheme string) *Error {
	switch {
	case scheme == "AWS":
		return refuse(Unsupported, textMechanism+" Signature Version 2 is not accepted.")
	case strings.HasPrefix(scheme, "AWS4-ECDSA-"):
		return refuse(Unsupported, textMechanism+" Signature Version 4A is not accepted.")
	}
	return refuse(Unsupported, textMechanism)
}

// digest stands for a header in an error, which must not repeat a credential.
func digest(value string) string {
	sum := sha256.Sum256([]byte(value))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// setSigned reads the list of signed headers and the signature. The list must
// be in canonical form: lower case, sorted, no name twice.
func (s *Signature) setSigned(list, signature string, malformed Reason) *Error {
	s.SignedHeaders = s.signed[:0]
	for name := range strings.SplitSeq(list, ";") {
		n := len(s.SignedHeaders)
		if !validName(name) || n > 0 && s.SignedHeaders[n-1] >= name || n == maxSigned {
			return refuse(malformed, "SignedHeaders must be at most %d names in lower case, sorted and separated by ';'. Got '%s'.",
				maxSigned, clip(list))
		}
		s.SignedHeaders = append(s.SignedHeaders, name)
	}
	s.provided = signature
	return nil
}

// validName reports whether a signed header's name is a token (RFC 9110) in
// lower case.
func validName(name string) bool {
	for i := range len(name) {
		if !tokenChars[name[i]] {
			return false
		}
	}
	return name != ""
}

var tokenChars = func() (t [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyz0123456789-_.!#$%&'*+^`|~") {
		t[c] = true
	}
	return t
}()

func lowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

// checkHeaders refuses a header that must not stand twice, and a signature that
// leaves out host or an x-amz- header that is present: whoever holds a signed
// request could add one and change what it does, such as x-amz-copy-source to a
// presigned upload.
func (s *Signature) checkHeaders(h http.Header) *Error {
	if !slices.Contains(s.SignedHeaders, "host") {
		return s.unsignedHeader("host", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	if s.Presigned && h[headerToken] != nil {
		return refuse(Duplicate, "The session token of a presigned request stands in its query, not in a header.")
	}
	for name, values := range h {
		if len(values) > 1 && slices.Contains(singletons, name) {
			return refuse(Duplicate, "Only one '%s' header is allowed.", name)
		}
		if isAmz(name) && !s.signs(name) {
			return s.unsignedHeader(strings.ToLower(name), "'"+clip(name)+"' must be a 'SignedHeader' in the AWS Authorization.")
		}
	}
	return nil
}

// isAmz reports whether a header or parameter has the prefix X-Amz-, in
// whatever case.
func isAmz(name string) bool {
	return len(name) > 6 && name[1] == '-' && strings.EqualFold(name[:6], "X-Amz-")
}

func (s *Signature) signs(name string) bool {
	for _, n := range s.SignedHeaders {
		if len(n) == len(name) && strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

func (s *Signature) unsignedHeader(name, text string) *Error {
	if s.Service == serviceS3 {
		text = "There were headers present in the request which were not signed"
	}
	return &Error{Reason: UnsignedHeaders, Text: text, Detail: []Detail{{"HeadersNotSigned", name}}}
}
