package state

import (
	"encoding/binary"
	"iter"
	"strings"

	"github.com/tidwall/btree"
)

// index is an ordered map from a key of three parts to V. The zero index is
// empty. Copying the struct shares the tree; whoever writes first takes a
// private copy (see own), which costs O(log n) later on, never O(n).
//
// The tree is of one type for all V: a generic tree for each of them would be
// compiled anew in each package that reads a snapshot.
type index[V comparable] struct {
	tree  *btree.BTreeG[entry]
	owner uint64 // of the snapshot that may write to tree
}

type entry struct {
	a, b, c string
	v       any // V
}

func less(x, y entry) bool {
	if c := strings.Compare(x.a, y.a); c != 0 {
		return c < 0
	}
	if c := strings.Compare(x.b, y.b); c != 0 {
		return c < 0
	}
	return x.c < y.c
}

// own makes x writable for the snapshot s. The tree that readers of older
// snapshots hold is only ever copied here, by one writer at a time.
func (x *index[V]) own(s *Snapshot) {
	switch {
	case x.tree == nil:
		x.tree = newTree()
	case x.owner != s.owner:
		x.tree = x.tree.Copy()
	}
	x.owner = s.owner
}

func newTree() *btree.BTreeG[entry] {
	return btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})
}

// put sets the entry when on, and otherwise removes it if it still is v: a
// key may have passed to another entity by then.
func (x *index[V]) put(s *Snapshot, on bool, a, b, c string, v V) {
	if !on {
		if old, ok := x.get(a, b, c); ok && old == v {
			x.own(s)
			x.tree.Delete(entry{a: a, b: b, c: c})
		}
		return
	}
	x.own(s)
	if old, ok := x.tree.Set(entry{a, b, c, v}); ok && old.v != any(v) {
		s.clash = a + " " + b + " " + c
	}
}

// replace sets the entry, whatever stood there.
func (x *index[V]) replace(s *Snapshot, a string, v V) {
	x.own(s)
	x.tree.Set(entry{a: a, v: v})
}

func (x *index[V]) get(a, b, c string) (V, bool) {
	var none V
	if x.tree == nil {
		return none, false
	}
	e, ok := x.tree.Get(entry{a: a, b: b, c: c})
	if !ok {
		return none, false
	}
	return e.v.(V), true
}

// all yields every entry in order of the key.
func (x *index[V]) all() iter.Seq[V] {
	return func(yield func(V) bool) {
		if x.tree != nil {
			x.tree.Scan(func(e entry) bool { return yield(e.v.(V)) })
		}
	}
}

// under yields the entries whose first part is a.
func (x *index[V]) under(a string) iter.Seq[V] {
	return func(yield func(V) bool) {
		if x.tree != nil {
			x.tree.Ascend(entry{a: a}, func(e entry) bool { return e.a == a && yield(e.v.(V)) })
		}
	}
}

// under2 yields the entries whose first parts are a and b.
func (x *index[V]) under2(a, b string) iter.Seq[V] {
	return func(yield func(V) bool) {
		if x.tree != nil {
			x.tree.Ascend(entry{a: a, b: b}, func(e entry) bool { return e.a == a && e.b == b && yield(e.v.(V)) })
		}
	}
}

// after yields the entries under a that follow the key (a, b, c).
func (x *index[V]) after(a, b, c string) iter.Seq[V] {
	return func(yield func(V) bool) {
		if x.tree == nil {
			return
		}
		x.tree.Ascend(entry{a: a, b: b, c: c}, func(e entry) bool {
			if e.a != a {
				return false
			}
			return e.b == b && e.c == c || yield(e.v.(V))
		})
	}
}

// count returns how many entries stand under a, in O(log² n).
func (x *index[V]) count(a string) int {
	if x.tree == nil {
		return 0
	}
	return x.rank(entry{a: a + "\x00"}) - x.rank(entry{a: a})
}

// rank returns how many entries come before e.
func (x *index[V]) rank(e entry) int {
	low, high := 0, x.tree.Len()
	for low < high {
		mid := int(uint(low+high) >> 1)
		if at, _ := x.tree.GetAt(mid); less(at, e) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

func (x *index[V]) len() int {
	if x.tree == nil {
		return 0
	}
	return x.tree.Len()
}

// fold is the form in which names are compared: AWS's names are unique
// regardless of case.
func fold(name string) string { return strings.ToLower(name) }

// sequence is n as a part of a key, in ascending order.
func sequence(n uint64) string {
	return string(binary.BigEndian.AppendUint64(nil, n))
}

// count2 counts the entries whose first parts are a and b: few by stepping,
// many by their ranks.
func (x *index[V]) count2(a, b string) int {
	const few = 64
	n := 0
	for range x.under2(a, b) {
		if n++; n == few {
			return x.rank(entry{a: a, b: b + "\x00"}) - x.rank(entry{a: a, b: b})
		}
	}
	return n
}

// from yields the entries whose first part is a or follows it.
func (x *index[V]) from(a string) iter.Seq[V] {
	return func(yield func(V) bool) {
		if x.tree != nil {
			x.tree.Ascend(entry{a: a}, func(e entry) bool { return yield(e.v.(V)) })
		}
	}
}
