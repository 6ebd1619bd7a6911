package api

import (
	"context"
	"net/http"

	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
)

// extras are what a call carries beside its input and its output, for
// operations over streams of bytes: S3's.
type extras struct {
	body   *body
	header http.Header
	status int
}

// Signature returns the verified signature of the call, nil for an anonymous
// caller.
func (c *Call) Signature() *sigv4.Signature { return c.signature }

// Body returns the body of an operation that does not stream, as it was sent
// and decoded from chunks. It is not to be changed.
func (c *Call) Body() []byte {
	if c.extras.body == nil {
		return nil
	}
	return c.extras.body.bytes
}

// Trailer returns the trailing headers of the body, nil when it has none. They
// are complete and verified once the body has been read to its end.
func (c *Call) Trailer() http.Header {
	if c.extras.body == nil || c.extras.body.signed == nil {
		return nil
	}
	return c.extras.body.signed.Trailer()
}

// Header returns the headers that the answer has beside those of the output.
// An error carries them too.
func (c *Call) Header() http.Header {
	if c.extras.header == nil {
		c.extras.header = make(http.Header)
	}
	return c.extras.header
}

// SetStatus sets the status of the answer, if that is no error.
func (c *Call) SetStatus(status int) { c.extras.status = status }

// addHeaders adds the headers of Header to an answer.
func (e *extras) addHeaders(h http.Header) {
	for name, values := range e.header {
		h[name] = values
	}
}

// Stale reports whether the state has changed since the call's snapshot.
func (c *Call) Stale() bool { return !c.pipeline.db.Snapshot().Same(c.Snapshot) }

// Renew moves the call to the newest state and authorizes it again there. An
// error is the answer to the call, which stays on its old snapshot.
func (c *Call) Renew() error {
	snap := c.pipeline.db.Snapshot()
	if err := c.authorizeAgain(snap); err != nil {
		return err
	}
	c.Snapshot = snap
	return nil
}

// Tidy runs fn in a transaction that is neither authorized nor recorded. It is
// for removing what no caller can reach any more.
func (c *Call) Tidy(ctx context.Context, fn func(tx *state.Tx) error) error {
	return c.pipeline.db.Update(ctx, fn)
}
