package iam_test

import (
	"strings"
)

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
