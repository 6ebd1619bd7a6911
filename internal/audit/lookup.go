package audit

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"time"
)

// Query says which records Lookup returns.
type Query struct {
	Attributes []Attribute // a record must have all of them
	From, To   time.Time   // inclusive; zero is open
	Max        int         // how many; 0 is all
	After      Cursor      // of the last record that is already known
}

// Cursor is the place of a record in the order of Lookup. The zero Cursor is
// before the first. Its text form is for NextToken.
type Cursor struct {
	time  int64
	start Position
}

// Cursor returns the place of a record that a Log returned.
func (r *Record) Cursor() Cursor { return Cursor{r.Time.UnixNano(), r.start} }

// MarshalText implements encoding.TextMarshaler.
func (c Cursor) MarshalText() ([]byte, error) {
	b := binary.BigEndian.AppendUint64(nil, uint64(c.time))
	b = binary.BigEndian.AppendUint64(b, c.start.Segment)
	b = binary.BigEndian.AppendUint64(b, uint64(c.start.Offset))
	return base64.RawURLEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Cursor) UnmarshalText(text []byte) error {
	var b [24]byte
	if n, err := base64.RawURLEncoding.Strict().Decode(b[:], text[:min(len(text), 32)]); err != nil || n != len(b) || len(text) != 32 {
		return fmt.Errorf("audit: %q is not a cursor", text)
	}
	c.time = int64(binary.BigEndian.Uint64(b[:]))
	c.start = Position{binary.BigEndian.Uint64(b[8:]), int64(binary.BigEndian.Uint64(b[16:]))}
	if c.start.Offset < 0 || c.start.Offset > math.MaxUint32 {
		return fmt.Errorf("audit: %q is not a cursor", text)
	}
	return nil
}

// Lookup yields the records that q asks for, the latest first; records of the
// same time in the reverse order of their arrival. Records that become durable
// while it runs do not show.
//
// Damage is yielded as an error in between, once for each damaged place of a
// segment that is looked into; the records that are whole follow. After any
// other error nothing follows.
func (l *Log) Lookup(ctx context.Context, q Query) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		m, ok := l.merge(&q)
		if !ok {
			return
		}
		defer m.close()
		for n := 0; q.Max == 0 || n < q.Max; {
			if err := ctx.Err(); err != nil {
				yield(Record{}, err)
				return
			}
			rec, err := m.next()
			switch {
			case err == io.EOF:
				return
			case err != nil:
				if !yield(Record{}, err) || !isDamage(err) {
					return
				}
			case q.Matches(&rec): // hashes may be equal by chance
				if !yield(rec, nil) {
					return
				}
				n++
			}
		}
	}
}

// Matches reports whether the record has all attributes that q asks for. Times
// are not looked at.
func (q *Query) Matches(r *Record) bool {
	for _, a := range q.Attributes {
		if a.Key == EventID {
			if id, err := ParseID(a.Value); err != nil || id != r.ID {
				return false
			}
		} else if !slices.Contains(r.Attributes, a) {
			return false
		}
	}
	return true
}

// hashes returns what to search for, or false when no record can match.
func (q *Query) hashes() ([]uint64, bool) {
	var want []uint64
	for _, a := range q.Attributes {
		if a.Key != EventID {
			want = append(want, hash(a.Key, a.Value))
			continue
		}
		id, err := ParseID(a.Value)
		if err != nil {
			return nil, false
		}
		want = append(want, hash(EventID, id[:]))
	}
	return want, true
}

// times returns the earliest and the latest time that q asks for.
func (q *Query) times() (from, to int64) {
	from, to = math.MinInt64, math.MaxInt64
	if !q.From.IsZero() {
		from = q.From.UnixNano()
	}
	if !q.To.IsZero() {
		to = q.To.UnixNano()
	}
	if q.After != (Cursor{}) {
		to = min(to, q.After.time)
	}
	return from, to
}

