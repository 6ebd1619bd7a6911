package policy

import "strings"

// checkActions finds values of Action that are neither "*" nor service:name. What
// stands behind the colon is not looked at: AWS stores any text there.
func (p *parser) checkActions(actions []Value) bool {
	for _, a := range actions {
		if a.Text == "*" {
			continue
		}
		vendor, name, ok := strings.Cut(a.Text, ":")
		switch {
		case !ok:
			return p.fail(a.Pos, ActionVendor, a.Text)
		case strings.IndexByte(name, ':') >= 0:
			return p.fail(a.Pos, ActionColons, a.Text)
		case !isVendor(vendor):
			return p.fail(a.Pos, BadVendor, vendor)
		}
	}
	return true
}

func isVendor(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '-' && c != '.' && !isAlphanumeric(s[i:i+1]) {
			return false
		}
	}
	return s != ""
}
