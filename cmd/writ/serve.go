package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/writ-iam/writ/internal/server"
)

type serveCommand struct {
	Data        string `help:"Folder that keeps everything." env:"WRIT_DATA" required:"" placeholder:"FOLDER"`
	RootKeyFile string `help:"Where a new installation's root key is written, with mode 0600. Without it the key is printed once, to a terminal." env:"WRIT_ROOT_KEY_FILE" placeholder:"FILE"`

	settings
}

func (*serveCommand) Help() string {
	return `Serves an installation. The first start makes it: an organization with one account, its root user, and the root user's key, which is shown this once.

  writ serve --data /var/lib/writ --root-key-file root.json
  writ serve --config /etc/writ.json
  writ serve --data /var/lib/writ --listen :443 --tls-cert chain.pem --tls-key key.pem --admin 127.0.0.1:4601

The master key encrypts secrets at rest. Without --master-key-file it is generated into the data folder: keep a copy elsewhere, a backup is worth nothing without it.`
}

func (c *serveCommand) Run(ctx context.Context, p *process) error {
	log := jsonLog(p.Stderr, c.LogLevel)
	cfg, err := c.config(c.Data, log)
	if err != nil {
		return err
	}
	cfg.Root = server.Root{Account: c.RootAccountID, AccessKeyID: c.RootAccessKeyID, SecretAccessKey: c.RootSecretAccessKey}
	if cfg.Root, err = c.rootKey(cfg.Root, p.Stdout); err != nil {
		return err
	}
	srv, err := server.New(ctx, cfg)
	if err != nil {
		return opening(err, c.Data)
	}
	defer srv.Close()
	if root := srv.Root(); root.AccessKeyID != "" && c.RootAccessKeyID == "" && c.RootKeyFile == "" {
		printRootKey(p.Stdout, root)
	}
	log.Info("serving", "url", srv.URL(), "admin", srv.AdminURL(), "data", c.Data, "version", version)
	err = srv.Run(ctx)
	log.Info("stopped")
	return err
}

// rootKey makes sure that the root key of a new installation reaches someone:
// it is in the file before the installation is made.
func (c *serveCommand) rootKey(root server.Root, stdout io.Writer) (server.Root, error) {
	if root.AccessKeyID != "" || root.SecretAccessKey != "" || server.Exists(c.Data) {
		return root, nil
	}
	if c.RootKeyFile == "" {
		if !isTerminal(stdout) {
			return root, hint(errors.New("the root key of a new installation would be lost: standard output is no terminal"),
				"have it written to a file with --root-key-file, or give one in WRIT_ROOT_ACCESS_KEY_ID and WRIT_ROOT_SECRET_ACCESS_KEY")
		}
		return root, nil
	}
	a := &access{Account: root.Account}
	if err := a.generate(); err != nil {
		return root, err
	}
	root = server.Root{Account: a.Account, AccessKeyID: a.AccessKeyID, SecretAccessKey: a.SecretAccessKey}
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return root, err
	}
	f, err := os.OpenFile(c.RootKeyFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return root, hint(fmt.Errorf("failed to write the root key: %w", err), "name a file that does not exist")
	}
	_, err = f.Write(append(text, '\n'))
	return root, errors.Join(err, f.Sync(), f.Close())
}

func printRootKey(w io.Writer, root server.Root) {
	fmt.Fprintf(w, `root user of account %s, shown this once:

  access key id      %s
  secret access key  %s

make an administrator with it, then put it away

`, root.Account, root.AccessKeyID, root.SecretAccessKey)
}

// isTerminal reports whether someone reads what is written there.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
