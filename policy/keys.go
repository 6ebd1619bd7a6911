package policy

// keySet finds duplicate keys of one object. Objects are small, so it compares
// one by one, up to a number where that would become slow.
type keySet struct {
	few  []string
	many map[string]struct{}
}

const fewKeys = 16

// add reports whether key is new. Keys are compared as the characters they stand
// for, whatever escapes they are written with.
func (k *keySet) add(key string) bool {
	if k.many != nil {
		_, old := k.many[key]
		k.many[key] = struct{}{}
		return !old
	}
	for _, f := range k.few {
		if f == key {
			return false
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

// reset empties k and keeps its memory for the next object.
func (k *keySet) reset() { k.few, k.many = k.few[:0], nil }
