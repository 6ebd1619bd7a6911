package engine

import (
	"cmp"
	"slices"
	"strings"
)

// prefixes finds those of a set of texts that a given text begins with, in
// O(log n) comparisons.
//
// Sorted, every text of the set that begins s is s itself or stands before it,
// and also begins every text of the set in between. So the longest is found
// from the last text not behind s by going to shorter and shorter ones.
type prefixes struct {
	texts  []string // sorted, distinct
	parent []int32  // the longest other text that begins this one, or -1
	first  []int32  // what belongs to texts[i] is first[i] to first[i+1]-1
}

// newPrefixes indexes n texts, which are sorted.
func newPrefixes(n int, text func(i int) string) prefixes {
	distinct := 0
	for i := range n {
		if i == 0 || text(i) != text(i-1) {
			distinct++
		}
	}
	numbers := make([]int32, 2*distinct+1)
	x := prefixes{texts: make([]string, 0, distinct), parent: numbers[:0:distinct], first: numbers[distinct:distinct]}
	up := int32(-1)
	for i := range n {
		s := text(i)
		if i > 0 && s == x.texts[len(x.texts)-1] {
			continue
		}
		for up >= 0 && !strings.HasPrefix(s, x.texts[up]) {
			up = x.parent[up]
		}
		x.parent = append(x.parent, up)
		up = int32(len(x.texts))
		x.texts = append(x.texts, s)
		x.first = append(x.first, int32(i))
	}
	x.first = append(x.first, int32(n))
	return x
}

// numbered is one of some texts, for sorting: no pointer is moved, which spares
// the collector, and most comparisons are settled by head alone.
type numbered struct {
	head   uint64 // bytes behind those that all texts begin with
	number int32
}

// fewNumbered are sorted without an allocation.
const fewNumbered = 128

// sortedBy sorts n texts into a slice that few may be the memory of. Equal ones
// are in the order of tie, and then as they are.
func sortedBy(few *[fewNumbered]numbered, n int, text func(i int32) string, tie func(i, k int32) int) []numbered {
	same := 0
	if n > 0 {
		same = len(text(0))
	}
	for i := 1; i < n; i++ {
		same = common(text(0)[:same], text(int32(i)))
	}
	sorted := few[:0]
	for i := range int32(n) {
		sorted = append(sorted, numbered{head(text(i)[same:]), i})
	}
	slices.SortFunc(sorted, func(a, b numbered) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		if c := strings.Compare(text(a.number), text(b.number)); c != 0 {
			return c
		}
		return cmp.Or(tie(a.number, b.number), cmp.Compare(a.number, b.number))
	})
	return sorted
}

// common is how many bytes two texts have in common at the beginning.
func common(s, t string) int {
	n := min(len(s), len(t))
	for i := range n {
		if s[i] != t[i] {
			return i
		}
	}
	return n
}

// head is the first eight bytes of s as a number that sorts as they do.
func head(s string) (h uint64) {
	for i := range 8 {
		h <<= 8
		if i < len(s) {
			h |= uint64(s[i])
		}
	}
	return h
}

// longest returns the longest text that begins s, or -1. Its parents begin s
// too, and no other text does.
func longest[T string | []byte](x *prefixes, s T) int32 {
	lo, hi := 0, len(x.texts)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if x.texts[mid] <= string(s) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	i := int32(lo - 1)
	for i >= 0 && !(len(s) >= len(x.texts[i]) && string(s[:len(x.texts[i])]) == x.texts[i]) {
		i = x.parent[i]
	}
	return i
}
