package engine

import (
	"iter"
	"unicode"
	"unicode/utf8"
)

// Context holds the condition keys of a request. Names of keys, the part behind
// the slash of aws:ResourceTag/Team included, are compared without regard to
// case. The zero Context is empty and ready to use; Reset makes it empty again
// and keeps its memory, so that a Context used over and over allocates nothing.
//
// A nil Context can be read.
type Context struct {
	slots   []uint32 // a hash table: 1 + the place in entries, 0 for a free slot
	entries []entry
	names   []byte   // lower case
	values  []string // of all keys, one after the other
}

// entry is a key: its name and its values are parts of names and values.
type entry struct {
	hash             uint32
	name, nameEnd    int32
	first, firstNext int32
}

// minSlots is enough for the keys of most requests. The number of slots is a
// power of two, and twice that of the keys or more.
const minSlots = 64

// Reset removes all keys. Values that Get returned must no longer be used.
func (c *Context) Reset() {
	clear(c.slots)
	clear(c.values)
	c.entries, c.names, c.values = c.entries[:0], c.names[:0], c.values[:0]
}

// Set gives key its values, in place of those it had. A key without values is
// as good as absent; a key with an empty value is not.
func (c *Context) Set(key string, values ...string) {
	start := len(c.names)
	c.names = appendLower(c.names, key)
	name := c.names[start:]
	h := hashOf(name)
	first := int32(len(c.values))
	c.values = append(c.values, values...)
	if 2*len(c.entries) >= len(c.slots) {
		c.grow()
	}
	slot := find(c, h, name)
	if i := c.slots[slot]; i != 0 {
		c.names = c.names[:start]
		c.entries[i-1].first, c.entries[i-1].firstNext = first, int32(len(c.values))
		return
	}
	c.entries = append(c.entries, entry{h, int32(start), int32(len(c.names)), first, int32(len(c.values))})
	c.slots[slot] = uint32(len(c.entries))
}

// grow doubles the slots.
func (c *Context) grow() {
	c.slots = make([]uint32, max(minSlots, 2*len(c.slots)))
	for i := range c.entries {
		e := &c.entries[i]
		c.slots[find(c, e.hash, c.names[e.name:e.nameEnd])] = uint32(i + 1)
	}
}

// find returns the slot of a key, or a free one for it. There must be slots.
func find[T string | []byte](c *Context, hash uint32, name T) uint32 {
	mask := uint32(len(c.slots) - 1)
	for slot := hash & mask; ; slot = (slot + 1) & mask {
		i := c.slots[slot]
		if i == 0 {
			return slot
		}
		e := &c.entries[i-1]
		if e.hash == hash && string(c.names[e.name:e.nameEnd]) == string(name) {
			return slot
		}
	}
}

// Get returns the values of key and whether it was set. The slice belongs to c
// and is valid until the next Set or Reset.
func (c *Context) Get(key string) ([]string, bool) {
	if c == nil || len(c.slots) == 0 {
		return nil, false
	}
	var buf [96]byte
	name := appendLower(buf[:0], key)
	i := c.slots[find(c, hashOf(name), name)]
	if i == 0 {
		return nil, false
	}
	e := &c.entries[i-1]
	return c.values[e.first:e.firstNext:e.firstNext], true
}

// All returns the keys, in lower case and in the order in which they were first
// set, with their values.
func (c *Context) All() iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		if c == nil {
			return
		}
		for _, e := range c.entries {
			if !yield(string(c.names[e.name:e.nameEnd]), c.values[e.first:e.firstNext:e.firstNext]) {
				return
			}
		}
	}
}

// SetPrincipal sets the keys that say who calls: aws:PrincipalArn (of a role
// session the role's ARN), aws:PrincipalAccount, aws:PrincipalType, aws:userid,
// aws:username, aws:PrincipalIsAWSService and aws:PrincipalServiceName. Keys
// that such a caller does not have are not set.
//
// Source: "Principal key values" on the page "Policy variables", and "AWS
// global condition context keys", in the IAM User Guide.
func (c *Context) SetPrincipal(p *Principal) {
	if p.Kind.hasAccount() {
		c.Set("aws:PrincipalAccount", p.Account)
	}
	switch p.Kind {
	case Anonymous:
		c.Set("aws:PrincipalAccount", "anonymous")
		c.Set("aws:PrincipalType", "Anonymous")
		c.Set("aws:userid", "anonymous")
	case Root:
		c.Set("aws:PrincipalArn", p.ARN)
		c.Set("aws:PrincipalType", "Account")
		c.Set("aws:userid", p.Account)
	case User:
		c.Set("aws:PrincipalArn", p.ARN)
		c.Set("aws:PrincipalType", "User")
		c.setID(p.ID)
		c.Set("aws:username", lastPart(p.ARN))
	case AssumedRole:
		c.Set("aws:PrincipalArn", p.RoleARN)
		c.Set("aws:PrincipalType", "AssumedRole")
		if p.ID != "" {
			c.setID(p.ID + ":" + p.SessionName)
		}
	case FederatedUser:
		c.Set("aws:PrincipalArn", p.ARN)
		c.Set("aws:PrincipalType", "FederatedUser")
		c.setID(p.Account + ":" + lastPart(p.ARN))
	case Service:
		c.Set("aws:PrincipalServiceName", p.Service)
	}
	if p.Kind == Service {
		c.Set("aws:PrincipalIsAWSService", "true")
	} else if p.Kind.hasAccount() { // requests without a signature lack the key
		c.Set("aws:PrincipalIsAWSService", "false")
	}
}

func (c *Context) setID(id string) {
	if id != "" {
		c.Set("aws:userid", id)
	}
}

// keyName is the name of a key as policies hold it.
type keyName struct {
	text string // lower case
	hash uint32
}

func newKeyName(key string) keyName {
	var buf [64]byte
	lower := appendLower(buf[:0], key)
	return keyName{string(lower), hashOf(lower)}
}

// lookup returns the values of a key, nil when it is absent or has none.
func (c *Context) lookup(k *keyName) []string {
	if c == nil || len(c.slots) == 0 {
		return nil
	}
	i := c.slots[find(c, k.hash, k.text)]
	if i == 0 {
		return nil
	}
	e := &c.entries[i-1]
	return c.values[e.first:e.firstNext]
}

// hashOf is FNV-1a.
func hashOf(name []byte) uint32 {
	h := uint32(2166136261)
	for _, b := range name {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}

// SameKey reports whether two names are those of one condition key. Names are
// compared without case, each character by itself. Whoever looks for tags that
// differ in case must ask this: other ways to fold case, such as
// strings.EqualFold, part names that are one key here and join others.
func SameKey(a, b string) bool {
	for a != "" && b != "" {
		one, n := utf8.DecodeRuneInString(a)
		other, m := utf8.DecodeRuneInString(b)
		if one != other && unicode.ToLower(one) != unicode.ToLower(other) {
			return false
		}
		a, b = a[n:], b[m:]
	}
	return a == b
}

// appendLower appends s in lower case, each character by itself.
func appendLower(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b >= utf8.RuneSelf {
			for _, r := range s[i:] {
				dst = utf8.AppendRune(dst, unicode.ToLower(r))
			}
			return dst
		}
		dst = append(dst, lowerByte(b))
	}
	return dst
}
