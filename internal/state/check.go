package state

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxFaults are the faults that Check reports before it stops.
const maxFaults = 20

// Check reports whether every invariant of a snapshot holds: the indexes are
// what the entities give, names and keys are unique, references resolve,
// documents are compiled. It is slow; tests end with it, and operators may run
// it on a backup.
func Check(s *Snapshot) error {
	faults := checkIndexes(s)
	for _, k := range kinds {
		faults = append(faults, k.checkRows(s)...)
	}
	if len(faults) > maxFaults {
		faults = append(faults[:maxFaults], errors.New("and more"))
	}
	return errors.Join(faults...)
}

// checkIndexes builds the snapshot again from its rows and compares.
func checkIndexes(s *Snapshot) (faults []error) {
	again := &Snapshot{env: s.env, owner: 1, guard: new(guardCache)}
	for _, k := range kinds {
		k.copyRows(s, again)
	}
	if again.clash != "" {
		faults = append(faults, fmt.Errorf("two entities have the key %q", again.clash))
	}
	was, is := s.indexes(), again.indexes()
	for i := range was {
		if err := was[i].differs(is[i]); err != nil {
			faults = append(faults, fmt.Errorf("index %d: %w", i, err))
		}
	}
	return faults
}

// anyIndex is an index of any type.
type anyIndex interface {
	differs(other anyIndex) error
}

// indexes lists all indexes of a snapshot; a test counts them.
func (s *Snapshot) indexes() []anyIndex {
	return []anyIndex{
		&s.accounts.rows, &s.accounts.byAlias,
		&s.organizations, &s.units, &s.orgPolicies.rows, &s.orgPolicies.byTarget,
		&s.users.rows, &s.users.byName, &s.users.byGroup,
		&s.groups.rows, &s.groups.byName,
		&s.roles.rows, &s.roles.byName,
		&s.instanceProfiles.rows, &s.instanceProfiles.byName, &s.instanceProfiles.byRole,
		&s.policies.rows, &s.policies.byName, &s.policies.byARN,
		&s.attached, &s.bounded,
		&s.accessKeys.rows, &s.accessKeys.byUser,
		&s.sshKeys.rows, &s.sshKeys.byUser, &s.sshKeys.byKey,
		&s.signingCertificates.rows, &s.signingCertificates.byUser, &s.signingCertificates.byDigest,
		&s.serverCertificates.rows, &s.serverCertificates.byName,
		&s.serviceCredentials.rows, &s.serviceCredentials.byUser, &s.serviceCredentials.byAccount, &s.serviceCredentials.byName,
		&s.oidcProviders.rows, &s.oidcProviders.byAccount,
		&s.samlProviders.rows, &s.samlProviders.byName, &s.samlKeys.rows, &s.samlKeys.byProvider,
		&s.spent.rows, &s.spent.byEnd, &s.signIns.rows, &s.signIns.byEnd, &s.signIns.byPerson,
		&s.signInAttempts.rows, &s.signInAttempts.byEnd, &s.signInAttempts.imaginary,
		&s.delegationRequests.rows, &s.delegationRequests.byWorkflow, &s.delegationRequests.byRequestor,
		&s.delegationRequests.byAccount, &s.delegationRequests.byOwner,
		&s.credentialReports, &s.accessReports.rows, &s.accessReports.byAccount, &s.reportParts,
		&s.loginProfiles, &s.passwordPolicies,
		&s.mfaDevices.rows, &s.mfaDevices.bySerial, &s.mfaDevices.byOrder, &s.mfaDevices.byUser,
		&s.roleDeletions.rows, &s.roleDeletions.byAccount, &s.accountSettings,
		&s.issuers, &s.tokenKeys.rows, &s.tokenKeys.byAccount,
		&s.sealingKeys, &s.resourcePolicies,
		&s.buckets.rows, &s.buckets.byAccount,
		&s.objects.rows, &s.objects.byOrder,
		&s.uploads.rows, &s.uploads.byOrder, &s.parts,
	}
}

// differs reports the first difference between two indexes of one type.
func (x *index[V]) differs(other anyIndex) error {
	y := other.(*index[V])
	if x.len() != y.len() {
		return fmt.Errorf("%d entries, not %d", x.len(), y.len())
	}
	for i := range x.len() {
		a, _ := x.tree.GetAt(i)
		b, _ := y.tree.GetAt(i)
		if a != b {
			return fmt.Errorf("entry %d is %q %q %q, not %q %q %q", i, a.a, a.b, a.c, b.a, b.b, b.c)
		}
	}
	return nil
}

// checkEntity checks what the entities of IAM have in common.
func (s *Snapshot) checkEntity(e Entity, prefix string, inline []InlinePolicy, attached []string, boundary string) error {
	if _, ok := s.Account(e.AccountID()); !ok {
		return fmt.Errorf("no account %s", e.AccountID())
	}
	if !strings.HasPrefix(e.UniqueID(), prefix) {
		return fmt.Errorf("its id does not begin with %s", prefix)
	}
	for i, p := range inline {
		if p.Document == nil || i > 0 && inline[i-1].Name >= p.Name {
			return fmt.Errorf("inline policy %q has no document or is not in order", p.Name)
		}
	}
	if hasDuplicate(attached) {
		return errors.New("a policy is attached twice")
	}
	for _, policyARN := range append(slices.Clip(attached), boundary) {
		if p, ok := s.ManagedPolicy(policyARN); policyARN != "" && (!ok || p.Account != e.AccountID() && p.Account != AWSAccount) {
			return fmt.Errorf("no policy %s for its account", policyARN)
		}
	}
	return nil
}

// checkOwner checks whose credential it is: a user's of the account, or the
// root user's, which stands for the account itself.
func (s *Snapshot) checkOwner(account, userID string) error {
	if userID == account {
		if _, ok := s.Account(account); !ok {
			return fmt.Errorf("no account %s", account)
		}
		return nil
	}
	if u, ok := s.UserByID(userID); !ok || u.Account != account {
		return fmt.Errorf("no user %s in its account", userID)
	}
	return nil
}

func hasDuplicate(values []string) bool {
	sorted := slices.Sorted(slices.Values(values))
	return len(slices.Compact(sorted)) < len(values)
}
