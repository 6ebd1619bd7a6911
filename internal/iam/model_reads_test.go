package iam_test

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// one answers one entity in a form.
func one(kind string, form func(m *model, c *call, e entity) any) func(m *model, c *call) (any, string) {
	return func(m *model, c *call) (any, string) {
		e, ok := m.get(kind, c)
		if !ok {
			return nil, noSuch
		}
		answer := form(m, c, e)
		if answer == nil {
			return nil, noSuch
		}
		return answer, ""
	}
}

// listed answers all entities of a kind.
func listed(kind, member string, form func(m *model, e entity) any) func(m *model, c *call) (any, string) {
	return func(m *model, c *call) (any, string) {
		return structure(member, listOf(m.all(kind, c.or("PathPrefix", "/")), func(e entity) any { return form(m, e) })), ""
	}
}

func tagsForm(tags map[string]string) any {
	return listOf(slices.Sorted(maps.Keys(tags)), func(key string) any { return structure("Key", key, "Value", tags[key]) })
}

// givenTags are the tags of a request as its answer has them: as they came.
func givenTags(c *call) any {
	return unless("", listOf(c.tags(), func(t modelTag) any { return structure("Key", t.key, "Value", t.value) }))
}

func boundaryForm(policyARN string) any {
	if policyARN == "" {
		return nil
	}
	return structure("PermissionsBoundaryType", "Policy", "PermissionsBoundaryArn", policyARN)
}

func userForm(_ *model, e entity) any {
	return structure("Path", e.path, "UserName", e.name, "UserId", e.id, "Arn", e.arn, "CreateDate", e.created)
}

func groupForm(_ *model, e entity) any {
	return structure("Path", e.path, "GroupName", e.name, "GroupId", e.id, "Arn", e.arn, "CreateDate", e.created)
}

// roleForm is a role as instance profiles have it.
func roleForm(m *model, e entity) any {
	return structure("Path", e.path, "RoleName", e.name, "RoleId", e.id, "Arn", e.arn, "CreateDate", e.created,
		"AssumeRolePolicyDocument", m.display(e.trust))
}

func listedRoleForm(m *model, e entity) any {
	out := roleForm(m, e).(map[string]any)
	maps.Copy(out, structure("Description", unless("", e.description), "MaxSessionDuration", e.maxSession))
	return out
}

// display is a document as it reads now: a user has the present ARN, and the
// unique id when it is gone.
func (m *model) display(document string) string {
	id, ok := strings.CutPrefix(document, trustUserPrefix)
	if !ok {
		return document
	}
	id = strings.TrimSuffix(id, trustUserSuffix)
	if u, ok := m.byID("User", id); ok {
		id = u.arn
	}
	return trustUserPrefix + id + trustUserSuffix
}

func profileForm(m *model, e entity) any {
	return structure("Path", e.path, "InstanceProfileName", e.name, "InstanceProfileId", e.id, "Arn", e.arn, "CreateDate", e.created,
		"Roles", listOf(e.roles, func(id string) any {
			r, _ := m.byID("Role", id)
			return roleForm(m, r)
		}))
}

func policyForm(m *model, e entity) any {
	attached, bounded := m.usersOf(e.arn)
	return structure("PolicyName", e.name, "PolicyId", e.id, "Arn", e.arn, "Path", e.path, "DefaultVersionId", e.inForce,
		"AttachmentCount", strconv.Itoa(len(attached)), "PermissionsBoundaryUsageCount", strconv.Itoa(len(bounded)), "IsAttachable", "true",
		"CreateDate", e.created, "UpdateDate", e.updated)
}

func versionForm(e entity, v modelVersion) map[string]any {
	return structure("VersionId", v.id, "IsDefaultVersion", strconv.FormatBool(v.id == e.inForce), "CreateDate", v.created)
}

func documentedForm(e entity, v modelVersion) any {
	out := versionForm(e, v)
	out["Document"] = v.document
	return out
}

// newest are the versions of a policy, the newest first.
func newest(e entity) []modelVersion {
	out := slices.Clone(e.versions)
	slices.Reverse(out)
	return out
}

func loginForm(u entity) any {
	return structure("UserName", u.name, "CreateDate", u.loginDate, "PasswordResetRequired", u.login)
}

// The answers of calls that make something.

func newUserForm(c *call) func(*model, entity) any {
	return func(m *model, e entity) any {
		out := userForm(m, e).(map[string]any)
		maps.Copy(out, structure("PermissionsBoundary", boundaryForm(e.boundary), "Tags", givenTags(c)))
		return structure("User", out)
	}
}

func newRoleForm(c *call) func(*model, entity) any {
	return func(m *model, e entity) any {
		out := roleForm(m, e).(map[string]any)
		maps.Copy(out, structure("PermissionsBoundary", boundaryForm(e.boundary), "Tags", givenTags(c)))
		return structure("Role", out)
	}
}

// tagged puts the tags of the request into the answer.
func tagged(c *call, member string, form any) any {
	out := form.(map[string]any)
	maps.Copy(out, structure("Tags", givenTags(c)))
	return structure(member, out)
}

