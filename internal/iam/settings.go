package iam

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// addSettings adds what an account and an organization set as a whole.
func (s *Service) addSettings(t *api.Table) {
	api.Op(t, "SetSecurityTokenServicePreferences", onAccount, s.setTokenPreferences)

	api.Op(t, "EnableOutboundWebIdentityFederation", onAccount, s.enableOutbound)
	api.Op(t, "DisableOutboundWebIdentityFederation", onAccount, s.disableOutbound)
	api.Op(t, "GetOutboundWebIdentityFederationInfo", onAccount, s.getOutbound)

	api.Op(t, "ListOrganizationsFeatures", onAccount, listFeatures)
	setting[iamapi.EnableOrganizationsRootCredentialsManagementInput, iamapi.EnableOrganizationsRootCredentialsManagementOutput](
		t, "EnableOrganizationsRootCredentialsManagement", func(o *state.Organization) { o.RootCredentials = true })
	setting[iamapi.DisableOrganizationsRootCredentialsManagementInput, iamapi.DisableOrganizationsRootCredentialsManagementOutput](
		t, "DisableOrganizationsRootCredentialsManagement", func(o *state.Organization) { o.RootCredentials = false })
	setting[iamapi.EnableOrganizationsRootSessionsInput, iamapi.EnableOrganizationsRootSessionsOutput](
		t, "EnableOrganizationsRootSessions", func(o *state.Organization) { o.RootSessions = true })
	setting[iamapi.DisableOrganizationsRootSessionsInput, iamapi.DisableOrganizationsRootSessionsOutput](
		t, "DisableOrganizationsRootSessions", func(o *state.Organization) { o.RootSessions = false })
}

// onAccount is the check of an operation whose input says nothing of what it
// acts on.
func onAccount[In any](c *api.Call, _ *In) []api.Check { return account(c) }

// setTokenPreferences implements SetSecurityTokenServicePreferences. The
// version is kept and GetAccountSummary shows it; it changes no token, because
// all of them are valid in every region.
func (s *Service) setTokenPreferences(ctx context.Context, c *api.Call, in *iamapi.SetSecurityTokenServicePreferencesInput) (*iamapi.SetSecurityTokenServicePreferencesOutput, error) {
	version := 1
	if in.GlobalEndpointTokenVersion == iamapi.GlobalEndpointTokenVersionV2Token {
		version = 2
	}
	return write[iamapi.SetSecurityTokenServicePreferencesOutput](ctx, c, func(tx *state.Tx) error {
		a := tx.AccountSettings(c.Account)
		a.GlobalTokenVersion = version
		tx.PutAccountSettings(&a)
		return nil
	})
}

// issuerPath is where issuers of web identity tokens are, one an account: the
// path that sts.IssuerDocument serves. No bucket may have its name.
const issuerPath = "/oidc/"

// enableOutbound implements EnableOutboundWebIdentityFederation. The issuer is
// under the endpoint as clients reach it, for that is where whoever gets a token
// has to find the keys. The account's part of it lasts for ever.
func (s *Service) enableOutbound(ctx context.Context, c *api.Call, _ *iamapi.EnableOutboundWebIdentityFederationInput) (*iamapi.EnableOutboundWebIdentityFederationOutput, error) {
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.EnableOutboundWebIdentityFederationOutput, error) {
		a := tx.AccountSettings(c.Account)
		if a.Outbound {
			return nil, iamapi.FeatureEnabled(outboundEnabled)
		}
		if a.IssuerID == "" {
			a.IssuerID = tx.NewUUID()
		}
		a.Outbound, a.Issuer = true, c.Endpoint()+issuerPath+a.IssuerID
		tx.PutAccountSettings(&a)
		return &iamapi.EnableOutboundWebIdentityFederationOutput{IssuerIdentifier: &a.Issuer}, nil
	})
}

func (s *Service) disableOutbound(ctx context.Context, c *api.Call, _ *iamapi.DisableOutboundWebIdentityFederationInput) (*iamapi.DisableOutboundWebIdentityFederationOutput, error) {
	return write[iamapi.DisableOutboundWebIdentityFederationOutput](ctx, c, func(tx *state.Tx) error {
		a := tx.AccountSettings(c.Account)
		if !a.Outbound {
			return iamapi.FeatureDisabled(outboundDisabled)
		}
		a.Outbound = false
		tx.PutAccountSettings(&a)
		return nil
	})
}

func (s *Service) getOutbound(_ context.Context, c *api.Call, _ *iamapi.GetOutboundWebIdentityFederationInfoInput) (*iamapi.GetOutboundWebIdentityFederationInfoOutput, error) {
	a := c.Snapshot.AccountSettings(c.Account)
	if !a.Outbound {
		return nil, iamapi.FeatureDisabled(outboundDisabled)
	}
	return &iamapi.GetOutboundWebIdentityFederationInfoOutput{IssuerIdentifier: &a.Issuer, JwtVendingEnabled: &a.Outbound}, nil
}
