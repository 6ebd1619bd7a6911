package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// Backup writes the whole store to w as of one revision, which it returns,
// while commits go on. What it writes is a file that Open opens.
func (s *Store) Backup(w io.Writer) (rev uint64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		rev = tx.Bucket(stateBucket).Sequence()
		_, err := tx.WriteTo(w)
		return err
	})
	if err != nil {
		return 0, closed(fmt.Errorf("store: backup: %w", err))
	}
	return rev, nil
}

// Check reads the whole file and reports what is wrong with it: damaged
// pages, pages that are lost or used twice, keys out of order.
func (s *Store) Check(ctx context.Context) error {
	const enough = 20 // one damaged page may cause thousands of reports
	var found []error
	err := s.db.View(func(tx *bbolt.Tx) error {
		if _, err := headOf(tx); err != nil {
			return err
		}
		for err := range tx.Check() { // to its end: it reads tx
			if len(found) < enough {
				found = append(found, err)
			}
		}
		return ctx.Err()
	})
	if err = errors.Join(err, errors.Join(found...)); err != nil {
		return closed(fmt.Errorf("store: check: %w", err))
	}
	return nil
}

// Restore makes the file at path from a backup and returns its revision. The
// backup is checked before it gets the name, and an existing file is never
// replaced: then it returns os.ErrExist.
func Restore(ctx context.Context, path string, backup io.Reader) (rev uint64, err error) {
	if _, err := os.Lstat(path); err == nil {
		return 0, fmt.Errorf("store: restore: %s: %w", path, os.ErrExist)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".restore-*") // mode 0600
	if err != nil {
		return 0, fmt.Errorf("store: restore: %w", err)
	}
	defer os.Remove(tmp.Name()) // does nothing once it is renamed
	n, err := io.Copy(tmp, backup)
	if err == nil && n == 0 {
		err = errors.New("the backup is empty")
	}
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return 0, fmt.Errorf("store: restore: %w", err)
	}
	if rev, err = verify(ctx, tmp.Name()); err != nil {
		return 0, fmt.Errorf("store: restore: the backup is damaged: %w", err)
	}
	if err = os.Link(tmp.Name(), path); err != nil { // unlike Rename, never replaces
		return 0, fmt.Errorf("store: restore: %w", err)
	}
	return rev, syncDir(filepath.Dir(path))
}

// verify opens a file that nobody else uses, checks it and returns its head.
func verify(ctx context.Context, path string) (rev uint64, err error) {
	s, err := Open(path, Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err = s.Check(ctx); err != nil {
		return 0, err
	}
	return s.Head(ctx)
}
