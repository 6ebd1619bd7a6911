package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

type accountCommand struct {
	Create accountCreate `cmd:"" help:"Make a member account."`
	List   accountList   `cmd:"" help:"List the accounts of the installation."`
}

type accountCreate struct {
	Name     string `arg:"" help:"Name of the account."`
	Email    string `help:"Its owner's address." placeholder:"ADDRESS"`
	ID       string `help:"Its id, twelve digits; generated when not given." placeholder:"ID"`
	RoleName string `help:"The role by which the management account reaches it." default:"OrganizationAccountAccessRole"`
	RootKey  bool   `help:"Also make an access key for its root user."`
	JSON     bool   `help:"Print the account as JSON." name:"json"`

	connection
}

func (*accountCreate) Help() string {
	return `An installation is one organization. Its first account manages it and makes more:

  writ account create staging
  writ account create test --root-key --json`
}

func (c *accountCreate) Run(ctx context.Context, p *process) error {
	client, err := c.client(p)
	if err != nil {
		return err
	}
	in := map[string]any{"name": c.Name, "email": c.Email, "accountId": c.ID, "roleName": c.RoleName, "rootKey": c.RootKey}
	var made struct {
		Account         string `json:"accountId"`
		Name            string `json:"name"`
		RoleARN         string `json:"roleArn"`
		AccessKeyID     string `json:"accessKeyId,omitempty"`
		SecretAccessKey string `json:"secretAccessKey,omitempty"`
	}
	if err := pageJSON(ctx, client, http.MethodPost, "/_writ/accounts", nil, in, &made); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(p.Stdout).Encode(made)
	}
	fmt.Fprintf(p.Stdout, "account %s made\nreach it with the role %s\n", made.Account, made.RoleARN)
	if made.AccessKeyID != "" {
		a := access{Endpoint: client.Endpoint, AccessKeyID: made.AccessKeyID, SecretAccessKey: made.SecretAccessKey, Region: region}
		fmt.Fprint(p.Stdout, "its root user's key, shown this once:\n\n")
		formats["env"](p.Stdout, &a)
	}
	return nil
}

type accountList struct {
	JSON bool `help:"Print the accounts as JSON, one a line." name:"json"`

	connection
}

func (c *accountList) Run(ctx context.Context, p *process) error {
	client, err := c.client(p)
	if err != nil {
		return err
	}
	var list struct {
		Accounts []struct {
			ID         string    `json:"accountId"`
			Name       string    `json:"name"`
			Email      string    `json:"email,omitempty"`
			Status     string    `json:"status"`
			Management bool      `json:"management,omitempty"`
			Created    time.Time `json:"created"`
			Path       string    `json:"path"`
		} `json:"accounts"`
	}
	if err := pageJSON(ctx, client, http.MethodGet, "/_writ/accounts", nil, nil, &list); err != nil {
		return err
	}
	for _, a := range list.Accounts {
		if c.JSON {
			if err := json.NewEncoder(p.Stdout).Encode(a); err != nil {
				return err
			}
			continue
		}
		kind := "member"
		if a.Management {
			kind = "management"
		}
		fmt.Fprintf(p.Stdout, "%s  %-10s  %-9s  %s\n", a.ID, kind, a.Status, a.Name)
	}
	return nil
}
