package awscmd

import (
	"regexp"
	"strconv"
	"strings"
)

// query is an expression of --query: the part of JMESPath that transcripts
// need. That is paths (A.B, "a-b"), indexes (A[0], A[-1]), projections (A[].B,
// A[*].B), lists of expressions ([A,B.C]), pipes and length(A).
//
// https://jmespath.org/specification.html
type query struct{ steps []step }

// step maps a value; what it makes of nil is nil.
type step func(any) any

// token of an expression: a name, a quoted name, a number or one of the signs.
var queryToken = regexp.MustCompile(`^\s*("(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*|-?[0-9]+|[][.,*()|])`)

func parseQuery(text string) (*query, error) {
	p := &queryParser{text: text}
	if err := p.next(); err != nil {
		return nil, err
	}
	q, err := p.pipeline()
	if err == nil && p.tok != "" {
		err = p.bad()
	}
	if err != nil {
		return nil, err
	}
	return q, nil
}

// search applies the expression to a value.
func (q *query) search(v any) any {
	for _, s := range q.steps {
		v = s(v)
	}
	return v
}

type queryParser struct {
	text, rest string
	tok        string // "" at the end
	begun      bool
}

func (p *queryParser) bad() error {
	return usagef("Bad value for --query %s: not understood at %q", p.text, p.tok+p.rest)
}

func (p *queryParser) next() error {
	if !p.begun {
		p.begun, p.rest = true, p.text
	}
	m := queryToken.FindStringSubmatch(p.rest)
	switch {
	case m != nil:
		p.tok, p.rest = m[1], p.rest[len(m[0]):]
	case strings.TrimSpace(p.rest) == "":
		p.tok, p.rest = "", ""
	default:
		p.tok = ""
		return p.bad()
	}
	return nil
}

// take passes over tok if it comes next.
func (p *queryParser) take(tok string) (bool, error) {
	if p.tok != tok {
		return false, nil
	}
	return true, p.next()
}

func (p *queryParser) expect(tok string) error {
	ok, err := p.take(tok)
	if err == nil && !ok {
		err = p.bad()
	}
	return err
}

// pipeline is expressions with | between them.
func (p *queryParser) pipeline() (*query, error) {
	q := &query{}
	for {
		part, err := p.expression()
		if err != nil {
			return nil, err
		}
		q.steps = append(q.steps, part.search)
		if more, err := p.take("|"); err != nil || !more {
			return q, err
		}
	}
}

// expression is a path. A projection takes the rest of its path in.
func (p *queryParser) expression() (*query, error) {
	first, err := p.primary()
	if err != nil {
		return nil, err
	}
	rest, err := p.suffixes(false)
	if err != nil {
		return nil, err
	}
	return &query{append([]step{first}, rest...)}, nil
}

func (p *queryParser) primary() (step, error) {
	switch {
	case p.tok == "[":
		return p.bracket(true)
	case p.isName():
		name := p.name()
		if err := p.next(); err != nil {
			return nil, err
		}
		if name == "length" && p.tok == "(" {
			return p.length()
		}
		return field(name), nil
	}
	return nil, p.bad()
}

func (p *queryParser) isName() bool {
	return p.tok != "" && (p.tok[0] == '"' || p.tok[0] == '_' || p.tok[0]|0x20 >= 'a' && p.tok[0]|0x20 <= 'z')
}

func (p *queryParser) name() string {
	if s, err := strconv.Unquote(p.tok); err == nil {
		return s
	}
	return p.tok
}

// suffixes are what follows the first part of a path. Those of a projection
// end where the next one flattens: that applies to all of what came before.
func (p *queryParser) suffixes(projected bool) ([]step, error) {
	var steps []step
	for {
		if projected && p.tok == "[" && strings.HasPrefix(strings.TrimSpace(p.rest), "]") {
			return steps, nil
		}
		var s step
		var err error
		switch p.tok {
		case ".":
			s, err = p.dotted()
		case "[":
			s, err = p.bracket(false)
		default:
			return steps, nil
		}
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
}

func (p *queryParser) dotted() (step, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.tok == "[" {
		return p.bracket(true)
	}
	if !p.isName() {
		return nil, p.bad()
	}
	name := p.name()
	return field(name), p.next()
}

// bracket is an index, a projection or, where one may stand, a list of
// expressions.
func (p *queryParser) bracket(listAllowed bool) (step, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	switch {
	case p.tok == "]" || p.tok == "*":
		flat := p.tok == "]"
		if !flat {
			if err := p.next(); err != nil {
				return nil, err
			}
		}
		if err := p.expect("]"); err != nil {
			return nil, err
		}
		rest, err := p.suffixes(true)
		return projection(flat, &query{rest}), err
	case !listAllowed || p.tok != "" && strings.Trim(p.tok, "-0123456789") == "":
		n, err := strconv.Atoi(p.tok)
		if err != nil {
			return nil, p.bad()
		}
		if err := p.next(); err != nil {
			return nil, err
		}
		return index(n), p.expect("]")
	}
	return p.list()
}

func (p *queryParser) list() (step, error) {
	var parts []*query
	for {
		part, err := p.pipeline()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if more, err := p.take(","); err != nil {
			return nil, err
		} else if !more {
			return multi(parts), p.expect("]")
		}
	}
}

func (p *queryParser) length() (step, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	arg, err := p.pipeline()
	if err != nil {
		return nil, err
	}
	return lengthOf(arg), p.expect(")")
}
