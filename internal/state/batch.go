package state

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/writ-iam/writ/internal/store"
)

// The bounds of a commit. A store may hold changes to 128 a commit (etcd does),
// so a commit has at most 100: those of updates, one for all events of the
// batch, and the rest for the removal of events that were taken.
const (
	maxChanges = 100
	maxUpdate  = maxChanges - 1 // of a single update
	maxShared  = 90             // of several updates together
	maxBytes   = 1 << 20
	maxEvents  = 512 // of several updates together
)

// batch is what is committed together.
type batch struct {
	members []*update
	base    uint64
	work    *Snapshot // the state after the members so far
	changes []store.Change
	at      map[string]int // place in changes
	size    int
	events  []Outgoing
	seq     uint64
	time    time.Time
	written bool // a member changes something
	sweep   bool
	settled bool
}

// reset starts the batch on a snapshot.
func (b *batch) reset(s *Snapshot) {
	*b = batch{base: s.Rev, work: s, at: make(map[string]int), seq: (s.Rev + 1) << seqBits}
}

// now is the time of all transactions of the batch.
func (b *batch) now(clock func() time.Time) time.Time {
	if b.time.IsZero() {
		b.time = clock().UTC().Truncate(time.Second)
	}
	return b.time
}

// add takes over what a transaction did. It reports false if that does not fit
// with the rest, and ErrTooLarge if it fits nowhere.
func (b *batch) add(tx *Tx, changes []store.Change) (bool, error) {
	if len(changes) == 0 && len(tx.events) == 0 {
		return true, nil
	}
	count, size := len(b.changes), b.size
	for _, c := range changes {
		if i, ok := b.at[c.Key]; ok {
			size -= len(b.changes[i].Value)
		} else {
			count++
			size += len(c.Key)
		}
		size += len(c.Value)
	}
	for i := range tx.events {
		size += tx.events[i].size()
	}
	if b.written && (count > maxShared || size > maxBytes || len(b.events)+len(tx.events) > maxEvents) {
		return false, nil
	}
	if size > maxBytes {
		return true, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, maxBytes)
	}
	for _, c := range changes {
		b.set(c)
	}
	b.size, b.seq, b.work, b.written = size, tx.seq, tx.Snapshot, true
	b.events = append(b.events, tx.events...)
	return true, nil
}

// set adds a change; the last one of a key counts.
func (b *batch) set(c store.Change) {
	if i, ok := b.at[c.Key]; ok {
		b.changes[i] = c
		return
	}
	b.at[c.Key] = len(b.changes)
	b.changes = append(b.changes, c)
}

// conflict reports whether another node committed first.
func (b *batch) conflict(err error) bool { return errors.Is(err, store.ErrConflict) }

// settle decides the members' replies. After a failed commit no reply stands
// that may rest on it.
func (b *batch) settle(err error) {
	b.settled = true
	if err == nil || !b.written {
		return
	}
	for _, u := range b.members {
		u.err, u.thrown = err, nil
	}
}

// write commits the batch and publishes its state.
func (db *DB) write(b *batch) error {
	if !b.written && !b.sweep {
		return nil
	}
	if len(b.events) > 0 {
		c, err := outboxChange(b.base+1, b.events)
		if err != nil {
			return err
		}
		b.changes = append(b.changes, c)
	}
	gone := db.outbox.removable(maxChanges - len(b.changes))
	for _, key := range gone {
		b.changes = append(b.changes, store.Change{Key: key})
	}
	if len(b.changes) == 0 {
		return nil
	}
	rev, err := db.opt.Store.Append(db.ctx, b.base, b.changes)
	if err != nil {
		return fmt.Errorf("state: commit after revision %d: %w", b.base, err)
	}
	db.publish(b.work, rev)
	db.outbox.removed(len(gone))
	db.outbox.add(rev, b.events)
	return nil
}

// publish makes the state s visible as a revision. db.commit is held.
func (db *DB) publish(s *Snapshot, rev uint64) {
	p := *s
	p.Rev = rev
	p.owner = 0 // of nobody: the next writer copies
	p.origin = &p
	db.snap.Store(&p)
}

// noop is the function of an update that only sweeps.
func noop(*Tx) error { return nil }

// sweepEvents commits the removal of events that were taken.
func (db *DB) sweepEvents(ctx context.Context) error {
	u := &update{ctx: ctx, fn: noop, wake: make(chan bool, 1), sweep: true}
	db.mu.Lock()
	lead := db.enqueue(u)
	db.mu.Unlock()
	return db.finish(u, lead)
}
