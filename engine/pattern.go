package engine

import "strings"

// A pattern is a value of a policy taken apart into elements. Two stars are
// never neighbours, and a star is never followed by an anyChar ("*?" is kept as
// "?*", which means the same): behind a star there is text to search for.
type pattern []element

type elementKind uint8

const (
	literal  elementKind = iota
	anyChar              // ?
	star                 // *
	variable             // ${key}
)

// element is one part of a pattern.
type element struct {
	kind       elementKind
	hasDefault bool
	text       string  // of a literal; the default of a variable
	key        keyName // of a variable
	written    string  // the key as written
}

// syntax says which characters of a value are more than themselves.
type syntax struct {
	wildcards bool // * and ?
	variables bool // ${…}, in documents of version 2012-10-17
	schema    Schema
}

// plain reports whether s means itself, character by character.
func (x syntax) plain(s string) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '*', '?':
			if x.wildcards {
				return false
			}
		case '$':
			if x.variables && strings.HasPrefix(s[i:], "${") {
				return false
			}
		}
	}
	return true
}

// parse takes s apart.
func (x syntax) parse(s string) pattern {
	var p pattern
	for start := 0; s != ""; {
		var e element
		n := 0
		switch {
		case start == len(s):
		case x.wildcards && s[start] == '*':
			e, n = element{kind: star}, 1
		case x.wildcards && s[start] == '?':
			e, n = element{kind: anyChar}, 1
		case x.variables && strings.HasPrefix(s[start:], "${"):
			e, n = x.variable(s[start:])
		}
		if n == 0 && start < len(s) {
			start++
			continue
		}
		if start > 0 {
			p = p.add(element{kind: literal, text: s[:start]})
		}
		if n > 0 {
			p = p.add(e)
		}
		s, start = s[start+n:], 0
	}
	return p
}

// add appends e in the order that pattern promises.
func (p pattern) add(e element) pattern {
	last := len(p) - 1
	if last >= 0 {
		switch prev := &p[last]; {
		case e.kind == star && prev.kind == star:
			return p
		case e.kind == anyChar && prev.kind == star:
			return append(p[:last], e, element{kind: star})
		case e.kind == literal && prev.kind == literal:
			prev.text += e.text
			return p
		}
	}
	return append(p, e)
}

// variable parses the variable that s begins with, and returns its length: 0
// when s begins none, and is text like any other. The escapes ${*}, ${?} and
// ${$} are literals.
//
// Source: "Policy variables" in the IAM User Guide.
func (x syntax) variable(s string) (element, int) {
	end := strings.IndexAny(s, ",}")
	if end <= len("${") {
		return element{}, 0
	}
	// AWS's examples have "${ aws:PrincipalTag/Project }" too.
	key := strings.Trim(s[len("${"):end], " ")
	if s[end] == '}' {
		if key == "*" || key == "?" || key == "$" {
			return element{kind: literal, text: key}, end + 1
		}
		return element{kind: variable, key: x.variableKey(key), written: key}, end + 1
	}
	rest := strings.TrimLeft(s[end+1:], " ")
	text, quoted := strings.CutPrefix(rest, "'")
	n := strings.Index(text, "'}")
	if !quoted || n < 0 {
		return element{}, 0
	}
	length := len(s) - len(text) + n + len("'}")
	return element{kind: variable, key: x.variableKey(key), written: key, text: text[:n], hasDefault: true}, length
}

// variableKey is the key of a variable. A key that can have several values has
// no value to put in place of a variable: its name is "", which no key has.
func (x syntax) variableKey(key string) keyName {
	k := newKeyName(key)
	if x.schema != nil && x.schema.Multivalued(k.text) {
		return keyName{}
	}
	return k
}

// value returns the text that e stands for, a literal or a variable. It reports
// false for a variable without a value.
func (e *element) value(ctx *Context) (string, bool) {
	if e.kind == literal {
		return e.text, true
	}
	if values := ctx.lookup(&e.key); len(values) == 1 {
		return values[0], true
	}
	return e.text, e.hasDefault
}
