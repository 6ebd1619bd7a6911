package policy

import "strings"

// checkVariables finds policy variables that nothing can be put in place of, in
// the elements where they are replaced: resources and the values of string, ARN
// and Boolean operators. Which keys exist is not asked.
//
// In version 2008-10-17 "${" is text like any other.
func (p *parser) checkVariables(st *Statement) bool {
	if p.doc.Version != Version2012 {
		return true
	}
	if st.Resource != nil && !p.variables(st.Resource.Values) {
		return false
	}
	for i := range st.Conditions {
		if c := &st.Conditions[i]; c.Operator.Comparison.HasVariables() && !p.variables(c.Values) {
			return false
		}
	}
	return true
}

func (p *parser) variables(values []Value) bool {
	for _, v := range values {
		if !variablesClosed(v.Text) {
			return p.fail(v.Pos, BadVariable, v.Text)
		}
	}
	return true
}

// variablesClosed reports whether every "${" of s begins ${key}, ${key, 'default'}
// or an escape, ${*}, ${?} or ${$}.
func variablesClosed(s string) bool {
	if strings.IndexByte(s, '$') < 0 {
		return true
	}
	for {
		i := strings.Index(s, "${")
		if i < 0 {
			return true
		}
		s = s[i+2:]
		end := strings.IndexAny(s, ",}")
		if end <= 0 {
			return false
		}
		if s[end] == ',' {
			text, ok := strings.CutPrefix(strings.TrimLeft(s[end+1:], " "), "'")
			n := strings.Index(text, "'}")
			if !ok || n < 0 {
				return false
			}
			s, end = text, n+1
		}
		s = s[end+1:]
	}
}
