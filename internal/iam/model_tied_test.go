package iam_test

import (
	"slices"
	"strings"
)

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
