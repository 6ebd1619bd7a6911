package policycase

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/engine"
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
	err        map[string]error      // of those whose policies cannot be used, by ARN
}

// principal is a user or a role with the policies that apply to it.
type principal struct {
	arn, id  string
	identity []*engine.Policy
	boundary []*engine.Policy // nil when there is none
	trust    *engine.Policy   // of a role
	tags     []tag
}

// The parts of GetAccountAuthorizationDetails that decide. Others are passed
// over.
//
// Source: GetAccountAuthorizationDetails in the IAM API Reference.
type details struct {
	UserDetailList  []entity
	GroupDetailList []entity
	RoleDetailList  []entity
	Policies        []managed
	IsTruncated     bool
}

type entity struct {
	Arn, UserID, RoleID           string
	UserName, GroupName, RoleName string
	AssumeRolePolicyDocument      document
	UserPolicyList                []inline
	GroupPolicyList               []inline
	RolePolicyList                []inline
	AttachedManagedPolicies       []struct{ PolicyArn string }
	GroupList                     []string
	PermissionsBoundary           *struct{ PermissionsBoundaryArn string }
	Tags                          []tag
}

type inline struct {
	PolicyName     string
	PolicyDocument document
}

type managed struct {
	Arn, DefaultVersionID string
	PolicyVersionList     []struct {
		VersionID        string
		IsDefaultVersion bool
		Document         document
	}
}

type tag struct{ Key, Value string }

// document is a policy as the API sends it, a string with percent escapes, or as
// the AWS CLI prints it, an object.
type document string

func (d *document) UnmarshalJSON(text []byte) error {
	if text = bytes.TrimSpace(text); len(text) == 0 || text[0] != '"' {
		*d = document(text)
		return nil
	}
	var s string
	if err := jsonv2.Unmarshal(text, &s); err != nil {
		return err
	}
	if strings.HasPrefix(s, "%") {
		plain, err := url.PathUnescape(s)
		if err != nil {
			return err
		}
		s = plain
	}
	*d = document(s)
	return nil
}

// ParseAccount reads the output of "aws iam get-account-authorization-details".
// A policy in it that cannot be read is reported when a case needs it.
func ParseAccount(text []byte) (*Account, error) {
	var d details
	// A member that stands twice, in whatever case, is refused: of two boundaries
	// one would be overlooked.
	if err := jsonv2.Unmarshal(text, &d, jsonv2.MatchCaseInsensitiveNames(true)); err != nil {
		return nil, fmt.Errorf("not the output of get-account-authorization-details: %w", err)
	}
	if d.IsTruncated {
		return nil, errors.New("the account is not whole: IsTruncated is true")
	}
	a := &Account{principals: map[string]*principal{}, roles: map[string]*principal{}, err: map[string]error{}}
	b := builder{policies: map[string]document{}, compiled: map[string]*engine.Policy{}, groups: map[string]*entity{}}
	for i := range d.Policies {
		name := d.Policies[i].Arn
		if _, twice := b.policies[name]; twice {
			return nil, fmt.Errorf("the policy %s stands twice", name)
		}
		b.policies[name] = d.Policies[i].document()
	}
	for i := range d.GroupDetailList {
		name := d.GroupDetailList[i].GroupName
		if _, twice := b.groups[name]; twice {
			return nil, fmt.Errorf("the group %s stands twice", name)
		}
		b.groups[name] = &d.GroupDetailList[i]
	}
	for _, list := range [][]entity{d.UserDetailList, d.RoleDetailList} {
		for i := range list {
			if err := a.add(&b, &list[i]); err != nil {
				return nil, err
			}
		}
	}
	if a.ID == "" {
		return nil, errors.New("the account has no user and no role: is this the output of get-account-authorization-details?")
	}
	return a, nil
}

// document is the default version.
func (m *managed) document() document {
	for _, v := range m.PolicyVersionList {
		if v.IsDefaultVersion || v.VersionID == m.DefaultVersionID {
			return v.Document
		}
	}
	return ""
}

func (a *Account) add(b *builder, e *entity) error {
	name, err := arn.Parse(e.Arn)
	if err != nil || !arn.IsAccount(name.Account) {
		return fmt.Errorf("%q is not the ARN of a user or a role", e.Arn)
	}
	if a.ID == "" {
		a.ID = name.Account
	} else if a.ID != name.Account {
		return fmt.Errorf("the file holds two accounts, %s and %s", a.ID, name.Account)
	}
	_, twice := a.principals[e.Arn]
	if _, other := a.roles[e.RoleName]; twice || other {
		return fmt.Errorf("%s stands twice", e.Arn)
	}
	p, err := b.principal(e)
	if err != nil {
		a.err[e.Arn] = err
	}
	a.principals[e.Arn] = p
	if e.RoleName != "" {
		a.roles[e.RoleName] = p
	}
	return nil
}

// builder compiles the policies of an account, each once.
type builder struct {
	policies map[string]document // by ARN
	compiled map[string]*engine.Policy
	groups   map[string]*entity // by name
}

// principal gathers what applies to a user or a role. What it returns can be
// used for its name even with an error.
func (b *builder) principal(e *entity) (*principal, error) {
	p := &principal{arn: e.Arn, id: e.UserID + e.RoleID, identity: []*engine.Policy{}, tags: e.Tags}
	err := b.addPolicies(p, e, "")
	for _, name := range e.GroupList {
		g, ok := b.groups[name]
		if !ok {
			return p, errors.Join(err, fmt.Errorf("%s is in group %s, which the file does not hold", e.Arn, name))
		}
		err = errors.Join(err, b.addPolicies(p, g, "group/"+name+"/"))
	}
	if e.PermissionsBoundary != nil {
		limit, berr := b.managed(policy.PermissionsBoundary, e.PermissionsBoundary.PermissionsBoundaryArn)
		err = errors.Join(err, berr)
		p.boundary = []*engine.Policy{limit}
	}
	if e.AssumeRolePolicyDocument != "" {
		trust, terr := compilePolicy(policy.Trust, "trust policy of "+e.RoleName, string(e.AssumeRolePolicyDocument))
		err = errors.Join(err, terr)
		p.trust = trust
	}
	return p, err
}

func (b *builder) addPolicies(p *principal, e *entity, prefix string) (err error) {
	for _, list := range [][]inline{e.UserPolicyList, e.GroupPolicyList, e.RolePolicyList} {
		for _, in := range list {
			one, cerr := compilePolicy(policy.IdentityBased, prefix+in.PolicyName, string(in.PolicyDocument))
			p.identity, err = append(p.identity, one), errors.Join(err, cerr)
		}
	}
	for _, at := range e.AttachedManagedPolicies {
		one, merr := b.managed(policy.IdentityBased, at.PolicyArn)
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
	text, ok := b.policies[policyARN]
	if !ok {
		info, known := catalog.ManagedPolicy(policyARN)
		if !known {
			return nil, fmt.Errorf("policy %s is attached, and the file does not hold it", policyARN)
		}
		text = document(info.Document())
	}
	p, err := compilePolicy(kind, policyARN, string(text))
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
		return a.err[p.arn]
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
	return a.err[found.arn]
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
