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
	hashes  []uint32 // of the names, beside entries to be searched fast
	entries []entry
	names   []byte   // lower case
	values  []string // of all keys, one after the other
}

// entry is a key: its name and its values are parts of names and values.
type entry struct {
	name, nameEnd    int32
	first, firstNext int32
}

// Reset removes all keys. Values that Get returned must no longer be used.
func (c *Context) Reset() {
	clear(c.values)
	c.hashes, c.entries, c.names, c.values = c.hashes[:0], c.entries[:0], c.names[:0], c.values[:0]
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
	e := entry{int32(start), int32(len(c.names)), first, int32(len(c.values))}
	for i, other := range c.hashes {
		if other == h && string(c.name(i)) == string(name) {
			c.names = c.names[:start]
			c.entries[i].first, c.entries[i].firstNext = e.first, e.firstNext
			return
		}
	}
	c.hashes = append(c.hashes, h)
	c.entries = append(c.entries, e)
}

// Get returns the values of key and whether it was set. The slice belongs to c
// and is valid until the next Set or Reset.
func (c *Context) Get(key string) ([]string, bool) {
	if c == nil {
		return nil, false
	}
	var buf [96]byte
	name := appendLower(buf[:0], key)
	h := hashOf(name)
	for i, other := range c.hashes {
		if other == h && string(c.name(i)) == string(name) {
			e := c.entries[i]
			return c.values[e.first:e.firstNext:e.firstNext], true
		}
	}
	return nil, false
}

// All returns the keys, in lower case and in the order in which they were first
// set, with their values.
func (c *Context) All() iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		if c == nil {
			return
		}
		for i, e := range c.entries {
			if !yield(string(c.name(i)), c.values[e.first:e.firstNext:e.firstNext]) {
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
		c.Set("aws:PrincipalType", "Anonymous")
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
	} else {
		c.Set("aws:PrincipalIsAWSService", "false")
	}
}

func (c *Context) setID(id string) {
	if id != "" {
		c.Set("aws:userid", id)
	}
}

func (c *Context) name(i int) []byte {
	e := &c.entries[i]
	return c.names[e.name:e.nameEnd]
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
func (c *Context) lookup(k keyName) []string {
	if c == nil {
		return nil
	}
	for i, h := range c.hashes {
		if h == k.hash && string(c.name(i)) == k.text {
			e := c.entries[i]
			return c.values[e.first:e.firstNext]
		}
	}
	return nil
}

// hashOf is FNV-1a.
func hashOf(name []byte) uint32 {
	h := uint32(2166136261)
	for _, b := range name {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
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
