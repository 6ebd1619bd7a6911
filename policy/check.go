package policy

// check looks at a document that has the right shape, in AWS's order of checks.
func (p *parser) check() bool {
	switch v := p.doc.Version; {
	case v != "" && v != Version2008 && v != Version2012:
		return p.failAt(p.doc.VersionAt, BadVersion, string(v))
	case v == "" && p.doc.VersionAt != 0: // "Version": ""
		return p.failAt(p.doc.VersionAt, BadVersion, "")
	case len(p.doc.Statements) == 0:
		return p.failAt(0, EmptyStatement, "")
	}
	switch p.doc.Kind {
	case ResourceBased, Trust, Endpoint:
		return p.checkLibrary()
	case ServiceControl:
		return p.checkIdentity(true)
	case ResourceControl:
		return p.checkResourceControl()
	}
	return p.checkIdentity(p.use.Managed)
}

// checkShape finds what a Document cannot hold.
func (p *parser) checkShape() bool {
	for i := range p.drafts {
		st, d := &p.doc.Statements[i], &p.drafts[i]
		if !p.checkEffect(st, d) || !p.checkPrincipalTypes(d) {
			return false
		}
	}
	return true
}

// checkIdentity is the order in which IAM checks identity-based policies. Each
// pass goes through the whole document before the next begins.
func (p *parser) checkIdentity(only2012 bool) bool {
	if !p.checkSyntax() {
		return false
	}
	if only2012 && p.doc.Version != Version2012 {
		return p.failAt(p.doc.VersionAt, OldVersion, "")
	}
	if p.doc.Text[0] != '{' {
		return p.failAt(0, LeadingSpace, "")
	}
	for i := range p.drafts {
		if !p.checkLegacy(&p.doc.Statements[i], &p.drafts[i]) {
			return false
		}
	}
	resource := p.resourceFault()
	if p.fault != nil || !p.checkSids(true) || !p.checkPresence() {
		return false
	}
	if resource != nil {
		p.fault = resource
		return false
	}
	for i := range p.doc.Statements {
		if !p.checkActions(p.doc.Statements[i].Action.Values) {
			return false
		}
	}
	return true
}

// checkSyntax finds what AWS calls a syntax error although the shape is right.
func (p *parser) checkSyntax() bool {
	for i := range p.drafts {
		st, d := &p.doc.Statements[i], &p.drafts[i]
		switch {
		case d.seen&elEffect == 0:
			return p.fail(st.Start, MissingEffect, "")
		case st.Effect == 0 && !wrongCase(p.stringAt(st.EffectAt)):
			return p.failAt(st.EffectAt, BadEffect, p.stringAt(st.EffectAt))
		case d.badOperator != 0:
			return p.failAt(d.badOperator, BadOperator, p.stringAt(d.badOperator))
		case !p.checkVariables(st):
			return false
		}
	}
	return true
}

// checkLegacy finds what AWS's older parser refuses, save resources.
func (p *parser) checkLegacy(st *Statement, d *draft) bool {
	if st.Effect == 0 {
		return p.failAt(st.EffectAt, EffectCase, p.stringAt(st.EffectAt))
	}
	return p.checkDates(st)
}

// checkPresence finds elements that an identity-based policy must not have, or
// lacks.
func (p *parser) checkPresence() bool {
	for i := range p.drafts {
		if d := &p.drafts[i]; d.seen&(elPrincipal|elNotPrincipal) != 0 {
			return p.failAt(p.doc.Statements[i].PrincipalAt, ProhibitedPrincipal, "")
		}
	}
	for i := range p.drafts {
		if !p.haveActions(&p.doc.Statements[i], &p.drafts[i]) {
			return false
		}
	}
	for i := range p.drafts {
		if !p.haveResources(&p.doc.Statements[i], &p.drafts[i]) {
			return false
		}
	}
	return true
}

func (p *parser) haveActions(st *Statement, d *draft) bool {
	if d.seen&(elAction|elNotAction) == 0 {
		return p.fail(st.Start, MissingAction, "")
	}
	return len(st.Action.Values) > 0 || p.failAt(st.ActionAt, EmptyAction, "")
}

func (p *parser) haveResources(st *Statement, d *draft) bool {
	if s := p.use.service(); s != nil && s.noResource {
		return p.checkNoResource(st)
	}
	if st.Resource == nil {
		return p.fail(st.Start, MissingResource, "")
	}
	return len(st.Resource.Values) > 0 || p.failAt(st.ResourceAt, EmptyResource, "")
}

// checkSids finds Sids that stand twice, and with alphanumeric those with other
// characters. An empty Sid counts as none.
func (p *parser) checkSids(alphanumeric bool) bool {
	if alphanumeric {
		for i := range p.drafts {
			if sid := p.doc.Statements[i].Sid; !isAlphanumeric(sid) {
				return p.failAt(p.doc.Statements[i].SidAt, BadSid, sid)
			}
		}
	}
	p.operators.reset()
	for i := range p.drafts {
		if sid := p.doc.Statements[i].Sid; sid != "" && !p.operators.add(sid) {
			return p.failAt(p.doc.Statements[i].SidAt, DuplicateSid, sid)
		}
	}
	return true
}

func isAlphanumeric(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
