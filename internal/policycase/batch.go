package policycase

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/writ-iam/writ/engine"
)

// Counts are what a batch has come to.
type Counts struct {
	Answered int
	Failed   int // cases that were answered with an error
}

// maxLine is how long a case may be.
const maxLine = 16 << 20

const (
	// chunkBytes is how much of the input one worker takes at a time.
	chunkBytes = 256 << 10
	// leastRead is how much room a Read is given at least. Pipes often bring no
	// more than this, and many such Reads share a piece of memory.
	leastRead = 64 << 10
)

var errLineTooLong = fmt.Errorf("the line is longer than %d MiB", maxLine>>20)

// Batch answers the cases of in, one a line, with one line each on out, in the
// same order. Empty lines are passed over. A case that cannot be read is answered
// with an error, and the others go on. What has been read is answered before more
// is waited for, so that a program can ask and read by turns.
//
// The error is one of in, of out or of ctx. When ctx ends, Batch returns at once
// and leaves a Read behind that may be waiting. It uses all processors.
func Batch(ctx context.Context, in io.Reader, out io.Writer, accounts Accounts) (Counts, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := runtime.GOMAXPROCS(0)
	work := make(chan *chunk, workers)
	order := make(chan *chunk, 2*workers) // as read; bounds what is in memory
	for range workers {
		go func() {
			r := &Reader{Accounts: accounts}
			r.compiler.most = maxKept / workers
			for c := range work {
				c.answer(r)
				close(c.done)
			}
		}()
	}
	var readErr error
	go func() {
		defer close(order)
		defer close(work)
		readErr = (&splitter{in: in, line: 1}).split(func(c *chunk) bool { return send(ctx, order, c) && send(ctx, work, c) })
	}()
	counts, err := write(ctx, order, out)
	if err != nil {
		return counts, err
	}
	return counts, readErr // order is closed: it is set
}

func send(ctx context.Context, to chan<- *chunk, c *chunk) bool {
	select {
	case to <- c:
		return true
	case <-ctx.Done():
		return false
	}
}

// write writes the answers of chunks in their order.
func write(ctx context.Context, order <-chan *chunk, out io.Writer) (counts Counts, err error) {
	for {
		select {
		case <-ctx.Done():
			return counts, ctx.Err()
		case c, more := <-order:
			if !more {
				return counts, ctx.Err()
			}
			select {
			case <-ctx.Done():
				return counts, ctx.Err()
			case <-c.done:
			}
			if _, err := out.Write(c.answers); err != nil {
				return counts, fmt.Errorf("failed to write the answers: %w", err)
			}
			counts.Answered += c.counts.Answered
			counts.Failed += c.counts.Failed
		}
	}
}

// chunk is a number of whole lines, or one line that is too long to be kept.
type chunk struct {
	lines   []byte
	first   int // number of the first line
	tooLong bool
	done    chan struct{}
	answers []byte
	counts  Counts
}

// answer answers the lines.
func (c *chunk) answer(r *Reader) {
	if c.tooLong {
		c.fail(nil, c.first, errLineTooLong)
		return
	}
	c.answers = make([]byte, 0, len(c.lines)/2)
	number := c.first
	for rest := c.lines; len(rest) > 0; number++ {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		one, err := r.Line(line)
		if err != nil {
			c.fail(r.ID(), number, err)
			continue
		}
		d, trace := engine.Explain(&one.Request, &one.Layers)
		c.answers = appendAnswer(c.answers, r.ID(), one, d, &trace)
		c.counts.Answered++
	}
}

func (c *chunk) fail(id []byte, line int, err error) {
	c.answers = appendFailure(c.answers, id, line, err)
	c.counts.Failed++
}

// splitter cuts its input into chunks.
type splitter struct {
	in       io.Reader
	buf      []byte // read and not handed on: the beginning of a line
	line     int    // the number of that line
	searched int    // how much of buf is known to have no line end
	skipping bool   // it is the rest of a line that was too long
}

// split hands on the whole lines of what each Read brings before the next Read.
// It ends when the input does, or when emit reports false.
func (s *splitter) split(emit func(*chunk) bool) error {
	for {
		if cap(s.buf)-len(s.buf) < leastRead {
			s.buf = slices.Grow(s.buf, chunkBytes)
		}
		end := len(s.buf)
		n, err := s.in.Read(s.buf[end:min(end+chunkBytes, cap(s.buf))])
		s.buf = s.buf[:end+n]
		c := s.next(errors.Is(err, io.EOF))
		switch {
		case c != nil && !emit(c), errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("failed to read the cases: %w", err)
		}
	}
}

// next takes the lines that are whole, nil when there is none. The last line
// ends with the input.
func (s *splitter) next(last bool) *chunk {
	if s.skipping {
		_, rest, found := bytes.Cut(s.buf, []byte{'\n'})
		s.buf = s.buf[:0]
		if !found {
			return nil
		}
		s.buf, s.searched, s.skipping, s.line = rest, 0, false, s.line+1
	}
	end := bytes.LastIndexByte(s.buf[s.searched:], '\n') + 1
	if end > 0 {
		end += s.searched
	}
	s.searched = len(s.buf) - end
	switch {
	case last:
		end = len(s.buf)
	case end == 0 && len(s.buf) > maxLine:
		s.buf, s.searched, s.skipping = s.buf[:0], 0, true
		return &chunk{first: s.line, tooLong: true, done: make(chan struct{})}
	}
	if end == 0 {
		return nil
	}
	c := &chunk{first: s.line, done: make(chan struct{})}
	c.lines = s.buf[:end:end]
	s.line += bytes.Count(c.lines, []byte{'\n'})
	s.buf = s.buf[end:] // the chunk keeps what is before
	return c
}
