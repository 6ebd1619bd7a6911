package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/server"
)

type devCommand struct {
	Data   string `help:"Folder that keeps everything." env:"WRIT_DATA" default:".writ"`
	Memory bool   `help:"Keep nothing." env:"WRIT_MEMORY"`
	JSON   bool   `help:"Print one line of JSON with everything a program needs." name:"json"`

	settings
}

func (*devCommand) Help() string {
	return `Makes an account with its root user and keys, prints what to paste, and serves until it is interrupted.

  writ dev                                  data in .writ, answers on 127.0.0.1:4600
  writ dev --memory --listen 127.0.0.1:0    nothing kept, any free port
  writ dev --json --account 123456789012    for a test suite
  eval "$(writ env)"                        in another shell

It also has POST /_writ/reset and POST /_writ/clock, for the root user alone. Never put it on a network: use "writ serve".`
}

func (c *devCommand) Run(ctx context.Context, p *process) error {
	data := c.Data
	if c.Memory {
		data = ""
	}
	log := slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: max(c.LogLevel, slog.LevelWarn)}))
	cfg, err := c.config(data, log)
	if err != nil {
		return err
	}
	a, err := c.credentials(data)
	if err != nil {
		return err
	}
	cfg.Dev = true
	cfg.Root = server.Root{Account: a.Account, AccessKeyID: a.AccessKeyID, SecretAccessKey: a.SecretAccessKey}
	srv, err := server.New(ctx, cfg)
	if err != nil {
		return opening(err, data)
	}
	defer srv.Close()
	a.Endpoint, a.Admin, a.PID = srv.URL(), srv.AdminURL(), os.Getpid()
	if data != "" {
		if err := a.write(data); err != nil {
			return err
		}
	}
	if err := c.announce(p, a); err != nil {
		return err
	}
	return srv.Run(ctx)
}

// credentials returns the root user's, and keeps them in the data folder
// before the server makes the account: whatever happens in between, they are
// not lost.
func (c *devCommand) credentials(data string) (*access, error) {
	if (c.RootAccessKeyID == "") != (c.RootSecretAccessKey == "") {
		return nil, hint(errors.New("the root access key id and its secret are given together or not at all"),
			"set WRIT_ROOT_ACCESS_KEY_ID and WRIT_ROOT_SECRET_ACCESS_KEY, or neither")
	}
	if data != "" {
		a, err := readAccess(data)
		if !errors.Is(err, fs.ErrNotExist) {
			if err != nil {
				return nil, err
			}
			return a, c.agree(a)
		}
		if server.Exists(data) {
			return nil, hint(fmt.Errorf("%s holds an installation, but not the %s of a development server", data, credentialsFile),
				"serve it with: writ serve --data %s; or choose another folder with --data", data)
		}
	}
	a := &access{Account: c.RootAccountID, AccessKeyID: c.RootAccessKeyID, SecretAccessKey: c.RootSecretAccessKey, Region: region, Data: data}
	if err := a.generate(); err != nil {
		return nil, err
	}
	if data == "" {
		return a, nil
	}
	return a, a.write(data)
}

// agree refuses credentials that differ from those the folder was made with.
func (c *devCommand) agree(a *access) error {
	for _, v := range [][2]string{
		{c.RootAccountID, a.Account}, {c.RootAccessKeyID, a.AccessKeyID}, {c.RootSecretAccessKey, a.SecretAccessKey},
	} {
		if v[0] != "" && v[0] != v[1] {
			return hint(fmt.Errorf("%s was made with another account or root key, which it keeps", a.Data),
				"choose another folder with --data, or keep nothing with --memory")
		}
	}
	return nil
}

// generate makes what is missing.
func (a *access) generate() (err error) {
	if a.Account == "" {
		if a.Account, err = awsid.NewAccount(rand.Reader); err != nil {
			return err
		}
	}
	if !awsid.ValidAccount(a.Account) {
		return fmt.Errorf("account %q is not twelve digits", a.Account)
	}
	if a.AccessKeyID != "" {
		return nil
	}
	if a.AccessKeyID, err = awsid.NewAccessKeyID(rand.Reader, awsid.AccessKey, a.Account); err != nil {
		return err
	}
	a.SecretAccessKey, err = awsid.NewSecret(rand.Reader)
	return err
}

func (c *devCommand) announce(p *process, a *access) error {
	if c.JSON {
		return json.NewEncoder(p.Stdout).Encode(a)
	}
	kept := "kept in " + a.Data + "; \"writ env\" prints this again"
	if a.Data == "" {
		kept = "kept in memory, gone when this ends"
	}
	fmt.Fprintf(p.Stdout, "account %s, %s\npaste this into another shell, then use the AWS CLI:\n\n", a.Account, kept)
	formats["env"](p.Stdout, a)
	_, err := fmt.Fprintf(p.Stdout, "\nready on %s, stop with ctrl-c\n", a.Endpoint)
	return err
}
