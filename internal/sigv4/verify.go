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
	var stack [len(StreamingPayloadTrailer) + 2*sha256.Size]byte // room for any word
	hash := append(stack[:0], s.PayloadHash...)
	if s.Service != serviceS3 {
		sum := sha256.Sum256(body)
		hash = hex.AppendEncode(stack[:0], sum[:])
		if s.PayloadHash != "" && s.PayloadHash != string(hash) {
			return refuse(PayloadMismatch, "The provided 'x-amz-content-sha256' header does not match what was computed.")
		}
	}
	return s.verify(key, r, hash, s.pathRule())
}

func (s *Signature) verify(key *SigningKey, r *http.Request, payloadHash []byte, rule pathRule) error {
	sc := getScratch()
	defer sc.release()
	if err := s.buildCanonical(sc, r, rule, payloadHash); err != nil {
		return err
	}
	length := len(sc.canonical)
	toSign := s.buildStringToSign(sc)
	mac := key.sign(toSign)
	if !equalHex(mac, s.provided) {
		return s.mismatch(string(sc.canonical[:length]), string(toSign))
	}
	s.mac, s.verified = mac, true
	return nil
}

// equalHex compares a signature with one in hexadecimal, in constant time.
func equalHex(mac [sha256.Size]byte, provided string) bool {
	var calculated, other [2 * sha256.Size]byte
	hex.Encode(calculated[:], mac[:])
	n := copy(other[:], provided)
	return n == len(provided) && subtle.ConstantTimeCompare(calculated[:], other[:]) == 1
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
		{"SignatureProvided", clip(s.provided)},
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
