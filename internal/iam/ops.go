// Package iam is Identity and Access Management: users, groups, roles, access
// keys, policies and what binds them together.
//
// Start at Table, the list of operations. A resource is a file. What several
// kinds of entities have in common (tags, attachments, inline policies,
// boundaries) is written once, over a holder; see noun.go. Texts of errors
// stand in errors.go, quotas in quota.go, pages of lists in page.go.
//
// The package does not authenticate, authorize or record: the pipeline does
// (internal/api), with the checks that stand beside each operation. It keeps
// nothing: all that lasts is in internal/state.
package iam

import (
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
)

// Options are what a Service is made of.
type Options struct {
	// Schema is what policies are compiled with, as in state.Options.
	Schema engine.Schema
	// MarkerKey seals the markers of pages: at least 16 secret bytes, the same
	// on every node.
	MarkerKey []byte
	Rand      io.Reader
	// Quotas replace AWS's defaults, by the names of GetAccountSummary
	// ("UsersQuota"). May be nil.
	Quotas map[string]int
	// AWSManaged yields the AWS managed policies, by name. They must be those
	// that the state finds by ARN. May be nil: there are none.
	AWSManaged func() iter.Seq[AWSPolicy]
	// PolicyTemplates are those of the product providers that may ask for
	// delegation. Without any nobody may.
	PolicyTemplates []PolicyTemplate
	// ARNs are the forms of the ARNs of the resources that an action acts on,
	// as the service reference has them. May be nil.
	ARNs func(action string) []string

	// Reference is what reports know of AWS's services; nil: none.
	Reference Reference
	// Events are the calls that reports tell the last use from; nil: none.
	Events Events
	// Recorded are the services whose calls are among the events, by
	// namespace, each with the actions that are an event's name.
	Recorded map[string][]string
}

// Service answers the operations of IAM.
type Service struct {
	schema  engine.Schema
	markers *markers
	rand    io.Reader
	quotas  quotas
	aws     *awsPolicies

	templates  policyTemplates
	arns       func(action string) []string
	reference  Reference
	names      func() map[string]string // of services, by namespace
	events     Events
	recorded   map[string][]string
	reports    waiting
	inProgress inProgress
}

// New returns the service. It fails for a quota that does not exist, for a
// marker key that is too short and for a policy template that is none.
func New(o Options) (*Service, error) {
	q, err := newQuotas(o.Quotas)
	if err != nil {
		return nil, err
	}
	m, err := newMarkers(o.MarkerKey)
	if err != nil {
		return nil, fmt.Errorf("iam: marker key: %w", err)
	}
	templates, err := newPolicyTemplates(o.PolicyTemplates)
	if err != nil {
		return nil, err
	}
	s := &Service{
		schema: o.Schema, markers: m, rand: o.Rand, quotas: q, aws: newAWSPolicies(o.AWSManaged), templates: templates, arns: o.ARNs,
		reference: o.Reference, events: o.Events, recorded: o.Recorded, reports: make(waiting, 1),
	}
	if s.reference == nil {
		s.reference = noReference{}
	}
	if s.events == nil {
		s.events = noEvents{}
	}
	s.names = sync.OnceValue(func() map[string]string { return serviceNames(s.reference) })
	return s, nil
}

