package policycase

import (
	"errors"
	"fmt"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
)

// parsePrincipal reads who calls: the ARN of a user, a role session, a federated
// user or an account's root user, the name of a service, "anonymous", or, where
// an identity provider vouches for the caller, the provider.
//
// The ARN of a role stands for a session of it that no policy names.
func parsePrincipal(s, action string) (engine.Principal, error) {
	if s == "anonymous" {
		return engine.Principal{Kind: engine.Anonymous}, nil
	}
	if provider, ok := strings.CutPrefix(s, "provider "); ok {
		return engine.Principal{Kind: engine.Federated, Provider: provider}, nil
	}
	if strings.HasPrefix(s, "arn:") {
		return parsePrincipalARN(s)
	}
	switch {
	case !strings.Contains(s, ".") || strings.ContainsAny(s, " :*"):
		return engine.Principal{}, fmt.Errorf("principal %q is no ARN, no service and not \"anonymous\"", s)
	case byProvider(action):
		return engine.Principal{Kind: engine.Federated, Provider: s}, nil
	}
	return engine.Principal{Kind: engine.Service, Service: s}, nil
}

// byProvider reports whether callers of the action are vouched for by a provider.
func byProvider(action string) bool {
	return strings.EqualFold(action, "sts:AssumeRoleWithWebIdentity") || strings.EqualFold(action, "sts:AssumeRoleWithSAML")
}

func parsePrincipalARN(s string) (engine.Principal, error) {
	a, err := arn.Parse(s)
	if err != nil || a.Region != "" || !arn.IsAccount(a.Account) {
		return engine.Principal{}, fmt.Errorf("principal %q is not the ARN of a principal", s)
	}
	p := engine.Principal{Account: a.Account, ARN: s}
	kind, rest, _ := strings.Cut(a.Resource, "/")
	switch kind := a.Service + ":" + kind; {
	case a.Service == "iam" && a.Resource == "root":
		p.Kind = engine.Root
	case rest == "" || strings.HasSuffix(rest, "/"):
		return p, fmt.Errorf("principal %q has no name", s)
	case kind == "iam:user":
		p.Kind = engine.User
	case kind == "iam:role":
		name := rest[strings.LastIndexByte(rest, '/')+1:]
		p.Kind, p.SessionName, p.RoleARN = engine.AssumedRole, anySession, s
		p.ARN = session(a, name)
	case kind == "sts:assumed-role" && strings.Count(rest, "/") == 1:
		role, name, _ := strings.Cut(rest, "/")
		p.Kind, p.SessionName, p.RoleARN = engine.AssumedRole, name, roleOf(a, role)
	case kind == "sts:federated-user" && !strings.Contains(rest, "/"):
		p.Kind = engine.FederatedUser
	case kind == "iam:oidc-provider", kind == "iam:saml-provider":
		return engine.Principal{Kind: engine.Federated, Provider: s}, nil
	default:
		return p, fmt.Errorf("principal %q is not the ARN of a user, a role session, a federated user or a root user", s)
	}
	return p, nil
}

// ask says who calls, and tells whether the resource's policy is a trust policy.
func (c *Case) ask(principal, issuer string) error {
	q := &c.Request
	if !engine.IsAction(q.Action) {
		return fmt.Errorf("action %q is not the name of one: a service's prefix, a colon and a name without wildcards, as in s3:GetObject", q.Action)
	}
	p, err := parsePrincipal(principal, q.Action)
	if err != nil {
		return err
	}
	p.Management = q.Principal.Management
	if issuer != "" {
		if p.Kind != engine.FederatedUser {
			return errors.New("only a federated user has an issuer")
		}
		by, err := parsePrincipalARN(issuer)
		if err != nil || by.Kind != engine.User && by.Kind != engine.Root || by.Account != p.Account {
			return fmt.Errorf("issuer %q is not the ARN of a user or the root user of account %s", issuer, p.Account)
		}
		p.IssuerARN = issuer
	}
	if named, _ := c.context.Get("aws:PrincipalArn"); len(named) == 1 {
		setRole(&p, named[0])
	}
	if q.Resource == "" {
		q.Resource = "*"
	}
	q.Principal, q.Context = p, &c.context
	c.Layers.Trust = isTrust(q.Action, q.Resource)
	return nil
}

// setKeys sets the keys that AWS gives every such request, where the case has
// not said otherwise.
func (c *Case) setKeys() {
	own := &c.own
	own.Reset()
	own.SetPrincipal(&c.Request.Principal)
	if account := c.Request.ResourceAccount; account != "" {
		own.Set("aws:ResourceAccount", account)
	}
	for key, values := range own.All() {
		if _, given := c.context.Get(key); !given {
			c.context.Set(key, values...)
		}
	}
}

// isTrust reports whether a role's trust policy decides the action: those of STS
// on a role, sts:TagSession among them.
func isTrust(action, resource string) bool {
	service, _, _ := strings.Cut(action, ":")
	if !strings.EqualFold(service, "sts") {
		return false
	}
	a, err := arn.Parse(resource)
	if err != nil {
		return byProvider(action) || strings.EqualFold(action, "sts:AssumeRole")
	}
	kind, _, _, ok := a.Entity()
	return ok && kind == "role"
}

// anySession is the name of the session that a role's ARN stands for. No session
// has it, and no policy can name it.
const anySession = "*"

func session(role arn.ARN, name string) string {
	role.Service, role.Resource = "sts", "assumed-role/"+name+"/"+anySession
	return role.String()
}

func roleOf(session arn.ARN, name string) string {
	session.Service, session.Resource = "iam", "role/"+name
	return session.String()
}

// setRole notes which role a session belongs to, when roleARN is one that may.
func setRole(p *engine.Principal, roleARN string) {
	a, err := arn.Parse(roleARN)
	if p.Kind != engine.AssumedRole || err != nil || a.Account != p.Account {
		return
	}
	kind, path, name, ok := a.Entity()
	old, _ := arn.Parse(p.RoleARN)
	if !ok || kind != "role" || name != old.Name() || a.Partition != old.Partition {
		return
	}
	p.RoleARN = roleARN
	p.ServiceLinked = strings.HasPrefix(path, "/aws-service-role/")
}
