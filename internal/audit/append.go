package audit

import (
	"errors"
	"fmt"
	"os"
)

// A batch is a set of records that are written and made durable together. The
// call that finds it without a leader becomes its leader and writes it; the
// others wait. While one batch is written, the next one fills.
type batch struct {
	led    bool          // guarded by Log.mu
	done   chan struct{} // closed once err is final
	err    error
	buf    []byte // frames, their headers not yet filled in
	frames []batchFrame
	hashes []uint64
}

type batchFrame struct {
	id     ID
	time   int64
	start  int // in buf
	hashes int // end in hashes
}

func (b *batch) add(r *Record) {
	start := len(b.buf)
	b.buf = append(b.buf, make([]byte, frameHeader)...)
	b.buf = AppendRecord(b.buf, r)
	b.hashes = appendHashes(b.hashes, r.ID, r.Attributes)
	b.frames = append(b.frames, batchFrame{r.ID, r.Time.UnixNano(), start, len(b.hashes)})
}

// postedBytes is how much Post leaves for later.
const postedBytes = 1 << 20

// Append makes records durable, in this order. Calls that come together share
// one sync. After an error the records are not in the log.
func (l *Log) Append(records ...Record) error {
	b, err := l.enqueue(records)
	if err != nil {
		return err
	}
	return l.await(b)
}

// Post adds records that need not be durable at once: the log writes them
// soon, or with the next Append, and drops them when that fails, which
// Options.Failed is told.
func (l *Log) Post(records ...Record) error {
	b, err := l.enqueue(records)
	if err != nil {
		return err
	}
	l.mu.Lock()
	full := len(b.buf) > postedBytes
	l.mu.Unlock()
	if full { // hold off a caller that is faster than the disk
		return l.await(b)
	}
	l.rouse()
	return nil
}

// Take is Append for records that may be in the log already: those that rode
// in a commit of the state and are offered until the state forgets them, after
// a restart too. A record whose ID is in the log is left out, however long ago
// it was taken: it is looked for among the records of the segment that is
// written to, which are known by ID, and in the index of every sealed segment
// whose times include the record's. An offered record must therefore always
// carry the same ID and Time. One whose segment was deleted meanwhile (MaxAge,
// MaxBytes, Reset) is taken as new.
//
// When Take returns nil all of the records are durable.
func (l *Log) Take(records ...Record) error {
	for {
		b, again, err := l.claim(records)
		if err != nil {
			return err
		}
		if b != nil {
			if err := l.await(b); err != nil {
				return err
			}
		}
		if again == nil {
			return nil
		}
		<-again.done // another call is writing one of them: has it succeeded?
		if again.err == nil {
			return nil
		}
	}
}

// claim puts those of the records that are not in the log into the next batch.
// It returns that batch if one of the records is in it, and the batch before it
// if one of them is in that and not yet durable.
func (l *Log) claim(records []Record) (b, earlier *batch, err error) {
	old := make([]bool, len(records))
	for {
		views := l.views()
		active := views[len(views)-1].segment
		for i := range records {
			if old[i], err = l.inSealed(views[:len(views)-1], &records[i]); err != nil {
				return nil, nil, err
			}
		}
		l.mu.Lock()
		if l.activeSegment() == active {
			break
		}
		l.mu.Unlock() // it was sealed meanwhile: look there too
	}
	defer l.mu.Unlock()
	if l.closed {
		return nil, nil, ErrClosed
	}
	for i := range records {
		if r := &records[i]; !old[i] {
			other, known := l.ids[r.ID]
			if !known {
				l.next.add(r)
				l.ids[r.ID] = l.next
				other = l.next
			}
			if other == l.next {
				b = other
			} else if other != nil {
				earlier = other
			}
		}
	}
	return b, earlier, nil
}

// enqueue puts records into the next batch, which it returns.
func (l *Log) enqueue(records []Record) (*batch, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, ErrClosed
	}
	for i := range records {
		l.next.add(&records[i])
		l.ids[records[i].ID] = l.next
	}
	return l.next, nil
}

// await returns when b is durable or has failed.
func (l *Log) await(b *batch) error {
	l.mu.Lock()
	leader := !b.led
	b.led = true
	l.mu.Unlock()
	if leader {
		l.write(b)
	}
	<-b.done
	return b.err
}

// sync makes durable what was posted before.
func (l *Log) sync() error {
	l.mu.Lock()
	b := l.next
	l.mu.Unlock()
	return l.await(b)
}

// write makes b durable. Nobody else writes b.
func (l *Log) write(b *batch) {
	l.commit.Lock()
	defer l.commit.Unlock()

	l.mu.Lock() // from here on nobody adds to b
	l.next, l.spare = l.spare, nil
	if l.next == nil {
		l.next = &batch{}
	}
	l.next.done = make(chan struct{})
	l.mu.Unlock()

	at, err := l.persist(b)

	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.publish(b, at)
	}
	for i := range b.frames {
		if id := b.frames[i].id; err != nil && l.ids[id] == b {
			delete(l.ids, id)
		} else if err == nil {
			l.ids[id] = nil
		}
	}
	b.err = err
	close(b.done)
	if err == nil && cap(b.buf) <= 4*postedBytes { // those who waited look at done and err only
		l.spare = &batch{buf: b.buf[:0], frames: b.frames[:0], hashes: b.hashes[:0]}
	}
}

// publish makes the records of b, written from at on, visible. l.mu is held.
func (l *Log) publish(b *batch, at int64) {
	if len(b.frames) == 0 {
		return
	}
	s, from := l.activeSegment(), 0
	for _, f := range b.frames {
		s.entries.hashes = append(s.entries.hashes, b.hashes[from:f.hashes]...)
		s.entries.add(hit{f.time, uint32(at + int64(f.start))})
		from = f.hashes
	}
	s.size = at + int64(len(b.buf))
	l.announce()
}

// persist writes b to the active segment, or to a new one when that is full,
// and returns where. l.commit is held.
func (l *Log) persist(b *batch) (at int64, err error) {
	if len(b.frames) == 0 {
		return 0, nil
	}
	l.mu.Lock()
	s := l.activeSegment()
	at, empty := s.size, len(s.entries.hits) == 0
	l.mu.Unlock()
	if at+int64(len(b.buf)) > l.opt.SegmentBytes && !empty {
		if err := l.roll(b); err != nil {
			return 0, fmt.Errorf("audit: beginning a segment: %w", err)
		}
		l.mu.Lock()
		s = l.activeSegment()
		at = s.size
		l.mu.Unlock()
	}
	for i, f := range b.frames {
		end := len(b.buf)
		if i+1 < len(b.frames) {
			end = b.frames[i+1].start
		}
		sealFrame(b.buf[f.start:end], s.key)
	}
	if err := l.repair(at); err != nil {
		return 0, err
	}
	_, err = l.active.WriteAt(b.buf, at)
	if err == nil {
		err = l.active.sync()
	}
	if err != nil {
		l.torn = true
		return 0, errors.Join(fmt.Errorf("audit: %w", err), l.repair(at))
	}
	return at, nil
}

// repair removes what a failed write has left behind the durable bytes. As
// long as it fails, nothing is written. l.commit is held.
func (l *Log) repair(size int64) error {
	if !l.torn {
		return nil
	}
	err := l.active.Truncate(size)
	if err == nil {
		err = l.active.sync()
	}
	if err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("audit: removing an unfinished write: %w", err)
	}
	l.torn = err != nil
	return err
}
