// Package store keeps the durable state of an installation: opaque keys and
// bytes under one revision that every commit raises by one.
//
// Start at Store. Package bolt keeps the state in one file, package memory
// keeps none after the process ends, and package storetest holds both (and any
// store that comes later) to the same contract. Nothing here knows what the
// keys and the bytes mean, and nothing here retries.
package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// Errors that every Store returns; compare with errors.Is.
var (
	// ErrConflict is returned by Append when another commit came first.
	ErrConflict = errors.New("store: another commit came first")

	// ErrTooLarge is returned by Append when a commit exceeds MaxChanges or
	// MaxBytes, or a key exceeds MaxKey.
	ErrTooLarge = errors.New("store: commit is too large")

	// ErrClosed is returned by every method after Close.
	ErrClosed = errors.New("store: closed")

	// ErrInUse is returned on opening when another process holds the data.
	ErrInUse = errors.New("store: data folder is in use by another process")

	// ErrCompacted is returned by Watch when commits after the given revision
	// are no longer known one by one; the caller loads the state again.
	ErrCompacted = errors.New("store: commits after this revision are no longer kept")

	// ErrNewerFormat is returned on opening data that a newer version wrote.
	ErrNewerFormat = errors.New("store: data was written by a newer version")
)

// The limits of one commit. The state commits far smaller batches; these hold
// off a caller that does not.
const (
	MaxChanges = 10_000
	MaxBytes   = 2 << 20 // keys and values together
	MaxKey     = 4 << 10
)

// Change sets a key to a value or removes it.
type Change struct {
	Key   string
	Value []byte // nil removes the key; an empty value that is not nil is kept
}

// Commit is a set of changes that became durable together.
type Commit struct {
	Rev     uint64
	Changes []Change
}

// Store is an ordered set of keys under a revision. A new store is at
// revision 0. All methods may be called concurrently.
type Store interface {
	// Load calls fn for every key, in ascending order of bytes, as of one
	// revision, which it returns. Commits made meanwhile do not show. The
	// value belongs to the store and is valid only during the call of fn. An
	// error from fn ends the loading and is returned unchanged. fn must not
	// call the store.
	Load(ctx context.Context, fn func(key string, value []byte) error) (rev uint64, err error)

	// Append makes the changes durable, all or none, as revision after+1,
	// which it returns. It returns ErrConflict when the head is not after.
	// Changes to the same key count in order. Without changes it only compares
	// after with the head.
	//
	// The store keeps the slices: the caller must not change them again. Once
	// ctx is done nothing more is begun; what has begun is finished. After an
	// error other than ErrConflict, ErrTooLarge, ErrClosed and that of ctx it
	// is not known whether the changes were written: ask Head.
	Append(ctx context.Context, after uint64, changes []Change) (rev uint64, err error)

	// Watch yields every commit later than after, in order and without gaps,
	// whoever made it, until ctx is done, the store is closed or the consumer
	// stops; the reason is yielded as the last error, as is ErrCompacted. The
	// commits are shared: the consumer must not change them.
	Watch(ctx context.Context, after uint64) iter.Seq2[Commit, error]

	// Head returns the revision of the last commit.
	Head(ctx context.Context) (uint64, error)

	// Close waits for calls under way, except Watch, which it ends. Closing
	// twice is not an error.
	Close() error
}

// CheckSize reports ErrTooLarge when changes exceed the limits of one commit,
// and refuses an empty key. Stores call it before they write.
func CheckSize(changes []Change) error {
	if len(changes) > MaxChanges {
		return fmt.Errorf("%w: %d changes, at most %d", ErrTooLarge, len(changes), MaxChanges)
	}
	size := 0
	for i := range changes {
		key := changes[i].Key
		if key == "" {
			return errors.New("store: empty key")
		}
		if len(key) > MaxKey {
			return fmt.Errorf("%w: a key of %d bytes, at most %d", ErrTooLarge, len(key), MaxKey)
		}
		size += len(key) + len(changes[i].Value)
	}
	if size > MaxBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, MaxBytes)
	}
	return nil
}
