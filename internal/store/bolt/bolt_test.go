package bolt_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/store/bolt"
	"github.com/writ-iam/writ/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Suite{Open: func(t *testing.T, dir string) store.Store {
		return checked{open(t, filepath.Join(dir, "state.db")), t}
	}})
}

// checked is a store that is checked before it is closed.
type checked struct {
	*bolt.Store
	t *testing.T
}

func (c checked) Close() error {
	if err := c.Check(context.Background()); err != nil && !errors.Is(err, store.ErrClosed) {
		c.t.Errorf("Check: %v", err)
	}
	return c.Store.Close()
}

func open(t *testing.T, path string) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func dump(t *testing.T, s store.Store) (string, uint64) {
	t.Helper()
	var b strings.Builder
	rev, err := s.Load(t.Context(), func(key string, value []byte) error {
		fmt.Fprintf(&b, "%s=%s\n", key, value)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), rev
}

func TestOpenMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	for range 2 {
		s := open(t, path)
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o644); err != nil { // Open takes it back
			t.Fatal(err)
		}
	}
}

func TestOpenInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	defer open(t, path).Close()
	_, err := bolt.Open(path, bolt.Options{LockTimeout: 1})
	if !errors.Is(err, store.ErrInUse) {
		t.Fatalf("second Open = %v, want ErrInUse", err)
	}
	if pid := fmt.Sprintf("(pid %d, ", os.Getpid()); runtime.GOOS == "linux" && !strings.Contains(err.Error(), pid) {
		t.Errorf("error %q does not name %q", err, pid)
	}
}

func TestOpenRefuses(t *testing.T) {
	put := func(bucket, key string, value []byte) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte(bucket))
			if err != nil {
				return err
			}
			return b.Put([]byte(key), value)
		}
	}
	for name, test := range map[string]struct {
		edit func(*bbolt.Tx) error
		own  bool // edit a file of ours
		want error
	}{
		"newer format":   {put("meta", "format", binary.BigEndian.AppendUint32(nil, 2)), true, store.ErrNewerFormat},
		"no format":      {put("meta", "format", nil), true, nil},
		"another's file": {put("widgets", "a", []byte("b")), false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			if test.own {
				if err := open(t, path).Close(); err != nil {
					t.Fatal(err)
				}
			}
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Update(test.edit), db.Close()); err != nil {
				t.Fatal(err)
			}
			if s, err := bolt.Open(path, bolt.Options{}); err == nil {
				s.Close()
				t.Error("Open accepted it")
			} else if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("Open = %v, want %v", err, test.want)
			}
		})
	}
}

func TestBackupRestore(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "state.db"))
	defer s.Close()
	for i := range uint64(50) {
		if _, err := s.Append(t.Context(), i, []store.Change{{Key: fmt.Sprint("k", i%17), Value: bytes.Repeat([]byte{'v'}, 900)}}); err != nil {
			t.Fatal(err)
		}
	}
	want, head := dump(t, s)

	// A commit is made in the middle of the backup and does not show in it.
	var backup bytes.Buffer
	rev, err := s.Backup(writerFunc(func(p []byte) (int, error) {
		if now, _ := s.Head(t.Context()); now == head {
			if _, err := s.Append(t.Context(), head, []store.Change{{Key: "later", Value: []byte("x")}}); err != nil {
				t.Error(err)
			}
		}
		return backup.Write(p)
	}))
	if err != nil || rev != head {
		t.Fatalf("Backup = %d, %v, want %d", rev, err, head)
	}

	path := filepath.Join(dir, "restored.db")
	if rev, err := bolt.Restore(t.Context(), path, bytes.NewReader(backup.Bytes())); err != nil || rev != head {
		t.Fatalf("Restore = %d, %v, want %d", rev, err, head)
	}
	restored := open(t, path)
	defer restored.Close()
	if got, rev := dump(t, restored); got != want || rev != head {
		t.Errorf("restored revision %d differs from the source at %d", rev, head)
	}
	if _, err := bolt.Restore(t.Context(), path, bytes.NewReader(backup.Bytes())); !errors.Is(err, os.ErrExist) {
		t.Errorf("Restore over a file = %v, want os.ErrExist", err)
	}
	for _, damaged := range [][]byte{nil, backup.Bytes()[:4096], backup.Bytes()[:3*4096], backup.Bytes()[:backup.Len()-1], bytes.Repeat([]byte("junk"), 5000)} {
		name := filepath.Join(dir, "damaged.db")
		if _, err := bolt.Restore(t.Context(), name, bytes.NewReader(damaged)); err == nil {
			t.Errorf("Restore took a damaged backup of %d bytes", len(damaged))
		}
		os.Remove(name)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.restore-*")); len(left) > 0 {
		t.Errorf("temporary files are left: %q", left)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
