package iam

import (
	"fmt"
	"math"
	"slices"

	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/policy"
)

// quota names a limit of an account or of one of its entities.
type quota uint8

const (
	_ quota = iota
	usersPerAccount
	groupsPerAccount
	rolesPerAccount
	policiesPerAccount
	instanceProfilesPerAccount
	versionsPerPolicy
	versionsInUse
	accessKeysPerUser
	sshKeysPerUser
	signingCertificatesPerUser
	serviceCredentialsPerUser
	serverCertificatesPerAccount
	mfaDevicesPerUser
	mfaDevicesPerAccount
	delegationsPerAccount
	groupsPerUser
	policiesPerUser
	policiesPerGroup
	policiesPerRole
	rolesPerInstanceProfile
	tagsPerUser
	tagsPerRole
	tagsPerPolicy
	tagsPerInstanceProfile
	tagsPerServerCertificate
	oidcProvidersPerAccount
	clientIDsPerOIDCProvider
	tagsPerOIDCProvider
	samlProvidersPerAccount
	issuersPerSAMLProvider
	keysPerSAMLProvider
	privateKeysPerSAMLProvider
	tagsPerSAMLProvider
	tagsPerMFADevice
	userPolicySize
	groupPolicySize
	rolePolicySize
	policySize
	trustPolicySize
	numQuotas
)

type quotaFacts struct {
	name    string
	limit   string
	std     int
	summary bool // GetAccountSummary shows it
}

