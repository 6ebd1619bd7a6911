package state

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// Errors of Update, beside those of its function and of the store.
var (
	// ErrTooLarge is returned when one Update changes more than 99 entities or
	// writes more than 1 MiB. Nothing is written.
	ErrTooLarge = errors.New("state: the update is too large for one commit")

	// ErrClosed is returned after Close.
	ErrClosed = errors.New("state: closed")

	errAborted = errors.New("state: a function of the same batch ended its goroutine; nothing was written")
)

// PanicError is the value with which Update panics when its function did: the
// function may have run on another goroutine.
type PanicError struct {
	Value any
	Stack []byte // of the function
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("panic in Update: %v\n\n%s", e.Value, e.Stack)
}

// Update runs fn on the newest state and commits the changes it makes, all or
// none. When it returns nil they are durable, and Snapshot shows them.
//
// Updates that wait at the same time run one after another, each on the state
// that those before it leave, and are committed together: the reply of each
// waits for that commit, that of a failed fn too, because what it saw may be
// of the same batch. When another node commits first all of them run again, on
// newer state. fn may therefore run more than once and on another goroutine;
// it must have no effect except through tx, must be quick, must not call
// Update, and should set anew all that it hands out.
//
// An error of fn is returned unchanged and nothing is written. When ctx is done
// before fn starts, its error is returned and fn does not run. ErrTooLarge and
// ErrClosed mean that nothing was written; after any other error it is not
// known whether the changes were.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	u := &update{ctx: ctx, fn: fn, wake: make(chan bool, 1)}
	db.mu.Lock()
	if db.closed {
		db.mu.Unlock()
		return ErrClosed
	}
	lead := db.enqueue(u)
	db.mu.Unlock()
	return db.finish(u, lead)
}

// update is a call of Update.
type update struct {
	ctx    context.Context
	fn     func(*Tx) error
	err    error
	thrown *PanicError
	wake   chan bool // true: lead the next batch; false: finished
	sweep  bool      // commit the removal of taken events though fn changes nothing
}

// enqueue reports whether u has to lead: the first of the queue leads a batch
// and then passes the lead on. db.mu is held.
func (db *DB) enqueue(u *update) (lead bool) {
	db.queue = append(db.queue, u)
	lead = !db.leading
	db.leading = true
	return lead
}

func (db *DB) finish(u *update, lead bool) error {
	if !lead {
		select {
		case lead = <-u.wake:
		case <-u.ctx.Done():
			if db.abandon(u) {
				return u.ctx.Err()
			}
			lead = <-u.wake
		}
	}
	if lead {
		db.gather()
		db.lead()
	}
	if u.thrown != nil {
		panic(u.thrown)
	}
	return u.err
}

// gather waits, for microseconds, for those who were just answered: of many
// writers the first to come back would otherwise commit alone, every other time.
func (db *DB) gather() {
	const patience = 500
	for range patience {
		db.mu.Lock()
		enough := len(db.queue) >= db.answered
		db.mu.Unlock()
		if enough {
			return
		}
		runtime.Gosched()
	}
}

// abandon takes u from the queue, unless it has been called upon.
func (db *DB) abandon(u *update) bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	for i, q := range db.queue {
		if q == u && len(u.wake) == 0 {
			db.queue = append(db.queue[:i:i], db.queue[i+1:]...)
			return true
		}
	}
	return false
}

// lead runs and commits one batch, of which the caller's update is the first.
func (db *DB) lead() {
	db.commit.take()
	b := new(batch)
	defer db.handOver(b) // also when a function ends this goroutine
	for {
		b.reset(db.Snapshot())
		db.fill(b)
		err := db.write(b)
		if b.conflict(err) {
			if err = db.catchUp(db.ctx); err == nil {
				db.putBack(b.members)
				continue
			}
		}
		b.settle(err)
		return
	}
}

// handOver ends a batch: it wakes the members and calls the next leader.
func (db *DB) handOver(b *batch) {
	if !b.settled {
		b.written = true
		b.settle(errAborted)
	}
	db.commit.give()
	for _, u := range b.members {
		u.wake <- false
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.answered = len(db.queue) + len(b.members)
	if len(db.queue) > 0 {
		db.queue[0].wake <- true
	} else {
		db.leading = false
	}
}

// putBack returns updates to the head of the queue.
func (db *DB) putBack(updates []*update) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.queue = append(append([]*update(nil), updates...), db.queue...)
}

// fill runs the waiting updates until the batch is full.
func (db *DB) fill(b *batch) {
	db.mu.Lock()
	waiting := db.queue
	db.queue = nil
	db.mu.Unlock()
	next := 0
	defer func() { db.putBack(waiting[next:]) }()
	for next < len(waiting) {
		u := waiting[next]
		next++
		b.members = append(b.members, u)
		if !db.run(b, u) { // the batch is full: the next one has it
			b.members = b.members[:len(b.members)-1]
			next--
			return
		}
	}
}

// run runs an update on the state of the batch. It reports false if its
// changes do not fit; then it has left no trace.
func (db *DB) run(b *batch, u *update) bool {
	u.err, u.thrown = u.ctx.Err(), nil
	b.sweep = b.sweep || u.sweep
	if u.err != nil {
		return true
	}
	tx := db.begin(b)
	u.thrown, u.err = call(tx, u.fn)
	if u.err == nil {
		u.err = tx.err
	}
	if u.err != nil || u.thrown != nil {
		return true
	}
	changes, err := tx.encode(&db.codec)
	if err != nil {
		u.err = err
		return true
	}
	fits, err := b.add(tx, changes)
	u.err = err
	return fits
}

// begin makes the transaction that follows those of the batch.
func (db *DB) begin(b *batch) *Tx {
	db.owner++
	s := *b.work
	s.owner = db.owner
	tx := &Tx{Snapshot: &s, base: b.base, now: b.now(db.opt.Now), rand: db.opt.Rand, seq: b.seq}
	if b.written {
		tx.base++ // no snapshot of that revision has been published yet
	}
	return tx
}

// call runs fn. A panic comes back as a value; a function that ends its
// goroutine leaves that to handOver.
func call(tx *Tx, fn func(*Tx) error) (thrown *PanicError, err error) {
	returned := false
	defer func() {
		if v := recover(); !returned {
			thrown = &PanicError{v, debug.Stack()}
		}
	}()
	err = fn(tx)
	returned = true
	return nil, err
}
