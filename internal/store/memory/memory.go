// Package memory is a store.Store that keeps nothing after Close: for
// `writ dev --memory` and for tests. Start at New.
package memory

import (
	"context"
	"iter"
	"sync"

	"github.com/tidwall/btree"

	"github.com/writ-iam/writ/internal/store"
)

var _ store.Store = (*Store)(nil)

// Store is a store.Store in memory.
type Store struct {
	feed *store.Feed

	mu     sync.Mutex // guards what follows
	state  *btree.Map[string, []byte]
	rev    uint64
	closed bool
}

// New returns an empty store.
func New() *Store {
	return &Store{feed: store.NewFeed(0), state: new(btree.Map[string, []byte])}
}

// Load implements store.Store.
func (s *Store) Load(ctx context.Context, fn func(key string, value []byte) error) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return 0, store.ErrClosed
	}
	state, rev := s.state.Copy(), s.rev
	s.mu.Unlock()

	var err error
	state.Scan(func(key string, value []byte) bool {
		if err = ctx.Err(); err == nil {
			err = fn(key, value)
		}
		return err == nil
	})
	if err != nil {
		return 0, err
	}
	return rev, nil
}

// Append implements store.Store.
func (s *Store) Append(ctx context.Context, after uint64, changes []store.Change) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := store.CheckSize(changes); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, store.ErrClosed
	}
	if after != s.rev {
		return 0, store.ErrConflict
	}
	if len(changes) == 0 {
		return s.rev, nil
	}
	for _, c := range changes {
		if c.Value == nil {
			s.state.Delete(c.Key)
		} else {
			s.state.Set(c.Key, c.Value)
		}
	}
	s.rev++
	s.feed.Publish(store.Commit{Rev: s.rev, Changes: changes})
	return s.rev, nil
}

// Watch implements store.Store.
func (s *Store) Watch(ctx context.Context, after uint64) iter.Seq2[store.Commit, error] {
	return s.feed.Watch(ctx, after)
}

// Head implements store.Store.
func (s *Store) Head(ctx context.Context) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, store.ErrClosed
	}
	return s.rev, nil
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.feed.Close()
	return nil
}
