package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/writ-iam/writ/internal/server"
)

type restoreCommand struct {
	File           string `arg:"" help:"The backup; - is standard input."`
	Data           string `help:"Folder to make; it must be empty." env:"WRIT_DATA" required:"" placeholder:"FOLDER"`
	Identity       string `help:"age identity that decrypts the backup." short:"i" placeholder:"FILE"`
	PassphraseFile string `help:"File with the passphrase that decrypts it." placeholder:"FILE"`
	MasterKeyFile  string `help:"The master key that the backup was made under; verifies that its secrets can be read." env:"WRIT_MASTER_KEY_FILE" required:"" placeholder:"FILE"`
}

func (*restoreCommand) Help() string {
	return `Makes a data folder from a backup and opens it once, to see that it is whole and that the master key is the right one.

  writ restore monday.tar --data /var/lib/writ --master-key-file master.key
  writ serve --data /var/lib/writ --master-key-file master.key

All is as it was then: what was deleted, revoked or signed out since is valid again.`
}

func (c *restoreCommand) Run(ctx context.Context, p *process) error {
	key, err := server.ReadMasterKey(c.MasterKeyFile)
	if err != nil {
		return hint(err, "it is the file master.key of the data folder that the backup was made of, or what --master-key-file named then")
	}
	if err := emptyFolder(c.Data); err != nil {
		return err
	}
	src, closeSrc, err := c.open(p)
	if err != nil {
		return err
	}
	defer closeSrc()
	plain, err := c.decrypt(src)
	if err != nil {
		return err
	}
	if err := server.Restore(ctx, c.Data, plain); err != nil {
		return err
	}
	if err := server.Verify(ctx, c.Data, key); err != nil {
		return hint(fmt.Errorf("restored into %s, but it does not verify: %w", c.Data, err),
			"is %s the master key that the backup was made under? remove %s and try another", c.MasterKeyFile, c.Data)
	}
	fmt.Fprintf(p.Stderr, "writ: restored and verified; start it with: writ serve --data %s --master-key-file %s\n", c.Data, c.MasterKeyFile)
	return nil
}

func emptyFolder(path string) error {
	list, err := os.ReadDir(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(list) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	return hint(fmt.Errorf("%s is not empty", path), "name a new folder with --data")
}

func (c *restoreCommand) open(p *process) (io.Reader, func() error, error) {
	if c.File == "-" {
		return p.Stdin, func() error { return nil }, nil
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, nil, err
	}
	return f, f.Close, nil
}

// decrypt looks whether the backup is encrypted, and decrypts it then.
func (c *restoreCommand) decrypt(src io.Reader) (io.Reader, error) {
	in := bufio.NewReader(src)
	start, err := in.Peek(len(armor.Header))
	if err != nil {
		return nil, hint(errors.New("this is no backup of writ: it is too short"), "did the backup break off? make it again")
	}
	const intro = "age-encryption.org/v1\n"
	armored := string(start) == armor.Header
	if !armored && string(start[:len(intro)]) != intro {
		return in, nil
	}
	identities, err := c.identities()
	if err != nil {
		return nil, err
	}
	if identities == nil {
		return nil, hint(errors.New("the backup is encrypted"), "name the key with --identity, or the passphrase with --passphrase-file")
	}
	var encrypted io.Reader = in
	if armored {
		encrypted = armor.NewReader(in)
	}
	plain, err := age.Decrypt(encrypted, identities...)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, hint(errors.New("the key does not decrypt the backup"), "it was encrypted to another recipient or passphrase")
	}
	return plain, err
}

func (c *restoreCommand) identities() ([]age.Identity, error) {
	switch {
	case c.Identity != "" && c.PassphraseFile != "":
		return nil, errors.New("--identity and --passphrase-file exclude each other")
	case c.Identity != "":
		f, err := os.Open(c.Identity)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		list, err := age.ParseIdentities(f)
		if err != nil {
			return nil, fmt.Errorf("%s holds no age identity: %w", c.Identity, err)
		}
		return list, nil
	case c.PassphraseFile != "":
		passphrase, err := readPassphrase(c.PassphraseFile)
		if err != nil {
			return nil, err
		}
		i, err := age.NewScryptIdentity(passphrase)
		return []age.Identity{i}, err
	}
	return nil, nil
}
