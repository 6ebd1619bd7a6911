package apimodel

import (
	"fmt"
	"slices"
)

// emitValidate writes Validate for every input, and check for every structure
// below one that the model demands anything of.
func (a *api) emitValidate(p *printer) error {
	p.needs(shapePackage)
	checked := make(map[string]bool)
	for _, in := range a.inputs {
		p.printf("// Validate reports what of the input breaks the constraints of the model. An\n// absent required member is checked like any other.\n")
		if !a.constrained(in.shape, nil) {
			p.printf("func (in *%s) Validate() []shape.Violation { return nil }\n\n", in.name)
			continue
		}
		p.printf("func (in *%s) Validate() []shape.Violation {\n\tvar c shape.Checker\n\tin.check(&c, nil)\n\treturn c.Violations()\n}\n\n", in.name)
		if err := a.emitCheck(p, in); err != nil {
			return err
		}
		a.markUses(in, checked)
	}
	for _, st := range a.types {
		if !checked[st.shape] {
			continue
		}
		if err := a.emitCheck(p, st); err != nil {
			return err
		}
	}
	return nil
}

// constrained reports whether the model demands anything of a shape or of what
// it holds.
func (a *api) constrained(name string, seen []string) bool {
	if name == "" || slices.Contains(seen, name) {
		return false
	}
	sh, err := a.shape(name)
	if err != nil || sh.Stream {
		return false
	}
	if ruleName(name, sh, false) != "" {
		return true
	}
	seen = append(seen, name)
	if sh.Type == "list" {
		return a.constrained(sh.Member.Shape, seen)
	}
	for _, ref := range sh.Members.All() {
		if a.constrained(ref.Shape, seen) {
			return true
		}
	}
	return false
}

// markUses marks the structures below st that need a check method.
func (a *api) markUses(st *structure, checked map[string]bool) {
	for _, f := range st.fields {
		name := f.shape
		sh, err := a.shape(name)
		if err == nil && sh.Type == "list" {
			name = sh.Member.Shape
		}
		if checked[name] || !a.constrained(name, nil) {
			continue
		}
		for _, below := range a.types {
			if below.shape == name {
				checked[name] = true
				a.markUses(below, checked)
			}
		}
	}
}

func (a *api) emitCheck(p *printer, st *structure) error {
	p.printf("func (in *%s) check(c *shape.Checker, at *shape.Path) {\n", st.name)
	for _, f := range st.fields {
		if !a.constrained(f.shape, nil) {
			continue
		}
		sh, err := a.shape(f.shape)
		if err != nil {
			return err
		}
		if err := a.emitFieldCheck(p, f, sh); err != nil {
			return fmt.Errorf("%s.%s: %w", st.name, f.name, err)
		}
	}
	p.printf("}\n\n")
	return nil
}

func (a *api) emitFieldCheck(p *printer, f field, sh *Shape) error {
	if sh.Type == "list" {
		if f.required { // checked like any other value when it is absent
			return a.emitListCheck(p, f, sh)
		}
		p.printf("\tif in.%s != nil {\n", f.name)
		if err := a.emitListCheck(p, f, sh); err != nil {
			return err
		}
		p.printf("\t}\n")
		return nil
	}
	value, pointer := "in."+f.name, f.goType[0] == '*'
	if pointer {
		p.printf("\tif in.%s != nil {\n", f.name)
	}
	deref := value
	if pointer {
		deref = "*" + value
	}
	rule := ruleName(f.shape, sh, f.secret)
	switch sh.Type {
	case "string":
		if sh.Enum != nil {
			deref = "string(" + deref + ")"
		}
		p.printf("\tc.Text(at, %q, %s, &%s)\n", lowerFirst(f.name), deref, rule)
	case "integer", "long":
		p.printf("\tc.Number(at, %q, int64(%s), &%s)\n", lowerFirst(f.name), deref, rule)
	case "structure":
		p.printf("\tin.%s.check(c, &shape.Path{Up: at, Name: %q})\n", f.name, lowerFirst(f.name))
	default:
		return fmt.Errorf("a constrained %s", sh.Type)
	}
	if pointer {
		p.printf("\t}\n")
	}
	return nil
}

func (a *api) emitListCheck(p *printer, f field, sh *Shape) error {
	name := lowerFirst(f.name)
	elem, err := a.shape(sh.Member.Shape)
	if err != nil {
		return err
	}
	address := func(rule string) string {
		if rule == "" {
			return "nil"
		}
		return "&" + rule
	}
	count := ruleName(f.shape, sh, false)
	switch elem.Type {
	case "string":
		each := ruleName(sh.Member.Shape, elem, f.secret)
		p.printf("\tshape.CheckTexts(c, at, %q, in.%s, %s, %s)\n", name, f.name, address(count), address(each))
	case "structure":
		if count != "" {
			p.printf("\tc.Count(at, %q, len(in.%s), &%s)\n", name, f.name, count)
		}
		if a.constrained(sh.Member.Shape, nil) {
			p.printf("\tfor i := range in.%s {\n\tin.%s[i].check(c, &shape.Path{Up: at, Name: %q, Index: i + 1})\n\t}\n", f.name, f.name, name)
		}
	default:
		return fmt.Errorf("a constrained list of %s", elem.Type)
	}
	return nil
}
