package sigv4

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Payload is how a request's body takes part in its signature.
type Payload uint8

// The kinds of payload. All but Hashed are S3's alone.
const (
	Hashed                Payload = iota // the hash of the whole body is signed
	Unsigned                             // the body is not
	SignedChunks                         // each chunk is signed
	SignedChunksTrailer                  // each chunk and the trailer are
	UnsignedChunksTrailer                // chunks and trailer, not signed
)

// Words of x-amz-content-sha256.
const (
	UnsignedPayload          = "UNSIGNED-PAYLOAD"
	StreamingPayload         = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	StreamingPayloadTrailer  = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
	StreamingUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
)

const (
	maxTrailers = 16
	maxObject   = 50 << 40 // no object is larger

	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

var payloads = map[string]Payload{
	UnsignedPayload:          Unsigned,
	StreamingPayload:         SignedChunks,
	StreamingPayloadTrailer:  SignedChunksTrailer,
	StreamingUnsignedTrailer: UnsignedChunksTrailer,
}

// Chunked reports whether the body is framed in aws-chunked.
func (p Payload) Chunked() bool { return p >= SignedChunks }

// Trailer reports whether trailing headers follow the body.
func (p Payload) Trailer() bool { return p >= SignedChunksTrailer }

// parsePayload reads x-amz-content-sha256. What it does not know, it refuses:
// a word that falls through could let a body pass unchecked (CVE-2025-31489).
func (s *Signature) parsePayload(h http.Header, param string) *Error {
	s.PayloadHash = first(h, headerContentSHA256)
	if s.Presigned && param != "" {
		if s.PayloadHash != "" && s.PayloadHash != param {
			return refuse(Duplicate, "x-amz-content-sha256 stands in the query and in the header, with different values.")
		}
		s.PayloadHash = param
	}
	if len(s.PayloadHash) == 64 && lowerHex(s.PayloadHash) {
		return nil
	}
	if s.Service != serviceS3 {
		if s.PayloadHash == "" {
			return nil
		}
		return refuse(UnknownPayload, "x-amz-content-sha256 must be a valid sha256 value.")
	}
	if s.PayloadHash == "" {
		if !s.Presigned {
			return refuse(NoPayloadHash, "Missing required header for this request: x-amz-content-sha256")
		}
		s.PayloadHash = UnsignedPayload
	}
	var ok bool
	if s.Payload, ok = payloads[s.PayloadHash]; !ok {
		return refuse(UnknownPayload, "x-amz-content-sha256 must be %s, %s, %s, %s, or a valid sha256 value.",
			UnsignedPayload, StreamingUnsignedTrailer, StreamingPayload, StreamingPayloadTrailer)
	}
	if !s.Payload.Chunked() {
		return nil
	}
	return s.parseStream(h)
}

func (s *Signature) parseStream(h http.Header) *Error {
	if s.Presigned {
		return refuse(UnsignedStream, "A chunked upload must be signed in the Authorization header.")
	}
	text := first(h, headerLength)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > maxObject || text[0] == '+' {
		return refuse(NoDecodedLength, "You must provide the Content-Length HTTP header.")
	}
	s.length = n
	names := first(h, headerTrailer)
	if s.Payload.Trailer() != (names != "") {
		return refuse(BadTrailer, textBadTrailer)
	}
	if names == "" {
		return nil
	}
	for name := range strings.SplitSeq(names, ",") {
		name = strings.ToLower(strings.Trim(name, " \t"))
		if !validName(name) || slices.Contains(s.trailers, name) || name == trailerSignature || len(s.trailers) == maxTrailers {
			return refuse(BadTrailer, textBadTrailer)
		}
		s.trailers = append(s.trailers, name)
	}
	slices.Sort(s.trailers)
	return nil
}
