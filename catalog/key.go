package catalog

import (
	"slices"
	"strings"
)

// ValueType is the type of a condition key's values. The zero value is no type.
type ValueType uint8

// The types of values, each with condition operators of its own.
const (
	String ValueType = iota + 1
	ARN
	Bool
	Date
	IPAddress
	Numeric
	Binary
)

var valueTypeNames = [...]string{"", "String", "ARN", "Bool", "Date", "IPAddress", "Numeric", "Binary"}

// String returns the name of the type, "IPAddress" for instance.
func (t ValueType) String() string {
	if int(t) < len(valueTypeNames) {
		return valueTypeNames[t]
	}
	return ""
}

// valueTypes maps the letters of the embedded text.
var valueTypes = map[string]ValueType{
	"S": String, "A": ARN, "B": Bool, "D": Date, "I": IPAddress, "N": Numeric, "Y": Binary,
}

// KeyInfo describes a condition key.
type KeyInfo struct {
	// Name is the key as documented. The part that requests fill in is written
	// ${…}, as in aws:ResourceTag/${TagKey}.
	Name string
	Type ValueType
	// OrType is a second type that AWS documents, nearly always 0: the values
	// of aws:EpochTime are dates and numbers.
	OrType ValueType
	// Multivalued keys can have several values in one request; a policy tests
	// them with ForAllValues or ForAnyValue.
	Multivalued bool
}

// ConditionKey returns the key that a request or a policy names, in any case
// of letters: aws:ResourceTag/Team is found as aws:ResourceTag/${TagKey}. Of an
// OIDC provider that AWS does not list by name, whose prefix is a host name,
// the keys of all providers are known, as ${Provider}:sub.
func ConditionKey(key string) (KeyInfo, bool) {
	if k, ok := globalKeys().find(key); ok {
		return k, true
	}
	prefix, _, ok := strings.Cut(key, ":")
	if !ok {
		return KeyInfo{}, false
	}
	if s, ok := Service(prefix); ok {
		if k, ok := s.keys.find(key); ok {
			return k, true
		}
	}
	for _, owner := range services().listing(prefix) {
		if s, ok := Service(owner); ok {
			if k, ok := s.keys.find(key); ok {
				return k, true
			}
		}
	}
	if strings.Contains(prefix, ".") {
		return providerKeys().find(key)
	}
	return KeyInfo{}, false
}

// ConditionKey returns the key if it stands on the service's page. The key is
// given with its prefix, in any case of letters.
func (s *ServiceInfo) ConditionKey(key string) (KeyInfo, bool) { return s.keys.find(key) }

// parseKey reads a key from its name and type letter; "+" marks multivalued keys.
func parseKey(name, letter string) KeyInfo {
	letter, multi := strings.CutSuffix(letter, "+")
	return KeyInfo{Name: name, Type: valueTypes[letter], Multivalued: multi}
}

// keySet finds keys by the names that requests use.
type keySet struct {
	keys     []KeyInfo
	exact    map[string]int32 // by lower-case name
	patterns []keyPattern     // the most specific first
}

type keyPattern struct {
	pattern
	key int
}

func newKeySet(keys []KeyInfo) keySet {
	set := keySet{keys: keys, exact: make(map[string]int32, len(keys))}
	for i := range keys {
		if p, ok := parsePattern(keys[i].Name); ok {
			set.patterns = append(set.patterns, keyPattern{p, i})
		}
		// A pattern is found by its own name too.
		set.exact[strings.ToLower(keys[i].Name)] = int32(i)
	}
	slices.SortStableFunc(set.patterns, func(a, b keyPattern) int { return b.literal() - a.literal() })
	return set
}

func (s *keySet) find(key string) (KeyInfo, bool) {
	if i, ok := lookup(s.exact, key); ok {
		return s.keys[i], true
	}
	for i := range s.patterns {
		if s.patterns[i].match(key) {
			return s.keys[s.patterns[i].key], true
		}
	}
	return KeyInfo{}, false
}

// pattern is a name with one variable part.
type pattern struct{ before, after string }

// parsePattern reads a name with ${…} in it; a name without is no pattern.
func parsePattern(name string) (pattern, bool) {
	before, rest, ok := strings.Cut(name, "${")
	if !ok {
		return pattern{}, false
	}
	_, after, ok := strings.Cut(rest, "}")
	return pattern{before, after}, ok
}

func (p pattern) literal() int { return len(p.before) + len(p.after) }

// match reports whether s has the form of the pattern, letters in any case and
// the variable part not empty.
func (p pattern) match(s string) bool {
	return len(s) > p.literal() &&
		strings.EqualFold(s[:len(p.before)], p.before) &&
		strings.EqualFold(s[len(s)-len(p.after):], p.after)
}
