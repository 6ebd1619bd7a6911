package iam_test

import (
	"slices"
	"strconv"
)

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
