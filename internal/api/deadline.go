package api

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// idleLimit is how long a client may be silent in the middle of a body, its
// own or ours. A call as a whole has no limit: an object may be large and a
// line slow, but a connection on which nothing moves is given up. A form, which
// anybody can send, has one: Limits.BodyTime.
const idleLimit = 30 * time.Second

// patient reads a body and gives up a client that sends nothing.
type patient struct {
	r       io.Reader
	control *http.ResponseController
	end     time.Time // of the whole body; zero where it may take its time
}

func (p *patient) Read(b []byte) (int, error) {
	until := time.Now().Add(idleLimit)
	if !p.end.IsZero() && p.end.Before(until) {
		until = p.end
	}
	p.control.SetReadDeadline(until) // a test's recorder has no deadlines
	n, err := p.r.Read(b)
	if errors.Is(err, io.EOF) {
		// The server goes on reading to see the client leave. Behind another
		// error the deadline stays: the server must not wait for the rest.
		p.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// steady writes an answer and gives up a client that takes nothing.
type steady struct {
	w       io.Writer
	control *http.ResponseController
}

func (s *steady) Write(b []byte) (int, error) {
	s.control.SetWriteDeadline(time.Now().Add(idleLimit))
	return s.w.Write(b)
}

// waitForClient bounds the silence on both sides of a call's connection.
func (c *Call) waitForClient(w http.ResponseWriter) {
	c.control = http.NewResponseController(w)
	if c.HTTP.Body != nil && c.HTTP.Body != http.NoBody {
		c.body = &patient{r: c.HTTP.Body, control: c.control}
	}
}
