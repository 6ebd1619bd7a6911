package policy

import (
	"strconv"
	"strings"

	"github.com/writ-iam/writ/arn"
)

// checkPrincipal finds principals that are missing, or of no known form.
func (p *parser) checkPrincipal(st *Statement, d *draft) bool {
	who := st.Principal
	switch {
	case who == nil:
		return p.fail(st.Start, MissingPrincipal, "")
	case who.Not && st.Effect == Allow:
		return p.failAt(st.PrincipalAt, AllowNotPrincipal, "")
	case who.Not && p.doc.Kind == Trust:
		return p.failAt(st.PrincipalAt, ProhibitedNotPrincipal, "")
	case !p.checkPrincipalTypes(d):
		return false
	case len(who.Values) == 0:
		return p.failAt(st.PrincipalAt, EmptyPrincipal, "")
	}
	for _, v := range who.Values {
		if p.doc.Kind == Trust && v.Type == AnyPrincipal && v.Value == "*" {
			return p.fail(v.Pos, BarePrincipal, "")
		}
		if !v.wellFormed(p.doc.Kind) {
			return p.fail(v.Pos, BadPrincipal, principalArg(v))
		}
	}
	return true
}

// checkPrincipalTypes finds keys of Principal that are no types.
func (p *parser) checkPrincipalTypes(d *draft) bool {
	return d.badPrincipal == 0 || p.failAt(d.badPrincipal, BadPrincipal, strconv.Quote(p.stringAt(d.badPrincipal)))
}

// principalArg names a principal as AWS's text does.
func principalArg(p Principal) string {
	return `"` + strings.ToUpper(p.Type.String()) + `":"` + p.Value + `"`
}

// String returns the key under which a principal of type t is named, "*" for
// AnyPrincipal.
func (t PrincipalType) String() string {
	switch t {
	case AWSPrincipal:
		return "AWS"
	case ServicePrincipal:
		return "Service"
	case FederatedPrincipal:
		return "Federated"
	case CanonicalUserPrincipal:
		return "CanonicalUser"
	}
	return "*"
}

// wellFormed reports whether p has a form that its type allows. Wildcards within
// a name are none: only "*" by itself stands for everybody.
func (p Principal) wellFormed(k Kind) bool {
	switch p.Type {
	case AnyPrincipal:
		return p.Value == "*"
	case AWSPrincipal:
		_, ok := p.Account()
		return ok || p.Value == "*" || isUniqueID(p.Value) || isPrincipalARN(p.Value)
	case ServicePrincipal:
		return isServiceName(p.Value)
	case CanonicalUserPrincipal:
		return k != Trust && len(p.Value) > 0 && isAlphanumeric(p.Value)
	}
	return p.Value != ""
}

// Account returns the account that p stands for as a whole, and whether it does:
// the principal "123456789012" and that account's root ARN say the same.
func (p Principal) Account() (string, bool) {
	if p.Type != AWSPrincipal {
		return "", false
	}
	if arn.IsAccount(p.Value) {
		return p.Value, true
	}
	a, err := arn.Parse(p.Value)
	if err != nil || a.Service != "iam" || a.Resource != "root" || a.Region != "" || !arn.IsAccount(a.Account) {
		return "", false
	}
	return a.Account, true
}

// isPrincipalARN reports whether s is the ARN of a user, a role, a session of a
// role or a federated user, or of a CloudFront origin access identity.
func isPrincipalARN(s string) bool {
	a, err := arn.Parse(s)
	if err != nil || !arn.Valid(s) || a.Region != "" || strings.ContainsAny(a.Resource, "*?") {
		return false
	}
	name := strings.TrimPrefix(a.Resource, a.Type())
	if len(name) < 2 {
		return false
	}
	switch a.Service + ":" + a.Type() {
	case "iam:user":
		return arn.IsAccount(a.Account) || a.Account == "cloudfront"
	case "iam:role", "sts:federated-user":
		return arn.IsAccount(a.Account)
	case "sts:assumed-role":
		return arn.IsAccount(a.Account) && strings.Count(name, "/") == 2 && !strings.HasSuffix(name, "/")
	}
	return false
}

// isUniqueID reports whether s has the form of a unique id (AIDA…, AROA…), which
// AWS prints in place of a principal that was deleted.
func isUniqueID(s string) bool {
	if len(s) < 16 || len(s) > 128 || s[0] != 'A' {
		return false
	}
	return isAlphanumeric(s) && s == strings.ToUpper(s)
}

// isServiceName reports whether s is a host name, as those of services are.
func isServiceName(s string) bool {
	return isVendor(s) && strings.Contains(s, ".") && s == strings.ToLower(s)
}

// AWSPrincipals returns the distinct values of Principal and NotPrincipal that
// name an account or one of its principals, in the order of the document, and
// "*" not. They are what is resolved to unique ids when a policy is stored.
func (d *Document) AWSPrincipals() []Principal {
	var found []Principal
	var seen keySet
	for i := range d.Statements {
		who := d.Statements[i].Principal
		if who == nil {
			continue
		}
		for _, v := range who.Values {
			if v.Type == AWSPrincipal && v.Value != "*" && seen.add(v.Value) {
				found = append(found, v)
			}
		}
	}
	return found
}
