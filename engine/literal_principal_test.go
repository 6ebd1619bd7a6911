package engine_test

import (
	"regexp"
	"strings"

	"github.com/writ-iam/writ/engine"
)

// literalNaming is how a statement names the caller: the more precisely, the less
// else limits what it grants.
type literalNaming int

const (
	namesNobody literalNaming = iota // or somebody else

	// Rule 5 [UG: elements_principal]: the account. That only delegates: the
	// caller's own policies must allow as well.
	namesAccount

	// Rules 7 and 10 [UG: access_policies_boundaries; evaluation-logic]: the role
	// of a session, or the user behind a federated user. That needs no
	// identity-based policy; boundary and session policy limit it.
	namesSource

	// Rules 6, 8 and 9 [UG: access_policies_boundaries; access_policies;
	// elements_principal]: the user, the session, the service, or everybody. No
	// implicit deny limits that.
	namesCaller
)

// named says how a statement names the caller.
func (e *literalEvaluation) named(st *literalStatement, layer engine.Layer) literalNaming {
	switch {
	case st.Principal != nil:
		return e.namedBy(st.Principal, st.denies(), layer)
	case st.NotPrincipal != nil:
		return e.notSpared(st.NotPrincipal)
	}
	return namesCaller // policies of the caller name nobody: they are about it
}

// namedBy returns the strongest way in which one of the values names the caller.
//
// Rule 14 [UG: OIDC federation]: whom an identity provider vouches for is trusted
// by naming the provider; in a trust policy "*" does not stand for all of them.
// It does so in a Deny, and where it stands for everybody (rule 3: RCPs, which
// have no other principal; the default policy of VPC endpoints).
func (e *literalEvaluation) namedBy(values literalPrincipals, deny bool, layer engine.Layer) literalNaming {
	strongest := namesNobody
	for typ, list := range values {
		for _, v := range list {
			vouched := e.caller.Kind == engine.Federated && layer != engine.RCPLayer && layer != engine.EndpointLayer && !deny
			if vouched && (typ != "Federated" || v == "*") {
				continue
			}
			strongest = max(strongest, e.namedAs(typ, string(v)))
		}
	}
	return strongest
}

// namedAs says how one principal names the caller.
func (e *literalEvaluation) namedAs(typ, value string) literalNaming {
	p := e.caller
	switch typ {
	case "AWS":
		return e.namedAsAWS(value)
	case "CanonicalUser": // stands for an account
		if account := e.layers.ids[value]; account != "" && account == p.Account {
			return namesAccount
		}
	case "Service":
		if p.Kind == engine.Service && p.Service == value {
			return namesCaller
		}
	case "Federated":
		if p.Kind == engine.Federated && (value == "*" || p.Provider == value) {
			return namesCaller
		}
	}
	return namesNobody
}

var (
	accountNumber = regexp.MustCompile(`^[0-9]{12}$`)
	accountARN    = regexp.MustCompile(`^arn:[^:]+:iam::([0-9]{12}):root$`)
)

// namedAsAWS is namedAs for a principal of an account.
//
// Rule 13 [UG: elements_principal]: …:root is the account, not its root user.
// Rule 19: of these, only "*" names those who belong to no account. Rule 26: no
// partial wildcards, and case counts.
func (e *literalEvaluation) namedAsAWS(value string) literalNaming {
	p := e.caller
	account := value
	if a := accountARN.FindStringSubmatch(value); a != nil {
		account = a[1]
	}
	switch {
	case value == "*":
		return namesCaller
	case !e.hasAccount():
		return namesNobody
	case accountNumber.MatchString(account):
		if account == p.Account {
			return namesAccount
		}
	case p.Kind == engine.User && e.is(value, p.ARN, p.ID),
		p.Kind == engine.AssumedRole && e.is(value, p.ARN, p.ID+":"+p.SessionName),
		p.Kind == engine.FederatedUser && value == p.ARN:
		return namesCaller
	case p.Kind == engine.AssumedRole && e.is(value, p.RoleARN, p.ID),
		p.Kind == engine.FederatedUser && e.is(value, p.IssuerARN, p.IssuerID):
		return namesSource
	}
	return namesNobody
}

// is reports whether a principal of a policy is the one with that ARN and that
// unique id.
//
// Rule 20 [UG: elements_principal]: when a policy is stored, ARNs of users and
// roles become unique ids; a role session is its role's id and its name. Without
// ids, ARNs are compared as they are.
func (e *literalEvaluation) is(value, arn, id string) bool {
	if !strings.HasPrefix(value, "arn:") {
		return value == id
	}
	if e.layers.ids == nil {
		return value == arn
	}
	known := e.layers.ids[value]
	if known != "" && strings.Contains(value, ":assumed-role/") && !strings.Contains(known, ":") {
		known += ":" + value[strings.LastIndex(value, "/")+1:]
	}
	return known != "" && known == id
}

// notSpared says whether NotPrincipal, which stands in a Deny, leaves the caller
// in: it is spared when the account and within it the user, or the role and its
// session, are listed.
//
// Rule 25 [UG: elements_notprincipal]: a caller with a permissions boundary is
// never spared.
func (e *literalEvaluation) notSpared(values literalPrincipals) literalNaming {
	everybody, account, source, caller := false, false, false, false
	for typ, list := range values {
		for _, v := range list {
			n := e.namedAs(typ, string(v))
			everybody = everybody || typ == "AWS" && v == "*"
			account = account || n == namesAccount
			source = source || n == namesSource
			caller = caller || n == namesCaller
		}
	}
	var spared bool
	switch {
	case everybody:
		spared = true
	case e.caller.Kind == engine.Root:
		spared = account
	case e.caller.Kind == engine.AssumedRole:
		spared = account && source && caller
	case e.hasAccount():
		spared = account && caller
	default:
		spared = caller
	}
	if spared && !e.isBounded() {
		return namesNobody
	}
	return namesCaller
}
