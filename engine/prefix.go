package engine

import "strings"

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

// newPrefixes indexes the keys of items, which are sorted by key.
func newPrefixes[T any](items []T, key func(*T) string) prefixes {
	n := 0
	for i := range items {
		if i == 0 || key(&items[i]) != key(&items[i-1]) {
			n++
		}
	}
	numbers := make([]int32, 2*n+1)
	x := prefixes{texts: make([]string, 0, n), parent: numbers[:0:n], first: numbers[n:n]}
	up := int32(-1)
	for i := range items {
		text := key(&items[i])
		if i > 0 && text == x.texts[len(x.texts)-1] {
			continue
		}
		for up >= 0 && !strings.HasPrefix(text, x.texts[up]) {
			up = x.parent[up]
		}
		x.parent = append(x.parent, up)
		up = int32(len(x.texts))
		x.texts = append(x.texts, text)
		x.first = append(x.first, int32(i))
	}
	x.first = append(x.first, int32(len(items)))
	return x
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
