package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/writ-iam/writ/internal/accountfile"
	"github.com/writ-iam/writ/internal/awscmd"
)

type exportCommand struct {
	Account string `help:"Which account; the caller's when not given. Others are for the root user of the management account." placeholder:"ID"`
	Format  string `help:"json, as the AWS CLI prints get-account-authorization-details, or terraform." enum:"json,terraform" default:"json"`

	connection
}

func (*exportCommand) Help() string {
	return `Prints the users, groups, roles and policies of an account.

  writ export > account.json
  writ export --format terraform > account.tf

"writ import" and "writ policy eval --account" read the JSON. The configuration for Terraform has an import block for each resource: in a new folder, "terraform plan" shows nothing to add.`
}

func (c *exportCommand) Run(ctx context.Context, p *process) error {
	client, err := c.client(p)
	if err != nil {
		return err
	}
	details, err := fetchDetails(ctx, client, c.Account)
	if err != nil {
		return err
	}
	if c.Format == "terraform" {
		text, err := accountfile.Terraform(details)
		if err != nil {
			return err
		}
		_, err = io.WriteString(p.Stdout, text)
		return err
	}
	_, err = p.Stdout.Write(append(accountfile.Append(nil, details), '\n'))
	return err
}

const detailsPage = "/_writ/accounts/details"

// fetchDetails reads an account from a server: "" is the caller's.
func fetchDetails(ctx context.Context, client *awscmd.Client, account string) (*accountfile.Details, error) {
	query := url.Values{}
	if account != "" {
		query.Set("account", account)
	}
	body, err := page(ctx, client, http.MethodGet, detailsPage, query, nil)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("the answer broke off: %w", err)
	}
	return accountfile.Decode(text)
}
