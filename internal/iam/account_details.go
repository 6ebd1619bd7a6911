package iam

import (
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// AccountDetails returns the whole of an account, as
// GetAccountAuthorizationDetails has it page by page. Whether the caller may
// see that account is for who calls this to decide.
func (s *Service) AccountDetails(c *api.Call, account string) *iamapi.GetAccountAuthorizationDetailsOutput {
	in := *c
	in.Account = account
	out := &iamapi.GetAccountAuthorizationDetailsOutput{
		UserDetailList: []iamapi.UserDetail{}, GroupDetailList: []iamapi.GroupDetail{}, RoleDetailList: []iamapi.RoleDetail{},
		Policies: []iamapi.ManagedPolicyDetail{},
	}
	for d := range s.details(&in, nil, "") {
		d.add(out)
	}
	return out
}

// PutAccountDetails returns what makes the entities of an account as (a part
// of) its details has them, with their unique ids, dates and versions. Doing it
// again changes nothing. Whether the caller may is for who calls this to decide.
//
// An entity of the same unique id is replaced, but for what details do not have
// (a role's description, a policy's tags): that stays. A role that comes without
// a trust policy is made when it is not there, trusting nobody, and otherwise
// left as it is. AWS's quotas are not asked: the account kept them, or had
// higher ones. Policies of AWS are passed over.
//
// Errors are IAM's: EntityAlreadyExists where another entity has the name,
// NoSuchEntity for policies and groups that are not there, ValidationError,
// MalformedPolicyDocument.
func (s *Service) PutAccountDetails(account string, details *iamapi.GetAccountAuthorizationDetailsOutput) (func(*state.Tx) error, error) {
	p := detailsPut{service: s, account: account}
	for i := range details.Policies {
		if d := &details.Policies[i]; !strings.HasPrefix(text(d.Arn), awsPolicyARNs) {
			p.add("policy "+text(d.PolicyName), func() (change, error) { return p.policy(d) })
		}
	}
	for i := range details.GroupDetailList {
		d := &details.GroupDetailList[i]
		p.add("group "+text(d.GroupName), func() (change, error) { return p.group(d) })
	}
	for i := range details.UserDetailList {
		d := &details.UserDetailList[i]
		p.add("user "+text(d.UserName), func() (change, error) { return p.user(d) })
	}
	for i := range details.RoleDetailList {
		d := &details.RoleDetailList[i]
		p.add("role "+text(d.RoleName), func() (change, error) { return p.role(d) })
	}
	return p.apply, p.err
}

// detailsPut gathers what is to be done, and the first thing that is wrong.
type detailsPut struct {
	service *Service
	account string
	changes []change
	err     error
}

// add prepares one entity. Errors, then and later, name it.
func (p *detailsPut) add(what string, prepare func() (change, error)) {
	if p.err != nil {
		return
	}
	do, err := prepare()
	p.err = about(what, err)
	p.changes = append(p.changes, func(tx *state.Tx) error { return about(what, do(tx)) })
}

func (p *detailsPut) apply(tx *state.Tx) error {
	for _, do := range p.changes {
		if err := do(tx); err != nil {
			return err
		}
	}
	return nil
}

// about puts in front of an error's text what it is about.
func about(what string, err error) error {
	if e, ok := err.(*shape.Error); ok {
		e = new(*e)
		e.Message = what + ": " + e.Message
		return e
	}
	return err
}

const (
	awsPolicyARNs = "arn:aws:iam::aws:"

	// nobody is the trust policy of a role whose own is not known yet.
	nobody = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}`
)

func (p *detailsPut) policy(d *iamapi.ManagedPolicyDetail) (change, error) {
	id, err := identityOf(awsid.ManagedPolicy, d.PolicyId, d.PolicyName, d.Path, d.CreateDate)
	if err != nil {
		return nil, err
	}
	made := state.ManagedPolicy{
		Account: p.account, ID: id.id, Name: id.name, Path: id.path, Description: text(d.Description),
		Created: id.created, Updated: id.created, Default: text(d.DefaultVersionId),
	}
	if d.UpdateDate != nil {
		made.Updated = d.UpdateDate.UTC()
	}
	if made.Versions, made.NextVersion, err = p.versions(d); err != nil {
		return nil, err
	}
	return func(tx *state.Tx) error {
		now, err := held(tx, p.account, id.name, &made, tx.Policy)
		if err != nil {
			return err
		}
		out := made
		if now != nil {
			out.Tags, out.NextVersion = now.Tags, max(out.NextVersion, now.NextVersion)
		}
		tx.PutPolicy(&out)
		return nil
	}, nil
}

// versions are the versions of a policy, oldest first, and the number of the
// next one.
func (p *detailsPut) versions(d *iamapi.ManagedPolicyDetail) (list []state.PolicyVersion, next int, err error) {
	for _, v := range d.PolicyVersionList {
		n, err := strconv.Atoi(strings.TrimPrefix(text(v.VersionId), "v"))
		if err != nil || n < 1 || n > math.MaxInt32 || text(v.VersionId) != "v"+strconv.Itoa(n) {
			return nil, 0, invalid("version %q is not v1, v2, …", text(v.VersionId))
		}
		if slices.ContainsFunc(list, func(o state.PolicyVersion) bool { return o.ID == *v.VersionId }) {
			return nil, 0, invalid("two versions are called %s", *v.VersionId)
		}
		doc, err := p.document(policy.IdentityBased, v.Document)
		if err != nil {
			return nil, 0, about("version "+*v.VersionId, err)
		}
		version := state.PolicyVersion{ID: *v.VersionId, Document: doc}
		if v.CreateDate != nil {
			version.Created = v.CreateDate.UTC()
		}
		list, next = append(list, version), max(next, n+1)
	}
	slices.SortFunc(list, func(a, b state.PolicyVersion) int { return len(a.ID) - len(b.ID) + strings.Compare(a.ID, b.ID) })
	if !slices.ContainsFunc(list, func(v state.PolicyVersion) bool { return v.ID == text(d.DefaultVersionId) }) {
		return nil, 0, invalid("its default version %q is not among its versions", text(d.DefaultVersionId))
	}
	return list, next, nil
}

func (p *detailsPut) group(d *iamapi.GroupDetail) (change, error) {
	id, err := identityOf(awsid.Group, d.GroupId, d.GroupName, d.Path, d.CreateDate)
	if err != nil {
		return nil, err
	}
	made := state.Group{Account: p.account, ID: id.id, Name: id.name, Path: id.path, Created: id.created, Attached: attachedARNs(d.AttachedManagedPolicies)}
	if made.Inline, err = p.inline(d.GroupPolicyList); err != nil {
		return nil, err
	}
	return func(tx *state.Tx) error {
		if _, err := held(tx, p.account, id.name, &made, tx.Group); err != nil {
			return err
		}
		out := made
		tx.PutGroup(&out)
		return haveAll(tx, p.account, made.Attached, "")
	}, nil
}

func (p *detailsPut) user(d *iamapi.UserDetail) (change, error) {
	id, err := identityOf(awsid.User, d.UserId, d.UserName, d.Path, d.CreateDate)
	if err != nil {
		return nil, err
	}
	made := state.User{
		Account: p.account, ID: id.id, Name: id.name, Path: id.path, Created: id.created,
		Attached: attachedARNs(d.AttachedManagedPolicies), Boundary: boundaryARN(d.PermissionsBoundary),
	}
	if made.Inline, err = p.inline(d.UserPolicyList); err != nil {
		return nil, err
	}
	if made.Tags, err = keptTags(users, d.Tags); err != nil {
		return nil, err
	}
	return func(tx *state.Tx) error {
		now, err := held(tx, p.account, id.name, &made, tx.User)
		if err != nil {
			return err
		}
		out := made
		if now != nil {
			out.PasswordLastUsed = now.PasswordLastUsed
		}
		for _, name := range d.GroupList {
			g, ok := tx.Group(p.account, name)
			if !ok {
				return notFound("The group with name %s cannot be found.", name)
			}
			if !slices.Contains(out.Groups, g.ID) {
				out.Groups = append(out.Groups, g.ID)
			}
		}
		tx.PutUser(&out)
		return haveAll(tx, p.account, made.Attached, made.Boundary)
	}, nil
}

func (p *detailsPut) role(d *iamapi.RoleDetail) (change, error) {
	id, err := identityOf(awsid.Role, d.RoleId, d.RoleName, d.Path, d.CreateDate)
	if err != nil {
		return nil, err
	}
	made := state.Role{
		Account: p.account, ID: id.id, Name: id.name, Path: id.path, Created: id.created, MaxSession: defaultMaxSession,
		Attached: attachedARNs(d.AttachedManagedPolicies), Boundary: boundaryARN(d.PermissionsBoundary),
	}
	if u := d.RoleLastUsed; u != nil && u.LastUsedDate != nil {
		made.LastUsed, made.LastUsedRegion = u.LastUsedDate.UTC(), text(u.Region)
	}
	if made.Inline, err = p.inline(d.RolePolicyList); err != nil {
		return nil, err
	}
	if made.Tags, err = keptTags(roles, d.Tags); err != nil {
		return nil, err
	}
	trust := d.AssumeRolePolicyDocument
	if trust == nil {
		trust = new(nobody)
	}
	trusted, err := p.document(policy.Trust, trust)
	if err != nil {
		return nil, about("trust policy", err)
	}
	profiles, err := p.profiles(d.InstanceProfileList)
	if err != nil {
		return nil, err
	}
	return func(tx *state.Tx) error {
		now, err := held(tx, p.account, id.name, &made, tx.Role)
		if err != nil {
			return err
		}
		if now != nil && d.AssumeRolePolicyDocument == nil {
			return nil
		}
		out := made
		if now != nil {
			out.Description, out.MaxSession = now.Description, now.MaxSession
			if now.LastUsed.After(out.LastUsed) {
				out.LastUsed, out.LastUsedRegion = now.LastUsed, now.LastUsedRegion
			}
		}
		if out.Trust, err = tx.ResolveStored(trusted); err != nil {
			return about("trust policy", malformed(err))
		}
		tx.PutRole(&out)
		if err := haveAll(tx, p.account, made.Attached, made.Boundary); err != nil {
			return err
		}
		return putProfiles(tx, &out, profiles)
	}, nil
}

// profiles are the instance profiles of a role, without the role.
func (p *detailsPut) profiles(list []iamapi.InstanceProfile) ([]state.InstanceProfile, error) {
	var out []state.InstanceProfile
	for _, d := range list {
		id, err := identityOf(awsid.InstanceProfile, &d.InstanceProfileId, &d.InstanceProfileName, &d.Path, &d.CreateDate)
		if err != nil {
			return nil, about("instance profile "+d.InstanceProfileName, err)
		}
		tags, err := keptTags(instanceProfiles, d.Tags)
		if err != nil {
			return nil, err
		}
		out = append(out, state.InstanceProfile{Account: p.account, ID: id.id, Name: id.name, Path: id.path, Created: id.created, Tags: tags})
	}
	return out, nil
}

// putProfiles gives the role these instance profiles and takes it out of all
// others.
func putProfiles(tx *state.Tx, r *state.Role, list []state.InstanceProfile) error {
	for _, old := range slices.Collect(tx.ProfilesOf(r.ID)) {
		if !slices.ContainsFunc(list, func(p state.InstanceProfile) bool { return p.ID == old.ID }) {
			out := *old
			out.Roles = slices.DeleteFunc(slices.Clone(out.Roles), func(id string) bool { return id == r.ID })
			tx.PutInstanceProfile(&out)
		}
	}
	for i := range list {
		out := list[i]
		now, err := held(tx, r.Account, out.Name, &out, tx.InstanceProfile)
		if err != nil {
			return about("instance profile "+out.Name, err)
		}
		if now != nil && out.Tags == nil {
			out.Tags = now.Tags
		}
		out.Roles = []string{r.ID}
		tx.PutInstanceProfile(&out)
	}
	return nil
}

// held returns the entity that has the unique id, if the account has it. No
// other may have its name, and none of another account its id.
func held[E state.Entity](tx *state.Tx, account, name string, made E, byName func(account, name string) (E, bool)) (E, error) {
	var none E
	if other, ok := byName(account, name); ok && other.UniqueID() != made.UniqueID() {
		return none, iamapi.EntityAlreadyExists("the name belongs to %s here, and to %s in the file", other.UniqueID(), made.UniqueID())
	}
	now, ok := tx.Entity(made.UniqueID())
	if !ok {
		return none, nil
	}
	same, ok := now.(E)
	if !ok || same.AccountID() != account {
		return none, iamapi.EntityAlreadyExists("the unique id %s belongs to %s here", made.UniqueID(), now.ARN())
	}
	return same, nil
}

// haveAll checks that managed policies are there for an account.
func haveAll(tx *state.Tx, account string, attached []string, boundary string) error {
	for _, policyARN := range append(slices.Clip(attached), boundary) {
		if _, ok := usable(tx.Snapshot, account, policyARN); !ok && policyARN != "" {
			return notFound(policyUnknown, policyARN)
		}
	}
	return nil
}

// identity is what says who or what an entity is.
type identity struct {
	id, name, path string
	created        time.Time
}

var (
	entityName = regexp.MustCompile(`^[\w+=,.@-]{1,128}$`)
	entityPath = regexp.MustCompile(`^/([!-~]{1,510}/)?$`)
	entityID   = regexp.MustCompile(`^[A-Z0-9]{16,128}$`)
)

func identityOf(prefix awsid.Prefix, id, name, path *string, created *time.Time) (identity, error) {
	switch {
	case !entityName.MatchString(text(name)):
		return identity{}, invalid("its name is not one")
	case !entityPath.MatchString(text(path)):
		return identity{}, invalid("its path %q is not one", text(path))
	case !entityID.MatchString(text(id)) || !strings.HasPrefix(*id, string(prefix)):
		return identity{}, invalid("its unique id %q is not one", text(id))
	case created == nil:
		return identity{}, invalid("it has no date of creation")
	}
	return identity{*id, *name, *path, created.UTC()}, nil
}

// document parses a policy of the details.
func (p *detailsPut) document(kind policy.Kind, escaped *string) (*state.Document, error) {
	if escaped == nil {
		return nil, invalid("a policy has no document")
	}
	plain := *escaped
	if strings.HasPrefix(plain, "%") {
		var err error
		if plain, err = url.PathUnescape(plain); err != nil {
			return nil, invalid("a policy document has a bad escape")
		}
	}
	doc, err := state.ParseDocument(kind, plain, p.service.schema)
	if err != nil {
		return nil, malformed(err)
	}
	return doc, nil
}

func (p *detailsPut) inline(list []iamapi.PolicyDetail) ([]state.InlinePolicy, error) {
	var out []state.InlinePolicy
	for _, d := range list {
		name := text(d.PolicyName)
		if !entityName.MatchString(name) {
			return nil, invalid("the name of an inline policy, %q, is not one", name)
		}
		doc, err := p.document(policy.IdentityBased, d.PolicyDocument)
		if err != nil {
			return nil, about("policy "+name, err)
		}
		out = append(out, state.InlinePolicy{Name: name, Document: doc})
	}
	slices.SortFunc(out, func(a, b state.InlinePolicy) int { return strings.Compare(a.Name, b.Name) })
	for i := range out[min(1, len(out)):] {
		if out[i].Name == out[i+1].Name {
			return nil, invalid("two inline policies are called %s", out[i].Name)
		}
	}
	return out, nil
}

func attachedARNs(list []iamapi.AttachedPolicy) []string {
	var out []string
	for _, p := range list {
		if !slices.Contains(out, text(p.PolicyArn)) {
			out = append(out, text(p.PolicyArn))
		}
	}
	return out
}

func boundaryARN(b *iamapi.AttachedPermissionsBoundary) string {
	if b == nil {
		return ""
	}
	return text(b.PermissionsBoundaryArn)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