// A merge yields the hits of all segments in the order of Lookup. A segment is
// opened only when one of its records can be the next.
type merge struct {
	log      *Log
	want     []uint64
	from, to int64
	after    Cursor

	closed  []view // not yet opened; the one with the latest record is last
	open    []*opened
	damages []Damage // to be yielded
}

// opened is a segment with its next hit.
type opened struct {
	*cursor
	next hit
}

func (l *Log) merge(q *Query) (*merge, bool) {
	want, possible := q.hashes()
	if !possible {
		return nil, false
	}
	m := &merge{log: l, want: want, after: q.After}
	m.from, m.to = q.times()
	for _, v := range l.views() {
		// Of a segment whose header is damaged there is only the damage.
		if v.size == 0 || v.last >= m.from && v.first <= m.to {
			m.closed = append(m.closed, v)
		}
	}
	slices.SortStableFunc(m.closed, func(a, b view) int { return cmp.Compare(a.last, b.last) })
	return m, true
}

// next returns the next record, Damage, another error, or io.EOF.
func (m *merge) next() (Record, error) {
	best := m.best()
	for n := len(m.closed); n > 0 && (best == nil || m.closed[n-1].last >= best.next.time); n-- {
		v := m.closed[n-1]
		m.closed = m.closed[:n-1]
		if err := m.openView(&v); err != nil {
			return Record{}, err
		}
		best = m.best()
	}
	if len(m.damages) > 0 {
		d := m.damages[0]
		m.damages = m.damages[1:]
		return Record{}, d
	}
	if best == nil {
		return Record{}, io.EOF
	}
	rec, err := best.read(best.next)
	moved := m.advance(best)
	if errors.Is(moved, errIndex) {
		best.next.offset-- // go on behind it
		m.drop(best)
		m.log.dropIndex(best.view)
		moved = m.reopen(best, best.view)
	}
	if moved != nil {
		return Record{}, moved
	}
	return rec, err
}

// best returns the open segment whose hit comes first.
func (m *merge) best() *opened {
	var best *opened
	for _, o := range m.open {
		if best == nil || cmp.Or(cmp.Compare(o.next.time, best.next.time), cmp.Compare(o.view.segment.number, best.view.segment.number)) > 0 {
			best = o
		}
	}
	return best
}

func (m *merge) openView(v *view) error {
	if v.size > 0 { // otherwise its header is damaged
		o := &opened{next: m.last(v.segment.number)}
		if err := m.reopen(o, v); err != nil {
			return err
		}
	}
	m.damages = append(m.damages, v.known...)
	return nil
}

// reopen opens a segment to read on at o.next. If its index turns out to be
// damaged, that is built again, once.
func (m *merge) reopen(o *opened, v *view) (err error) {
	for range 2 {
		if o.cursor, err = m.log.cursor(v, m.want); err != nil {
			return err
		}
		if err = o.skip(o.next); err == nil {
			m.open = append(m.open, o)
			err = m.advance(o)
		}
		if !errors.Is(err, errIndex) {
			return err
		}
		m.drop(o)
		m.log.dropIndex(v)
	}
	return err
}

// last returns the last place in a segment that is asked for.
func (m *merge) last(segment uint64) hit {
	h := hit{m.to, math.MaxUint32}
	if m.after == (Cursor{}) || m.to < m.after.time {
		return h
	}
	switch a := m.after.start; cmp.Compare(segment, a.Segment) {
	case 0:
		h.offset = uint32(max(a.Offset-1, 0))
	case +1: // a later segment comes first, at the same time
		h.time--
	}
	return h
}

// advance moves o to its next hit, or drops it when there is none.
func (m *merge) advance(o *opened) error {
	h, ok, err := o.cursor.next()
	if err == nil && ok && h.time >= m.from {
		o.next = h
		return nil
	}
	if err == nil {
		m.drop(o)
	}
	return err
}

func (m *merge) drop(o *opened) {
	m.open = slices.DeleteFunc(m.open, func(other *opened) bool { return other == o })
	_ = o.cursor.close() // it was only read
}

func (m *merge) close() {
	for _, o := range m.open {
		_ = o.cursor.close() // it was only read
	}
}
