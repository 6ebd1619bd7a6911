package policy

// keySet finds strings that stand twice: the keys of an object, the Sids of a
// document. Most sets are small and without doubles, so a few bits tell that a
// string is new, and where they do not, the strings are compared one by one, up
// to a number where that would become slow.
type keySet struct {
	marks [4]uint64
	few   []string
	many  map[string]struct{}
}

const fewKeys = 64

// add reports whether key is new. Keys are compared as the characters they stand
// for, whatever escapes they are written with.
func (k *keySet) add(key string) bool {
	if k.many != nil {
		_, old := k.many[key]
		k.many[key] = struct{}{}
		return !old
	}
	if !k.mark(key) {
		for _, f := range k.few {
			if f == key {
				return false
			}
		}
	}
	k.few = append(k.few, key)
	if len(k.few) > fewKeys {
		k.many = make(map[string]struct{}, 2*fewKeys)
		for _, f := range k.few {
			k.many[f] = struct{}{}
		}
	}
	return true
}

// mark sets the bit of key and reports whether it was clear. Strings that people
// number differ at their ends.
func (k *keySet) mark(key string) bool {
	h := uint(len(key))
	if n := len(key); n > 0 {
		h += uint(key[0])*13 + uint(key[n-1])
		if n > 1 {
			h += uint(key[n-2]) * 11
		}
	}
	word, bit := &k.marks[h/64%4], uint64(1)<<(h%64)
	isNew := *word&bit == 0
	*word |= bit
	return isNew
}

// reset empties k and keeps its memory for the next object.
func (k *keySet) reset() { *k = keySet{few: k.few[:0]} }