// Table returns the operations of IAM that are built.
func (s *Service) Table() *api.Table {
	t := api.NewTable(&iamapi.Service)

	api.Op(t, "CreateUser", newUser, s.createUser)
	api.Op(t, "GetUser", getsUser, s.getUser)
	api.Op(t, "ListUsers", listsUsers, s.listUsers)
	api.Op(t, "UpdateUser", updatesUser, s.updateUser)
	api.Op(t, "DeleteUser", deletesUser, s.deleteUser)

	api.Op(t, "CreateGroup", newGroup, s.createGroup)
	api.Op(t, "GetGroup", getsGroup, s.getGroup)
	api.Op(t, "ListGroups", listsGroups, s.listGroups)
	api.Op(t, "UpdateGroup", updatesGroup, s.updateGroup)
	api.Op(t, "DeleteGroup", deletesGroup, s.deleteGroup)
	api.Op(t, "AddUserToGroup", addsUserToGroup, s.addUserToGroup)
	api.Op(t, "RemoveUserFromGroup", removesUserFromGroup, s.removeUserFromGroup)
	api.Op(t, "ListGroupsForUser", listsGroupsForUser, s.listGroupsForUser)

	api.Op(t, "CreateRole", newRole, s.createRole)
	api.Op(t, "GetRole", getsRole, s.getRole)
	api.Op(t, "ListRoles", listsRoles, s.listRoles)
	api.Op(t, "UpdateRole", updatesRole, s.updateRole)
	api.Op(t, "UpdateRoleDescription", updatesRoleDescription, s.updateRoleDescription)
	api.Op(t, "UpdateAssumeRolePolicy", updatesAssumeRolePolicy, s.updateAssumeRolePolicy)
	api.Op(t, "DeleteRole", deletesRole, s.deleteRole)

	api.Op(t, "CreateAccessKey", createsAccessKey, s.createAccessKey)
	api.Op(t, "ListAccessKeys", listsAccessKeys, s.listAccessKeys)
	api.Op(t, "UpdateAccessKey", updatesAccessKey, s.updateAccessKey)
	api.Op(t, "DeleteAccessKey", deletesAccessKey, s.deleteAccessKey)
	api.Op(t, "GetAccessKeyLastUsed", getsAccessKeyLastUsed, s.getAccessKeyLastUsed)

	api.Op(t, "CreateInstanceProfile", newInstanceProfile, s.createInstanceProfile)
	api.Op(t, "GetInstanceProfile", getsInstanceProfile, s.getInstanceProfile)
	api.Op(t, "ListInstanceProfiles", listsInstanceProfiles, s.listInstanceProfiles)
	api.Op(t, "ListInstanceProfilesForRole", listsInstanceProfilesForRole, s.listInstanceProfilesForRole)
	api.Op(t, "DeleteInstanceProfile", deletesInstanceProfile, s.deleteInstanceProfile)
	api.Op(t, "AddRoleToInstanceProfile", addsRoleToInstanceProfile, s.addRoleToInstanceProfile)
	api.Op(t, "RemoveRoleFromInstanceProfile", removesRoleFromInstanceProfile, s.removeRoleFromInstanceProfile)

	s.addPolicies(t)
	s.addCredentials(t)
	s.addAccount(t)
	s.addShared(t)
	s.addLogin(t)
	s.addMFA(t)
	s.addLinkedRoles(t)
	s.addSettings(t)
	s.addProviders(t)
	s.addDelegation(t)
	s.addSimulation(t)
	s.addReports(t)
	return t
}

func (s *Service) addPolicies(t *api.Table) {
	api.Op(t, "CreatePolicy", newPolicy, s.createPolicy)
	api.Op(t, "GetPolicy", getsPolicy, s.getPolicy)
	api.Op(t, "ListPolicies", listsPolicies, s.listPolicies)
	api.Op(t, "DeletePolicy", deletesPolicy, s.deletePolicy)
	api.Op(t, "ListEntitiesForPolicy", listsEntitiesForPolicy, s.listEntitiesForPolicy)
	api.Op(t, "CreatePolicyVersion", createsPolicyVersion, s.createPolicyVersion)
	api.Op(t, "GetPolicyVersion", getsPolicyVersion, s.getPolicyVersion)
	api.Op(t, "ListPolicyVersions", listsPolicyVersions, s.listPolicyVersions)
	api.Op(t, "SetDefaultPolicyVersion", setsDefaultPolicyVersion, s.setDefaultPolicyVersion)
	api.Op(t, "DeletePolicyVersion", deletesPolicyVersion, s.deletePolicyVersion)
}

func (s *Service) addSimulation(t *api.Table) {
	api.Op(t, "SimulateCustomPolicy", simulatesCustom, s.simulateCustomPolicy)
	api.Op(t, "SimulatePrincipalPolicy", simulatesPrincipal, s.simulatePrincipalPolicy)
	api.Op(t, "GetContextKeysForCustomPolicy", simulatesCustom, s.getContextKeysForCustomPolicy)
	api.Op(t, "GetContextKeysForPrincipalPolicy", getsContextKeysForPrincipal, s.getContextKeysForPrincipalPolicy)
}

func (s *Service) addAccount(t *api.Table) {
	api.Op(t, "CreateAccountAlias", createsAccountAlias, s.createAccountAlias)
	api.Op(t, "DeleteAccountAlias", deletesAccountAlias, s.deleteAccountAlias)
	api.Op(t, "ListAccountAliases", listsAccountAliases, s.listAccountAliases)
	api.Op(t, "GetAccountSummary", getsAccountSummary, s.getAccountSummary)
	api.Op(t, "GetAccountAuthorizationDetails", getsAccountAuthorizationDetails, s.getAccountAuthorizationDetails)
}

