package audit

import (
	"context"
	"fmt"
	"io"
	"iter"
)

// Follow yields the records behind a position in the order of their arrival,
// and then those that come, as they become durable, until ctx is done or the
// log is closed; the reason is yielded as the last error. To go on later,
// follow from Next of the last record. Records that were deleted meanwhile are
// passed over. Damage is yielded as an error in between.
func (l *Log) Follow(ctx context.Context, from Position) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for {
			err := ctx.Err()
			v, sealed, more, open := l.viewAt(from)
			if err == nil && !open {
				err = ErrClosed
			}
			if err != nil {
				yield(Record{}, err)
				return
			}
			if v.segment.number != from.Segment || from.Offset < segmentHeader {
				from = Position{v.segment.number, segmentHeader}
			}
			from.Offset = min(from.Offset, v.size)
			if from.Offset < v.size || v.size == 0 {
				var ok bool
				if from, ok = l.followSegment(ctx, v, from, yield); !ok {
					return
				}
			}
			if sealed {
				from = Position{v.segment.number + 1, 0}
				continue
			}
			select {
			case <-more:
			case <-ctx.Done():
			}
		}
	}
}

// viewAt returns the segment of a position, or the first one behind it when it
// is gone, whether that is sealed, and what is closed when more is durable.
func (l *Log) viewAt(p Position) (v view, sealed bool, more <-chan struct{}, open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, s := range l.segments {
		if s.number >= p.Segment {
			last := i == len(l.segments)-1
			return view{segment: s, size: s.size, known: s.damage}, !last, l.more, !l.closed
		}
	}
	s := l.activeSegment()
	return view{segment: s, size: s.size}, false, l.more, !l.closed
}

// followSegment yields the records of a segment behind a position and returns
// the position behind them, or false when the consumer has had enough or
// nothing can follow.
func (l *Log) followSegment(ctx context.Context, v view, from Position, yield func(Record, error) bool) (Position, bool) {
	end := Position{v.segment.number, v.size}
	if v.size == 0 { // its header is damaged
		for _, d := range v.known {
			if !yield(Record{}, d) {
				return end, false
			}
		}
		return end, true
	}
	f, err := l.dir.open(v.segment.name())
	if err != nil {
		if l.isGone(v.segment) {
			return end, true
		}
		yield(Record{}, fmt.Errorf("audit: %w", err))
		return end, false
	}
	defer f.Close()
	r := frameReader{f: f, segment: v.segment.number, key: v.segment.key, off: from.Offset, limit: v.size}
	for {
		if err := ctx.Err(); err != nil {
			yield(Record{}, err)
			return end, false
		}
		off, payload, err := r.next()
		if err == io.EOF {
			return end, true
		}
		var rec Record
		if err == nil {
			rec, err = recordOf(payload, v.segment.number, off)
		}
		if !yield(rec, err) || err != nil && !isDamage(err) {
			return end, false
		}
	}
}
