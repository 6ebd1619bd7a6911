package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func createsAccountAlias(c *api.Call, _ *iamapi.CreateAccountAliasInput) []api.Check {
	return account(c)
}

// createAccountAlias implements CreateAccountAlias. An account has one alias:
// a new one takes the place of the old. No two accounts share one, and none is
// what people may write for an account's id: whoever means that account would
// be led to this one.
func (s *Service) createAccountAlias(ctx context.Context, c *api.Call, in *iamapi.CreateAccountAliasInput) (*iamapi.CreateAccountAliasOutput, error) {
	if arn.IsAccount(strings.ReplaceAll(in.AccountAlias, "-", "")) {
		return nil, invalid(aliasIsID, in.AccountAlias)
	}
	return write[iamapi.CreateAccountAliasOutput](ctx, c, func(tx *state.Tx) error {
		if _, taken := tx.Alias(in.AccountAlias); taken {
			return exists(aliasExists, in.AccountAlias)
		}
		return setAliases(tx, c.Account, in.AccountAlias)
	})
}

func deletesAccountAlias(c *api.Call, _ *iamapi.DeleteAccountAliasInput) []api.Check {
	return account(c)
}

func (s *Service) deleteAccountAlias(ctx context.Context, c *api.Call, in *iamapi.DeleteAccountAliasInput) (*iamapi.DeleteAccountAliasOutput, error) {
	return write[iamapi.DeleteAccountAliasOutput](ctx, c, func(tx *state.Tx) error {
		if a, ok := tx.Account(c.Account); !ok || !slices.Contains(a.Aliases, in.AccountAlias) {
			return notFound(aliasMissing, in.AccountAlias)
		}
		return setAliases(tx, c.Account)
	})
}

func setAliases(tx *state.Tx, account string, aliases ...string) error {
	a, ok := tx.Account(account)
	if !ok {
		return iamapi.ServiceFailure("The account %s is gone.", account)
	}
	changed := *a
	changed.Aliases = aliases
	tx.PutAccount(&changed)
	return nil
}

func listsAccountAliases(c *api.Call, _ *iamapi.ListAccountAliasesInput) []api.Check {
	return account(c)
}

func (s *Service) listAccountAliases(_ context.Context, c *api.Call, in *iamapi.ListAccountAliasesInput) (*iamapi.ListAccountAliasesOutput, error) {
	p, err := s.page(c, "", in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iamapi.ListAccountAliasesOutput{AccountAliases: []string{}}
	if a, ok := c.Snapshot.Account(c.Account); ok {
		out.AccountAliases = fillFrom(p, a.Aliases, func(alias string) string { return alias })
	}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}
