package audit

import (
	"cmp"
	"errors"
	"slices"
	"sort"
)

// A cursor yields the hits of a look-up in one segment, the latest first. A
// hit may be a record that lacks an attribute: the reader compares them.
type cursor struct {
	view    *view
	records file
	lookups file // the index; nil when the hits are known

	hits []hit // what is known and left, earliest first

	// With an index: the ordinals left whose hits are not known.
	all      bool // all ordinals below upTo
	ordinals []uint32
	upTo     int
	page     int // whose hits are in pageHits, -1 at first
	pageHits []hit
}

// readingCost is how many bytes of an index are read in the time that one
// record takes.
const readingCost = 3000

// findOrdinals finds the records that have all hashes, the rare ones first. A
// hash so frequent that it is cheaper to look at the records found so far is
// left out.
func (c *cursor) findOrdinals(want []uint64) error {
	c.page = -1
	x := c.view.index
	if len(want) == 0 {
		c.all, c.upTo = true, x.records
		return nil
	}
	want = slices.SortedFunc(slices.Values(want), func(a, b uint64) int { return cmp.Compare(x.bucketSize(a), x.bucketSize(b)) })
	for i, h := range want {
		if i > 0 && len(c.ordinals)*readingCost < x.bucketSize(h) {
			break
		}
		found, err := x.find(c.lookups, h)
		if err != nil {
			return err
		}
		if i > 0 {
			found = intersect(c.ordinals, found)
		}
		if c.ordinals = found; len(found) == 0 {
			break
		}
	}
	c.upTo = len(c.ordinals)
	return nil
}

// intersect returns what a and b, both sorted, have in common.
func intersect(a, b []uint32) []uint32 {
	out := a[:0]
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			out = append(out, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return out
}

// next returns the next hit.
func (c *cursor) next() (hit, bool, error) {
	if c.lookups == nil {
		if len(c.hits) == 0 {
			return hit{}, false, nil
		}
		h := c.hits[len(c.hits)-1]
		c.hits = c.hits[:len(c.hits)-1]
		return h, true, nil
	}
	if c.upTo == 0 {
		return hit{}, false, nil
	}
	c.upTo--
	h, err := c.hitAt(c.upTo)
	return h, err == nil, err
}

// hitAt returns the hit of ordinal number i of the ordinals left.
func (c *cursor) hitAt(i int) (hit, error) {
	ordinal := i
	if !c.all {
		ordinal = int(c.ordinals[i])
	}
	if page := ordinal / pageRecords; page != c.page {
		hits, err := c.view.index.page(c.lookups, page)
		if err != nil {
			return hit{}, err
		}
		c.page, c.pageHits = page, hits
	}
	return c.pageHits[ordinal%pageRecords], nil
}

// skip leaves out the hits that come after the place, in the order of time.
func (c *cursor) skip(place hit) error {
	if c.lookups == nil {
		n := sort.Search(len(c.hits), func(i int) bool { return c.hits[i].compare(place) > 0 })
		c.hits = c.hits[:n]
		return nil
	}
	var failed error
	c.upTo = sort.Search(c.upTo, func(i int) bool {
		h, err := c.hitAt(i)
		failed = errors.Join(failed, err)
		return err == nil && h.compare(place) > 0
	})
	return failed
}

// hasID reports whether one of the hits is the record with an ID.
func (c *cursor) hasID(id ID) (bool, error) {
	for {
		h, ok, err := c.next()
		if err != nil || !ok {
			return false, err
		}
		rec, err := c.read(h)
		if err == nil && rec.ID == id {
			return true, nil
		}
		if err != nil && !isDamage(err) {
			return false, err
		}
	}
}

func (c *cursor) read(h hit) (Record, error) {
	return readFrame(c.records, c.view.segment.number, c.view.segment.key, int64(h.offset), c.view.size)
}

func (c *cursor) close() error {
	var err error
	if c.records != nil {
		err = c.records.Close()
	}
	if c.lookups != nil {
		err = errors.Join(err, c.lookups.Close())
	}
	return err
}
