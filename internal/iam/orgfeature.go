package iam

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// features is an answer about what IAM does for the organization.
type features interface {
	iamapi.ListOrganizationsFeaturesOutput |
		iamapi.EnableOrganizationsRootCredentialsManagementOutput | iamapi.DisableOrganizationsRootCredentialsManagementOutput |
		iamapi.EnableOrganizationsRootSessionsOutput | iamapi.DisableOrganizationsRootSessionsOutput
}

// setting adds an operation that changes what IAM does for the organization.
// What is as asked for already stays so.
func setting[In any, Out features](t *api.Table, name string, set func(*state.Organization)) {
	api.Op(t, name, onAccount[In], func(ctx context.Context, c *api.Call, _ *In) (*Out, error) {
		return api.Update(ctx, c, func(tx *state.Tx) (*Out, error) {
			o, err := managed(c, tx.Snapshot)
			if err != nil {
				return nil, err
			}
			set(&o)
			tx.PutOrganization(&o)
			return featuresOf[Out](&o), nil
		})
	})
}

func listFeatures(_ context.Context, c *api.Call, _ *iamapi.ListOrganizationsFeaturesInput) (*iamapi.ListOrganizationsFeaturesOutput, error) {
	o, err := managed(c, c.Snapshot)
	if err != nil {
		return nil, err
	}
	return featuresOf[iamapi.ListOrganizationsFeaturesOutput](&o), nil
}

// managed returns a copy of the organization that the caller's account
// manages. An installation is one organization with all features, and IAM has
// access to it from the start: of the reasons that AWS has to refuse, one is
// left.
func managed(c *api.Call, snap *state.Snapshot) (state.Organization, error) {
	o := snap.Organization()
	if o == nil || o.ManagementAccount != c.Account {
		return state.Organization{}, iamapi.AccountNotManagementOrDelegatedAdministratorException(notManagingAccount)
	}
	return *o, nil
}

func featuresOf[Out features](o *state.Organization) *Out {
	enabled := []iamapi.FeatureType{}
	if o.RootCredentials {
		enabled = append(enabled, iamapi.FeatureTypeRootCredentialsManagement)
	}
	if o.RootSessions {
		enabled = append(enabled, iamapi.FeatureTypeRootSessions)
	}
	out := Out(iamapi.ListOrganizationsFeaturesOutput{OrganizationId: &o.ID, EnabledFeatures: enabled})
	return &out
}
