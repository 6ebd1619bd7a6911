package audit

import (
	"errors"
	"fmt"
	"io/fs"
)

// A view is a segment as it was at one moment.
type view struct {
	segment     *segment
	size        int64
	entries     entries // a snapshot, if inMemory
	inMemory    bool
	index       *index
	first, last int64
	known       []Damage
}

// views returns all segments, oldest first.
func (l *Log) views() []view {
	l.mu.Lock()
	defer l.mu.Unlock()
	vs := make([]view, len(l.segments))
	for i, s := range l.segments {
		vs[i] = view{segment: s, size: s.size, index: s.index, known: s.damage}
		vs[i].first, vs[i].last = s.bounds()
		if s.entries != nil {
			vs[i].entries, vs[i].inMemory = *s.entries, true
		}
	}
	return vs
}

// sealed returns the sealed segments, oldest first.
func (l *Log) sealed() []view {
	vs := l.views()
	return vs[:len(vs)-1]
}

func (l *Log) isGone(s *segment) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return s.gone
}

// inSealed reports whether a record with the ID and time of r is in one of the
// segments. One that is damaged is not: the caller has it whole.
func (l *Log) inSealed(sealed []view, r *Record) (bool, error) {
	at, want := r.Time.UnixNano(), []uint64{hash(EventID, r.ID[:])}
	for i := range sealed {
		v := &sealed[i]
		if at < v.first || at > v.last {
			continue
		}
		found, err := l.viewHasID(v, want, r.ID)
		if errors.Is(err, errIndex) {
			l.dropIndex(v)
			found, err = l.viewHasID(v, want, r.ID)
		}
		if err != nil || found {
			return found, err
		}
	}
	return false, nil
}

func (l *Log) viewHasID(v *view, want []uint64, id ID) (bool, error) {
	c, err := l.cursor(v, want)
	if err != nil {
		return false, err
	}
	found, err := c.hasID(id)
	return found, errors.Join(err, c.close())
}

// cursor opens a segment to read its hits of want, the latest first. A
// segment that was deleted meanwhile has none.
func (l *Log) cursor(v *view, want []uint64) (*cursor, error) {
	c := &cursor{view: v}
	err := l.openCursor(c, want)
	if errors.Is(err, errIndex) || v.index != nil && errors.Is(err, fs.ErrNotExist) {
		l.dropIndex(v)
		err = c.close()
		c = &cursor{view: v}
		if err == nil {
			err = l.openCursor(c, want)
		}
	}
	if err == nil {
		return c, nil
	}
	err = errors.Join(err, c.close())
	if l.isGone(v.segment) && errors.Is(err, fs.ErrNotExist) {
		return &cursor{view: v}, nil
	}
	return nil, err
}

func (l *Log) openCursor(c *cursor, want []uint64) (err error) {
	v := c.view
	if !v.inMemory && v.index == nil {
		if err := l.index(v); err != nil && !v.inMemory {
			return err
		}
	}
	if c.records, err = l.dir.open(v.segment.name()); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if v.inMemory {
		c.hits = v.entries.find(want)
		return nil
	}
	if c.lookups, err = l.dir.open(v.segment.indexName()); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return c.findOrdinals(want)
}

// dropIndex forgets an index that is damaged, so that it is built again.
func (l *Log) dropIndex(v *view) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if v.segment.index == v.index {
		v.segment.index = nil
	}
	v.index = nil
}

// index builds the index of a sealed segment that has none, or waits for the
// one who is at it, and makes v see it. When it cannot be written, v sees the
// entries that it would have been made of, and the error is returned.
func (l *Log) index(v *view) error {
	s := v.segment
	s.building.Lock()
	defer s.building.Unlock()

	l.mu.Lock()
	v.index = s.index
	e, damage, gone := s.entries, s.damage, s.gone
	l.mu.Unlock()
	if v.index != nil {
		return nil
	}
	if gone {
		return fs.ErrNotExist
	}
	if e == nil {
		f, err := l.dir.open(s.name())
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		defer f.Close()
		if e, damage, _, err = scan(f, s, v.size, nil); err != nil {
			return err
		}
	}
	v.entries, v.inMemory, v.known = *e, true, damage
	x, err := l.writeIndex(s, v.size, e, damage)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s.index, s.entries, s.damage = x, nil, damage
	return nil
}

func (l *Log) writeIndex(s *segment, size int64, e *entries, damage []Damage) (*index, error) {
	if err := l.dir.replace(s.indexName(), buildIndex(s, size, e, damage)); err != nil {
		return nil, fmt.Errorf("audit: writing an index: %w", err)
	}
	f, err := l.dir.open(s.indexName())
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	x, err := readIndexHead(f, s)
	return x, errors.Join(err, f.Close())
}
