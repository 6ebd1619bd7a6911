package iam

import (
	"context"
	"fmt"
	"slices"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func createsAccessKey(c *api.Call, in *iamapi.CreateAccessKeyInput) []api.Check {
	return onSelf(c, in.UserName)
}

func (s *Service) createAccessKey(ctx context.Context, c *api.Call, in *iamapi.CreateAccessKeyInput) (*iamapi.CreateAccessKeyOutput, error) {
	if _, err := self(c, c.Snapshot, in.UserName); err != nil {
		return nil, err
	}
	secret, err := awsid.NewSecret(s.rand)
	if err != nil {
		return nil, fmt.Errorf("make a secret access key: %w", err)
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateAccessKeyOutput, error) {
		who, err := self(c, tx.Snapshot, in.UserName)
		if err != nil {
			return nil, err
		}
		if err := s.quotas.room(accessKeysPerUser, len(tx.AccessKeys(who.id))); err != nil {
			return nil, err
		}
		k := &state.AccessKey{
			ID: tx.NewAccessKeyID(awsid.AccessKey, c.Account), Account: c.Account, UserID: who.id,
			Secret: state.Secret(secret), Active: true, Created: tx.Now(), Seq: tx.NextSeq(),
		}
		tx.PutAccessKey(k)
		return &iamapi.CreateAccessKeyOutput{AccessKey: iamapi.AccessKey{
			UserName: who.name, AccessKeyId: k.ID, Status: statusOf(k.Active), SecretAccessKey: secret, CreateDate: &k.Created,
		}}, nil
	})
}

func listsAccessKeys(c *api.Call, in *iamapi.ListAccessKeysInput) []api.Check {
	return onSelf(c, in.UserName)
}

func (s *Service) listAccessKeys(_ context.Context, c *api.Call, in *iamapi.ListAccessKeysInput) (*iamapi.ListAccessKeysOutput, error) {
	who, err := self(c, c.Snapshot, in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, who.id, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	keys := fillFrom(p, c.Snapshot.AccessKeys(who.id), func(k *state.AccessKey) string { return order(k.Seq) })
	out := &iamapi.ListAccessKeysOutput{AccessKeyMetadata: shapes(keys, func(k *state.AccessKey) iamapi.AccessKeyMetadata {
		status := statusOf(k.Active)
		return iamapi.AccessKeyMetadata{UserName: optional(who.name), AccessKeyId: &k.ID, Status: &status, CreateDate: &k.Created}
	})}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

func updatesAccessKey(c *api.Call, in *iamapi.UpdateAccessKeyInput) []api.Check {
	return onSelf(c, in.UserName)
}

func (s *Service) updateAccessKey(ctx context.Context, c *api.Call, in *iamapi.UpdateAccessKeyInput) (*iamapi.UpdateAccessKeyOutput, error) {
	if in.Status == iamapi.StatusTypeExpired { // of other credentials; access keys do not expire
		return nil, invalid(badKeyStatus)
	}
	return write[iamapi.UpdateAccessKeyOutput](ctx, c, func(tx *state.Tx) error {
		k, err := ownKey(c, tx.Snapshot, in.UserName, in.AccessKeyId)
		if err != nil {
			return err
		}
		changed := *k
		changed.Active = in.Status == iamapi.StatusTypeActive
		tx.PutAccessKey(&changed)
		return nil
	})
}

func deletesAccessKey(c *api.Call, in *iamapi.DeleteAccessKeyInput) []api.Check {
	return onSelf(c, in.UserName)
}

func (s *Service) deleteAccessKey(ctx context.Context, c *api.Call, in *iamapi.DeleteAccessKeyInput) (*iamapi.DeleteAccessKeyOutput, error) {
	return write[iamapi.DeleteAccessKeyOutput](ctx, c, func(tx *state.Tx) error {
		k, err := ownKey(c, tx.Snapshot, in.UserName, in.AccessKeyId)
		if err != nil {
			return err
		}
		tx.DeleteAccessKey(k)
		return nil
	})
}

// ownKey returns a key of the user of that name, or of the caller.
func ownKey(c *api.Call, snap *state.Snapshot, name *string, keyID string) (*state.AccessKey, error) {
	who, err := self(c, snap, name)
	if err != nil {
		return nil, err
	}
	keys := snap.AccessKeys(who.id)
	i := slices.IndexFunc(keys, func(k *state.AccessKey) bool { return k.ID == keyID })
	if i < 0 {
		return nil, notFound(keyMissing, keyID)
	}
	return keys[i], nil
}

// getsAccessKeyLastUsed is about the key's user. There is nothing to check
// where the key is not one of the account: the handler denies that.
func getsAccessKeyLastUsed(c *api.Call, in *iamapi.GetAccessKeyLastUsedInput) []api.Check {
	k, ok := keyOf(c, in.AccessKeyId)
	if !ok {
		return nil
	}
	if u, ok := c.Snapshot.UserByID(k.UserID); ok {
		return only(api.Check{Action: action(c), Resource: u.ARN(), Tags: u.Tags})
	}
	return only(api.Check{Action: action(c), Resource: "*"})
}

// getAccessKeyLastUsed implements GetAccessKeyLastUsed. Whether a key that is
// not one of the account exists is not told.
func (s *Service) getAccessKeyLastUsed(_ context.Context, c *api.Call, in *iamapi.GetAccessKeyLastUsedInput) (*iamapi.GetAccessKeyLastUsedOutput, error) {
	k, ok := keyOf(c, in.AccessKeyId)
	if !ok {
		return nil, denied(unknownKeyDenied, c.Caller.ARN, in.AccessKeyId)
	}
	name := rootName(c.Snapshot, c.Account)
	if u, ok := c.Snapshot.UserByID(k.UserID); ok {
		name = u.Name
	}
	used := &iamapi.AccessKeyLastUsed{ServiceName: "N/A", Region: "N/A"}
	if use := c.KeyLastUsed(k); !use.At.IsZero() {
		used = &iamapi.AccessKeyLastUsed{LastUsedDate: &use.At, ServiceName: use.Service, Region: use.Region}
	}
	return &iamapi.GetAccessKeyLastUsedOutput{UserName: optional(name), AccessKeyLastUsed: used}, nil
}

func keyOf(c *api.Call, keyID string) (*state.AccessKey, bool) {
	k, ok := c.Snapshot.AccessKey(keyID)
	return k, ok && k.Account == c.Account
}
