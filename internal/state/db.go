package state

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/store"
)

// Options of a DB. Store and MasterKey are required.
type Options struct {
	// Store keeps the state. Its opener closes it, after the DB.
	Store store.Store

	// MasterKey, of 32 bytes, wraps the key under which secrets are stored.
	MasterKey []byte

	// Schema is given to the engine with every policy; it may be nil.
	Schema engine.Schema

	// AWSManaged finds AWS managed policies; it may be nil.
	AWSManaged func(arn string) (text, versionID, id string, ok bool)

	// Events takes the events that rode in commits, in order. It is called
	// again with the same events after an error, and may be after a restart:
	// it must be idempotent by id. Nil drops them.
	Events func(events []Outgoing) error

	Now  func() time.Time // nil is time.Now
	Rand io.Reader        // nil is crypto/rand; anything else only in tests
}

// DB is the state of an installation: Snapshot reads it, Update changes it.
type DB struct {
	opt    Options
	env    *env
	codec  codec
	outbox *outbox
	snap   atomic.Pointer[Snapshot]

	mu       sync.Mutex // guards the next four
	queue    []*update  // waiting
	leading  bool       // an update leads
	answered int        // members of the last batch, and those who waited then
	closed   bool

	commit turn   // held by whoever makes the next snapshot; guards the next two
	owner  uint64 // the last one given to a transaction
	broken error  // why commits of others can no longer be read

	ctx     context.Context // of all work in the background
	stop    context.CancelFunc
	running sync.WaitGroup
}

// turn is a lock that one can give up waiting for.
type turn chan struct{}

func (t turn) take() { t <- struct{}{} }
func (t turn) give() { <-t }

// Open loads the state. A new store gets its data key; CreateOrganization does
// the rest. Events that were committed and may not have been taken are offered
// again. A store that a newer version wrote, and a master key that is not that
// of the store, are errors.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Store == nil {
		return nil, errors.New("state: no store")
	}
	if len(o.MasterKey) != keySize {
		return nil, fmt.Errorf("state: the master key must have %d bytes, it has %d", keySize, len(o.MasterKey))
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	db := &DB{opt: o, outbox: newOutbox(o.Events), commit: make(turn, 1)}
	db.env = &env{schema: o.Schema, catalog: o.AWSManaged, docs: newDocuments()}
	db.codec.env = db.env
	db.ctx, db.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := db.load(ctx); err != nil {
		db.stop()
		return nil, err
	}
	db.running.Add(2)
	go db.drain()
	go db.follow()
	return db, nil
}

// Snapshot returns the newest state.
func (db *DB) Snapshot() *Snapshot { return db.snap.Load() }

// closeTimeout bounds how long Close tries to hand the last events on. What is
// left is offered at the next Open.
const closeTimeout = 5 * time.Second

// Close lets the updates under way finish and hands their events on. Further
// updates return ErrClosed; snapshots stay readable. Closing twice is not an
// error.
func (db *DB) Close() error {
	db.mu.Lock()
	again := db.closed
	db.closed = true
	db.mu.Unlock()
	if again {
		db.running.Wait()
		return nil
	}
	ctx, cancel := context.WithTimeout(db.ctx, closeTimeout)
	defer cancel()
	// An empty update comes after all that were waiting before it.
	err := db.sweepEvents(ctx)
	if err == nil && db.FlushEvents(ctx) == nil {
		err = db.sweepEvents(ctx)
	}
	db.stop()
	db.running.Wait()
	return err
}
