package state

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/writ-iam/writ/internal/store"
)

// Outgoing is an event that rode in a commit.
type Outgoing struct {
	ID     string    `cbor:"1,keyasint"`
	Time   time.Time `cbor:"2,keyasint"`
	Event  []byte    `cbor:"3,keyasint"`
	Detail []byte    `cbor:"4,keyasint,omitempty"`
}

func (o *Outgoing) size() int { return len(o.ID) + len(o.Event) + len(o.Detail) + 32 }

// outboxPrefix is that of the keys which hold the events of one commit each
// until they are taken.
const outboxPrefix = "event/"

func outboxKey(rev uint64) string { return fmt.Sprintf("%s%016x", outboxPrefix, rev) }

// outboxChange stores the events of the commit that becomes a revision.
func outboxChange(rev uint64, events []Outgoing) (store.Change, error) {
	value, err := encode(events)
	if err != nil {
		return store.Change{}, fmt.Errorf("state: events: %w", err)
	}
	return store.Change{Key: outboxKey(rev), Value: value}, nil
}

// outbox hands committed events on, in order, and remembers which are done
// with and can be removed. An event may be handed on again after a restart.
type outbox struct {
	take func([]Outgoing) error
	wake chan struct{} // there is something to hand on

	mu      sync.Mutex // guards what follows
	pending []parcel
	gone    []string // keys to remove with some later commit
	added   uint64   // number of parcels
	taken   uint64
	moved   chan struct{} // closed and replaced when taken grows or err is set
	err     error         // of the last attempt
}

// parcel is the events of one commit.
type parcel struct {
	key    string
	events []Outgoing
}

func newOutbox(take func([]Outgoing) error) *outbox {
	if take == nil {
		take = func([]Outgoing) error { return nil }
	}
	return &outbox{take: take, wake: make(chan struct{}, 1), moved: make(chan struct{})}
}

func (o *outbox) add(rev uint64, events []Outgoing) {
	if len(events) > 0 {
		o.put(parcel{outboxKey(rev), events})
	}
}

func (o *outbox) put(p parcel) {
	o.mu.Lock()
	o.pending = append(o.pending, p)
	o.added++
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// restore takes an entry that was found in the store; a removal says nothing.
func (o *outbox) restore(key string, value []byte) error {
	if value == nil {
		return nil
	}
	p := parcel{key: key}
	if err := decode(value, &p.events); err != nil {
		return fmt.Errorf("state: key %q: %w", key, err)
	}
	for i := range p.events {
		p.events[i].Time = p.events[i].Time.UTC()
	}
	o.put(p)
	return nil
}

func isOutbox(key string) bool { return strings.HasPrefix(key, outboxPrefix) }

// removable returns up to n keys that the next commit may remove.
func (o *outbox) removable(n int) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.gone[:min(n, len(o.gone))]...)
}

// removed forgets the first n keys of removable: they are removed.
func (o *outbox) removed(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.gone = o.gone[n:]
}

// maxParcels are handed on at once.
const maxParcels = 64

// hand gives pending events on, all of them, and reports whether keys wait for
// their removal.
func (o *outbox) hand() (waiting bool, err error) {
	for {
		o.mu.Lock()
		parcels := o.pending[:min(maxParcels, len(o.pending))]
		waiting = len(o.gone) > 0
		o.mu.Unlock()
		if len(parcels) == 0 {
			return waiting, nil
		}
		var events []Outgoing
		for _, p := range parcels {
			events = append(events, p.events...)
		}
		err := o.take(events)
		o.mu.Lock()
		if o.err = err; err == nil {
			for _, p := range parcels {
				o.gone = append(o.gone, p.key)
			}
			o.pending = o.pending[len(parcels):]
			o.taken += uint64(len(parcels))
		}
		close(o.moved)
		o.moved = make(chan struct{})
		o.mu.Unlock()
		if err != nil {
			return false, err
		}
	}
}

// flush waits until what was added so far is taken, or closed is.
func (o *outbox) flush(ctx context.Context, closed <-chan struct{}) error {
	o.mu.Lock()
	want := o.added
	o.mu.Unlock()
	for {
		o.mu.Lock()
		taken, moved, err := o.taken, o.moved, o.err
		o.mu.Unlock()
		if taken >= want {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			if err != nil {
				return fmt.Errorf("state: events are not taken: %w", err)
			}
			return ctx.Err()
		case <-closed:
			return ErrClosed
		}
	}
}
