package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Credentials are what a client signs with.
type Credentials struct {
	AccessKeyID, SecretAccessKey string
	SessionToken                 string // of temporary credentials
}

// Target says for which service, where and when a request is signed.
type Target struct {
	Region, Service string
	Time            time.Time
}

// HashPayload returns the payload hash of a whole body.
func HashPayload(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// unsigned are headers that a signer leaves out, because proxies and
// transports change them.
var unsigned = []string{
	"authorization", "connection", "expect", "te", "trailer", "transfer-encoding", "user-agent", "x-amzn-trace-id",
}

// Sign signs a request in its Authorization header: all headers that are set,
// and those that it sets, X-Amz-Date, X-Amz-Security-Token and, for S3,
// X-Amz-Content-Sha256. The payloadHash is HashPayload of the body or, for S3,
// one of the words; a chunked body is then written through the Signature's
// ChunkWriter. A signature already there is replaced.
func Sign(r *http.Request, c Credentials, t Target, payloadHash string) (*Signature, error) {
	s := newSignature(c, t, payloadHash)
	r.Header.Del("Authorization")
	r.Header.Set(headerDate, s.date)
	if c.SessionToken != "" {
		r.Header.Set(headerToken, c.SessionToken)
	}
	if t.Service == serviceS3 {
		r.Header.Set(headerContentSHA256, payloadHash)
	}
	if err := s.parsePayload(r.Header, ""); err != nil {
		return nil, err
	}
	s.chooseHeaders(r.Header)
	if err := s.sign(r, c, payloadHash); err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", Algorithm+" Credential="+s.AccessKeyID+"/"+s.scope+
		", SignedHeaders="+strings.Join(s.SignedHeaders, ";")+", Signature="+hex.EncodeToString(s.mac[:]))
	return s, nil
}

// Presign signs a request in its query, with all headers that are set: whoever
// sends the URL must send those too. Zero expires leaves X-Amz-Expires out,
// which S3 does not allow. For S3 the payloadHash is usually UnsignedPayload,
// elsewhere that of the body, HashPayload(nil) for none.
func Presign(r *http.Request, c Credentials, t Target, expires time.Duration, payloadHash string) (*Signature, error) {
	s := newSignature(c, t, payloadHash)
	s.Presigned, s.Expires, s.HasExpires = true, expires, expires != 0
	s.chooseHeaders(r.Header)

	q := []string{
		paramNames[paramAlgorithm], Algorithm,
		paramNames[paramCredential], s.AccessKeyID + "/" + s.scope,
		paramNames[paramDate], s.date,
		paramNames[paramSignedHeaders], strings.Join(s.SignedHeaders, ";"),
	}
	if s.HasExpires {
		q = append(q, paramNames[paramExpires], strconv.Itoa(int(expires/time.Second)))
	}
	if c.SessionToken != "" {
		q = append(q, paramNames[paramToken], c.SessionToken)
	}
	if t.Service == serviceS3 && payloadHash != UnsignedPayload {
		q = append(q, paramNames[paramContentSHA256], payloadHash)
	}
	raw := []byte(r.URL.RawQuery)
	for i := 0; i < len(q); i += 2 {
		if len(raw) > 0 {
			raw = append(raw, '&')
		}
		raw = append(append(raw, q[i]...), '=')
		for _, b := range []byte(q[i+1]) {
			raw = appendByte(raw, b)
		}
	}
	r.URL.RawQuery = string(raw)
	if err := s.sign(r, c, payloadHash); err != nil {
		return nil, err
	}
	r.URL.RawQuery += "&" + paramNames[paramSignature] + "=" + hex.EncodeToString(s.mac[:])
	return s, nil
}

func newSignature(c Credentials, t Target, payloadHash string) *Signature {
	date := t.Time.UTC().Format(dateLayout)
	return &Signature{
		AccessKeyID: c.AccessKeyID, SecurityToken: c.SessionToken, PayloadHash: payloadHash,
		Time: t.Time.UTC().Truncate(time.Second), Region: t.Region, Service: t.Service, date: date,
		scope: date[:len("20060102")] + "/" + t.Region + "/" + t.Service + "/" + terminator,
	}
}

func (s *Signature) chooseHeaders(h http.Header) {
	s.SignedHeaders = append(s.SignedHeaders, "host")
	for name := range h {
		if name = strings.ToLower(name); name != "host" && !slices.Contains(unsigned, name) {
			s.SignedHeaders = append(s.SignedHeaders, name)
		}
	}
	slices.Sort(s.SignedHeaders)
}

func (s *Signature) sign(r *http.Request, c Credentials, payloadHash string) error {
	sc := getScratch()
	defer sc.release()
	if err := s.buildCanonical(sc, r, s.pathRule(), []byte(payloadHash)); err != nil {
		return err
	}
	key := DeriveKey(c.SecretAccessKey, s.Date(), s.Region, s.Service)
	s.mac = key.sign(s.buildStringToSign(sc))
	s.verified = true
	return nil
}
