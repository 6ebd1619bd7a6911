package awscmd

import (
	"fmt"
	"strings"
)

// parseShorthand reads the AWS CLI's shorthand: Key=a,Value=b, with lists
// Names=a,b or Names=[a,b], nested Filter={Prefix=x}, and quotes.
//
// https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
func parseShorthand(text string) (any, error) {
	p := &shorthand{text: text}
	o, err := p.pairs(0)
	if err != nil {
		return nil, err
	}
	return o, nil
}

type shorthand struct {
	text string
	at   int
}

func (p *shorthand) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *shorthand) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *shorthand) expect(c byte) error {
	p.space()
	if p.peek() != c {
		found := "EOF"
		if p.at < len(p.text) {
			found = string(p.peek())
		}
		return fmt.Errorf("expected: '%c', received: '%s' for input:\n%s\n%s^", c, found, p.text, strings.Repeat(" ", p.at))
	}
	p.at++
	p.space()
	return nil
}

// pairs reads key=value pairs up to the byte end, or the end of the text when
// that is 0.
func (p *shorthand) pairs(end byte) (object, error) {
	o := object{}
	for {
		p.space()
		if end != 0 && p.peek() == end {
			p.at++
			return o, nil
		}
		key := p.key()
		if err := p.expect('='); err != nil {
			return nil, err
		}
		v, err := p.values(end == 0)
		if err != nil {
			return nil, err
		}
		if o.get(key) != nil {
			return nil, fmt.Errorf("second instance of key %q encountered for input:\n%s", key, p.text)
		}
		o = append(o, member{key, v})
		p.space()
		if end == 0 && p.at == len(p.text) {
			return o, nil
		}
		if p.peek() != end {
			if err := p.expect(','); err != nil {
				return nil, err
			}
		}
	}
}

const keyBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.#/:"

func (p *shorthand) key() string {
	start := p.at
	for p.at < len(p.text) && strings.IndexByte(keyBytes, p.text[p.at]) >= 0 {
		p.at++
	}
	return p.text[start:p.at]
}

// values reads what follows an equals sign. Where commas make lists, those
// that stand before another key do not.
func (p *shorthand) values(commas bool) (any, error) {
	v, err := p.value()
	if err != nil || !commas || p.peek() != ',' {
		return v, err
	}
	first, ok := v.(string)
	if !ok {
		return v, nil
	}
	list := []any{first}
	for p.peek() == ',' {
		before := p.at
		p.at++
		p.space()
		if p.startsPair() {
			p.at = before
			break
		}
		start := p.at
		next, err := p.value()
		if err == nil && p.at == start {
			err = p.expect('=') // neither a value nor a key
		}
		if err != nil {
			return nil, err
		}
		list = append(list, next)
	}
	if len(list) == 1 {
		return first, nil
	}
	return list, nil
}

// startsPair reports whether a key and an equals sign come next.
func (p *shorthand) startsPair() bool {
	at := p.at
	defer func() { p.at = at }()
	p.key()
	p.space()
	return p.at > at && p.peek() == '='
}

func (p *shorthand) value() (any, error) {
	switch p.peek() {
	case '[':
		p.at++
		return p.list()
	case '{':
		p.at++
		return p.pairs('}')
	case '\'', '"':
		return p.quoted()
	}
	return p.word(), nil
}

func (p *shorthand) list() (any, error) {
	list := []any{}
	for {
		p.space()
		if p.peek() == ']' {
			p.at++
			return list, nil
		}
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		p.space()
		if p.peek() != ']' {
			if err := p.expect(','); err != nil {
				return nil, err
			}
		}
	}
}

func (p *shorthand) quoted() (any, error) {
	quote := p.peek()
	var b strings.Builder
	for i := p.at + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\\' && i+1 < len(p.text) && (p.text[i+1] == quote || p.text[i+1] == '\\'):
			i++
			b.WriteByte(p.text[i])
		case c == quote:
			p.at = i + 1
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
	return nil, fmt.Errorf("a quote is not closed in input:\n%s", p.text)
}

// word reads a bare value: up to a comma that is not escaped, or a bracket.
func (p *shorthand) word() string {
	var b strings.Builder
	for ; p.at < len(p.text); p.at++ {
		c := p.text[p.at]
		if c == '\\' && p.at+1 < len(p.text) && p.text[p.at+1] == ',' {
			p.at++
			c = ','
		} else if c == ',' || c == ']' || c == '}' {
			break
		}
		b.WriteByte(c)
	}
	return strings.TrimRight(b.String(), " \t\r\n")
}
