package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

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
		return &body{stream: c.body}, nil
	}
	b, err := p.readWhole(c)
	if err != nil {
		return nil, unreadable(err)
	}
	return &body{bytes: b}, nil
}

// readWhole reads a body before its sender is known. The call is judged on what
// is so by then: who sends slowly does not outlive a key or a permission.
func (p *Pipeline) readWhole(c *Call) ([]byte, error) {
	if body, ok := c.body.(*patient); ok {
		body.end = time.Now().Add(p.Limits.BodyTime)
	}
	b, err := readAtMost(c.body, p.Limits.Body)
	c.Refresh()
	return b, err
}

// bodyLimits are those of operations whose lists may be longer than others:
// 10,000 parts, 1,000 keys of 1 KiB.
var bodyLimits = map[string]int64{"CompleteMultipartUpload": 4 << 20, "DeleteObjects": 2 << 20}

// readForDecoding reads the body of an operation that does not stream. Its
// signature is verified by the time it has been read.
func (p *Pipeline) readForDecoding(c *Call, b *body) *shape.Error {
	if b.stream == nil || c.op.stream {
		return nil
	}
	bytes, err := readAtMost(b.stream, max(p.Limits.Body, c.op.bodyLimit))
	if err != nil {
		if errors.Is(err, errTooLarge) {
			return unreadable(err)
		}
		return p.answer(c, err)
	}
	b.bytes, b.stream = bytes, nil
	return nil
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
