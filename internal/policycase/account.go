package policycase

import (
	"errors"
	"fmt"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/accountfile"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/policy"
)

// Accounts are downloaded accounts, by account id. Nil has none.
type Accounts map[string]*Account

// Account is what "aws iam get-account-authorization-details" prints of one
// account. It is immutable.
type Account struct {
	ID         string
	principals map[string]*principal // users and roles, by ARN
	roles      map[string]*principal // by name
}

// principal is a user or a role with the policies that apply to it.
type principal struct {
	arn, id  string
	identity []*engine.Policy
	boundary []*engine.Policy // nil when there is none
	tags     []iamapi.Tag
	err      error // why identity or boundary cannot be used

	trust    *engine.Policy // of a role
	trustErr error          // why it cannot be used
}

// entity is what users, groups and roles have in common.
type entity struct {
	arn, id  string
	role     string // its name, of a role
	inline   []iamapi.PolicyDetail
	attached []iamapi.AttachedPolicy
	groups   []string
	boundary *iamapi.AttachedPermissionsBoundary
	trust    string
	tags     []iamapi.Tag
}

func ofUser(u *iamapi.UserDetail) *entity {
	return &entity{
		arn: stringOf(u.Arn), id: stringOf(u.UserId), inline: u.UserPolicyList, attached: u.AttachedManagedPolicies,
		groups: u.GroupList, boundary: u.PermissionsBoundary, tags: u.Tags,
	}
}

func ofGroup(g *iamapi.GroupDetail) *entity {
	return &entity{arn: stringOf(g.Arn), id: stringOf(g.GroupId), inline: g.GroupPolicyList, attached: g.AttachedManagedPolicies}
}

func ofRole(r *iamapi.RoleDetail) *entity {
	return &entity{
		arn: stringOf(r.Arn), id: stringOf(r.RoleId), role: stringOf(r.RoleName), inline: r.RolePolicyList, attached: r.AttachedManagedPolicies,
		boundary: r.PermissionsBoundary, trust: accountfile.Document(r.AssumeRolePolicyDocument), tags: r.Tags,
	}
}

// ParseAccount reads the output of "aws iam get-account-authorization-details".
// A policy in it that cannot be read, or is not there, is reported when a case
// needs it.
func ParseAccount(data []byte) (*Account, error) {
	d, err := accountfile.Decode(data)
	if err != nil {
		return nil, err
	}
	if d.IsTruncated != nil && *d.IsTruncated {
		return nil, errors.New("the account is not whole: IsTruncated is true")
	}
	a := &Account{principals: map[string]*principal{}, roles: map[string]*principal{}}
	b := builder{policies: map[string]string{}, compiled: map[string]*engine.Policy{}, groups: map[string]*entity{}}
	if err := b.gather(d); err != nil {
		return nil, err
	}
	for i := range d.UserDetailList {
		if err := a.add(&b, ofUser(&d.UserDetailList[i])); err != nil {
			return nil, err
		}
	}
	for i := range d.RoleDetailList {
		if err := a.add(&b, ofRole(&d.RoleDetailList[i])); err != nil {
			return nil, err
		}
	}
	if a.ID == "" {
		return nil, errors.New("the account has no user and no role: is this the output of get-account-authorization-details?")
	}
	return a, nil
}

// stringOf is a member of the file, "" when it is not there.
func stringOf(member *string) string {
	if member == nil {
		return ""
	}
	return *member
}

func (a *Account) add(b *builder, e *entity) error {
	name, err := arn.Parse(e.arn)
	if err != nil || !arn.IsAccount(name.Account) {
		return fmt.Errorf("%q is not the ARN of a user or a role", e.arn)
	}
	if a.ID == "" {
		a.ID = name.Account
	} else if a.ID != name.Account {
		return fmt.Errorf("the file holds two accounts, %s and %s", a.ID, name.Account)
	}
	_, twice := a.principals[e.arn]
	if _, other := a.roles[e.role]; twice || other {
		return fmt.Errorf("%s stands twice", e.arn)
	}
	p := b.principal(e)
	a.principals[e.arn] = p
	if e.role != "" {
		a.roles[e.role] = p
	}
	return nil
}

// builder compiles the policies of an account, each once.
type builder struct {
	policies map[string]string // documents by ARN
	compiled map[string]*engine.Policy
	groups   map[string]*entity // by name
}

// gather notes the managed policies and the groups.
func (b *builder) gather(d *accountfile.Details) error {
	for i := range d.Policies {
		m := &d.Policies[i]
		name := stringOf(m.Arn)
		if _, twice := b.policies[name]; twice {
			return fmt.Errorf("the policy %s stands twice", name)
		}
		doc, err := inForce(m)
		if err != nil {
			return err
		}
		b.policies[name] = doc
	}
	for i := range d.GroupDetailList {
		g := &d.GroupDetailList[i]
		name := stringOf(g.GroupName)
		if _, twice := b.groups[name]; twice {
			return fmt.Errorf("the group %s stands twice", name)
		}
		b.groups[name] = ofGroup(g)
	}
	return nil
}

// inForce is the document of a policy's default version. What the policy and its
// versions say of that must agree.
func inForce(m *iamapi.ManagedPolicyDetail) (document string, err error) {
	found := false
	for _, v := range m.PolicyVersionList {
		named := m.DefaultVersionId != nil && stringOf(v.VersionId) == *m.DefaultVersionId
		marked := v.IsDefaultVersion != nil && *v.IsDefaultVersion
		if m.DefaultVersionId != nil && v.IsDefaultVersion != nil && named != marked || (named || marked) && found {
			return "", fmt.Errorf("the policy %s says in two ways which of its versions is the default", stringOf(m.Arn))
		}
		if named || marked {
			document, found = accountfile.Document(v.Document), true
		}
	}
	return document, nil
}

