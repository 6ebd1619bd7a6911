package iam_test

import (
	"strings"
)

// modelled are the operations that the model knows, with what is drawn for
// each: name:pool, and a question mark where it may be absent.
var modelled = []modelOp{
	{"CreateUser", "UserName:name Path:path? PermissionsBoundary:arn? Tags:tags?", func(m *model, c *call) (any, string) {
		return create("User", "UserName", "UsersQuota", idFrom("User", "UserId"), newUserForm(c))(m, c)
	}},
	{"GetUser", "UserName:name", one("User", getUserModel)},
	{"UpdateUser", "UserName:name NewUserName:name? NewPath:path?", rename("User")},
	{"DeleteUser", "UserName:name", remove("User", userInTheWay)},
	{"ListGroupsForUser", "UserName:name", one("User", listGroupsModel)},

	{"CreateGroup", "GroupName:name Path:path?", create("Group", "GroupName", "GroupsQuota", idFrom("Group", "GroupId"), func(m *model, e entity) any {
		return structure("Group", groupForm(m, e))
	})},
	{"GetGroup", "GroupName:name", one("Group", getGroupModel)},
	{"UpdateGroup", "GroupName:name NewGroupName:name? NewPath:path?", rename("Group")},
	{"DeleteGroup", "GroupName:name", remove("Group", groupInTheWay)},
	{"AddUserToGroup", "UserName:name GroupName:name", change("User", joinModel)},
	{"RemoveUserFromGroup", "UserName:name GroupName:name", change("User", leaveModel)},

	{"CreateRole", "RoleName:name AssumeRolePolicyDocument:trust Path:path? PermissionsBoundary:arn? Description:text? Tags:tags?", newRoleModel},
	{"GetRole", "RoleName:name", one("Role", getRoleModel)},
	{"UpdateRole", "RoleName:name Description:text? MaxSessionDuration:seconds?", change("Role", updateRoleModel)},
	{"UpdateRoleDescription", "RoleName:name Description:text", describeRoleModel},
	{"UpdateAssumeRolePolicy", "RoleName:name PolicyDocument:trust", change("Role", updateTrustModel)},
	{"DeleteRole", "RoleName:name", remove("Role", roleInTheWay)},
	{"ListInstanceProfilesForRole", "RoleName:name", one("Role", listProfilesOfModel)},

	{"CreatePolicy", "PolicyName:policy PolicyDocument:document Path:path? Description:text? Tags:tags?", func(m *model, c *call) (any, string) {
		return create("Policy", "PolicyName", "PoliciesQuota", func(m *model, c *call, e *entity) string {
			e.id, e.description, e.next, e.inForce = c.answered("Policy", "PolicyId"), c.in["Description"], 1, "v1"
			newVersionModel(m, c, e)
			return ""
		}, func(m *model, e entity) any { return tagged(c, "Policy", policyForm(m, e)) })(m, c)
	}},
	{"GetPolicy", "PolicyArn:own", one("Policy", getPolicyModel)},
	{"DeletePolicy", "PolicyArn:arn", deletePolicyModel},
	{"ListEntitiesForPolicy", "PolicyArn:arn", listEntitiesModel},
	{"CreatePolicyVersion", "PolicyArn:arn PolicyDocument:document SetAsDefault:bool?", createVersionModel},
	{"GetPolicyVersion", "PolicyArn:own VersionId:version", one("Policy", getVersionModel)},
	{"ListPolicyVersions", "PolicyArn:own", one("Policy", listVersionsModel)},
	{"SetDefaultPolicyVersion", "PolicyArn:arn VersionId:version", ownPolicyModel(setDefaultModel)},
	{"DeletePolicyVersion", "PolicyArn:arn VersionId:version", ownPolicyModel(deleteVersionModel)},

	{"CreateInstanceProfile", "InstanceProfileName:name Path:path? Tags:tags?", func(m *model, c *call) (any, string) {
		return create("InstanceProfile", "InstanceProfileName", "InstanceProfilesQuota", idFrom("InstanceProfile", "InstanceProfileId"),
			func(m *model, e entity) any { return tagged(c, "InstanceProfile", profileForm(m, e)) })(m, c)
	}},
	{"GetInstanceProfile", "InstanceProfileName:name", one("InstanceProfile", getProfileModel)},
	{"DeleteInstanceProfile", "InstanceProfileName:name", remove("InstanceProfile", func(_ *model, e entity) bool { return len(e.roles) > 0 })},
	{"AddRoleToInstanceProfile", "InstanceProfileName:name RoleName:name", change("InstanceProfile", addRoleModel)},
	{"RemoveRoleFromInstanceProfile", "InstanceProfileName:name RoleName:name", change("InstanceProfile", removeRoleModel)},

	{"PutUserPolicy", "UserName:name PolicyName:policy PolicyDocument:document", putInlineModel("User")},
	{"PutGroupPolicy", "GroupName:name PolicyName:policy PolicyDocument:document", putInlineModel("Group")},
	{"PutRolePolicy", "RoleName:name PolicyName:policy PolicyDocument:document", putInlineModel("Role")},
	{"DeleteUserPolicy", "UserName:name PolicyName:policy", deleteInlineModel("User")},
	{"DeleteGroupPolicy", "GroupName:name PolicyName:policy", deleteInlineModel("Group")},
	{"DeleteRolePolicy", "RoleName:name PolicyName:policy", deleteInlineModel("Role")},
	{"GetUserPolicy", "UserName:name PolicyName:policy", one("User", getInlineModel("User"))},
	{"GetGroupPolicy", "GroupName:name PolicyName:policy", one("Group", getInlineModel("Group"))},
	{"GetRolePolicy", "RoleName:name PolicyName:policy", one("Role", getInlineModel("Role"))},
	{"ListUserPolicies", "UserName:name", one("User", listInlineModel)},
	{"ListGroupPolicies", "GroupName:name", one("Group", listInlineModel)},
	{"ListRolePolicies", "RoleName:name", one("Role", listInlineModel)},

	{"AttachUserPolicy", "UserName:name PolicyArn:arn", attachModel("User")},
	{"AttachGroupPolicy", "GroupName:name PolicyArn:arn", attachModel("Group")},
	{"AttachRolePolicy", "RoleName:name PolicyArn:arn", attachModel("Role")},
	{"DetachUserPolicy", "UserName:name PolicyArn:arn", detachModel("User")},
	{"DetachGroupPolicy", "GroupName:name PolicyArn:arn", detachModel("Group")},
	{"DetachRolePolicy", "RoleName:name PolicyArn:arn", detachModel("Role")},
	{"ListAttachedUserPolicies", "UserName:name", one("User", listAttachedModel)},
	{"ListAttachedGroupPolicies", "GroupName:name", one("Group", listAttachedModel)},
	{"ListAttachedRolePolicies", "RoleName:name", one("Role", listAttachedModel)},

	{"PutUserPermissionsBoundary", "UserName:name PermissionsBoundary:arn", change("User", putBoundaryModel)},
	{"PutRolePermissionsBoundary", "RoleName:name PermissionsBoundary:arn", change("Role", putBoundaryModel)},
	{"DeleteUserPermissionsBoundary", "UserName:name", change("User", deleteBoundaryModel)},
	{"DeleteRolePermissionsBoundary", "RoleName:name", change("Role", deleteBoundaryModel)},

	{"TagUser", "UserName:name Tags:tags", tagModel("User")},
	{"TagRole", "RoleName:name Tags:tags", tagModel("Role")},
	{"TagPolicy", "PolicyArn:own Tags:tags", tagModel("Policy")},
	{"TagInstanceProfile", "InstanceProfileName:name Tags:tags", tagModel("InstanceProfile")},
	{"TagMFADevice", "SerialNumber:serial Tags:tags", tagModel("MFADevice")},
	{"TagOpenIDConnectProvider", "OpenIDConnectProviderArn:oidc Tags:tags", tagModel("OpenIDConnectProvider")},
	{"TagSAMLProvider", "SAMLProviderArn:saml Tags:tags", tagModel("SAMLProvider")},
	{"UntagUser", "UserName:name TagKeys.member.1:key", untagModel("User")},
	{"UntagRole", "RoleName:name TagKeys.member.1:key", untagModel("Role")},
	{"UntagPolicy", "PolicyArn:own TagKeys.member.1:key", untagModel("Policy")},
	{"UntagInstanceProfile", "InstanceProfileName:name TagKeys.member.1:key", untagModel("InstanceProfile")},
	{"UntagMFADevice", "SerialNumber:serial TagKeys.member.1:key", untagModel("MFADevice")},
	{"UntagOpenIDConnectProvider", "OpenIDConnectProviderArn:oidc TagKeys.member.1:key", untagModel("OpenIDConnectProvider")},
	{"UntagSAMLProvider", "SAMLProviderArn:saml TagKeys.member.1:key", untagModel("SAMLProvider")},
	{"ListUserTags", "UserName:name", one("User", listTagsModel)},
	{"ListRoleTags", "RoleName:name", one("Role", listTagsModel)},
	{"ListPolicyTags", "PolicyArn:own", one("Policy", listTagsModel)},
	{"ListInstanceProfileTags", "InstanceProfileName:name", one("InstanceProfile", listTagsModel)},
	{"ListMFADeviceTags", "SerialNumber:serial", one("MFADevice", listTagsModel)},
	{"ListOpenIDConnectProviderTags", "OpenIDConnectProviderArn:oidc", one("OpenIDConnectProvider", listTagsModel)},
	{"ListSAMLProviderTags", "SAMLProviderArn:saml", one("SAMLProvider", listTagsModel)},

	{"CreateAccessKey", "UserName:name", createKeyModel},
	{"UpdateAccessKey", "UserName:name AccessKeyId:made Status:status", change("User", changeKeyModel)},
	{"DeleteAccessKey", "UserName:name AccessKeyId:made", change("User", changeKeyModel)},
	{"ListAccessKeys", "UserName:name", one("User", listKeysModel)},

	{"CreateLoginProfile", "UserName:name Password:password PasswordResetRequired:bool?", createLoginModel},
	{"GetLoginProfile", "UserName:name", one("User", getLoginModel)},
	{"UpdateLoginProfile", "UserName:name PasswordResetRequired:bool", change("User", updateLoginModel)},
	{"DeleteLoginProfile", "UserName:name", change("User", deleteLoginModel)},

	{"CreateVirtualMFADevice", "VirtualMFADeviceName:device Tags:tags?", func(m *model, c *call) (any, string) {
		return create("MFADevice", "VirtualMFADeviceName", "VirtualMFADevicesQuota", func(m *model, _ *call, e *entity) string {
			m.seq++
			e.seq = m.seq
			return ""
		}, func(_ *model, e entity) any {
			return tagged(c, "VirtualMFADevice", structure("SerialNumber", e.arn, "Base32StringSeed", c.answered("VirtualMFADevice", "Base32StringSeed"),
				"QRCodePNG", c.answered("VirtualMFADevice", "QRCodePNG")))
		})(m, c)
	}},
	{"EnableMFADevice", "UserName:name SerialNumber:serial", enableModel},
	{"DeactivateMFADevice", "UserName:name SerialNumber:serial", deactivateModel},
	{"DeleteVirtualMFADevice", "SerialNumber:serial", remove("MFADevice", assignedModel)},
	{"GetMFADevice", "UserName:name SerialNumber:serial", one("User", getDeviceModel)},
	{"ListMFADevices", "UserName:name", one("User", listDevicesModel)},

	{"CreateOpenIDConnectProvider", "Url:url ClientIDList.member.1:client ThumbprintList.member.1:print Tags:tags?", func(m *model, c *call) (any, string) {
		return create("OpenIDConnectProvider", "Url", "OpenIDConnectProvidersQuota", func(_ *model, c *call, e *entity) string {
			e.clients, e.prints = []string{c.in["ClientIDList.member.1"]}, c.in["ThumbprintList.member.1"]
			return ""
		}, func(_ *model, e entity) any {
			return structure("OpenIDConnectProviderArn", e.arn, "Tags", givenTags(c))
		})(m, c)
	}},
	{"GetOpenIDConnectProvider", "OpenIDConnectProviderArn:oidc", one("OpenIDConnectProvider", getOIDCModel)},
	{"DeleteOpenIDConnectProvider", "OpenIDConnectProviderArn:oidc", remove("OpenIDConnectProvider", free)},
	{"AddClientIDToOpenIDConnectProvider", "OpenIDConnectProviderArn:oidc ClientID:client", change("OpenIDConnectProvider", addClientModel)},
	{"RemoveClientIDFromOpenIDConnectProvider", "OpenIDConnectProviderArn:oidc ClientID:client", change("OpenIDConnectProvider", removeClientModel)},
	{"UpdateOpenIDConnectProviderThumbprint", "OpenIDConnectProviderArn:oidc ThumbprintList.member.1:print", change("OpenIDConnectProvider", func(_ *model, c *call, p *entity) string {
		p.prints = c.in["ThumbprintList.member.1"]
		return ""
	})},

	{"CreateSAMLProvider", "Name:idp SAMLMetadataDocument:metadata Tags:tags?", func(m *model, c *call) (any, string) {
		return create("SAMLProvider", "Name", "SAMLProvidersQuota", func(_ *model, c *call, e *entity) string {
			e.metadata, e.enabled = c.in["SAMLMetadataDocument"], inHundredYears(c.now)
			return ""
		}, func(_ *model, e entity) any { return structure("SAMLProviderArn", e.arn, "Tags", givenTags(c)) })(m, c)
	}},
	{"GetSAMLProvider", "SAMLProviderArn:saml", one("SAMLProvider", getSAMLModel)},
	{"DeleteSAMLProvider", "SAMLProviderArn:saml", remove("SAMLProvider", free)},
}

