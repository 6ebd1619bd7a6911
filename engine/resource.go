package engine

import (
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// resourcePattern is a value of Resource or NotResource, or of an ARN operator.
type resourcePattern struct {
	kind  resourceKind
	from  int8   // what comes before this part of the ARN is literal
	text  string // what a matching resource begins with
	parts []glob // the parts from number from on
}

type resourceKind uint8

const (
	resourceNone   resourceKind = iota // matches nothing
	resourceAll                        // "*"
	resourceExact                      // text
	resourcePrefix                     // text, and anything behind it
	resourceParts                      // parts
	resourceWide                       // parts, whose last star crosses colons
)

// newResourcePattern takes apart a value of Resource in a document of a kind.
//
// A short ARN, of fewer than six parts, is filled up with "*": always in
// policies of the caller's account, in policies of resources, endpoints and
// SCPs only when it has a wildcard, and never in RCPs, where it matches nothing.
func newResourcePattern(s string, kind policy.Kind, x syntax, read readings) resourcePattern {
	if s == "*" {
		return resourcePattern{kind: resourceAll}
	}
	parts, n := arn.SplitPattern(s, x.variables)
	if n < 6 && !filledUp(s, kind) {
		return resourcePattern{}
	}
	// Variables may stand in the sixth part only. What they would be before it is
	// not said: such a pattern matches nothing.
	for _, part := range parts[:min(n, 5)] {
		if x.variables && strings.Contains(part, "${") {
			return resourcePattern{}
		}
	}
	head := syntax{wildcards: true}
	if read.starCrossesColons && strings.Contains(s, "*") {
		r := newARNPattern(s, parts, n, n, head, x)
		if r.kind == resourceParts {
			r.kind = resourceWide
		}
		return r
	}
	return newARNPattern(s, parts, n, 6, head, x)
}

func filledUp(s string, kind policy.Kind) bool {
	switch kind {
	case policy.IdentityBased, policy.PermissionsBoundary, policy.Session:
		return true
	case policy.ResourceBased, policy.Endpoint, policy.ServiceControl:
		return strings.ContainsAny(s, "*?")
	}
	return false
}

// newARNPattern makes a pattern of count parts, the first n of which stand in s;
// the others are "*". The syntax of the sixth part is tail, of those before head.
func newARNPattern(s string, parts [6]string, n, count int, head, tail syntax) resourcePattern {
	r := resourcePattern{kind: resourceParts}
	from, length := 0, 0
	for from < n-1 && head.plain(parts[from]) {
		length += len(parts[from]) + 1
		from++
	}
	r.from, r.text = int8(from), s[:length]
	if from == 5 {
		switch last := newGlob(parts[5], tail); last.kind {
		case globExact:
			r.kind, r.text = resourceExact, s
			return r
		case globAll, globPrefix:
			r.kind, r.text = resourcePrefix, s[:len(s)-1]
			return r
		}
	}
	r.parts = make([]glob, 0, count-from)
	for i := from; i < count; i++ {
		switch {
		case i >= n:
			r.parts = append(r.parts, glob{kind: globAll})
		case i == 5:
			r.parts = append(r.parts, newGlob(parts[i], tail))
		default:
			r.parts = append(r.parts, newGlob(parts[i], head))
		}
	}
	r.text += literalStart(&r.parts[0])
	return r
}

// needle is the longest text in the last part that every matching resource has,
// "" when the beginning tells as much.
func (r *resourcePattern) needle() string {
	if r.kind != resourceParts {
		return ""
	}
	longest := ""
	for _, e := range r.parts[len(r.parts)-1].more {
		if e.kind == literal && len(e.text) > len(longest) {
			longest = e.text
		}
	}
	return longest
}

// start is what every resource that r matches begins with.
func (r *resourcePattern) start() string { return r.text }

// literalStart is what every text that g matches begins with.
func literalStart(g *glob) string {
	if g.kind == globMore && g.more[0].kind == literal {
		return g.more[0].text
	}
	return g.text
}

// resourceText is the resource of a request. Where its parts begin is found out
// when somebody asks.
type resourceText struct {
	text   string
	split  bool
	colons [5]int32
	n      int8 // of colons, at most 5
}

func (r *resourceText) isARN() bool {
	if !r.split {
		r.split = true
		for i := 0; i < len(r.text) && int(r.n) < len(r.colons); i++ {
			if r.text[i] == ':' {
				r.colons[r.n] = int32(i)
				r.n++
			}
		}
	}
	return int(r.n) == len(r.colons)
}

// part is the i-th of six parts, "" when the text has fewer.
func (r *resourceText) part(i int) string {
	if !r.isARN() {
		return ""
	}
	start, end := 0, len(r.text)
	if i > 0 {
		start = int(r.colons[i-1]) + 1
	}
	if i < 5 {
		end = int(r.colons[i])
	}
	return r.text[start:end]
}

// match reports whether s fits.
func (r *resourcePattern) match(s *resourceText, ctx *Context) bool {
	switch r.kind {
	case resourceAll:
		return true
	case resourceExact:
		return s.text == r.text
	case resourcePrefix:
		return strings.HasPrefix(s.text, r.text)
	case resourceParts:
		return strings.HasPrefix(s.text, r.text) && s.isARN() && r.matchParts(s, ctx)
	case resourceWide:
		return strings.HasPrefix(s.text, r.text) && s.isARN() && r.matchWide(s.text, ctx)
	}
	return false
}

func (r *resourcePattern) matchParts(s *resourceText, ctx *Context) bool {
	for i := range r.parts {
		if !r.parts[i].match(s.part(int(r.from)+i), ctx) {
			return false
		}
	}
	return true
}

// matchWide matches part by part, where a part that ends in a star may take in
// more of s, colons and all. Like a glob, it goes back only to the last star.
func (r *resourcePattern) matchWide(s string, ctx *Context) bool {
	for range r.from {
		_, s, _ = strings.Cut(s, ":")
	}
	i, star, again := 0, -1, ""
	for {
		if i == len(r.parts)-1 && r.parts[i].match(s, ctx) {
			return true
		}
		part, rest, more := strings.Cut(s, ":")
		switch {
		case i < len(r.parts)-1 && more && r.parts[i].match(part, ctx):
			if r.parts[i].endsInStar() {
				star, again = i, rest
			}
			i, s = i+1, rest
		case star < 0:
			return false
		default:
			if _, again, more = strings.Cut(again, ":"); !more {
				return false
			}
			i, s = star+1, again
		}
	}
}

func (g *glob) endsInStar() bool {
	switch g.kind {
	case globAll, globPrefix:
		return true
	case globMore:
		return g.more[len(g.more)-1].kind == star
	}
	return false
}
