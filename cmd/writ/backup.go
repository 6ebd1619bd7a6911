package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

type backupCommand struct {
	File           string   `arg:"" help:"Where the backup goes; - is standard output."`
	Recipient      []string `help:"Encrypt to this age recipient: age1…" short:"r" placeholder:"RECIPIENT"`
	PassphraseFile string   `help:"Encrypt with the passphrase that the file holds." placeholder:"FILE"`
	Force          bool     `help:"Replace a file that exists."`

	connection
}

func (*backupCommand) Help() string {
	return `Saves state, objects and events of a running server, without stopping it. Only the root user of the management account may.

  writ backup monday.tar
  writ backup --recipient age1… monday.tar.age
  writ backup --passphrase-file pass.txt - | ssh vault 'cat > monday.tar.age'

Secrets in it stay encrypted under the master key, which is not in it: keep a copy of that elsewhere.`
}

func (c *backupCommand) Run(ctx context.Context, p *process) error {
	recipients, err := c.recipients()
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.File); err == nil && c.File != "-" && !c.Force {
		return hint(fmt.Errorf("%s exists", c.File), "choose another name, or replace it with --force")
	}
	client, err := c.client(p)
	if err != nil {
		return err
	}
	body, err := page(ctx, client, http.MethodGet, "/_writ/backup", nil, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	if c.File == "-" {
		return encrypt(p.Stdout, body, recipients)
	}
	n, err := saveBackup(c.File, body, recipients)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stderr, "writ: saved %d bytes to %s; keep the master key too\n", n, c.File)
	return nil
}

func (c *backupCommand) recipients() ([]age.Recipient, error) {
	var all []age.Recipient
	for _, text := range c.Recipient {
		r, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil {
			return nil, hint(fmt.Errorf("%q is no age recipient", text), "make a key pair with: age-keygen")
		}
		all = append(all, r...)
	}
	if c.PassphraseFile == "" {
		return all, nil
	}
	if all != nil {
		return nil, errors.New("--recipient and --passphrase-file exclude each other")
	}
	passphrase, err := readPassphrase(c.PassphraseFile)
	if err != nil {
		return nil, err
	}
	r, err := age.NewScryptRecipient(passphrase)
	return []age.Recipient{r}, err
}

func readPassphrase(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("failed to read the passphrase: %w", err)
	}
	passphrase := strings.TrimRight(string(text), "\r\n")
	if passphrase == "" {
		return "", fmt.Errorf("%s is empty", file)
	}
	return passphrase, nil
}

// encrypt copies src to dst, encrypted when there are recipients. A source
// that breaks off leaves an age file that does not decrypt.
func encrypt(dst io.Writer, src io.Reader, to []age.Recipient) error {
	if to == nil {
		_, err := io.Copy(dst, src)
		return cutShort(err)
	}
	w, err := age.Encrypt(dst, to...)
	if err != nil {
		return fmt.Errorf("failed to encrypt: %w", err)
	}
	if _, err := io.Copy(w, src); err != nil {
		return cutShort(err)
	}
	return w.Close()
}

func cutShort(err error) error {
	if err == nil {
		return nil
	}
	return hint(fmt.Errorf("the backup broke off: %w", err), "see the server's log, and run it again")
}

// saveBackup writes the file whole, with mode 0600, or not at all.
func saveBackup(path string, src io.Reader, to []age.Recipient) (int64, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".writ-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	err = encrypt(f, src, to)
	size, seekErr := f.Seek(0, io.SeekCurrent)
	if err = errors.Join(err, seekErr, f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	return size, os.Rename(f.Name(), path)
}
