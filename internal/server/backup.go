package server

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/store/bolt"
)

// backupPage sends the installation as a tar file: the state as of one
// revision, the objects that it refers to, and the events so far. Secrets in
// it stay encrypted under the master key, which is not in it.
func (s *Server) backupPage() *api.Page {
	sys := s.current()
	return &api.Page{
		Source: "writ", Name: "Backup", RootOnly: true, Checks: noChecks, ReadOnly: true, Streams: true,
		Do: func(ctx context.Context, c *api.Call, w http.ResponseWriter, _ []byte) (any, error) {
			if sys.disk == nil {
				return nil, &shape.Error{Code: "NotSupported", Status: http.StatusConflict, Message: "An installation that is kept in memory has no backup."}
			}
			if err := sys.db.FlushEvents(ctx); err != nil {
				return nil, err
			}
			w.Header().Set("Content-Type", "application/x-tar")
			if err := s.cfg.backup(sys, w); err != nil {
				s.cfg.Log.Error("backup failed", "request", c.RequestID, "err", err)
				panic(http.ErrAbortHandler) // the client must not take what it has for whole
			}
			return nil, nil
		},
	}
}

// backup writes the tar file. No object that the state refers to is removed
// until it is done.
func (c *Config) backup(sys *system, w io.Writer) error {
	release := sys.objects.Hold()
	defer release()
	copied, err := os.CreateTemp(c.Data, ".backup-*")
	if err != nil {
		return err
	}
	defer os.Remove(copied.Name())
	defer copied.Close()
	if _, err := sys.disk.Backup(copied); err != nil {
		return err
	}
	t := tar.NewWriter(w)
	if err := addFile(t, stateFile, copied.Name()); err != nil {
		return err
	}
	for _, folder := range []string{objectFiles, eventFolder} {
		if err := c.addFolder(t, folder); err != nil {
			return err
		}
	}
	return t.Close()
}

func (c *Config) addFolder(t *tar.Writer, folder string) error {
	return filepath.WalkDir(filepath.Join(c.Data, folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		name, err := filepath.Rel(c.Data, path)
		if err != nil {
			return err
		}
		err = addFile(t, filepath.ToSlash(name), path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // an event segment that was just retired
		}
		return err
	})
}

// addFile adds what a file holds at this moment; what is appended meanwhile is
// left out.
func addFile(t *tar.Writer, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h := &tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime(), Format: tar.FormatPAX}
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.CopyN(t, f, info.Size())
	return err
}

// Restore makes a data folder from a backup. The folder must not hold an
// installation; what fails half-way leaves none. Open it with the master key
// that the backup was made under.
func Restore(ctx context.Context, folder string, backup io.Reader) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, name := range []string{stateFile, eventFolder, objectFiles} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			return fmt.Errorf("%s holds an installation: restore into an empty folder", folder)
		}
	}
	tmp, err := os.MkdirTemp(folder, ".restore-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := unpack(ctx, tmp, backup); err != nil {
		return err
	}
	// The state comes last: without it the folder holds no installation.
	for _, name := range []string{eventFolder, objectFiles, stateFile} {
		err := os.Rename(filepath.Join(tmp, name), filepath.Join(folder, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return syncFolder(folder)
}

func unpack(ctx context.Context, folder string, backup io.Reader) error {
	t := tar.NewReader(backup)
	state := false
	for {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("this is no backup of writ, or it is cut short: %w", err)
		}
		if !backupName(h.Name) || h.Typeflag != tar.TypeReg {
			return fmt.Errorf("this is no backup of writ: it has a file %q", h.Name)
		}
		path := filepath.Join(folder, filepath.FromSlash(h.Name))
		if h.Name == stateFile {
			state = true
			_, err = bolt.Restore(ctx, path, t)
		} else {
			err = writeFile(path, t)
		}
		if err != nil {
			return err
		}
	}
	if !state {
		return errors.New("this is no backup of writ: it has no state")
	}
	return nil
}

// backupName reports whether a name may stand in a backup: nothing outside the
// folders that a data folder has.
func backupName(name string) bool {
	if name == stateFile {
		return true
	}
	parts := strings.Split(name, "/")
	if len(parts) < 2 || parts[0] != objectFiles && parts[0] != eventFolder {
		return false
	}
	return !slices.ContainsFunc(parts, func(p string) bool { return p == "" || p == "." || p == ".." || strings.ContainsAny(p, `\:`) })
}

func writeFile(path string, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Sync(), f.Close())
}