// quotaTable has for each quota the name in GetAccountSummary (one of our own
// where AWS has none), the name in a LimitExceeded message, and AWS's default.
// See "IAM and AWS STS quotas" in the IAM User Guide. That of versions in use
// is shown and not enforced: the one of versions per policy bounds them.
var quotaTable = [numQuotas]quotaFacts{
	usersPerAccount:              {"UsersQuota", "UsersPerAccount", 5000, true},
	groupsPerAccount:             {"GroupsQuota", "GroupsPerAccount", 300, true},
	rolesPerAccount:              {"RolesQuota", "RolesPerAccount", 1000, true},
	policiesPerAccount:           {"PoliciesQuota", "PoliciesPerAccount", 1500, true},
	instanceProfilesPerAccount:   {"InstanceProfilesQuota", "InstanceProfilesPerAccount", 1000, true},
	versionsPerPolicy:            {"VersionsPerPolicyQuota", "VersionsPerPolicy", 5, true},
	versionsInUse:                {"PolicyVersionsInUseQuota", "PolicyVersionsInUse", 10000, true},
	accessKeysPerUser:            {"AccessKeysPerUserQuota", "AccessKeysPerUser", 2, true},
	sshKeysPerUser:               {"SSHPublicKeysPerUserQuota", "SSHPublicKeysPerUser", 5, false},
	signingCertificatesPerUser:   {"SigningCertificatesPerUserQuota", "CertificatesPerUser", 2, true},
	serviceCredentialsPerUser:    {"ServiceSpecificCredentialsPerUserQuota", "ServiceSpecificCredentialsPerUser", 2, false}, // of one service
	serverCertificatesPerAccount: {"ServerCertificatesQuota", "ServerCertificatesPerAccount", 20, true},
	mfaDevicesPerUser:            {"MFADevicesPerUserQuota", "MFADevicesPerUser", 8, false},
	mfaDevicesPerAccount:         {"VirtualMFADevicesQuota", "VirtualMFADevicesPerAccount", 5000, false},
	delegationsPerAccount:        {"DelegationRequestsQuota", "DelegationRequestsPerAccount", 1000, false}, // of a product provider
	groupsPerUser:                {"GroupsPerUserQuota", "GroupsPerUser", 10, true},
	policiesPerUser:              {"AttachedPoliciesPerUserQuota", "PoliciesPerUser", 10, true},
	policiesPerGroup:             {"AttachedPoliciesPerGroupQuota", "PoliciesPerGroup", 10, true},
	policiesPerRole:              {"AttachedPoliciesPerRoleQuota", "PoliciesPerRole", 10, true},
	rolesPerInstanceProfile:      {"RolesPerInstanceProfileQuota", "InstanceSessionsPerInstanceProfile", 1, false},
	tagsPerUser:                  {"TagsPerUserQuota", "TagsPerUser", 50, false},
	tagsPerRole:                  {"TagsPerRoleQuota", "TagsPerRole", 50, false},
	tagsPerPolicy:                {"TagsPerPolicyQuota", "TagsPerPolicy", 50, false},
	tagsPerInstanceProfile:       {"TagsPerInstanceProfileQuota", "TagsPerInstanceProfile", 50, false},
	tagsPerServerCertificate:     {"TagsPerServerCertificateQuota", "TagsPerServerCertificate", 50, false},
	oidcProvidersPerAccount:      {"OpenIDConnectProvidersQuota", "OpenIdConnectProvidersPerAccount", 100, false},
	clientIDsPerOIDCProvider:     {"ClientIDsPerOpenIDConnectProviderQuota", "ClientIdsPerOpenIdConnectProvider", 100, false},
	tagsPerOIDCProvider:          {"TagsPerOpenIDConnectProviderQuota", "TagsPerOpenIdConnectProvider", 50, false},
	samlProvidersPerAccount:      {"SAMLProvidersQuota", "SAMLProvidersPerAccount", 100, false},
	issuersPerSAMLProvider:       {"IdentityProvidersPerSAMLProviderQuota", "IdentityProvidersPerSAMLProvider", 10, false},
	keysPerSAMLProvider:          {"KeysPerSAMLProviderQuota", "KeysPerSAMLProvider", 10, false},
	privateKeysPerSAMLProvider:   {"PrivateKeysPerSAMLProviderQuota", "PrivateKeysPerSAMLProvider", 2, false},
	tagsPerSAMLProvider:          {"TagsPerSAMLProviderQuota", "TagsPerSAMLProvider", 50, false},
	tagsPerMFADevice:             {"TagsPerMFADeviceQuota", "TagsPerMFADevice", 50, false},
	userPolicySize:               {"UserPolicySizeQuota", "UserPolicySize", policy.UserInlineQuota, true},
	groupPolicySize:              {"GroupPolicySizeQuota", "GroupPolicySize", policy.GroupInlineQuota, true},
	rolePolicySize:               {"RolePolicySizeQuota", "RolePolicySize", policy.RoleInlineQuota, true},
	policySize:                   {"PolicySizeQuota", "PolicySize", policy.ManagedQuota, true},
	trustPolicySize:              {"AssumeRolePolicySizeQuota", "ACLSizePerRole", policy.TrustQuota, true},
}

// quotas are the limits in force.
type quotas [numQuotas]int

// newQuotas returns AWS's defaults with some of them replaced.
func newQuotas(replace map[string]int) (quotas, error) {
	var q quotas
	for i := range quotaTable {
		q[i] = quotaTable[i].std
	}
	for name, n := range replace {
		i := slices.IndexFunc(quotaTable[:], func(f quotaFacts) bool { return f.name == name })
		if i < 1 || n < 0 || n > math.MaxInt32 {
			return q, fmt.Errorf("iam: there is no quota %s=%d", name, n)
		}
		q[i] = n
	}
	return q, nil
}

// room returns an error when n is as many as l allows: there is no room for
// one more.
func (q *quotas) room(l quota, n int) error {
	if n < q[l] {
		return nil
	}
	return q.exceeded(l)
}

// fit returns an error when n is more than l allows.
func (q *quotas) fit(l quota, n int) error {
	if n <= q[l] {
		return nil
	}
	return q.exceeded(l)
}

func (q *quotas) exceeded(l quota) error {
	return iamapi.LimitExceeded("Cannot exceed quota for %s: %d", quotaTable[l].limit, q[l])
}
