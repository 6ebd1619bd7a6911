package engine

import (
	"strings"

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
		parts, n := splitARN(v.Text, x.variables)
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
		p := &a[i].resourcePattern
		if a[i].whole != nil {
			p = a[i].expand(ctx)
		}
		if p.match(&text, ctx) {
			return fits
		}
	}
	return differs
}

// expand puts in the values of variables and finds the parts then. Of what it
// returns nothing is kept: such patterns are rare.
func (a *arnPattern) expand(ctx *Context) *resourcePattern {
	parts := make([]pattern, 1, 6)
	for _, e := range a.whole {
		if e.kind != literal && e.kind != variable {
			parts[len(parts)-1] = parts[len(parts)-1].add(e)
			continue
		}
		text, ok := e.value(ctx)
		if !ok {
			return &resourcePattern{}
		}
		for len(parts) < 6 {
			before, rest, found := strings.Cut(text, ":")
			if !found {
				break
			}
			parts[len(parts)-1] = parts[len(parts)-1].add(element{text: before})
			parts, text = append(parts, nil), rest
		}
		parts[len(parts)-1] = parts[len(parts)-1].add(element{text: text})
	}
	if len(parts) < 6 {
		return &resourcePattern{}
	}
	r := &resourcePattern{kind: resourceParts}
	for _, p := range parts {
		r.parts = append(r.parts, glob{kind: globMore, more: p})
	}
	return r
}
