package state

import (
	"context"
	"time"
)

// How long the outbox waits. Removals ride in other commits; without one they
// get their own after sweepAfter.
const (
	sweepAfter = 2 * time.Second
	retryAfter = time.Second
)

// FlushEvents returns when all events of commits so far were taken, or with
// why they were not when ctx is done.
func (db *DB) FlushEvents(ctx context.Context) error { return db.outbox.flush(ctx, db.ctx.Done()) }

// drain hands events on until the DB closes.
func (db *DB) drain() {
	defer db.running.Done()
	timer := time.NewTimer(sweepAfter)
	defer timer.Stop()
	for {
		sweep := false
		select {
		case <-db.ctx.Done():
			return
		case <-db.outbox.wake:
		case <-timer.C:
			sweep = true
		}
		waiting, err := db.outbox.hand()
		switch {
		case err != nil:
			timer.Reset(retryAfter)
		case waiting && sweep:
			// A failed sweep is tried again with the next one.
			db.sweepEvents(db.ctx)
			timer.Reset(sweepAfter)
		case waiting:
			timer.Reset(sweepAfter)
		}
	}
}
