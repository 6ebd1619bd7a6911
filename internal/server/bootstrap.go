package server

import (
	"context"
	"crypto/rand"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/state"
)

// bootstrap makes the organization, its management account and the root
// user's access key, unless there is an organization already. It returns the
// credential it made, with what it had to generate.
func (sys *system) bootstrap(ctx context.Context, root Root) (Root, error) {
	if sys.db.Snapshot().Organization() != nil {
		return Root{}, sys.db.Update(ctx, authz.RotateSealingKeys)
	}
	var err error
	if root.Account == "" {
		if root.Account, err = awsid.NewAccount(rand.Reader); err != nil {
			return Root{}, err
		}
	}
	secret := root.SecretAccessKey
	if secret == "" {
		if secret, err = awsid.NewSecret(rand.Reader); err != nil {
			return Root{}, err
		}
	}
	err = sys.db.Update(ctx, func(tx *state.Tx) error {
		made := root
		made.SecretAccessKey = secret
		tx.CreateOrganization(state.Account{ID: root.Account, Name: "management"})
		if made.AccessKeyID == "" {
			made.AccessKeyID = tx.NewAccessKeyID(awsid.AccessKey, root.Account)
		}
		putRootKey(tx, made)
		root = made
		return nil
	})
	if err != nil {
		return Root{}, err
	}
	return root, sys.db.Update(ctx, authz.RotateSealingKeys)
}
