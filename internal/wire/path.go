package wire

import "strconv"

// Path is the place of a member in AWS's notation, "tags.1.member.key". A path
// shares its memory with those made from it: use one before making the next.
type Path []byte

// Member is the path of a member of the structure at p.
func (p Path) Member(name string) Path {
	if len(p) > 0 && name != "" {
		p = append(p, '.')
	}
	return append(p, name...)
}

// Item is the path of the element with index i, from 1, of the list at p.
func (p Path) Item(i int) Path {
	p = append(p, '.')
	p = strconv.AppendInt(p, int64(i), 10)
	return append(p, ".member"...)
}

// Entry is the path of the value under key in the map at p.
func (p Path) Entry(key string) Path {
	p = append(p, '.')
	p = append(p, key...)
	return append(p, ".member"...)
}

func (p Path) String() string { return string(p) }
