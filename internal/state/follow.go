package state

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/writ-iam/writ/internal/store"
)

// follow applies the commits of other nodes until the DB closes. Its own ones
// come by too and are known already.
func (db *DB) follow() {
	defer db.running.Done()
	retry := time.NewTimer(0)
	defer retry.Stop()
	for {
		select {
		case <-db.ctx.Done():
			return
		case <-retry.C:
		}
		err := db.watch()
		if errors.Is(err, store.ErrClosed) {
			return
		}
		retry.Reset(retryAfter)
	}
}

// watch applies commits as they come, and returns why no more come.
func (db *DB) watch() error {
	for c, err := range db.opt.Store.Watch(db.ctx, db.Snapshot().Rev) {
		if err == nil && c.Rev <= db.Snapshot().Rev {
			continue
		}
		db.commit.take()
		if errors.Is(err, store.ErrCompacted) {
			err = db.load(db.ctx)
		} else if err == nil {
			err = db.apply(c)
		}
		db.commit.give()
		if err != nil {
			return err
		}
	}
	return nil
}

// catchUp applies the commits that beat one of ours. db.commit is held.
func (db *DB) catchUp(ctx context.Context) error {
	head, err := db.opt.Store.Head(ctx)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if head <= db.Snapshot().Rev {
		return fmt.Errorf("state: the store refuses revision %d as its head", head)
	}
	for c, err := range db.opt.Store.Watch(ctx, db.Snapshot().Rev) {
		if errors.Is(err, store.ErrCompacted) {
			return db.load(ctx)
		}
		if err != nil {
			return fmt.Errorf("state: catch up: %w", err)
		}
		if err := db.apply(c); err != nil {
			return err
		}
		if c.Rev >= head {
			break
		}
	}
	return nil
}

// apply makes a commit of another node visible. A commit that cannot be read
// ends all writing: what this node knows is no longer the state. db.commit is
// held.
func (db *DB) apply(c store.Commit) error {
	if db.broken != nil {
		return db.broken
	}
	old := db.Snapshot()
	if c.Rev <= old.Rev {
		return nil
	}
	db.owner++
	s := *old
	s.owner = db.owner
	for _, ch := range c.Changes {
		if err := db.applyChange(&s, ch); err != nil {
			db.broken = err
			return err
		}
	}
	db.publish(&s, c.Rev)
	return nil
}

func (db *DB) applyChange(s *Snapshot, ch store.Change) error {
	switch {
	case ch.Key == dataKeyName:
		return errors.New("state: the data key was replaced; restart to use the new one")
	case isOutbox(ch.Key):
		return db.outbox.restore(ch.Key, ch.Value)
	}
	r, err := db.codec.row(ch.Key, ch.Value)
	if err != nil {
		return err
	}
	r.kind.apply(s, r.key, r.v)
	return nil
}