// addShared adds the operations that several kinds of entities have, each kind
// with names of its own.
func (s *Service) addShared(t *api.Table) {
	edit[iamapi.PutUserPolicyOutput](t, "PutUserPolicy", putUserPolicy, changesInline, s.putInline)
	edit[iamapi.PutGroupPolicyOutput](t, "PutGroupPolicy", putGroupPolicy, changesInline, s.putInline)
	edit[iamapi.PutRolePolicyOutput](t, "PutRolePolicy", putRolePolicy, changesInline, s.putInline)
	edit[iamapi.DeleteUserPolicyOutput](t, "DeleteUserPolicy", deleteUserPolicy, changesInline, deleteInline)
	edit[iamapi.DeleteGroupPolicyOutput](t, "DeleteGroupPolicy", deleteGroupPolicy, changesInline, deleteInline)
	edit[iamapi.DeleteRolePolicyOutput](t, "DeleteRolePolicy", deleteRolePolicy, changesInline, deleteInline)
	read(t, "GetUserPolicy", getUserPolicy, readsInline, getInline(userPolicy))
	read(t, "GetGroupPolicy", getGroupPolicy, readsInline, getInline(groupPolicy))
	read(t, "GetRolePolicy", getRolePolicy, readsInline, getInline(rolePolicy))
	read(t, "ListUserPolicies", listUserPolicies, lists, listInline[iamapi.ListUserPoliciesOutput](s))
	read(t, "ListGroupPolicies", listGroupPolicies, lists, listInline[iamapi.ListGroupPoliciesOutput](s))
	read(t, "ListRolePolicies", listRolePolicies, lists, listInline[iamapi.ListRolePoliciesOutput](s))

	edit[iamapi.AttachUserPolicyOutput](t, "AttachUserPolicy", attachUserPolicy, changesAttachment, s.attach)
	edit[iamapi.AttachGroupPolicyOutput](t, "AttachGroupPolicy", attachGroupPolicy, changesAttachment, s.attach)
	edit[iamapi.AttachRolePolicyOutput](t, "AttachRolePolicy", attachRolePolicy, changesAttachment, s.attach)
	edit[iamapi.DetachUserPolicyOutput](t, "DetachUserPolicy", detachUserPolicy, changesAttachment, detach)
	edit[iamapi.DetachGroupPolicyOutput](t, "DetachGroupPolicy", detachGroupPolicy, changesAttachment, detach)
	edit[iamapi.DetachRolePolicyOutput](t, "DetachRolePolicy", detachRolePolicy, changesAttachment, detach)
	read(t, "ListAttachedUserPolicies", listAttachedUserPolicies, lists, listAttached[iamapi.ListAttachedUserPoliciesOutput](s))
	read(t, "ListAttachedGroupPolicies", listAttachedGroupPolicies, lists, listAttached[iamapi.ListAttachedGroupPoliciesOutput](s))
	read(t, "ListAttachedRolePolicies", listAttachedRolePolicies, lists, listAttached[iamapi.ListAttachedRolePoliciesOutput](s))

	edit[iamapi.PutUserPermissionsBoundaryOutput](t, "PutUserPermissionsBoundary", putUserBoundary, putsBoundary, putBoundary)
	edit[iamapi.PutRolePermissionsBoundaryOutput](t, "PutRolePermissionsBoundary", putRoleBoundary, putsBoundary, putBoundary)
	edit[iamapi.DeleteUserPermissionsBoundaryOutput](t, "DeleteUserPermissionsBoundary", deleteUserBoundary, deletesBoundary, deleteBoundary)
	edit[iamapi.DeleteRolePermissionsBoundaryOutput](t, "DeleteRolePermissionsBoundary", deleteRoleBoundary, deletesBoundary, deleteBoundary)

	edit[iamapi.TagUserOutput](t, "TagUser", tagUser, tagsEntity, s.tag)
	edit[iamapi.TagRoleOutput](t, "TagRole", tagRole, tagsEntity, s.tag)
	edit[iamapi.TagPolicyOutput](t, "TagPolicy", tagPolicy, tagsEntity, s.tag)
	edit[iamapi.TagInstanceProfileOutput](t, "TagInstanceProfile", tagInstanceProfile, tagsEntity, s.tag)
	edit[iamapi.UntagUserOutput](t, "UntagUser", untagUser, untagsEntity, untag)
	edit[iamapi.UntagRoleOutput](t, "UntagRole", untagRole, untagsEntity, untag)
	edit[iamapi.UntagPolicyOutput](t, "UntagPolicy", untagPolicy, untagsEntity, untag)
	edit[iamapi.UntagInstanceProfileOutput](t, "UntagInstanceProfile", untagInstanceProfile, untagsEntity, untag)
	read(t, "ListUserTags", listUserTags, lists, listTags[iamapi.ListUserTagsOutput](s))
	read(t, "ListRoleTags", listRoleTags, lists, listTags[iamapi.ListRoleTagsOutput](s))
	read(t, "ListPolicyTags", listPolicyTags, lists, listTags[iamapi.ListPolicyTagsOutput](s))
	read(t, "ListInstanceProfileTags", listInstanceProfileTags, lists, listTags[iamapi.ListInstanceProfileTagsOutput](s))
}
