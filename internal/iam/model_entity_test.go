package iam_test

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// model is what an account should hold, in plain maps, and what follows from
// it for each call. Values are never changed in place: a clone shares them.
type model struct {
	account string
	quotas  map[string]int
	of      map[string]map[string]entity // by kind, then by name in lower case or ARN
	alias   string
	seq     int // of the last access key or device made
}

// entity is one of any kind. It has what its kind has.
type entity struct {
	name, path, id, arn, created string

	tags        map[string]string
	inline      map[string]string // documents by name
	attached    []string          // ARNs in the order of attaching
	boundary    string
	description string
	maxSession  string
	trust       string // a document, with the unique id of a user where it names one
	groups      []string
	roles       []string
	keys        []modelKey
	login       string // "": no profile; else whether it must be reset
	loginDate   string
	versions    []modelVersion
	inForce     string
	next        int
	updated     string
	clients     []string
	prints      string
	owner       string // unique id
	enabled     string
	seq         int
	metadata    string
}

type modelKey struct{ id, status, created string }

type modelVersion struct{ id, document, created string }

// What calls answer when they fail.
const (
	noSuch     = "NoSuchEntity"
	taken      = "EntityAlreadyExists"
	inUse      = "DeleteConflict"
	full       = "LimitExceeded"
	notAllowed = "AccessDenied"
	badInput   = "InvalidInput"
	malformed  = "MalformedPolicyDocument"
)

// kinds of entities, with the parameter that names one and the type in its ARN.
var kinds = map[string]struct{ param, arn string }{
	"User":                  {"UserName", "user"},
	"Group":                 {"GroupName", "group"},
	"Role":                  {"RoleName", "role"},
	"InstanceProfile":       {"InstanceProfileName", "instance-profile"},
	"Policy":                {"PolicyArn", "policy"},
	"MFADevice":             {"SerialNumber", "mfa"},
	"OpenIDConnectProvider": {"OpenIDConnectProviderArn", "oidc-provider"},
	"SAMLProvider":          {"SAMLProviderArn", "saml-provider"},
}

func newModel(account string, quotas map[string]int) *model {
	m := &model{account: account, quotas: quotas, of: make(map[string]map[string]entity)}
	for kind := range kinds {
		m.of[kind] = make(map[string]entity)
	}
	return m
}

func (m *model) clone() *model {
	c := *m
	c.of = make(map[string]map[string]entity, len(m.of))
	for kind, all := range m.of {
		c.of[kind] = maps.Clone(all)
	}
	return &c
}

func (m *model) arn(kind, path, name string) string {
	return "arn:aws:iam::" + m.account + ":" + kinds[kind].arn + path + name
}

// key is what an entity is known by among its kind.
func (m *model) key(kind, name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return strings.ToLower(name)
}

// get finds the entity that a call names.
func (m *model) get(kind string, c *call) (entity, bool) {
	e, ok := m.of[kind][m.key(kind, c.in[kinds[kind].param])]
	return e, ok
}

func (m *model) put(kind string, e entity) { m.of[kind][m.known(kind, e)] = e }

func (m *model) drop(kind string, e entity) { delete(m.of[kind], m.known(kind, e)) }

func (m *model) known(kind string, e entity) string {
	if strings.HasSuffix(kinds[kind].param, "Name") {
		return strings.ToLower(e.name)
	}
	return e.arn
}

// byID finds an entity of a kind by its unique id.
func (m *model) byID(kind, id string) (entity, bool) {
	for _, e := range m.of[kind] {
		if e.id == id {
			return e, true
		}
	}
	return entity{}, false
}

// all are the entities of a kind under a path, by name.
func (m *model) all(kind, prefix string) []entity {
	list := slices.Collect(maps.Values(m.of[kind]))
	list = slices.DeleteFunc(list, func(e entity) bool { return prefix != "/" && !strings.HasPrefix(e.path, prefix) })
	slices.SortFunc(list, func(a, b entity) int { return cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
	return list
}

// having are the entities of a kind that a condition holds for, by name.
func (m *model) having(kind string, holds func(entity) bool) []entity {
	return slices.DeleteFunc(m.all(kind, "/"), func(e entity) bool { return !holds(e) })
}

// standard are the quotas that a test can reach without any of its own.
var standard = map[string]int{"VersionsPerPolicyQuota": 5}

// room reports whether a quota leaves room for one more than n.
func (m *model) room(quota string, n int) bool {
	limit, given := m.quotas[quota]
	if !given {
		limit, given = standard[quota]
	}
	return !given || n < limit
}

// usable reports whether there is a managed policy for the account's entities.
func (m *model) usable(policyARN string) bool {
	_, ok := m.of["Policy"][policyARN]
	return ok || policyARN == readOnly
}

// usersOf are the users, groups and roles of the kinds that have a policy
// attached, or as their boundary.
func (m *model) usersOf(policyARN string) (attached, bounded []entity) {
	for _, kind := range []string{"User", "Group", "Role"} {
		attached = append(attached, m.having(kind, func(e entity) bool { return slices.Contains(e.attached, policyARN) })...)
		bounded = append(bounded, m.having(kind, func(e entity) bool { return e.boundary == policyARN })...)
	}
	return attached, bounded
}

// set is a map with one more entry, the map before being left as it is.
func set(m map[string]string, key, value string) map[string]string {
	out := maps.Clone(m)
	if out == nil {
		out = make(map[string]string)
	}
	out[key] = value
	return out
}

func unset(m map[string]string, key string) map[string]string {
	out := maps.Clone(m)
	delete(out, key)
	return out
}

func plus[E any](list []E, e E) []E { return append(slices.Clone(list), e) }

func minus[E comparable](list []E, e E) []E {
	return slices.DeleteFunc(slices.Clone(list), func(o E) bool { return o == e })
}