// modelledWide are those that see or change what the whole account has.
var modelledWide = []modelOp{
	{"ListUsers", "PathPrefix:path?", listed("User", "Users", userForm)},
	{"ListGroups", "PathPrefix:path?", listed("Group", "Groups", groupForm)},
	{"ListRoles", "PathPrefix:path?", listed("Role", "Roles", listedRoleForm)},
	{"ListPolicies", "Scope:local PathPrefix:path?", listed("Policy", "Policies", policyForm)},
	{"ListInstanceProfiles", "PathPrefix:path?", listed("InstanceProfile", "InstanceProfiles", profileForm)},
	{"ListOpenIDConnectProviders", "", listed("OpenIDConnectProvider", "OpenIDConnectProviderList", func(_ *model, e entity) any {
		return structure("Arn", e.arn)
	})},
	{"ListSAMLProviders", "", listed("SAMLProvider", "SAMLProviderList", samlForm)},
	{"GetAccountSummary", "", summaryModel},
	{"GetAccountAuthorizationDetails", "Filter:kinds", detailsModel},
}

// modelledOrder are those of the account that depend on the order of calls.
var modelledOrder = []modelOp{
	{"ListVirtualMFADevices", "", listVirtualDevicesModel},
	{"CreateAccountAlias", "AccountAlias:alias", createAliasModel},
	{"DeleteAccountAlias", "AccountAlias:alias", deleteAliasModel},
	{"ListAccountAliases", "", listAliasesModel},
}

