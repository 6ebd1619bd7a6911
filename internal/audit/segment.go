package audit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
)

// A segment is one file of records. The last segment of a log is the active
// one; the others are sealed and never change.
type segment struct {
	number uint64
	key    segmentKey

	// Guarded by Log.mu.
	size    int64    // bytes that are durable
	entries *entries // what can be found here; nil for a sealed segment that has an index, or needs one
	index   *index   // of a sealed segment, once it is built
	damage  []Damage
	gone    bool // deleted

	building sync.Mutex // held while the index is built
}

func (s *segment) name() string      { return fmt.Sprintf("%08d.seg", s.number) }
func (s *segment) indexName() string { return fmt.Sprintf("%08d.idx", s.number) }

// segmentNumber reads what name prints.
func segmentNumber(name string) (number uint64, ok bool) {
	base, isSegment := strings.CutSuffix(name, ".seg")
	if !isSegment {
		return 0, false
	}
	if _, err := fmt.Sscanf(base, "%d", &number); err != nil || number == 0 {
		return 0, false
	}
	return number, (&segment{number: number}).name() == name
}

// bounds returns the earliest and the latest time of the records, as far as
// known. Log.mu is held.
func (s *segment) bounds() (first, last int64) {
	switch {
	case s.entries != nil:
		return s.entries.first, s.entries.last
	case s.index != nil:
		return s.index.first, s.index.last
	}
	return math.MinInt64, math.MaxInt64
}

// A hit is where a record stands in a segment, and when it was.
type hit struct {
	time   int64
	offset uint32
}

func (h hit) compare(other hit) int {
	return cmp.Or(cmp.Compare(h.time, other.time), cmp.Compare(h.offset, other.offset))
}

// entries is what can be found in a segment, in the order of the file. It only
// grows, so that a copy of the struct is a snapshot.
type entries struct {
	hits        []hit
	ends        []uint32 // ends[i] is the end of the hashes of record i
	hashes      []uint64 // of all attributes and of the ID
	first, last int64    // times
}

func newEntries() *entries { return &entries{first: math.MaxInt64, last: math.MinInt64} }

// add adds a record whose hashes are already appended to e.hashes.
func (e *entries) add(h hit) {
	e.hits = append(e.hits, h)
	e.ends = append(e.ends, uint32(len(e.hashes)))
	e.first, e.last = min(e.first, h.time), max(e.last, h.time)
}

// appendHashes appends what a record is found by.
func appendHashes(dst []uint64, id ID, attrs []Attribute) []uint64 {
	dst = append(dst, hash(EventID, id[:]))
	for i := range attrs {
		dst = append(dst, hash(attrs[i].Key, attrs[i].Value))
	}
	return dst
}

// find returns the records that have all hashes, earliest first.
func (e *entries) find(want []uint64) []hit {
	var found []hit
	if len(want) == 0 {
		found = slices.Clone(e.hits)
	}
	record := 0
	for i, h := range e.hashes {
		if len(want) == 0 {
			break
		}
		if h != want[0] {
			continue
		}
		for e.ends[record] <= uint32(i) {
			record++
		}
		if e.has(record, want[1:]) && (len(found) == 0 || found[len(found)-1] != e.hits[record]) {
			found = append(found, e.hits[record])
		}
	}
	slices.SortFunc(found, hit.compare)
	return found
}

func (e *entries) has(record int, want []uint64) bool {
	from := uint32(0)
	if record > 0 {
		from = e.ends[record-1]
	}
	for _, w := range want {
		if !slices.Contains(e.hashes[from:e.ends[record]], w) {
			return false
		}
	}
	return true
}

// scan reads a segment up to limit and returns its entries, the damage, and
// the end of the last frame. each, if not nil, sees the ID of every record.
func scan(f file, s *segment, limit int64, each func(ID)) (*entries, []Damage, int64, error) {
	e, end := newEntries(), int64(segmentHeader)
	var damage []Damage
	r := frameReader{f: f, segment: s.number, key: s.key, off: segmentHeader, limit: limit}
	for r.off < r.limit {
		off, payload, err := r.next()
		if d, ok := err.(Damage); ok {
			damage = append(damage, d)
			continue
		}
		if err != nil {
			return nil, nil, 0, err
		}
		end = r.off
		id, at, ok := e.addPayload(payload)
		if !ok {
			damage = append(damage, Damage{s.number, off, r.off})
			continue
		}
		e.add(hit{at, uint32(off)})
		if each != nil {
			each(id)
		}
	}
	return e, damage, end, nil
}

// addPayload appends the hashes of a record.
func (e *entries) addPayload(payload []byte) (id ID, at int64, ok bool) {
	d := decoder{rest: payload}
	id, t := d.head()
	from := len(e.hashes)
	e.hashes = append(e.hashes, hash(EventID, id[:]))
	for range d.uvarint() {
		key := d.take(1)
		value := d.take(d.uvarint())
		if d.bad {
			e.hashes = e.hashes[:from]
			return ID{}, 0, false
		}
		e.hashes = append(e.hashes, hash(AttributeKey(key[0]), value))
	}
	return id, t.UnixNano(), !d.bad
}
