package iam

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func getsAccountSummary(c *api.Call, _ *iamapi.GetAccountSummaryInput) []api.Check {
	return account(c)
}

// getAccountSummary implements GetAccountSummary: what the account has, and
// the quotas in force.
func (s *Service) getAccountSummary(_ context.Context, c *api.Call, _ *iamapi.GetAccountSummaryInput) (*iamapi.GetAccountSummaryOutput, error) {
	snap, id := c.Snapshot, c.Account
	versions := 0
	for p := range snap.Policies(id, "") {
		versions += len(p.Versions)
	}
	rootKeys := min(1, len(snap.AccessKeys(id)))
	rootCertificates := min(1, len(snap.SigningCertificates(id)))
	m := map[string]int32{
		"Users": int32(snap.NumUsers(id)), "Groups": int32(snap.NumGroups(id)), "Roles": int32(snap.NumRoles(id)),
		"Policies": int32(snap.NumPolicies(id)), "PolicyVersionsInUse": int32(versions),
		"InstanceProfiles": int32(snap.NumInstanceProfiles(id)), "AccountAccessKeysPresent": int32(rootKeys),
		"Providers":          int32(snap.NumOIDCProviders(id) + snap.NumSAMLProviders(id)),
		"ServerCertificates": int32(snap.NumServerCertificates(id)), "AccountSigningCertificatesPresent": int32(rootCertificates),
		"MFADevices": int32(snap.NumMFADevices(id)), "MFADevicesInUse": devicesInUse(snap, id),
		"AccountMFAEnabled":          int32(min(1, len(snap.MFADevicesOf(id)))),
		"GlobalEndpointTokenVersion": int32(max(1, snap.AccountSettings(id).GlobalTokenVersion)),
		// What the account cannot have yet.
		"AccountPasswordPresent": 0,
	}
	for i, f := range quotaTable {
		if f.summary {
			m[f.name] = int32(s.quotas[i])
		}
	}
	return &iamapi.GetAccountSummaryOutput{SummaryMap: m}, nil
}

func devicesInUse(snap *state.Snapshot, account string) (n int32) {
	for d := range snap.MFADevices(account, 0) {
		if d.UserID != "" {
			n++
		}
	}
	return n
}
