package state

import "iter"

// Snapshot is the whole state at one revision. It is immutable, its methods
// may be called concurrently, and what they return is shared: never change it.
// Lookups report false for what does not exist. Iterators yield in the order
// their comment says and stay right while others write.
type Snapshot struct {
	Rev uint64 // of the last commit in it

	env    *env
	owner  uint64    // marks the trees that this snapshot's transaction may write to
	origin *Snapshot // the published snapshot that this one equals, if any
	clash  string    // a key that a transaction gave to two entities

	accounts         accountTables
	organizations    index[*Organization]
	units            index[*OrganizationalUnit]
	orgPolicies      orgPolicyTables
	guard            *guardCache
	users            userTables
	groups           groupTables
	roles            roleTables
	instanceProfiles profileTables
	policies         policyTables
	attached         index[Entity] // policy ARN, account, unique id
	bounded          index[Entity] // policy ARN, account, unique id
	accessKeys       accessKeyTables

	sshKeys             sshKeyTables
	signingCertificates signingCertificateTables
	serverCertificates  serverCertificateTables
	serviceCredentials  serviceCredentialTables
	delegationRequests  delegationTables

	roleDeletions   roleDeletionTables
	accountSettings index[*AccountSettings]
	issuers         index[*AccountSettings] // id of the issuer
	tokenKeys       tokenKeyTables
	oidcProviders   oidcProviderTables
	samlProviders   samlProviderTables
	samlKeys        samlKeyTables
	spent           spentTables
	signIns         signInTables
	signInAttempts  signInAttemptsTables

	credentialReports index[*CredentialReport]
	accessReports     accessReportTables
	reportParts       index[*ReportPart]

	loginProfiles    index[*LoginProfile]
	passwordPolicies index[*PasswordPolicy]
	mfaDevices       mfaTables
	sealingKeys      index[*SealingKey]
	resourcePolicies index[*resourcePolicy]
	buckets          bucketTables
	objects          objectTables
	uploads          uploadTables
	parts            index[*Part]
}

// kinds lists every entity type. A new type is a line here, a field above, and
// its file.
var kinds = []kind{
	&accounts, &organizations, &units, &orgPolicies,
	&users, &groups, &roles, &instanceProfiles, &managedPolicies, &accessKeys,
	&sshKeys, &signingCertificates, &serverCertificates, &serviceCredentials,
	&oidcProviders, &samlProviders, &samlKeys, &spent, &signIns, &signInAttempts,
	&delegationRequests,
	&loginProfiles, &passwordPolicies, &mfaDevices,
	&roleDeletions, &accountSettings, &tokenKeys,
	&credentialReports, &accessReports, &reportParts,
	&sealingKeys, &resourcePolicies,
	&buckets, &objects, &uploads, &parts,
}

// Same reports whether the two are one state. Inside Update it is true while
// the transaction runs on a published snapshot and has written nothing.
func (s *Snapshot) Same(other *Snapshot) bool {
	return s == other || s.origin != nil && s.origin == other.origin
}

// All yields every entity, as a pointer to its struct, under its key in the
// store; for checks and exports.
func (s *Snapshot) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, k := range kinds {
			for key, v := range k.all(s) {
				if !yield(key, v) {
					return
				}
			}
		}
	}
}

// Entity is what has a unique id and an ARN in IAM: *User, *Group, *Role,
// *InstanceProfile, *ManagedPolicy, *ServerCertificate, *MFADevice or an
// identity provider.
type Entity interface {
	UniqueID() string
	AccountID() string
	ARN() string
}

// Entity returns the holder of a unique id, of those that can stand in a
// policy.
func (s *Snapshot) Entity(id string) (Entity, bool) {
	prefix := id[:min(4, len(id))]
	switch prefix {
	case "AIDA":
		return entity(s.users.rows.get(id, "", ""))
	case "AROA":
		return entity(s.roles.rows.get(id, "", ""))
	case "AGPA":
		return entity(s.groups.rows.get(id, "", ""))
	case "AIPA":
		return entity(s.instanceProfiles.rows.get(id, "", ""))
	case "ANPA":
		return entity(s.policies.rows.get(id, "", ""))
	}
	return nil, false
}

func entity[T Entity](v T, ok bool) (Entity, bool) {
	if !ok {
		return nil, false
	}
	return v, true
}

// attach indexes the managed policies and the boundary of an entity.
func (s *Snapshot) attach(on bool, e Entity, policies []string, boundary string) {
	for _, p := range policies {
		s.attached.put(s, on, p, e.AccountID(), e.UniqueID(), e)
	}
	if boundary != "" {
		s.bounded.put(s, on, boundary, e.AccountID(), e.UniqueID(), e)
	}
}
