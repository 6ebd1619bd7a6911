package server

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Names in the data folder.
const (
	stateFile   = "state.db"
	eventFolder = "events"
	objectFiles = "objects"
	keyFile     = "master.key"
)

// ReadMasterKey reads a key of 32 bytes, in hex, from a file.
func ReadMasterKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := ParseMasterKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// ParseMasterKey reads a key of 32 bytes in hex.
func ParseMasterKey(text string) ([]byte, error) {
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != 32 {
		return nil, errors.New("a master key is 64 hexadecimal digits")
	}
	return key, nil
}

// masterKey returns the key that was configured, else the data folder's. A
// folder that has state but no key file must have been given a key before:
// making a new one would only hide what is missing.
func masterKey(c *Config) ([]byte, error) {
	if c.MasterKey != nil {
		return c.MasterKey, nil
	}
	if c.Data == "" {
		return newMasterKey(), nil
	}
	path := filepath.Join(c.Data, keyFile)
	key, err := ReadMasterKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if _, err := os.Stat(filepath.Join(c.Data, stateFile)); err == nil {
		return nil, fmt.Errorf("%s is missing: put the master key of this data folder there, or name it with --master-key-file", path)
	}
	key = newMasterKey()
	return key, writePrivate(path, []byte(hex.EncodeToString(key)+"\n"))
}

// markerKey is what markers of pages are sealed with: the same on each node
// that has the master key.
func markerKey(master []byte) []byte {
	key, err := hkdf.Key(sha256.New, master, nil, "writ: markers of pages", 32)
	if err != nil {
		panic(err) // only for keys of thousands of bytes
	}
	return key
}

func newMasterKey() []byte {
	key := make([]byte, 32)
	rand.Read(key)
	return key
}

// writePrivate writes a file that only its owner reads, durably and whole: a
// crash leaves the old content or the new.
func writePrivate(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
