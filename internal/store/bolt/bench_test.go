package bolt_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/store/bolt"
)

// BenchmarkDurable compares a commit of one change of 1 KB with a bare bbolt
// update of the same, on the same disk. TMPDIR chooses the disk.
func BenchmarkDurable(b *testing.B) {
	value := bytes.Repeat([]byte("v"), 1024)
	b.Run("append", func(b *testing.B) {
		s, err := bolt.Open(filepath.Join(b.TempDir(), "state.db"), bolt.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		rev := uint64(0)
		for b.Loop() {
			if rev, err = s.Append(b.Context(), rev, []store.Change{{Key: fmt.Sprint("key", rev%10_000), Value: value}}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bbolt", func(b *testing.B) {
		db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		n := 0
		for b.Loop() {
			n++
			if err := db.Update(func(tx *bbolt.Tx) error {
				bucket, err := tx.CreateBucketIfNotExists([]byte("state"))
				if err != nil {
					return err
				}
				return bucket.Put([]byte(fmt.Sprint("key", n%10_000)), value)
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkLoad streams 100,000 values of 1 KB.
func BenchmarkLoad(b *testing.B) {
	s, err := bolt.Open(filepath.Join(b.TempDir(), "state.db"), bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	value, rev := bytes.Repeat([]byte("v"), 1024), uint64(0)
	for range 100 {
		changes := make([]store.Change, 1000)
		for i := range changes {
			changes[i] = store.Change{Key: fmt.Sprintf("%d/%d", rev, i), Value: value}
		}
		if rev, err = s.Append(b.Context(), rev, changes); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := s.Load(b.Context(), func(string, []byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
