package apimodel

import (
	"fmt"
	"slices"
	"strings"
)

// ruleName names the variable that holds the rule of a shape, or "" when the
// model demands nothing of it. A secret member of an open shape has a rule of
// its own, which does not repeat the value.
func ruleName(name string, sh *Shape, secret bool) string {
	switch sh.Type {
	case "string":
		if sh.Min == nil && sh.Max == nil && sh.Pattern == "" && sh.Enum == nil {
			return ""
		}
		if secret && !sh.Sensitive {
			return "rule" + exported(name) + "Secret"
		}
	case "integer", "long", "list":
		if sh.Min == nil && sh.Max == nil {
			return ""
		}
	default:
		return ""
	}
	return "rule" + exported(name)
}

// use is a rule that the Validate methods need.
type use struct {
	shape   string
	secret  bool
	element bool // of a list
}

// usedRules lists the rules of all that inputs hold, by name of the variable.
func (a *api) usedRules() (map[string]use, error) {
	used := make(map[string]use)
	for _, st := range slices.Concat(a.inputs, a.types) {
		for _, f := range st.fields {
			element := false
			for name := f.shape; name != ""; element = true {
				sh, err := a.shape(name)
				if err != nil {
					return nil, err
				}
				if sh.Min != nil || sh.Max != nil {
					switch sh.Type {
					case "string", "integer", "long", "list":
					default:
						return nil, fmt.Errorf("%s: a %s has no rules", name, sh.Type)
					}
				}
				if rule := ruleName(name, sh, f.secret); rule != "" {
					used[rule] = use{name, f.secret || sh.Sensitive, element || used[rule].element}
				}
				name = ""
				if sh.Type == "list" {
					name = sh.Member.Shape
				}
			}
		}
	}
	return used, nil
}

func (a *api) emitRules(p *printer) error {
	used, err := a.usedRules()
	if err != nil {
		return err
	}
	names := make([]string, 0, len(used))
	for name := range used {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) > 0 {
		p.needs(shapePackage)
	}
	patterns := make(map[string]string) // text -> variable
	for _, name := range names {
		u := used[name]
		sh, err := a.shape(u.shape)
		if err != nil {
			return err
		}
		if err := emitPattern(p, patterns, u.shape, sh.Pattern); err != nil {
			return err
		}
		text := rule(sh, u, patterns)
		if strings.Contains(text, "math.") {
			p.needs("math")
		}
		p.printf("var %s = %s\n\n", name, text)
	}
	return nil
}

// emitPattern writes the variable of a pattern that no earlier rule has.
func emitPattern(p *printer, patterns map[string]string, name, text string) error {
	if _, done := patterns[text]; done || text == "" {
		return nil
	}
	t, err := translate(text)
	if err != nil {
		return err
	}
	patterns[text] = "pattern" + exported(name)
	p.printf("var %s = %s\n\n", patterns[text], t.literal())
	return nil
}

// rule writes the rule of a shape as a composite literal.
func rule(sh *Shape, u use, patterns map[string]string) string {
	var parts []string
	add := func(text string, args ...any) { parts = append(parts, fmt.Sprintf(text, args...)) }
	number := sh.Type == "integer" || sh.Type == "long"
	switch {
	case sh.Min != nil && (number || *sh.Min != 0):
		add("Min: %d", *sh.Min)
	case sh.Min == nil && number:
		add("Min: math.MinInt64")
	}
	switch {
	case sh.Max != nil:
		add("Max: %d", *sh.Max)
	case number:
		add("Max: math.MaxInt64")
	}
	if sh.Pattern != "" {
		add("Pattern: &%s", patterns[sh.Pattern])
	}
	if sh.Enum != nil {
		add("Enum: %#v", sh.Enum)
	}
	if u.secret {
		add("Secret: true")
	}
	if u.element && sh.Type == "string" {
		add("Each: %s", quote(each(sh)))
	}
	return ruleTypes[sh.Type] + "{" + strings.Join(parts, ", ") + "}"
}

var ruleTypes = map[string]string{
	"string": "shape.TextRule", "list": "shape.CountRule", "integer": "shape.NumberRule", "long": "shape.NumberRule",
}

// each words the constraints of a list's elements as AWS does when one breaks
// them.
func each(sh *Shape) string {
	var out []string
	if sh.Max != nil {
		out = append(out, fmt.Sprintf("Member must have length less than or equal to %d", *sh.Max))
	}
	if sh.Min != nil {
		out = append(out, fmt.Sprintf("Member must have length greater than or equal to %d", *sh.Min))
	}
	if sh.Pattern != "" {
		out = append(out, "Member must satisfy regular expression pattern: "+sh.Pattern)
	}
	if sh.Enum != nil {
		out = append(out, "Member must satisfy enum value set: ["+strings.Join(sh.Enum, ", ")+"]")
	}
	return "[" + strings.Join(out, ", ") + "]"
}
