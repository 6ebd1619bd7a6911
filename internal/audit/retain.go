package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// postDelay is how long posted records wait for company.
const postDelay = 20 * time.Millisecond

// work writes what was posted, builds indexes and deletes what is too old,
// whenever it is told to.
func (l *Log) work() {
	for {
		select {
		case <-l.stop:
			return
		case <-l.wake:
		}
		select {
		case <-l.stop:
			return
		case <-time.After(postDelay):
		}
		err := l.sync()
		for _, v := range l.sealed() {
			if v.index != nil || v.size == 0 {
				continue
			}
			if e := l.index(&v); e != nil && !l.isGone(v.segment) { // somebody else may be deleting
				err = errors.Join(err, e)
			}
		}
		if err = errors.Join(err, l.Expire()); err != nil {
			l.opt.Failed(err)
		}
	}
}

// Expire deletes what exceeds Options.MaxAge and MaxBytes. The log does it
// whenever a segment is sealed; a log that is written to seldom needs it from
// time to time, so that old records go even so.
func (l *Log) Expire() error {
	if err := l.sealOld(); err != nil {
		return err
	}
	var err error
	for _, s := range l.cutExpired() {
		err = errors.Join(err, l.remove(s))
	}
	return err
}

// sealOld seals the active segment when all of its records are too old.
func (l *Log) sealOld() error {
	if l.opt.MaxAge == 0 {
		return nil
	}
	l.commit.Lock()
	defer l.commit.Unlock()
	l.mu.Lock()
	s := l.activeSegment()
	old := !l.closed && len(s.entries.hits) > 0 && s.entries.last < l.cutoff()
	l.mu.Unlock()
	if !old {
		return nil
	}
	return l.roll(nil)
}

func (l *Log) cutoff() int64 { return l.opt.Now().Add(-l.opt.MaxAge).UnixNano() }

// cutExpired takes the segments that are to be deleted out of the list.
func (l *Log) cutExpired() []*segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	total := int64(0)
	for _, s := range l.segments {
		total += s.size
	}
	var gone []*segment
	for len(l.segments) > 1 {
		s := l.segments[0]
		_, last := s.bounds()
		// The times of a segment whose header is damaged are not known.
		tooOld := l.opt.MaxAge > 0 && s.size > 0 && last < l.cutoff()
		tooMuch := l.opt.MaxBytes > 0 && total > l.opt.MaxBytes
		if !tooOld && !tooMuch {
			break
		}
		total -= s.size
		s.gone = true
		gone = append(gone, s)
		l.segments = l.segments[1:]
	}
	return gone
}

// remove deletes the files of a segment that is gone.
func (l *Log) remove(s *segment) error {
	s.building.Lock()
	defer s.building.Unlock()
	var failed error
	for _, name := range []string{s.indexName(), s.name()} {
		if err := l.dir.remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, fmt.Errorf("audit: deleting a segment: %w", err))
		}
	}
	return failed
}

// Reset drops all records. Positions and cursors from before stay valid: they
// are before whatever comes.
func (l *Log) Reset() error {
	l.commit.Lock()
	defer l.commit.Unlock()
	l.mu.Lock()
	closed, n := l.closed, l.activeSegment().number
	l.mu.Unlock()
	if closed {
		return ErrClosed
	}
	if err := l.begin(n + 1); err != nil {
		return fmt.Errorf("audit: reset: %w", err)
	}
	l.mu.Lock()
	gone := l.segments[:len(l.segments)-1]
	l.segments = l.segments[len(gone):]
	l.keepWaiting(nil)
	for _, s := range gone {
		s.gone = true
	}
	l.announce()
	l.mu.Unlock()
	var err error
	for _, s := range gone {
		err = errors.Join(err, l.remove(s))
	}
	return err
}

// Verify reads every record and returns all damage, known or not.
func (l *Log) Verify() ([]Damage, error) {
	var all []Damage
	for _, v := range l.views() {
		damage, err := l.verify(&v)
		if err != nil && !l.isGone(v.segment) {
			return all, fmt.Errorf("audit: %w", err)
		}
		all = append(all, damage...)
	}
	return all, nil
}

func (l *Log) verify(v *view) ([]Damage, error) {
	if v.size == 0 { // its header is damaged
		return v.known, nil
	}
	f, err := l.dir.open(v.segment.name())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	_, damage, _, err := scan(f, v.segment, v.size, nil)
	for _, d := range v.known {
		if d.From >= v.size { // cut off
			damage = append(damage, d)
		}
	}
	return damage, err
}
