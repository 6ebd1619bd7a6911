package audit

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Options of a Log. The zero value is good for a server.
type Options struct {
	Now  func() time.Time // nil is time.Now; only the age of records is judged by it
	Rand io.Reader        // nil is crypto/rand

	// SegmentBytes is where a segment ends; 0 means 64 MiB.
	SegmentBytes int64

	// MaxAge and MaxBytes limit what is kept; 0 is no limit. What exceeds them
	// is deleted in whole segments, the oldest first, and never from the
	// segment that is written to: see Expire.
	MaxAge   time.Duration
	MaxBytes int64

	// Failed is told of errors that no caller sees: of posted records, of
	// building an index and of deleting what is too old. It must not call the
	// log. nil ignores them.
	Failed func(error)
}

const (
	defaultSegment = 64 << 20
	maxSegment     = 1 << 30

	// What a log in memory keeps unless the options say otherwise.
	memorySegment = 8 << 20
	memoryBytes   = 64 << 20
)

// Log is an append-only store of records in segments. All methods may be
// called concurrently.
//
// What an Append or a Take has returned for is durable and is found by every
// Lookup and Follow from then on. Records that are being written when the
// process dies may or may not be there afterwards; one that is there is whole.
type Log struct {
	opt Options
	dir folder

	// commit is held while a batch is written, a segment begun or everything
	// dropped: one at a time. It guards active and torn.
	commit sync.Mutex
	active file
	torn   bool // a write failed: bytes behind the durable ones are unknown

	mu       sync.Mutex // guards what follows, and what segment says
	segments []*segment // oldest first, the last is active; never empty
	next     *batch     // collects records
	spare    *batch     // for reuse
	ids      map[ID]*batch
	dropped  int64
	more     chan struct{} // closed and replaced when records become durable
	closed   bool

	wake   chan struct{} // tells the worker that there is something to do
	stop   chan struct{}
	worker sync.WaitGroup
}

// Open opens the log in a folder, which it makes with mode 0700 when there is
// none. The caller sees to it that no other process has it open.
//
// The end of a write that a crash cut short is removed, and Dropped tells how
// many bytes that were; they were never acknowledged. Damage elsewhere is kept
// where it is and reported by Damage and by every look-up that comes upon it.
func Open(dir string, opt Options) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return open(disk(dir), opt)
}

// OpenMemory opens a log that is kept in memory and is gone after Close. It
// keeps the last 64 MiB unless opt.MaxBytes says otherwise.
func OpenMemory(opt Options) (*Log, error) {
	if opt.SegmentBytes == 0 {
		opt.SegmentBytes = memorySegment
	}
	if opt.MaxBytes == 0 {
		opt.MaxBytes = memoryBytes
	}
	return open(&memory{files: map[string]*memoryFile{}}, opt)
}

func open(dir folder, opt Options) (*Log, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Rand == nil {
		opt.Rand = rand.Reader
	}
	if opt.SegmentBytes == 0 {
		opt.SegmentBytes = defaultSegment
	}
	if opt.Failed == nil {
		opt.Failed = func(error) {}
	}
	opt.SegmentBytes = min(max(opt.SegmentBytes, 4<<10), maxSegment)
	l := &Log{
		opt: opt, dir: dir,
		next: &batch{done: make(chan struct{})},
		ids:  map[ID]*batch{},
		more: make(chan struct{}), wake: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	if err := l.recover(); err != nil {
		if l.active != nil {
			err = errors.Join(err, l.active.Close())
		}
		return nil, fmt.Errorf("audit: opening the log: %w", err)
	}
	l.worker.Go(l.work)
	l.rouse()
	return l, nil
}

// Close writes what was posted and ends the log. Follow ends with ErrClosed.
func (l *Log) Close() error {
	l.mu.Lock()
	closed := l.closed
	l.closed = true
	l.mu.Unlock()
	if closed {
		return nil
	}
	close(l.stop)
	l.worker.Wait()
	err := l.sync()
	l.commit.Lock()
	defer l.commit.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.announce()
	return errors.Join(err, l.active.Close())
}

// Dropped returns how many bytes of an unfinished write Open removed.
func (l *Log) Dropped() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dropped
}

// Damage returns the damage known so far. Verify looks for more.
func (l *Log) Damage() []Damage {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Damage
	for _, s := range l.segments {
		all = append(all, s.damage...)
	}
	return all
}

// End returns the position behind the last durable record.
func (l *Log) End() Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.activeSegment()
	return Position{s.number, s.size}
}

// activeSegment returns the segment that is written to. l.mu is held.
func (l *Log) activeSegment() *segment { return l.segments[len(l.segments)-1] }

// announce tells followers to look again. l.mu is held.
func (l *Log) announce() {
	close(l.more)
	l.more = make(chan struct{})
}

// rouse tells the worker that there is something to do.
func (l *Log) rouse() {
	select {
	case l.wake <- struct{}{}:
	default: // it knows
	}
}
