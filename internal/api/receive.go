package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/sigv4"
)

// body is what a request carries: read whole, or for streaming operations
// unread, with the check of its signature in the reader's way.
type body struct {
	bytes  []byte
	stream io.Reader
	signed *sigv4.Body // the stream, when it is verified as it is read
}

// receive takes the body as the protocol needs it: a form is read whole before
// anything else, since it names the operation; a REST body stays unread until
// the signature of the head is verified.
func (p *Pipeline) receive(c *Call) (*body, *shape.Error) {
	if !c.protocol.buffersBody() {
		return &body{stream: c.HTTP.Body}, nil
	}
	b, err := readAtMost(c.HTTP.Body, p.Limits.Body)
	if err != nil {
		return nil, unreadable(err)
	}
	return &body{bytes: b}, nil
}

// readForDecoding reads the body of an operation that does not stream. Its
// signature is verified by the time it has been read.
func (p *Pipeline) readForDecoding(c *Call, b *body) *shape.Error {
	if b.stream == nil || c.op.stream {
		return nil
	}
	if c.Caller == authz.Anonymous && signedStreaming(c.HTTP) {
		return c.refuse(failure{kind: missing})
	}
	bytes, err := readAtMost(b.stream, p.Limits.Body)
	if err != nil {
		if errors.Is(err, errTooLarge) {
			return unreadable(err)
		}
		return p.answer(c, err)
	}
	b.bytes, b.stream = bytes, nil
	return nil
}

// signedStreaming reports whether a body claims to be framed in signed chunks
// or with a trailer, which only a signed head can vouch for.
func signedStreaming(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-")
}

var errTooLarge = errors.New("body too large")

func readAtMost(r io.Reader, limit int64) ([]byte, error) {
	if r == nil {
		return nil, nil
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%w: more than %d bytes", errTooLarge, limit)
	}
	return b, err
}

func unreadable(err error) *shape.Error {
	if errors.Is(err, errTooLarge) {
		return &shape.Error{Code: "RequestEntityTooLarge", Status: http.StatusRequestEntityTooLarge, Message: "The request body is too large.", Cause: err}
	}
	return &shape.Error{Code: "RequestTimeout", Status: http.StatusBadRequest, Message: "The request body could not be read.", Cause: err}
}
