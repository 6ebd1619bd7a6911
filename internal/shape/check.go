package shape

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// TextRule is what a model demands of a string shape. Lengths count
// characters; a Min or Max of 0 demands nothing.
type TextRule struct {
	Min, Max int
	Pattern  *Pattern // nil: any text
	Enum     []string // nil: any value
	Secret   bool     // a violation does not repeat the value

	// Each lists the constraints, for the violation of a list of such
	// strings: AWS names the list then, not the element.
	Each string
}

// NumberRule is what a model demands of a number.
type NumberRule struct{ Min, Max int64 }

// CountRule is what a model demands of the length of a list. A Min or Max of
// 0 demands nothing.
type CountRule struct{ Min, Max int }

// Path is where a check stands within an input: a chain from the structure at
// hand up to the input, whose own Path is nil. It is only read when something
// is wrong.
type Path struct {
	Up    *Path
	Name  string // the member, lower-first
	Index int    // place in a list, from 1; 0: not an element
}

// of returns the path of a member of the structure at p.
func (p *Path) of(name string) string {
	if p == nil {
		return name
	}
	up := p.Up.of(p.Name)
	if p.Index > 0 {
		up += "." + strconv.Itoa(p.Index) + ".member"
	}
	return up + "." + name
}

// Checker collects the violations of one input, in the order of the model. It
// is what the generated Validate methods work with. Its zero value is ready.
type Checker struct{ found []Violation }

// Violations returns what was found, or nil.
func (c *Checker) Violations() []Violation { return c.found }

func (c *Checker) add(at *Path, name, value, constraint string, noValue bool) {
	if noValue {
		value = ""
	}
	c.found = append(c.found, Violation{Path: at.of(name), Value: value, Constraint: constraint, NoValue: noValue})
}

// Text checks a string member.
func (c *Checker) Text(at *Path, name, value string, r *TextRule) {
	if r.longer(value) {
		c.add(at, name, value, atMost("length", int64(r.Max)), r.Secret)
	}
	if r.shorter(value) {
		c.add(at, name, value, atLeast("length", int64(r.Min)), r.Secret)
	}
	if r.Pattern != nil && !r.Pattern.Match(value) {
		c.add(at, name, value, "Member must satisfy regular expression pattern: "+r.Pattern.Text, r.Secret)
	}
	if r.Enum != nil && !slices.Contains(r.Enum, value) {
		c.add(at, name, value, "Member must satisfy enum value set: ["+strings.Join(r.Enum, ", ")+"]", r.Secret)
	}
}

// Number checks an integer member.
func (c *Checker) Number(at *Path, name string, value int64, r *NumberRule) {
	switch {
	case value > r.Max:
		c.add(at, name, strconv.FormatInt(value, 10), atMost("value", r.Max), false)
	case value < r.Min:
		c.add(at, name, strconv.FormatInt(value, 10), atLeast("value", r.Min), false)
	}
}

// Count checks the length of a list of structures.
func (c *Checker) Count(at *Path, name string, n int, r *CountRule) {
	c.count(at, name, n, r, "", true)
}

// CheckTexts checks a list of strings: its length, and each element. A rule
// may be nil.
func CheckTexts[S ~string](c *Checker, at *Path, name string, list []S, count *CountRule, each *TextRule) {
	if count != nil && !count.holds(len(list)) {
		c.count(at, name, len(list), count, echoList(list), each != nil && each.Secret)
	}
	if each == nil {
		return
	}
	for _, s := range list {
		if !each.holds(string(s)) {
			c.add(at, name, echoList(list), "Member must satisfy constraint: "+each.Each, each.Secret)
			return
		}
	}
}

func (c *Checker) count(at *Path, name string, n int, r *CountRule, value string, noValue bool) {
	if r.Max > 0 && n > r.Max {
		c.add(at, name, value, atMost("length", int64(r.Max)), noValue)
	}
	if n < r.Min {
		c.add(at, name, value, atLeast("length", int64(r.Min)), noValue)
	}
}

func (r *CountRule) holds(n int) bool { return n >= r.Min && (r.Max == 0 || n <= r.Max) }

func (r *TextRule) holds(s string) bool {
	return !r.longer(s) && !r.shorter(s) && (r.Pattern == nil || r.Pattern.Match(s)) && (r.Enum == nil || slices.Contains(r.Enum, s))
}

// longer and shorter count characters only when the number of bytes does not
// settle the question.
func (r *TextRule) longer(s string) bool {
	return r.Max > 0 && len(s) > r.Max && utf8.RuneCountInString(s) > r.Max
}

func (r *TextRule) shorter(s string) bool {
	return len(s) < r.Min || len(s) < r.Min*utf8.UTFMax && utf8.RuneCountInString(s) < r.Min
}

func atMost(what string, n int64) string {
	return "Member must have " + what + " less than or equal to " + strconv.FormatInt(n, 10)
}

func atLeast(what string, n int64) string {
	return "Member must have " + what + " greater than or equal to " + strconv.FormatInt(n, 10)
}

func echoList[S ~string](list []S) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, s := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(s))
	}
	b.WriteByte(']')
	return b.String()
}
