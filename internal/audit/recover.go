package audit

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// recover reads what is in the folder. It is the whole of Open that can fail.
func (l *Log) recover() error {
	names, err := l.dir.list()
	if err != nil {
		return err
	}
	var numbers []uint64
	for _, name := range names {
		if n, ok := segmentNumber(name); ok {
			numbers = append(numbers, n)
		}
		if strings.HasSuffix(name, ".idx.tmp") { // a crash came between
			if err := l.dir.remove(name); err != nil {
				return err
			}
		}
	}
	slices.Sort(numbers)
	last := uint64(0)
	for i, n := range numbers {
		if err := l.recoverSegment(n, i == len(numbers)-1); err != nil {
			return err
		}
		last = n
	}
	if l.active != nil {
		return nil
	}
	return l.begin(last + 1)
}

// recoverSegment adds segment n. If it is the last one and sound it becomes
// the active one.
func (l *Log) recoverSegment(n uint64, last bool) error {
	s := &segment{number: n}
	f, err := l.dir.open(s.name())
	if err != nil {
		return err
	}
	if s.size, err = f.size(); err != nil {
		return errors.Join(err, f.Close())
	}
	s.key, err = readSegmentHeader(f, n)
	switch {
	case errors.Is(err, errSegmentHeader) && last && s.size <= segmentHeader:
		// A crash while it was made: no record was acknowledged here.
		l.dropped += s.size
		return errors.Join(f.Close(), l.dir.remove(s.name()))
	case errors.Is(err, errSegmentHeader):
		// Without its key no record can be told from garbage. The file stays.
		s.damage = []Damage{{n, 0, s.size}}
		s.entries, s.size = newEntries(), 0
	case err != nil:
		return errors.Join(err, f.Close())
	case last:
		return l.recoverLast(s, f)
	default:
		l.loadIndex(s)
	}
	l.segments = append(l.segments, s)
	return f.Close()
}

// recoverLast reads the last segment. What follows its last sound frame is an
// unfinished write and removed. Damage before a sound frame is something else:
// then the segment is sealed as it is.
func (l *Log) recoverLast(s *segment, f file) error {
	e, damage, end, err := scan(f, s, s.size, func(id ID) { l.ids[id] = nil })
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if n := len(damage); n > 0 && damage[n-1].From >= end {
		l.dropped += s.size - end
		damage = damage[:n-1]
		if err := errors.Join(f.Truncate(end), f.sync()); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	s.size, s.entries, s.damage = end, e, damage
	l.segments = append(l.segments, s)
	if len(damage) > 0 {
		clear(l.ids)
		return f.Close()
	}
	l.active = f
	return nil
}

// loadIndex reads the index of a sealed segment, if it has a sound one.
func (l *Log) loadIndex(s *segment) {
	f, err := l.dir.open(s.indexName())
	if err != nil {
		return // it is made again
	}
	defer f.Close()
	x, err := readIndexHead(f, s)
	if err != nil || x.size < s.size {
		return
	}
	s.index, s.damage = x, x.damage
	if x.size > s.size {
		s.damage = append(slices.Clone(s.damage), Damage{s.number, s.size, x.size})
	}
}

// begin makes segment n and makes it the active one. l.commit is held, or
// nobody else knows l yet.
func (l *Log) begin(n uint64) error {
	s := &segment{number: n, size: segmentHeader, entries: newEntries()}
	if _, err := io.ReadFull(l.opt.Rand, s.key[:]); err != nil {
		return err
	}
	f, err := l.dir.create(s.name())
	if errors.Is(err, fs.ErrExist) { // left by an attempt that failed
		if err = l.dir.remove(s.name()); err == nil {
			f, err = l.dir.create(s.name())
		}
	}
	if err != nil {
		return err
	}
	_, err = f.WriteAt(appendSegmentHeader(nil, n, s.key), 0)
	if err = errors.Join(err, f.sync(), l.dir.sync()); err != nil {
		return errors.Join(err, f.Close(), l.dir.remove(s.name()))
	}
	if l.active != nil {
		_ = l.active.Close() // what it holds is durable
	}
	l.active, l.torn = f, false
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segments = append(l.segments, s)
	return nil
}

// roll seals the active segment and begins the next one, for b. l.commit is
// held.
func (l *Log) roll(b *batch) error {
	l.mu.Lock()
	s := l.activeSegment()
	size := s.size
	l.mu.Unlock()
	if err := l.repair(size); err != nil {
		return err
	}
	if err := l.begin(s.number + 1); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keepWaiting(b)
	l.rouse()
	return nil
}

// keepWaiting forgets the IDs of the records that are written, for a new
// segment; b is being written. l.mu is held.
func (l *Log) keepWaiting(b *batch) {
	l.ids = map[ID]*batch{}
	for _, waiting := range []*batch{b, l.next} {
		if waiting == nil {
			continue
		}
		for i := range waiting.frames {
			l.ids[waiting.frames[i].id] = waiting
		}
	}
}