type modelOp struct {
	name string
	draw string
	do   func(m *model, c *call) (answer any, code string)
}

func (o modelOp) reads() bool {
	return strings.HasPrefix(o.name, "Get") || strings.HasPrefix(o.name, "List")
}

// idFrom keeps the unique id that an answer has.
func idFrom(path ...string) func(*model, *call, *entity) string {
	return func(_ *model, c *call, e *entity) string {
		e.id = c.answered(path...)
		return ""
	}
}

// call is one call of the model's and of the installation's.
type call struct {
	op  modelOp
	in  map[string]string
	now string
	got any // what was answered: ids are only there
}

func (c *call) or(name, otherwise string) string {
	if value, ok := c.in[name]; ok {
		return value
	}
	return otherwise
}

func (c *call) answered(path ...string) string {
	at := c.got
	for _, name := range path {
		members, _ := at.(map[string]any)
		at = members[name]
	}
	text, _ := at.(string)
	return text
}

type modelTag struct{ key, value string }

func (c *call) tags() []modelTag {
	var out []modelTag
	for _, t := range strings.FieldsFunc(c.in["Tags"], func(r rune) bool { return r == ',' }) {
		key, value, _ := strings.Cut(t, "=")
		out = append(out, modelTag{key, value})
	}
	return out
}
