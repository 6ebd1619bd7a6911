package accountfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/policy"
)

// Difference is what becomes of an entity.
type Difference int

// The differences. An entity that only the account has stays.
const (
	Same Difference = iota
	Added
	Changed
	Other // the account has another entity of that name
	OnlyHere
)

// Change is one entity in a comparison.
type Change struct {
	Kind, Name string // "user", "group", "role" or "policy"
	Difference Difference
	// Diff is how a changed entity differs, as a unified diff of JSON. Of an
	// entity that is another one it is empty.
	Diff string
	// HaveID and WantID are the unique ids, when they differ.
	HaveID, WantID string
}

// Compare says what has to become of the entities of an account for it to be as
// the file wants: first those of the file, by kind and name, then those that
// only the account has. Policies of AWS are not compared, nor what is counted or
// dated by use: attachments and when a role was last used. The order of lists
// makes no difference, nor does the layout of policies.
func Compare(want, have *Details) []Change {
	there := map[string]entity{}
	for _, e := range sorted(have) {
		there[e.key()] = e
	}
	var changes []Change
	for _, e := range sorted(want) {
		changes = append(changes, e.compare(there))
		delete(there, e.key())
	}
	for _, e := range sorted(have) {
		if _, left := there[e.key()]; left {
			changes = append(changes, Change{Kind: e.kind, Name: e.name, Difference: OnlyHere})
		}
	}
	return changes
}

func (e *entity) compare(there map[string]entity) Change {
	c := Change{Kind: e.kind, Name: e.name, Difference: Added}
	old, ok := there[e.key()]
	switch {
	case !ok:
	case old.id != e.id:
		c.Difference, c.HaveID, c.WantID = Other, old.id, e.id
	default:
		c.Diff = string(diff.Diff("here", old.normal(), "file", e.normal()))
		if c.Difference = Changed; c.Diff == "" {
			c.Difference = Same
		}
	}
	return c
}

// key finds an entity of the same kind and name in another account file: names
// are compared without case.
func (e *entity) key() string { return e.kind + " " + strings.ToLower(e.name) }

// sorted are the entities by kind and name, without policies of AWS.
func sorted(d *Details) []entity {
	all := slices.DeleteFunc(entities(d), func(e entity) bool { return e.kind == "policy" && OfAWS(e.arn) })
	slices.SortStableFunc(all, func(a, b entity) int {
		return cmp.Or(cmp.Compare(rank[a.kind], rank[b.kind]), cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name)))
	})
	return all
}

// rank is the order in which entities are listed and made: none needs one that
// follows, but for trust policies.
var rank = map[string]int{"policy": 0, "group": 1, "user": 2, "role": 3}

// normal is the entity as JSON, without what makes no difference.
func (e *entity) normal() []byte {
	var d any
	switch detail := e.detail.(type) {
	case *iamapi.UserDetail:
		u := *detail
		u.UserPolicyList, u.AttachedManagedPolicies, u.Tags = inlineNormal(u.UserPolicyList), attachedNormal(u.AttachedManagedPolicies), tagsNormal(u.Tags)
		u.GroupList = sortedBy(u.GroupList, strings.ToLower)
		u.PermissionsBoundary = boundaryNormal(u.PermissionsBoundary)
		d = &u
	case *iamapi.GroupDetail:
		g := *detail
		g.GroupPolicyList, g.AttachedManagedPolicies = inlineNormal(g.GroupPolicyList), attachedNormal(g.AttachedManagedPolicies)
		d = &g
	case *iamapi.RoleDetail:
		r := *detail
		r.RolePolicyList, r.AttachedManagedPolicies, r.Tags = inlineNormal(r.RolePolicyList), attachedNormal(r.AttachedManagedPolicies), tagsNormal(r.Tags)
		r.AssumeRolePolicyDocument = documentNormal(r.AssumeRolePolicyDocument)
		r.PermissionsBoundary = boundaryNormal(r.PermissionsBoundary)
		r.InstanceProfileList, r.RoleLastUsed = profilesNormal(r.InstanceProfileList), nil
		d = &r
	case *iamapi.ManagedPolicyDetail:
		p := *detail
		p.PolicyVersionList = versionsNormal(p.PolicyVersionList)
		p.AttachmentCount, p.PermissionsBoundaryUsageCount, p.IsAttachable, p.UpdateDate = nil, nil, nil, nil
		d = &p
	}
	return append(awscmd.AppendOutput(nil, &iamapi.Service, d), '\n')
}

// sortedBy is a sorted copy; an empty list is nil.
func sortedBy[E any](list []E, key func(E) string) []E {
	if len(list) == 0 {
		return nil
	}
	return slices.SortedFunc(slices.Values(list), func(a, b E) int { return cmp.Compare(key(a), key(b)) })
}

func tagsNormal(list []iamapi.Tag) []iamapi.Tag {
	return sortedBy(list, func(t iamapi.Tag) string { return t.Key })
}

// attachedNormal has ARNs alone: names follow from them.
func attachedNormal(list []iamapi.AttachedPolicy) []iamapi.AttachedPolicy {
	out := sortedBy(list, func(p iamapi.AttachedPolicy) string { return text(p.PolicyArn) })
	for i := range out {
		out[i].PolicyName = nil
	}
	return out
}

// boundaryNormal has the ARN alone: the API says the type in one way, and its
// model in another.
func boundaryNormal(b *iamapi.AttachedPermissionsBoundary) *iamapi.AttachedPermissionsBoundary {
	if b == nil {
		return nil
	}
	return &iamapi.AttachedPermissionsBoundary{PermissionsBoundaryArn: b.PermissionsBoundaryArn}
}

func inlineNormal(list []iamapi.PolicyDetail) []iamapi.PolicyDetail {
	out := sortedBy(list, func(p iamapi.PolicyDetail) string { return text(p.PolicyName) })
	for i := range out {
		out[i].PolicyDocument = documentNormal(out[i].PolicyDocument)
	}
	return out
}

func versionsNormal(list []iamapi.PolicyVersion) []iamapi.PolicyVersion {
	out := sortedBy(list, func(v iamapi.PolicyVersion) string { return text(v.VersionId) })
	for i := range out {
		out[i].Document = documentNormal(out[i].Document)
	}
	return out
}

// profilesNormal leaves out the roles in the profiles: there is one, and it is
// the role that has the profile.
func profilesNormal(list []iamapi.InstanceProfile) []iamapi.InstanceProfile {
	out := sortedBy(list, func(p iamapi.InstanceProfile) string { return p.InstanceProfileName })
	for i := range out {
		out[i].Roles = nil
		out[i].Tags = tagsNormal(out[i].Tags)
	}
	return out
}

// documentNormal is a policy in its canonical form. What is no policy stays as
// it is.
func documentNormal(doc *string) *string {
	if d, err := policy.ParseShape(Document(doc)); err == nil {
		return new(escape(d.Canonical()))
	}
	return doc
}
