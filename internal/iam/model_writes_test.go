package iam_test

import (
	"slices"
	"strings"
)

// create makes an entity of a kind, if its name is free and there is room. It
// answers the entity as form has it.
func create(kind, param, quota string, fill func(m *model, c *call, e *entity) string, form func(m *model, e entity) any) func(m *model, c *call) (any, string) {
	return func(m *model, c *call) (any, string) {
		e := entity{name: strings.TrimPrefix(c.in[param], "https://"), path: c.or("Path", "/"), created: c.now}
		e.arn = m.arn(kind, e.path, e.name)
		var code string
		if e.tags, code = newModelTags(kind, c); code != "" {
			return nil, code
		}
		if doc, has := c.in["PolicyDocument"]; has && doc == noDocument {
			return nil, malformed
		}
		if code := m.free(kind, e); code != "" {
			return nil, code
		}
		if !m.room(quota, len(m.of[kind])) {
			return nil, full
		}
		e.boundary = c.in["PermissionsBoundary"]
		if e.boundary != "" && !m.usable(e.boundary) {
			return nil, noSuch
		}
		if fill != nil {
			if code := fill(m, c, &e); code != "" {
				return nil, code
			}
		}
		m.put(kind, e)
		return form(m, e), ""
	}
}

// free says whether no entity of the kind has the name.
func (m *model) free(kind string, e entity) string {
	for _, other := range m.of[kind] {
		same := strings.EqualFold(other.name, e.name)
		if kind == "MFADevice" || kind == "OpenIDConnectProvider" || kind == "SAMLProvider" {
			same = other.arn == e.arn
		}
		if same {
			return taken
		}
	}
	return ""
}

// change alters an entity that a call names.
func change(kind string, do func(m *model, c *call, e *entity) string) func(m *model, c *call) (any, string) {
	return func(m *model, c *call) (any, string) {
		e, ok := m.get(kind, c)
		if !ok {
			return nil, noSuch
		}
		if code := do(m, c, &e); code != "" {
			return nil, code
		}
		m.put(kind, e)
		return "", ""
	}
}

// remove deletes an entity that a call names, unless something is in the way.
func remove(kind string, inTheWay func(m *model, e entity) bool) func(m *model, c *call) (any, string) {
	return func(m *model, c *call) (any, string) {
		e, ok := m.get(kind, c)
		switch {
		case !ok:
			return nil, noSuch
		case inTheWay(m, e):
			return nil, inUse
		}
		m.drop(kind, e)
		return "", ""
	}
}

// rename gives an entity another name or path, or both.
func rename(kind string) func(m *model, c *call) (any, string) {
	param := kinds[kind].param
	return func(m *model, c *call) (any, string) {
		old, ok := m.get(kind, c)
		if !ok {
			return nil, noSuch
		}
		e := old
		e.name, e.path = c.or("New"+param, old.name), c.or("NewPath", old.path)
		e.arn = m.arn(kind, e.path, e.name)
		if other, ok := m.of[kind][strings.ToLower(e.name)]; ok && other.id != e.id {
			return nil, taken
		}
		m.drop(kind, old)
		m.put(kind, e)
		return "", ""
	}
}

// userInTheWay reports whether a user has what must go before the user goes.
func userInTheWay(m *model, e entity) bool {
	devices := m.having("MFADevice", func(d entity) bool { return d.owner == e.id })
	return len(e.attached)+len(e.inline)+len(e.keys)+len(e.groups)+len(devices) > 0 || e.login != ""
}

func groupInTheWay(m *model, e entity) bool {
	return len(e.attached)+len(e.inline)+len(m.members(e)) > 0
}

func roleInTheWay(m *model, e entity) bool {
	return len(e.attached)+len(e.inline)+len(m.profilesOf(e)) > 0
}

func (m *model) members(group entity) []entity {
	return m.having("User", func(u entity) bool { return slices.Contains(u.groups, group.id) })
}

func (m *model) profilesOf(role entity) []entity {
	return m.having("InstanceProfile", func(p entity) bool { return slices.Contains(p.roles, role.id) })
}

func createAliasModel(m *model, c *call) (any, string) {
	if m.alias == c.in["AccountAlias"] {
		return nil, taken
	}
	m.alias = c.in["AccountAlias"]
	return "", ""
}

func deleteAliasModel(m *model, c *call) (any, string) {
	if m.alias != c.in["AccountAlias"] {
		return nil, noSuch
	}
	m.alias = ""
	return "", ""
}

func free(*model, entity) bool { return false }

func assignedModel(_ *model, d entity) bool { return d.owner != "" }
