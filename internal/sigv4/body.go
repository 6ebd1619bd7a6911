package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
)

// Body reads the body of an S3 request and holds it against its signature.
//
// It hands out bytes before it can know whether they are the signed ones:
// nothing that was read may take effect until Read has returned io.EOF. Any
// other error is final, and an *Error when the body is at fault.
type Body struct {
	r       io.Reader
	length  int64
	trailer http.Header
}

// Body returns the reader of an S3 request's body. It refuses to before Verify
// has succeeded: what follows in a chunked body rests on the signature of the
// header (CVE-2026-41145). The key is the one given to Verify.
func (s *Signature) Body(r io.Reader, key *SigningKey) (*Body, error) {
	if !s.verified || s.Service != serviceS3 {
		return nil, refuse(UnsignedStream, "The body of a request that was not verified cannot be read.")
	}
	b := &Body{r: r, length: -1}
	switch {
	case s.Payload.Chunked():
		b.trailer = make(http.Header, len(s.trailers))
		b.length = s.length
		b.r = newChunkReader(r, s, key, b.trailer)
	case s.Payload == Hashed:
		b.r = &hashReader{r: r, hash: sha256.New(), want: s.PayloadHash}
	}
	return b, nil
}

// Read implements io.Reader.
func (b *Body) Read(p []byte) (int, error) { return b.r.Read(p) }

// Length returns the length of the decoded body that a chunked upload
// announces and Read enforces, and -1 for other bodies.
func (b *Body) Length() int64 { return b.length }

// Trailer returns the trailing headers. They are complete when Read has
// returned io.EOF; their meaning, such as a checksum, is not verified.
func (b *Body) Trailer() http.Header { return b.trailer }

// hashReader compares the hash of what it has read when that ends.
type hashReader struct {
	r    io.Reader
	hash hash.Hash
	want string
	err  error
}

func (h *hashReader) Read(p []byte) (int, error) {
	if h.err != nil {
		return 0, h.err
	}
	n, err := h.r.Read(p)
	h.hash.Write(p[:n])
	if err == io.EOF && hex.EncodeToString(h.hash.Sum(nil)) != h.want {
		err = refuse(PayloadMismatch, "The provided 'x-amz-content-sha256' header does not match what was computed.")
	}
	h.err = err
	return n, err
}
