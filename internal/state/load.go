package state

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/writ-iam/writ/internal/store"
)

// load reads the whole state and publishes it. A store without a data key that
// is otherwise empty is new.
func (db *DB) load(ctx context.Context) error {
	for {
		l := newLoader(db)
		rev, err := db.opt.Store.Load(ctx, l.add)
		if err := l.close(); err != nil {
			return err
		}
		if err != nil {
			return fmt.Errorf("state: load: %w", err)
		}
		if db.codec.seal == nil {
			db.codec.seal, rev, err = newDataKey(ctx, &db.opt, rev)
			if errors.Is(err, store.ErrConflict) {
				continue // another node was first, and its key counts
			}
			if err != nil {
				return err
			}
		}
		db.publish(l.snap, rev)
		return nil
	}
}

// chunkRows are decoded together by one goroutine.
const chunkRows = 512

// loader decodes rows in parallel and sets them in order.
type loader struct {
	db    *DB
	snap  *Snapshot
	next  *chunk
	queue chan *chunk // in order; bounds what is in memory
	work  chan *chunk
	done  chan error // of the goroutine that sets
}

type chunk struct {
	keys   []string
	values [][]byte
	rows   []row
	err    error
	ready  chan struct{}
}

func newLoader(db *DB) *loader {
	workers := runtime.GOMAXPROCS(0)
	db.owner++
	l := &loader{
		db:    db,
		snap:  &Snapshot{env: db.env, owner: db.owner, guard: new(guardCache)},
		next:  newChunk(),
		queue: make(chan *chunk, 2*workers),
		work:  make(chan *chunk, 2*workers),
		done:  make(chan error, 1),
	}
	for range workers {
		go l.decode()
	}
	go l.set()
	return l
}

func newChunk() *chunk {
	return &chunk{keys: make([]string, 0, chunkRows), values: make([][]byte, 0, chunkRows), ready: make(chan struct{})}
}

// add takes one pair of the store. The data key comes first of all.
func (l *loader) add(key string, value []byte) (err error) {
	switch {
	case key == dataKeyName:
		l.db.codec.seal, err = openDataKey(&l.db.opt, value)
		return err
	case l.db.codec.seal == nil:
		return errors.New("state: the data has no data key: it is not that of writ, or incomplete; restore a backup")
	case isOutbox(key):
		return l.db.outbox.restore(key, value)
	}
	l.next.keys = append(l.next.keys, key)
	l.next.values = append(l.next.values, bytes.Clone(value))
	if len(l.next.keys) == chunkRows {
		l.send()
	}
	return nil
}

func (l *loader) send() {
	l.queue <- l.next
	l.work <- l.next
	l.next = newChunk()
}

func (l *loader) decode() {
	for c := range l.work {
		c.rows = make([]row, len(c.keys))
		for i := range c.keys {
			if c.rows[i], c.err = l.db.codec.row(c.keys[i], c.values[i]); c.err != nil {
				break
			}
		}
		c.values = nil
		close(c.ready)
	}
}

// set puts the rows into the snapshot; after an error it only drains.
func (l *loader) set() {
	var err error
	for c := range l.queue {
		<-c.ready
		if err == nil {
			err = c.err
		}
		if err != nil {
			continue
		}
		for _, r := range c.rows {
			r.kind.apply(l.snap, r.key, r.v)
		}
	}
	l.done <- err
}

// close ends the loading and waits for all that was added.
func (l *loader) close() error {
	l.send()
	close(l.work)
	close(l.queue)
	return <-l.done
}
