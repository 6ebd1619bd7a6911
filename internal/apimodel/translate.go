package apimodel

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"
)

// lookAheads are the patterns with a look-ahead, which Go does not know: the
// same without it, and the text that it forbids.
var lookAheads = map[string][2]string{
	// Each hyphen stands within the group, so none may follow another.
	`^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`: {`^[a-z0-9]([a-z0-9]|-){1,61}[a-z0-9]$`, `--`},
}

// unicodeEscape is an escape with four hexadecimal digits. The models write
// the characters above the basic plane with five and six.
var unicodeEscape = regexp.MustCompile(`\\u(10000|10FFFF|[0-9A-Fa-f]{4})`)

// pattern is a model's pattern, ready to be written as a shape.Pattern.
type pattern struct {
	text     string
	class    *charClass // not nil: one class, repeated min to max times
	min, max int
	regexp   string
	without  string
}

// charClass holds the pairs of first and last of its ranges above ASCII.
type charClass struct {
	ascii      [2]uint64
	ranges     []rune
	categories string
}

// translate turns a pattern in Java's syntax into one that Go can match.
func translate(text string) (*pattern, error) {
	p := &pattern{text: text, regexp: text}
	if l, ok := lookAheads[text]; ok {
		p.regexp, p.without = l[0], l[1]
	}
	p.regexp = unicodeEscape.ReplaceAllString(p.regexp, `\x{$1}`)
	if class, min, max, ok := asClass(p.regexp); ok && p.without == "" {
		p.class, p.min, p.max, p.regexp = class, min, max, ""
		return p, nil
	}
	if _, err := regexp.Compile(p.regexp); err != nil {
		return nil, fmt.Errorf("pattern %q: %w", text, err)
	}
	return p, nil
}

var repeat = regexp.MustCompile(`^(\[.*\]|\\[wd])(\*|\+|\?|\{(\d+)(,?)(\d*)\})?$`)

// asClass reads a pattern that is one class of characters with a repetition.
func asClass(text string) (class *charClass, min, max int, ok bool) {
	m := repeat.FindStringSubmatch(strings.TrimSuffix(strings.TrimPrefix(text, "^"), "$"))
	if m == nil || strings.HasPrefix(m[1], "[^") {
		return nil, 0, 0, false
	}
	class, err := readClass(strings.TrimSuffix(strings.TrimPrefix(m[1], "["), "]"))
	if err != nil {
		return nil, 0, 0, false
	}
	switch {
	case m[2] == "":
		min, max = 1, 1
	case m[2] == "*":
	case m[2] == "+":
		min = 1
	case m[2] == "?":
		max = 1
	default:
		min, _ = strconv.Atoi(m[3])
		if max, _ = strconv.Atoi(m[5]); m[4] == "" {
			max = min
		}
	}
	return class, min, max, true
}

// readClass reads what stands between the brackets of a class. Go's own
// parser reads each item, so that escapes mean what they mean there.
func readClass(text string) (*charClass, error) {
	class := new(charClass)
	for text != "" {
		item, err := nextItem(text)
		if err != nil {
			return nil, err
		}
		text = text[len(item):]
		if category, ok := strings.CutPrefix(item, `\p{`); ok {
			category = strings.TrimSuffix(category, "}")
			if !strings.Contains("LNZ", category) {
				return nil, fmt.Errorf("category %q", category)
			}
			class.categories += category
		}
		re, err := syntax.Parse("["+item+"]", syntax.Perl)
		if err != nil {
			return nil, err
		}
		switch re.Op {
		case syntax.OpLiteral:
			class.add(re.Rune[0], re.Rune[0], false)
		case syntax.OpCharClass:
			for i := 0; i < len(re.Rune); i += 2 {
				class.add(re.Rune[i], re.Rune[i+1], strings.HasPrefix(item, `\p`))
			}
		default:
			return nil, fmt.Errorf("class item %q", item)
		}
	}
	return class, nil
}

var (
	itemStart = regexp.MustCompile(`^(\\x\{[0-9A-Fa-f]+\}|\\p\{\w+\}|\\.|[^\[\]\\])`)
	setItem   = regexp.MustCompile(`^\\[pwdsPWDS]`)
)

// nextItem cuts a character, a range or a named set off the head of text. A
// hyphen after a range or a set, and at either end, is a plain character.
func nextItem(text string) (string, error) {
	first := itemStart.FindString(text)
	if first == "" {
		return "", fmt.Errorf("class at %q", text)
	}
	rest, isRange := strings.CutPrefix(text[len(first):], "-")
	if !isRange || rest == "" || first == "-" || setItem.MatchString(first) {
		return first, nil
	}
	last := itemStart.FindString(rest)
	if last == "" || setItem.MatchString(last) {
		return "", fmt.Errorf("range at %q", text)
	}
	return first + "-" + last, nil
}

// add puts a range of characters into c; above ASCII only if they are not of a
// named category, which the scan asks for by name.
func (c *charClass) add(first, last rune, category bool) {
	for ; first <= last && first < utf8.RuneSelf; first++ {
		c.ascii[first>>6] |= 1 << (first & 63)
	}
	if first <= last && !category {
		c.ranges = append(c.ranges, first, last)
	}
}

// literal writes p as a composite literal of shape.Pattern.
func (p *pattern) literal() string {
	var b strings.Builder
	fmt.Fprintf(&b, "shape.Pattern{Text: %s", quote(p.text))
	if p.class == nil {
		fmt.Fprintf(&b, ", Regexp: %s", quote(p.regexp))
		if p.without != "" {
			fmt.Fprintf(&b, ", Without: %q", p.without)
		}
		return b.String() + "}"
	}
	fmt.Fprintf(&b, ", Class: &shape.Class{ASCII: [2]uint64{%#x, %#x}", p.class.ascii[0], p.class.ascii[1])
	if len(p.class.ranges) > 0 {
		b.WriteString(", Ranges: []rune{")
		for _, r := range p.class.ranges {
			fmt.Fprintf(&b, "%#x, ", r)
		}
		b.WriteString("}")
	}
	if p.class.categories != "" {
		fmt.Fprintf(&b, ", Categories: %q", p.class.categories)
	}
	b.WriteString("}")
	if p.min > 0 {
		fmt.Fprintf(&b, ", Min: %d", p.min)
	}
	if p.max > 0 {
		fmt.Fprintf(&b, ", Max: %d", p.max)
	}
	return b.String() + "}"
}

// quote writes s as a raw string where that is possible.
func quote(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
