package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/writ-iam/writ/internal/awscmd"
)

// cacheFolder is the flag of commands that keep roles' credentials or remove
// those that are kept.
type cacheFolder struct {
	Cache string `help:"Folder of cached credentials; by default one in the user's cache folder." env:"WRIT_CACHE" placeholder:"DIR"`
}

// path is the folder, "" when there is no place for one.
func (c *cacheFolder) path(p *process) string {
	if c.Cache != "" {
		return c.Cache
	}
	if xdg := p.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(xdg) {
		return filepath.Join(xdg, "writ")
	}
	if home := p.Getenv("HOME"); home != "" {
		return filepath.Join(home, ".cache", "writ")
	}
	return ""
}

// cached are kept credentials, and the role that they are of.
type cached struct {
	Role string // its ARN
	roleCredentials
}

// cacheFile is where the credentials are kept, "" for nowhere. Its name depends
// on all that they depend on, and tells none of it.
func (a *assumption) cacheFile(p *process, client *awscmd.Client) string {
	folder := a.path(p)
	if folder == "" {
		return ""
	}
	key, err := json.Marshal([]string{
		client.Endpoint, client.Credentials.AccessKeyID, client.Credentials.SecretAccessKey, a.Role, a.Name, a.Duration.String(), a.ExternalID,
	})
	if err != nil {
		return ""
	}
	hash := sha256.Sum256(key)
	return filepath.Join(folder, hex.EncodeToString(hash[:])+".json")
}

// cacheFileName matches what cacheFile makes.
var cacheFileName = regexp.MustCompile(`^[0-9a-f]{64}\.json$`)

// readCached reads cached credentials. A file that others can read or that is
// no plain file is left alone: it is not one that was written here.
func readCached(file string) (*cached, bool) {
	info, err := os.Lstat(file)
	if file == "" || err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, false
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, false
	}
	k := &cached{}
	if err := json.Unmarshal(text, k); err != nil || k.Version != 1 || k.AccessKeyID == "" {
		return nil, false
	}
	return k, true
}

// keep caches the role's credentials for the owner's eyes.
func (a *assumption) keep(file string, k *roleCredentials) error {
	text, err := json.Marshal(cached{a.Role, *k})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return hint(err, "name another folder with --cache, or go without with --no-cache")
	}
	return hint(writePrivate(file, text), "name another folder with --cache, or go without with --no-cache")
}

// forget removes a file of cached credentials, if there is one. "" is no file.
func forget(file string) error {
	err := os.Remove(file)
	if file == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return hint(err, "remove it by hand: it has credentials that are not to be used any more")
}

// forgetRole removes the cached credentials of a role of an account, by whatever
// name of the server and by whomever they were got, and those that do not tell
// whose they are.
func (c *cacheFolder) forgetRole(p *process, account, name string) error {
	folder := c.path(p)
	if folder == "" {
		return nil
	}
	files, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var failed error
	for _, f := range files {
		file := filepath.Join(folder, f.Name())
		if !cacheFileName.MatchString(f.Name()) {
			continue
		}
		kept, ok := readCached(file)
		if !ok {
			continue // it is never used
		}
		of, owner, err := roleName(kept.Role)
		if err != nil || owner == "" || strings.EqualFold(of, name) && owner == account {
			failed = errors.Join(failed, forget(file))
		}
	}
	return failed
}