// principal gathers what applies to a user or a role.
func (b *builder) principal(e *entity) *principal {
	p := &principal{arn: e.arn, id: e.id, identity: []*engine.Policy{}, tags: e.tags}
	p.err = b.addPolicies(p, e, "")
	for _, name := range e.groups {
		g, ok := b.groups[name]
		if !ok {
			p.err = errors.Join(p.err, fmt.Errorf("%s is in group %s, which the file does not hold", e.arn, name))
			continue
		}
		p.err = errors.Join(p.err, b.addPolicies(p, g, "group/"+name+"/"))
	}
	if e.boundary != nil {
		limit, err := b.managed(policy.PermissionsBoundary, stringOf(e.boundary.PermissionsBoundaryArn))
		p.err = errors.Join(p.err, err)
		p.boundary = []*engine.Policy{limit}
	}
	if e.trust != "" {
		p.trust, p.trustErr = compileNamed(policy.Trust, "trust policy of "+e.role, e.trust)
	}
	return p
}

func (b *builder) addPolicies(p *principal, e *entity, prefix string) (err error) {
	for i := range e.inline {
		one, cerr := compileNamed(policy.IdentityBased, prefix+stringOf(e.inline[i].PolicyName), accountfile.Document(e.inline[i].PolicyDocument))
		p.identity, err = append(p.identity, one), errors.Join(err, cerr)
	}
	for _, at := range e.attached {
		one, merr := b.managed(policy.IdentityBased, stringOf(at.PolicyArn))
		p.identity, err = append(p.identity, one), errors.Join(err, merr)
	}
	return err
}

// managed compiles a managed policy. Those of AWS that the file lacks are taken
// from the catalog.
func (b *builder) managed(kind policy.Kind, policyARN string) (*engine.Policy, error) {
	key := string(rune(kind)) + policyARN
	if p, ok := b.compiled[key]; ok {
		return p, nil
	}
	doc, ok := b.policies[policyARN]
	if !ok {
		info, known := catalog.ManagedPolicy(policyARN)
		if !known {
			return nil, fmt.Errorf("policy %s is attached, and the file does not hold it", policyARN)
		}
		doc = info.Document()
	}
	p, err := compileNamed(kind, policyARN, doc)
	if err == nil {
		b.compiled[key] = p
	}
	return p, err
}

// complete gives c what its account says of it: the policies and the boundary
// of the principal, each where the case has none of its own, its tags, and the
// trust policy of a role that is to be assumed.
func (as Accounts) complete(c *Case) error {
	if len(as) == 0 {
		return nil
	}
	if err := as.completePrincipal(c); err != nil {
		return err
	}
	if !c.Layers.Trust || c.Layers.Resource != nil {
		return nil
	}
	role, _ := arn.Parse(c.Request.Resource)
	if a, ok := as[role.Account]; ok {
		p, ok := a.principals[c.Request.Resource]
		if !ok {
			return fmt.Errorf("account %s has no role %s", a.ID, c.Request.Resource)
		}
		c.Layers.Resource = p.trust
		return p.trustErr
	}
	return nil
}

func (as Accounts) completePrincipal(c *Case) error {
	p := &c.Request.Principal
	if p.Kind != engine.User && p.Kind != engine.AssumedRole && p.Kind != engine.FederatedUser {
		return nil
	}
	given := c.Layers.Identity != nil
	if p.Kind == engine.FederatedUser && strings.HasSuffix(p.IssuerARN, ":root") {
		return nil // no file lists the root user, who needs no policies
	}
	a, ok := as[p.Account]
	if !ok {
		if given {
			return nil
		}
		return fmt.Errorf("no account given is %s, where the principal is", p.Account)
	}
	found, err := a.find(p)
	if err != nil {
		return err
	}
	if !given {
		c.Layers.Identity = found.identity
	}
	if c.Layers.Boundary == nil {
		c.Layers.Boundary = found.boundary
	}
	c.know(found)
	return found.err
}

// find returns who or what the caller's policies belong to.
func (a *Account) find(p *engine.Principal) (*principal, error) {
	name := p.ARN
	switch p.Kind {
	case engine.AssumedRole:
		name = p.RoleARN
	case engine.FederatedUser:
		if name = p.IssuerARN; name == "" {
			return nil, errors.New("the user who called GetFederationToken is not known: say issuer")
		}
	}
	found, ok := a.principals[name]
	if role, err := arn.Parse(name); err == nil && !ok && role.Resource == "role/"+role.Name() {
		found, ok = a.roles[role.Name()] // a session's ARN leaves the path of its role out
	}
	if !ok {
		return nil, fmt.Errorf("account %s has no %s", a.ID, name)
	}
	return found, nil
}

// know notes what an account tells of a case's principal: the path of its role,
// its unique id, its tags.
func (c *Case) know(found *principal) {
	p := &c.Request.Principal
	switch p.Kind {
	case engine.User:
		p.ID = found.id
	case engine.AssumedRole:
		setRole(p, found.arn)
		if p.ID = found.id; p.SessionName == anySession {
			p.ID = "" // a session without a name has no aws:userid
		}
	case engine.FederatedUser:
		p.IssuerID = found.id
	}
	for _, t := range found.tags {
		if _, given := c.context.Get("aws:PrincipalTag/" + t.Key); !given {
			c.context.Set("aws:PrincipalTag/"+t.Key, t.Value)
		}
	}
}
