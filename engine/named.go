package engine

import (
	"slices"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/policy"
)

// Naming says how a statement names the caller, from weak to strong. What a
// resource-based policy grants, and what limits the grant, depends on it.
type Naming uint8

const (
	NotNamed Naming = iota
	// NamesAccount: the account as a whole. It only delegates: the principal's
	// own policies must allow too.
	NamesAccount
	// NamesSource: the role of a session, or the user behind a federated one.
	// No identity-based policy is needed; boundary and session policy limit.
	NamesSource
	// NamesCaller: the user, the session itself, the service, or everybody. No
	// identity-based policy is needed, and no implicit deny limits.
	NamesCaller

	namings = iota
)

// principals are the values of Principal or NotPrincipal.
//
// Source: "AWS JSON policy elements: Principal" in the IAM User Guide.
type principals struct {
	granting  bool // they stand in the policy of a role or another resource, which grants
	not       bool
	everybody bool
	accounts  []string
	arns      []string // compared as text
	ids       []string // AIDA…, AROA…, or AROA…:session
	services  []string
	providers []string
}

// newPrincipals reads the values. With ids, users and roles are compared by
// unique id, and those that are not in it match no one.
func newPrincipals(list *policy.Principals, kind policy.Kind, ids map[string]string) *principals {
	if list == nil {
		return nil
	}
	s := &principals{granting: kind == policy.Trust || kind == policy.ResourceBased, not: list.Not}
	for _, v := range list.Values {
		switch v.Type {
		case policy.AnyPrincipal:
			s.everybody = true
		case policy.ServicePrincipal:
			s.services = append(s.services, v.Value)
		case policy.FederatedPrincipal:
			s.providers = append(s.providers, v.Value)
		case policy.AWSPrincipal:
			s.addAWS(v, ids)
		case policy.CanonicalUserPrincipal:
			// A canonical user id stands for an account, which only ids can tell.
			if account := ids[v.Value]; arn.IsAccount(account) {
				s.accounts = append(s.accounts, account)
			}
		}
	}
	return s
}

func (s *principals) addAWS(v policy.Principal, ids map[string]string) {
	if v.Value == "*" {
		s.everybody = true
		return
	}
	if account, ok := v.Account(); ok {
		s.accounts = append(s.accounts, account)
		return
	}
	a, err := arn.Parse(v.Value)
	switch {
	case err != nil: // a unique id
		s.ids = append(s.ids, v.Value)
	case ids == nil || a.Type() == "federated-user": // which has no unique id
		s.arns = append(s.arns, v.Value)
	case ids[v.Value] != "":
		id := ids[v.Value]
		if a.Type() == "assumed-role" && !strings.Contains(id, ":") {
			id += ":" + a.Name()
		}
		s.ids = append(s.ids, id)
	}
}

// naming reports how the statement names p; limited says that p has a
// permissions boundary.
func (s *principals) naming(p *Principal, limited bool, effect policy.Effect) Naming {
	switch {
	case s.granting && p.Kind == Federated && effect == policy.Allow && !slices.Contains(s.providers, p.Provider):
		// Whoever an identity provider vouches for is trusted by naming the
		// provider; "*" does not stand for the users of every provider.
		return NotNamed
	case !s.not:
		return s.names(p)
	case effect == policy.Deny:
		// "NotPrincipal … with Deny always denies a principal that has a
		// permissions boundary, regardless of the values".
		if limited || !s.spares(p) {
			return NamesCaller
		}
	case s.names(p) == NotNamed:
		return NamesCaller
	}
	return NotNamed
}

// names returns the strongest way in which one of the values names p.
func (s *principals) names(p *Principal) Naming {
	switch {
	case s.everybody,
		p.Kind == User && s.user(p.ARN, p.ID),
		p.Kind == AssumedRole && s.session(p),
		p.Kind == FederatedUser && slices.Contains(s.arns, p.ARN),
		p.Kind == Service && slices.Contains(s.services, p.Service),
		p.Kind == Federated && s.provider(p.Provider):
		return NamesCaller
	case p.Kind == AssumedRole && s.user(p.RoleARN, p.ID),
		p.Kind == FederatedUser && s.user(p.IssuerARN, p.IssuerID):
		return NamesSource
	case p.Kind.hasAccount() && slices.Contains(s.accounts, p.Account):
		return NamesAccount
	}
	return NotNamed
}

// spares reports whether NotPrincipal lists p in full: the account, and within
// it the user, or the role and its session.
//
// Source: "NotPrincipal with Deny" in the IAM User Guide.
func (s *principals) spares(p *Principal) bool {
	account := slices.Contains(s.accounts, p.Account)
	switch {
	case s.everybody:
		return true
	case p.Kind == Root:
		return account
	case p.Kind == AssumedRole:
		return account && s.user(p.RoleARN, p.ID) && s.session(p)
	case p.Kind.hasAccount():
		return account && s.names(p) == NamesCaller
	}
	return s.names(p) == NamesCaller
}

// provider reports whether an identity provider is among the values; "*" stands
// for all.
func (s *principals) provider(name string) bool {
	return slices.Contains(s.providers, name) || slices.Contains(s.providers, "*")
}

// user reports whether a user or a role is among the values.
func (s *principals) user(arn, id string) bool {
	return arn != "" && slices.Contains(s.arns, arn) || id != "" && slices.Contains(s.ids, id)
}

// session reports whether a role session is among the values.
func (s *principals) session(p *Principal) bool {
	if slices.Contains(s.arns, p.ARN) {
		return true
	}
	if p.ID == "" || p.SessionName == "" {
		return false
	}
	for _, id := range s.ids {
		role, name, ok := strings.Cut(id, ":")
		if ok && role == p.ID && name == p.SessionName {
			return true
		}
	}
	return false
}

// lastPart is what follows the last slash of an ARN: a user's name.
func lastPart(s string) string {
	return s[strings.LastIndexByte(s, '/')+1:]
}