func getUserModel(m *model, _ *call, e entity) any {
	out := userForm(m, e).(map[string]any)
	maps.Copy(out, structure("PermissionsBoundary", boundaryForm(e.boundary), "Tags", unless("", tagsForm(e.tags))))
	return structure("User", out)
}

func getRoleModel(m *model, _ *call, e entity) any {
	out := listedRoleForm(m, e).(map[string]any)
	maps.Copy(out, structure("PermissionsBoundary", boundaryForm(e.boundary), "Tags", unless("", tagsForm(e.tags)), "RoleLastUsed", ""))
	return structure("Role", out)
}

func getGroupModel(m *model, _ *call, e entity) any {
	return structure("Group", groupForm(m, e), "Users", listOf(m.members(e), func(u entity) any { return userForm(m, u) }))
}

func getProfileModel(m *model, _ *call, e entity) any {
	out := profileForm(m, e).(map[string]any)
	out["Tags"] = tagsForm(e.tags)
	return structure("InstanceProfile", out)
}

func getPolicyModel(m *model, _ *call, e entity) any {
	out := policyForm(m, e).(map[string]any)
	maps.Copy(out, structure("Description", unless("", e.description), "Tags", tagsForm(e.tags)))
	return structure("Policy", out)
}

func getVersionModel(_ *model, c *call, e entity) any {
	i := e.version(c.in["VersionId"])
	if i < 0 {
		return nil
	}
	return structure("PolicyVersion", documentedForm(e, e.versions[i]))
}

func listVersionsModel(_ *model, _ *call, e entity) any {
	return structure("Versions", listOf(newest(e), func(v modelVersion) any { return versionForm(e, v) }))
}

func listEntitiesModel(m *model, c *call) (any, string) {
	policyARN := c.in["PolicyArn"]
	if !m.usable(policyARN) {
		return nil, noSuch
	}
	out := structure()
	for _, kind := range []string{"User", "Group", "Role"} {
		users := m.having(kind, func(e entity) bool { return slices.Contains(e.attached, policyARN) || e.boundary == policyARN })
		slices.SortFunc(users, func(a, b entity) int { return cmp.Compare(a.id, b.id) })
		out["Policy"+kind+"s"] = listOf(users, func(e entity) any { return structure(kind+"Name", e.name, kind+"Id", e.id) })
	}
	return out, ""
}

func listTagsModel(_ *model, _ *call, e entity) any { return structure("Tags", tagsForm(e.tags)) }

func listInlineModel(_ *model, _ *call, e entity) any {
	return structure("PolicyNames", listOf(slices.Sorted(maps.Keys(e.inline)), func(name string) any { return name }))
}

func getInlineModel(kind string) func(m *model, c *call, e entity) any {
	return func(_ *model, c *call, e entity) any {
		document, ok := e.inline[c.in["PolicyName"]]
		if !ok {
			return nil
		}
		return structure(kinds[kind].param, e.name, "PolicyName", c.in["PolicyName"], "PolicyDocument", document)
	}
}

func attachedForm(policyARN string) any {
	return structure("PolicyName", policyARN[strings.LastIndex(policyARN, "/")+1:], "PolicyArn", policyARN)
}

func listAttachedModel(_ *model, _ *call, e entity) any {
	name := func(policyARN string) string { return policyARN[strings.LastIndex(policyARN, "/")+1:] }
	sorted := slices.SortedFunc(slices.Values(e.attached), func(a, b string) int { return cmp.Compare(name(a), name(b)) })
	return structure("AttachedPolicies", listOf(sorted, attachedForm))
}

func (m *model) groupsOf(u entity) []entity {
	var out []entity
	for _, id := range u.groups {
		if g, ok := m.byID("Group", id); ok {
			out = append(out, g)
		}
	}
	return out
}

func listGroupsModel(m *model, _ *call, u entity) any {
	groups := m.groupsOf(u)
	slices.SortFunc(groups, func(a, b entity) int { return cmp.Compare(a.name, b.name) })
	return structure("Groups", listOf(groups, func(g entity) any { return groupForm(m, g) }))
}

func listProfilesOfModel(m *model, _ *call, r entity) any {
	return structure("InstanceProfiles", listOf(m.profilesOf(r), func(p entity) any { return profileForm(m, p) }))
}

func listKeysModel(_ *model, _ *call, u entity) any {
	return structure("AccessKeyMetadata", listOf(u.keys, func(k modelKey) any {
		return structure("UserName", u.name, "AccessKeyId", k.id, "Status", k.status, "CreateDate", k.created)
	}))
}

func getLoginModel(_ *model, _ *call, u entity) any {
	if u.login == "" {
		return nil
	}
	return structure("LoginProfile", loginForm(u))
}

// devices are virtual MFA devices in the order of their making.
func (m *model) devices(wanted func(entity) bool) []entity {
	out := m.having("MFADevice", wanted)
	slices.SortFunc(out, func(a, b entity) int { return cmp.Compare(a.seq, b.seq) })
	return out
}

func listDevicesModel(m *model, _ *call, u entity) any {
	return structure("MFADevices", listOf(m.devices(func(d entity) bool { return d.owner == u.id }), func(d entity) any {
		return structure("UserName", u.name, "SerialNumber", d.arn, "EnableDate", d.enabled)
	}))
}

