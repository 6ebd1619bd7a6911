package policy

// statement reads one statement and appends it to the document.
func (p *parser) statement() bool {
	p.next()
	st := Statement{Start: p.pos()}
	var d draft
	if !p.object(func(key string, pos Position) bool { return p.element(&st, &d, key, pos) }) {
		return false
	}
	st.End = p.pos()
	p.doc.Statements = append(p.doc.Statements, st)
	p.drafts = append(p.drafts, d)
	return true
}

// element reads the value of one element of a statement.
func (p *parser) element(st *Statement, d *draft, key string, pos Position) (ok bool) {
	switch key {
	case "Sid":
		p.next()
		st.SidAt = Offset(p.off)
		if ok = p.once(&d.seen, elSid, 0, key, pos); ok {
			st.Sid, ok = p.stringValue()
		}
		return ok
	case "Effect":
		p.next()
		st.EffectAt = Offset(p.off)
		if ok = p.once(&d.seen, elEffect, 0, key, pos); ok {
			st.Effect, ok = p.effect()
		}
		return ok
	case "Principal":
		st.PrincipalAt = Offset(pos.Offset)
		return p.once(&d.seen, elPrincipal, elNotPrincipal, key, pos) && p.principal(st, d, false)
	case "NotPrincipal":
		st.PrincipalAt = Offset(pos.Offset)
		return p.once(&d.seen, elNotPrincipal, elPrincipal, key, pos) && p.principal(st, d, true)
	case "Action":
		st.ActionAt = Offset(pos.Offset)
		return p.once(&d.seen, elAction, elNotAction, key, pos) && p.readPatterns(&st.Action, false)
	case "NotAction":
		st.ActionAt = Offset(pos.Offset)
		return p.once(&d.seen, elNotAction, elAction, key, pos) && p.readPatterns(&st.Action, true)
	case "Resource":
		st.ResourceAt = Offset(pos.Offset)
		return p.once(&d.seen, elResource, elNotResource, key, pos) && p.resource(st, false)
	case "NotResource":
		st.ResourceAt = Offset(pos.Offset)
		return p.once(&d.seen, elNotResource, elResource, key, pos) && p.resource(st, true)
	case "Condition":
		st.ConditionAt = Offset(pos.Offset)
		return p.once(&d.seen, elCondition, 0, key, pos) && p.condition(st, d)
	}
	return p.fail(pos, UnknownKey, key)
}

// effect reads the value of Effect. It is 0 when there is no such effect.
func (p *parser) effect() (Effect, bool) {
	text, ok := p.stringValue()
	switch text {
	case "Allow":
		return Allow, ok
	case "Deny":
		return Deny, ok
	}
	return 0, ok
}

// readPatterns reads a string or a list of strings.
func (p *parser) readPatterns(to *Patterns, not bool) (ok bool) {
	to.Not = not
	to.Values, ok = p.list(p.stringValue)
	return ok
}

// resource reads the value of Resource or NotResource.
func (p *parser) resource(st *Statement, not bool) bool {
	p.patterns = append(p.patterns, Patterns{})
	st.Resource = &p.patterns[len(p.patterns)-1]
	return p.readPatterns(st.Resource, not)
}

// list reads a value or an array of values, each with item.
func (p *parser) list(item func() (string, bool)) ([]Value, bool) {
	start := len(p.values)
	one := func() bool {
		p.next()
		pos := p.pos()
		text, ok := item()
		p.values = append(p.values, Value{text, pos})
		return ok
	}
	ok := false
	if p.next() == '[' {
		ok = p.array(one)
	} else {
		ok = one()
	}
	// Capped, so that nobody who appends to the list writes into the next one.
	return p.values[start:len(p.values):len(p.values)], ok
}

// principal reads the value of Principal or NotPrincipal.
func (p *parser) principal(st *Statement, d *draft, not bool) bool {
	start := len(p.principals)
	st.Principal = &Principals{Not: not}
	ok := false
	if p.next() == '"' {
		pos := p.pos()
		var text string
		text, ok = p.str()
		p.principals = append(p.principals, Principal{AnyPrincipal, text, pos})
	} else {
		var seen element
		ok = p.object(func(key string, pos Position) bool { return p.principalType(&seen, d, key, pos) })
	}
	st.Principal.Values = p.principals[start:len(p.principals):len(p.principals)]
	return ok
}

// principalType reads the principals of one type.
func (p *parser) principalType(seen *element, d *draft, key string, pos Position) bool {
	typ, known := principalTypes[key]
	if !known {
		if d.badPrincipal == 0 {
			d.badPrincipal = Offset(pos.Offset)
		}
	} else if !p.once(seen, 1<<typ, 0, key, pos) {
		return false
	}
	mark := len(p.values)
	vals, ok := p.list(p.stringValue)
	for _, v := range vals {
		p.principals = append(p.principals, Principal{typ, v.Text, v.Pos})
	}
	p.values = p.values[:mark]
	return ok
}

var principalTypes = map[string]PrincipalType{
	"AWS": AWSPrincipal, "Service": ServicePrincipal, "Federated": FederatedPrincipal, "CanonicalUser": CanonicalUserPrincipal,
}
