package iam_test

import (
	"slices"
	"strconv"
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

// newModelTags are the tags of a request, or why it is refused.
func newModelTags(kind string, c *call) (map[string]string, string) {
	var tags map[string]string
	for _, t := range c.tags() {
		if strings.HasPrefix(t.key, "aws:") {
			return nil, badInput
		}
		for key := range tags {
			if sameTag(kind, key, t.key) {
				return nil, badInput
			}
		}
		tags = set(tags, t.key, t.value)
	}
	return tags, ""
}

// sameTag: the keys of tags of users and roles are one whatever their case.
func sameTag(kind, a, b string) bool {
	return a == b || (kind == "User" || kind == "Role") && strings.EqualFold(a, b)
}

func tagModel(kind string) func(m *model, c *call) (any, string) {
	return func(m *model, c *call) (any, string) {
		add, code := newModelTags(kind, c)
		if code != "" {
			return nil, code
		}
		return change(kind, func(m *model, _ *call, e *entity) string {
			for key, value := range add {
				for old := range e.tags {
					if sameTag(kind, old, key) {
						e.tags = unset(e.tags, old)
					}
				}
				e.tags = set(e.tags, key, value)
			}
			if !m.room("TagsPer"+kind+"Quota", len(e.tags)-1) {
				return full
			}
			return ""
		})(m, c)
	}
}

func untagModel(kind string) func(m *model, c *call) (any, string) {
	return change(kind, func(_ *model, c *call, e *entity) string {
		for key := range e.tags {
			if sameTag(kind, key, c.in["TagKeys.member.1"]) {
				e.tags = unset(e.tags, key)
			}
		}
		return ""
	})
}

func attachModel(kind string) func(m *model, c *call) (any, string) {
	return change(kind, func(m *model, c *call, e *entity) string {
		policyARN := c.in["PolicyArn"]
		switch {
		case !m.usable(policyARN):
			return noSuch
		case slices.Contains(e.attached, policyARN):
			return ""
		case !m.room("AttachedPoliciesPer"+kind+"Quota", len(e.attached)):
			return full
		}
		e.attached = plus(e.attached, policyARN)
		return ""
	})
}

func detachModel(kind string) func(m *model, c *call) (any, string) {
	return change(kind, func(_ *model, c *call, e *entity) string {
		if !slices.Contains(e.attached, c.in["PolicyArn"]) {
			return noSuch
		}
		e.attached = minus(e.attached, c.in["PolicyArn"])
		return ""
	})
}

func putInlineModel(kind string) func(m *model, c *call) (any, string) {
	return change(kind, func(_ *model, c *call, e *entity) string {
		if c.in["PolicyDocument"] == noDocument {
			return malformed
		}
		e.inline = set(e.inline, c.in["PolicyName"], c.in["PolicyDocument"])
		return ""
	})
}

func deleteInlineModel(kind string) func(m *model, c *call) (any, string) {
	return change(kind, func(_ *model, c *call, e *entity) string {
		if _, ok := e.inline[c.in["PolicyName"]]; !ok {
			return noSuch
		}
		e.inline = unset(e.inline, c.in["PolicyName"])
		return ""
	})
}

func putBoundaryModel(m *model, c *call, e *entity) string {
	if !m.usable(c.in["PermissionsBoundary"]) {
		return noSuch
	}
	e.boundary = c.in["PermissionsBoundary"]
	return ""
}

func deleteBoundaryModel(_ *model, _ *call, e *entity) string {
	e.boundary = ""
	return ""
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

// trusting resolves a trust policy: of a user it keeps the unique id.
func trusting(m *model, document string) (string, string) {
	name, ok := strings.CutPrefix(document, trustUserPrefix)
	if !ok {
		return document, ""
	}
	for _, u := range m.of["User"] {
		if u.arn+trustUserSuffix == name {
			return trustUserPrefix + u.id + trustUserSuffix, ""
		}
	}
	return "", malformed
}

// newRoleModel is CreateRole: the trust policy is looked at first.
func newRoleModel(m *model, c *call) (any, string) {
	if _, code := newModelTags("Role", c); code != "" {
		return nil, code
	}
	trust, code := trusting(m, c.in["AssumeRolePolicyDocument"])
	if code != "" {
		return nil, code
	}
	return create("Role", "RoleName", "RolesQuota", func(_ *model, c *call, e *entity) string {
		e.id = c.answered("Role", "RoleId")
		e.trust, e.description, e.maxSession = trust, c.in["Description"], c.or("MaxSessionDuration", "3600")
		return ""
	}, newRoleForm(c))(m, c)
}

func updateRoleModel(_ *model, c *call, e *entity) string {
	e.description, e.maxSession = c.or("Description", e.description), c.or("MaxSessionDuration", e.maxSession)
	return ""
}

func describeRoleModel(m *model, c *call) (any, string) {
	if _, code := change("Role", updateRoleModel)(m, c); code != "" {
		return nil, code
	}
	r, _ := m.get("Role", c)
	out := roleForm(m, r).(map[string]any)
	out["Description"] = r.description
	return structure("Role", out), ""
}

func updateTrustModel(m *model, c *call, e *entity) (code string) {
	trust, code := trusting(m, c.in["PolicyDocument"])
	if code == "" {
		e.trust = trust
	}
	return code
}

func newVersionModel(m *model, c *call, e *entity) {
	e.versions = plus(e.versions, modelVersion{"v" + strconv.Itoa(e.next), c.in["PolicyDocument"], c.now})
	e.next++
	e.updated = c.now
}

// ownPolicyModel is change for managed policies: AWS's are not the account's.
func ownPolicyModel(do func(m *model, c *call, e *entity) string) func(m *model, c *call) (any, string) {
	return func(m *model, c *call) (any, string) {
		if c.in["PolicyArn"] == readOnly {
			return nil, notAllowed
		}
		return change("Policy", do)(m, c)
	}
}

func createVersionModel(m *model, c *call) (any, string) {
	var made entity
	_, code := ownPolicyModel(func(m *model, c *call, e *entity) string {
		switch {
		case c.in["PolicyDocument"] == noDocument:
			return malformed
		case !m.room("VersionsPerPolicyQuota", len(e.versions)):
			return full
		}
		newVersionModel(m, c, e)
		if c.in["SetAsDefault"] == "true" {
			e.inForce = e.versions[len(e.versions)-1].id
		}
		made = *e
		return ""
	})(m, c)
	if code != "" {
		return nil, code
	}
	return structure("PolicyVersion", versionForm(made, made.versions[len(made.versions)-1])), ""
}

func (e entity) version(id string) int {
	return slices.IndexFunc(e.versions, func(v modelVersion) bool { return v.id == id })
}

func setDefaultModel(_ *model, c *call, e *entity) string {
	if e.version(c.in["VersionId"]) < 0 {
		return noSuch
	}
	e.inForce = c.in["VersionId"]
	return ""
}

func deleteVersionModel(_ *model, c *call, e *entity) string {
	i := e.version(c.in["VersionId"])
	switch {
	case i < 0:
		return noSuch
	case e.inForce == c.in["VersionId"]:
		return inUse
	}
	e.versions = slices.Delete(slices.Clone(e.versions), i, i+1)
	return ""
}

func deletePolicyModel(m *model, c *call) (any, string) {
	if c.in["PolicyArn"] == readOnly {
		return nil, notAllowed
	}
	return remove("Policy", func(m *model, e entity) bool {
		attached, bounded := m.usersOf(e.arn)
		return len(attached)+len(bounded) > 0 || len(e.versions) > 1
	})(m, c)
}

func joinModel(m *model, c *call, u *entity) string {
	g, ok := m.get("Group", c)
	switch {
	case !ok:
		return noSuch
	case slices.Contains(u.groups, g.id):
		return ""
	case !m.room("GroupsPerUserQuota", len(u.groups)):
		return full
	}
	u.groups = plus(u.groups, g.id)
	return ""
}

func leaveModel(m *model, c *call, u *entity) string {
	g, ok := m.get("Group", c)
	if !ok {
		return noSuch
	}
	u.groups = minus(u.groups, g.id)
	return ""
}

func addRoleModel(m *model, c *call, p *entity) string {
	r, ok := m.get("Role", c)
	switch {
	case !ok:
		return noSuch
	case len(p.roles) > 0:
		return full
	}
	p.roles = plus(p.roles, r.id)
	return ""
}

func removeRoleModel(m *model, c *call, p *entity) string {
	r, ok := m.get("Role", c)
	if !ok || !slices.Contains(p.roles, r.id) {
		return noSuch
	}
	p.roles = minus(p.roles, r.id)
	return ""
}

func createKeyModel(m *model, c *call) (any, string) {
	var made modelKey
	_, code := change("User", func(m *model, c *call, u *entity) string {
		if len(u.keys) >= 2 {
			return full
		}
		made = modelKey{c.answered("AccessKey", "AccessKeyId"), "Active", c.now}
		u.keys = plus(u.keys, made)
		return ""
	})(m, c)
	if code != "" {
		return nil, code
	}
	u, _ := m.get("User", c)
	return structure("AccessKey", structure("UserName", u.name, "AccessKeyId", made.id, "Status", made.status, "CreateDate", made.created,
		"SecretAccessKey", c.answered("AccessKey", "SecretAccessKey"))), ""
}

// changeKey alters or, for status "", deletes an access key.
func changeKeyModel(_ *model, c *call, u *entity) string {
	i := slices.IndexFunc(u.keys, func(k modelKey) bool { return k.id == c.in["AccessKeyId"] })
	if i < 0 {
		return noSuch
	}
	u.keys = slices.Clone(u.keys)
	if status := c.in["Status"]; status != "" {
		u.keys[i].status = status
	} else {
		u.keys = slices.Delete(u.keys, i, i+1)
	}
	return ""
}

func createLoginModel(m *model, c *call) (any, string) {
	_, code := change("User", func(_ *model, c *call, u *entity) string {
		if u.login != "" {
			return taken
		}
		u.login, u.loginDate = c.or("PasswordResetRequired", "false"), c.now
		return ""
	})(m, c)
	if code != "" {
		return nil, code
	}
	u, _ := m.get("User", c)
	return structure("LoginProfile", loginForm(u)), ""
}

func updateLoginModel(_ *model, c *call, u *entity) string {
	if u.login == "" {
		return noSuch
	}
	u.login = c.or("PasswordResetRequired", u.login)
	return ""
}

func deleteLoginModel(_ *model, _ *call, u *entity) string {
	if u.login == "" {
		return noSuch
	}
	u.login, u.loginDate = "", ""
	return ""
}

// enableModel: the codes are right whenever there is such a device.
func enableModel(m *model, c *call) (any, string) {
	u, ok := m.get("User", c)
	if !ok {
		return nil, noSuch
	}
	return change("MFADevice", func(_ *model, c *call, d *entity) string {
		if d.owner != "" {
			return taken
		}
		d.owner, d.enabled = u.id, c.now
		return ""
	})(m, c)
}

func deactivateModel(m *model, c *call) (any, string) {
	u, ok := m.get("User", c)
	if !ok {
		return nil, noSuch
	}
	return change("MFADevice", func(_ *model, _ *call, d *entity) string {
		if d.owner != u.id {
			return noSuch
		}
		d.owner, d.enabled = "", ""
		return ""
	})(m, c)
}

func addClientModel(_ *model, c *call, p *entity) string {
	if !slices.Contains(p.clients, c.in["ClientID"]) {
		p.clients = plus(p.clients, c.in["ClientID"])
	}
	return ""
}

func removeClientModel(_ *model, c *call, p *entity) string {
	p.clients = minus(p.clients, c.in["ClientID"])
	return ""
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