func getDeviceModel(m *model, c *call, u entity) any {
	d, ok := m.get("MFADevice", c)
	if !ok || d.owner != u.id {
		return nil
	}
	return structure("UserName", u.name, "SerialNumber", d.arn, "EnableDate", d.enabled)
}

func listVirtualDevicesModel(m *model, _ *call) (any, string) {
	return structure("VirtualMFADevices", listOf(m.devices(func(entity) bool { return true }), func(d entity) any {
		out := structure("SerialNumber", d.arn, "EnableDate", unless("", d.enabled))
		if u, ok := m.byID("User", d.owner); ok {
			out["User"] = userForm(m, u)
		}
		return out
	})), ""
}

func getOIDCModel(_ *model, _ *call, p entity) any {
	same := func(text string) any { return text }
	return structure("Url", p.name, "ClientIDList", listOf(p.clients, same), "ThumbprintList", listOf([]string{p.prints}, same),
		"CreateDate", p.created, "Tags", tagsForm(p.tags))
}

// getSAMLModel: only this answer has the UUID.
func getSAMLModel(_ *model, c *call, p entity) any {
	return structure("SAMLProviderUUID", c.answered("SAMLProviderUUID"), "SAMLMetadataDocument", p.metadata, "CreateDate", p.created, "ValidUntil", p.enabled,
		"Tags", tagsForm(p.tags), "AssertionEncryptionMode", "Allowed", "PrivateKeyList", "")
}

func samlForm(_ *model, p entity) any {
	return structure("Arn", p.arn, "ValidUntil", p.enabled, "CreateDate", p.created)
}

func listAliasesModel(m *model, _ *call) (any, string) {
	if m.alias == "" {
		return structure("AccountAliases", ""), ""
	}
	return structure("AccountAliases", []any{m.alias}), ""
}

// summaryModel is GetAccountSummary without the quotas.
func summaryModel(m *model, _ *call) (any, string) {
	count := func(n int) any { return strconv.Itoa(n) }
	versions := 0
	for _, p := range m.of["Policy"] {
		versions += len(p.versions)
	}
	return structure("SummaryMap", structure(
		"Users", count(len(m.of["User"])), "Groups", count(len(m.of["Group"])), "Roles", count(len(m.of["Role"])),
		"Policies", count(len(m.of["Policy"])), "PolicyVersionsInUse", count(versions),
		"InstanceProfiles", count(len(m.of["InstanceProfile"])), "Providers", count(len(m.of["OpenIDConnectProvider"])+len(m.of["SAMLProvider"])),
		"MFADevices", count(len(m.of["MFADevice"])), "MFADevicesInUse", count(len(m.devices(func(d entity) bool { return d.owner != "" }))),
		"AccountAccessKeysPresent", "1", "AccountMFAEnabled", "0", "AccountPasswordPresent", "0", "AccountSigningCertificatesPresent", "0",
		"ServerCertificates", "0", "GlobalEndpointTokenVersion", "1")), ""
}

// detailsModel is GetAccountAuthorizationDetails without AWS's policies.
func detailsModel(m *model, _ *call) (any, string) {
	inline := func(e entity) any {
		return listOf(slices.Sorted(maps.Keys(e.inline)), func(name string) any {
			return structure("PolicyName", name, "PolicyDocument", e.inline[name])
		})
	}
	names := func(e entity) any { return e.name }
	return structure(
		"UserDetailList", listOf(m.all("User", "/"), func(e entity) any {
			out := userForm(m, e).(map[string]any)
			maps.Copy(out, structure("GroupList", listOf(m.groupsOf(e), names), "AttachedManagedPolicies", listOf(e.attached, attachedForm),
				"PermissionsBoundary", boundaryForm(e.boundary), "Tags", tagsForm(e.tags), "UserPolicyList", unless("", inline(e))))
			return out
		}),
		"GroupDetailList", listOf(m.all("Group", "/"), func(e entity) any {
			out := groupForm(m, e).(map[string]any)
			maps.Copy(out, structure("GroupPolicyList", inline(e), "AttachedManagedPolicies", listOf(e.attached, attachedForm)))
			return out
		}),
		"RoleDetailList", listOf(m.all("Role", "/"), func(e entity) any {
			out := roleForm(m, e).(map[string]any)
			maps.Copy(out, structure("RolePolicyList", inline(e), "AttachedManagedPolicies", listOf(e.attached, attachedForm),
				"InstanceProfileList", listOf(m.profilesOf(e), func(p entity) any { return profileForm(m, p) }),
				"PermissionsBoundary", boundaryForm(e.boundary), "Tags", tagsForm(e.tags), "RoleLastUsed", ""))
			return out
		}),
		"Policies", listOf(m.all("Policy", "/"), func(e entity) any {
			out := policyForm(m, e).(map[string]any)
			maps.Copy(out, structure("Description", unless("", e.description),
				"PolicyVersionList", listOf(newest(e), func(v modelVersion) any { return documentedForm(e, v) })))
			return out
		})), ""
}
