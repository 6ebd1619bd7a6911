package sigv4

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// Verify reports whether key made this signature over the request that Parse
// was given. The body is the whole of it, for every service but S3; there it
// is ignored: x-amz-content-sha256 is signed in its place, and Body holds the
// body against it.
//
// The time is not looked at; see CheckTime. An *Error of reason Mismatch has
// what was calculated in its Detail, for the client to compare.
func (s *Signature) Verify(key *SigningKey, r *http.Request, body []byte) error {
	var sum [2 * sha256.Size]byte
	hash := s.PayloadHash
	if s.Service != serviceS3 {
		digest := sha256.Sum256(body)
		hex.Encode(sum[:], digest[:])
		if hash != "" && hash != string(sum[:]) {
			return refuse(PayloadMismatch, "The provided 'x-amz-content-sha256' header does not match what was computed.")
		}
		hash = string(sum[:])
	}
	return s.verify(key, r, hash, s.pathRule())
}

func (s *Signature) verify(key *SigningKey, r *http.Request, payloadHash string, rule pathRule) error {
	sc := getScratch()
	defer sc.release()
	if err := s.buildCanonical(sc, r, rule, payloadHash); err != nil {
		return err
	}
	length := len(sc.canonical)
	toSign := s.buildStringToSign(sc)
	mac := key.sign(toSign)
	if subtle.ConstantTimeCompare(mac[:], s.mac[:]) != 1 {
		return s.mismatch(string(sc.canonical[:length]), string(toSign))
	}
	s.verified = true
	return nil
}

// mismatch describes a failed comparison as S3 does. The signature that was
// calculated is not told.
func (s *Signature) mismatch(canonical, toSign string) *Error {
	text := textMismatch
	if s.Service == serviceS3 {
		text = textMismatchS3
	}
	return &Error{Reason: Mismatch, Text: text, Detail: []Detail{
		{"AWSAccessKeyId", s.AccessKeyID},
		{"StringToSign", toSign},
		{"SignatureProvided", hex.EncodeToString(s.mac[:])},
		{"StringToSignBytes", spacedHex(toSign)},
		{"CanonicalRequest", canonical},
		{"CanonicalRequestBytes", spacedHex(canonical)},
	}}
}

func spacedHex(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatUint(uint64(s[i]), 16))
	}
	return b.String()
}
