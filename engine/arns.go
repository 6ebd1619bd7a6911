package engine

import (
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// arns are the values of ARN operators. ArnEquals and ArnLike are one: the six
// parts are compared each by itself, with wildcards. Whether a pattern of fewer
// parts matches anything is disputed.
//
// Source: "Amazon Resource Name (ARN) condition operators" in the IAM User Guide.
type arns []arnPattern

// arnPattern is a pattern of six parts. Where a variable's value may have a say
// in where the parts begin, whole holds the pattern.
type arnPattern struct {
	resourcePattern
	whole pattern
	short verdict // what a pattern of fewer parts comes to where it would match, filled up with stars
}

func newARNs(values []policy.Value, x syntax, read readings) arns {
	a := make(arns, len(values))
	for i, v := range values {
		parts, n := arn.SplitPattern(v.Text, x.variables)
		head := v.Text[:len(v.Text)-len(parts[n-1])]
		if n < 6 && strings.HasSuffix(v.Text, "*") {
			a[i].short = disputed
			if read.shortARNsFilledUp {
				a[i].short = fits
			}
		}
		switch {
		case x.variables && (strings.Contains(head, "${") || n < 6 && strings.Contains(v.Text, "${")):
			a[i].whole = x.parse(v.Text)
		case n == 6 || a[i].short != differs:
			a[i].resourcePattern = newARNPattern(v.Text, parts, n, 6, x, x)
		}
	}
	return a
}

// compare finds that a value which is no ARN fits neither an operator nor its
// negation.
func (a arns) compare(value string, ctx *Context) verdict {
	text := resourceText{text: value}
	if !strings.HasPrefix(value, "arn:") || !text.isARN() {
		return never
	}
	found := differs
	for i := range a {
		switch a[i].match(&text, ctx) {
		case fits:
			return fits
		case disputed:
			found = disputed
		}
	}
	return found
}

func (a *arnPattern) match(text *resourceText, ctx *Context) verdict {
	if a.whole == nil {
		switch {
		case !a.resourcePattern.match(text, ctx):
			return differs
		case a.short != differs:
			return a.short
		}
		return fits
	}
	var memory [16]element
	parts, n, ok := a.expand(memory[:0], ctx)
	if !ok || n < 6 && a.short == differs {
		return differs
	}
	for i := range n {
		if ok, _ := parts[i].match(text.part(i), ctx); !ok {
			return differs
		}
	}
	if n < 6 {
		return a.short
	}
	return fits
}

// matchesSome reports whether there is an ARN that the pattern, which has no
// variables, matches in one of the readings: all but the first part may be any text.
func (a *arnPattern) matchesSome() bool {
	switch p := &a.resourcePattern; {
	case p.kind == resourceNone:
		return false
	case p.from > 0:
		return strings.HasPrefix(p.text, "arn:")
	default:
		return p.parts[0].match("arn", nil)
	}
}

// expand puts in the values of variables, and finds the parts then, at most six.
// It appends to elements, which is memory to be used.
func (a *arnPattern) expand(elements pattern, ctx *Context) (parts [6]pattern, count int, ok bool) {
	n, start := 0, 0
	add := func(e element) {
		// Literals stay as they are: putting them together would copy them over
		// and over.
		if last := len(elements) - 1; e.kind == literal && last >= start && elements[last].kind == literal {
			if e.text != "" {
				elements = append(elements, e)
			}
			return
		}
		elements = append(elements[:start], elements[start:].add(e)...)
	}
	for _, e := range a.whole {
		if e.kind != literal && e.kind != variable {
			add(e)
			continue
		}
		text, ok := e.value(ctx)
		if !ok {
			return parts, 0, false
		}
		for n < 5 {
			before, rest, found := strings.Cut(text, ":")
			if !found {
				break
			}
			add(element{text: before})
			parts[n] = elements[start:len(elements):len(elements)]
			n, start, text = n+1, len(elements), rest
		}
		add(element{text: text})
	}
	parts[n] = elements[start:]
	return parts, n + 1, true
}
