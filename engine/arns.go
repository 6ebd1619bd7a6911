package engine

import (
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// arns are the values of ARN operators. ArnEquals and ArnLike are one: the six
// parts are compared each by itself, with wildcards.
//
// Source: "Amazon Resource Name (ARN) condition operators" in the IAM User Guide.
type arns []arnPattern

// arnPattern is a pattern of six parts. Where a variable's value may have a say
// in where the parts begin, whole holds the pattern.
type arnPattern struct {
	resourcePattern
	whole pattern
}

func newARNs(values []policy.Value, x syntax) arns {
	a := make(arns, len(values))
	for i, v := range values {
		parts, n := arn.SplitPattern(v.Text, x.variables)
		head := v.Text[:len(v.Text)-len(parts[n-1])]
		switch {
		case x.variables && strings.Contains(head, "${") || n < 6 && !x.plain(v.Text):
			a[i].whole = x.parse(v.Text)
		case n == 6:
			a[i].resourcePattern = newARNPattern(v.Text, parts, 6, 6, x, x)
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
	for i := range a {
		if a[i].match(&text, ctx) {
			return fits
		}
	}
	return differs
}

func (a *arnPattern) match(text *resourceText, ctx *Context) bool {
	if a.whole == nil {
		return a.resourcePattern.match(text, ctx)
	}
	var memory [16]element
	parts, ok := a.expand(memory[:0], ctx)
	for i := 0; i < len(parts) && ok; i++ {
		ok, _ = parts[i].match(text.part(i), ctx)
	}
	return ok
}

// expand puts in the values of variables and finds the six parts then. It appends
// to elements, which is memory to be used.
func (a *arnPattern) expand(elements pattern, ctx *Context) (parts [6]pattern, ok bool) {
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
			return parts, false
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
	return parts, n == 5
}
