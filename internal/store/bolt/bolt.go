// Package bolt is a store.Store in one bbolt file: the default of an
// installation of one node. Start at Open.
//
// The file holds a bucket "state" with the keys as they are, whose bucket
// sequence is the revision, and a bucket "meta" with the version of this
// format. The revision lives in the sequence because that is written with the
// bucket's root anyhow: a commit touches no page more than a bare bbolt update.
package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/writ-iam/writ/internal/store"
)

var _ store.Store = (*Store)(nil)

// formatVersion is raised by every change that an older version cannot read.
const formatVersion = 1

var (
	stateBucket = []byte("state")
	metaBucket  = []byte("meta")
	formatKey   = []byte("format")
)

// Options of Open. The zero value is good for a server.
type Options struct {
	// LockTimeout is how long Open waits for another process to let go of the
	// file; 0 means one second.
	LockTimeout time.Duration
}

// Store is a store.Store in a file that this process holds alone.
type Store struct {
	db   *bbolt.DB
	feed *store.Feed

	// write orders commits and their publication; it guards broken.
	write  sync.Mutex
	broken error
}

// Open opens the file at path, or makes it with mode 0600. It returns
// store.ErrInUse when another process, or this one, holds the file, and
// store.ErrNewerFormat when a newer version wrote it.
func Open(path string, opt Options) (*Store, error) {
	if opt.LockTimeout == 0 {
		opt.LockTimeout = time.Second
	}
	if err := prepare(path); err != nil {
		return nil, err
	}
	db, err := openFile(path, opt.LockTimeout)
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, inUse(path)
	}
	if err != nil {
		return nil, fmt.Errorf("store: opening %s: %w", path, err)
	}
	db.AllocSize = 4 << 20
	s := &Store{db: db}
	head, err := s.begin()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: opening %s: %w", path, err), db.Close())
	}
	s.feed = store.NewFeed(head)
	return s, nil
}

// openFile opens the file. A file that was cut off is mapped beyond its end,
// and reading there is a fault, which becomes an error here.
func openFile(path string, lockTimeout time.Duration) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the file is damaged: %v", fault)
		}
	}()
	return bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:         lockTimeout,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: initialMap(),
		NoStatistics:    true,
	})
}

// initialMap is address space set aside so that a long read (a backup, a
// load) does not hold up a write that grows the file. Windows would make the
// file that large.
func initialMap() int {
	if runtime.GOOS == "windows" || ^uint(0)>>32 == 0 {
		return 0
	}
	return 256 << 20
}

// prepare makes the file when there is none, with its entry in the folder
// durable, and takes other users' access away.
func prepare(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return os.Chmod(path, 0o600)
	}
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return errors.Join(f.Close(), syncDir(filepath.Dir(path)))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if runtime.GOOS == "windows" {
		err = nil // folders cannot be synced there
	}
	return errors.Join(err, d.Close())
}

// begin makes the buckets of a new file, checks the format of an old one and
// returns the head.
func (s *Store) begin() (head uint64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		if info, err := os.Stat(s.db.Path()); err != nil || info.Size() < tx.Size() {
			return errors.Join(err, errors.New("the file is cut off"))
		}
		if first, _ := tx.Cursor().First(); first == nil {
			return nil // a new file
		}
		head, err = headOf(tx)
		return err
	})
	if err != nil || head > 0 {
		return head, err
	}
	return 0, s.db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists(metaBucket)
		if err != nil || meta.Get(formatKey) != nil {
			return err
		}
		if _, err := tx.CreateBucketIfNotExists(stateBucket); err != nil {
			return err
		}
		return meta.Put(formatKey, binary.BigEndian.AppendUint32(nil, formatVersion))
	})
}

// headOf checks that tx sees data of our format and returns its revision.
func headOf(tx *bbolt.Tx) (uint64, error) {
	meta, state := tx.Bucket(metaBucket), tx.Bucket(stateBucket)
	if meta == nil || state == nil {
		return 0, errors.New("not a file of Writ's state")
	}
	v := meta.Get(formatKey)
	if len(v) != 4 {
		return 0, errors.New("not a file of Writ's state: no format version")
	}
	if got := binary.BigEndian.Uint32(v); got > formatVersion {
		return 0, fmt.Errorf("%w (format %d, this version reads up to %d)", store.ErrNewerFormat, got, formatVersion)
	}
	return state.Sequence(), nil
}

// Load implements store.Store.
func (s *Store) Load(ctx context.Context, fn func(key string, value []byte) error) (uint64, error) {
	var rev uint64
	err := s.db.View(func(tx *bbolt.Tx) error {
		state := tx.Bucket(stateBucket)
		rev = state.Sequence()
		return state.ForEach(func(k, v []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return fn(string(k), v)
		})
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return 0, closed(err)
	}
	return rev, nil
}

// Append implements store.Store.
func (s *Store) Append(ctx context.Context, after uint64, changes []store.Change) (uint64, error) {
	if err := store.CheckSize(changes); err != nil {
		return 0, err
	}
	s.write.Lock()
	defer s.write.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if len(changes) == 0 {
		head, err := s.Head(ctx)
		if err == nil && head != after {
			return 0, store.ErrConflict
		}
		return head, err
	}
	if s.broken != nil {
		return 0, s.broken
	}
	if err := s.db.Update(func(tx *bbolt.Tx) error { return apply(tx, after, changes) }); err != nil {
		return 0, s.failed(err)
	}
	s.feed.Publish(store.Commit{Rev: after + 1, Changes: changes})
	return after + 1, nil
}

func apply(tx *bbolt.Tx, after uint64, changes []store.Change) error {
	state := tx.Bucket(stateBucket)
	if state.Sequence() != after {
		return store.ErrConflict
	}
	for i := range changes {
		var err error
		if key := []byte(changes[i].Key); changes[i].Value == nil {
			err = state.Delete(key)
		} else {
			err = state.Put(key, changes[i].Value)
		}
		if err != nil {
			return err
		}
	}
	return state.SetSequence(after + 1)
}

// failed turns the error of an update into that of Append. After an I/O error
// the kernel may have dropped pages it could not write, while reads still show
// them: a later commit would rest on what is not on the disk. The store then
// refuses commits until it is opened again. A full disk is not such an error.
func (s *Store) failed(err error) error {
	if err = closed(err); errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrClosed) {
		return err
	}
	err = fmt.Errorf("store: commit: %w", err)
	if errors.Is(err, syscall.EIO) {
		s.broken = fmt.Errorf("store: refusing commits since an I/O error, restart to read the disk again: %w", err)
	}
	return err
}

// Watch implements store.Store. No other process can commit, so the commits
// are those of this one.
func (s *Store) Watch(ctx context.Context, after uint64) iter.Seq2[store.Commit, error] {
	return s.feed.Watch(ctx, after)
}

// Head implements store.Store.
func (s *Store) Head(ctx context.Context) (rev uint64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		rev = tx.Bucket(stateBucket).Sequence()
		return nil
	})
	return rev, closed(err)
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.feed.Close()
	s.write.Lock()
	defer s.write.Unlock()
	return s.db.Close()
}

func closed(err error) error {
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return store.ErrClosed
	}
	return err
}
