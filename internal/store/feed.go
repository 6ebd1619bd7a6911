package store

import (
	"context"
	"iter"
	"sync"
)

// The commits a Feed keeps for watchers that are behind.
const (
	feedCommits = 1024
	feedBytes   = 8 << 20
)

// Feed hands the commits of a store that lives in one process to its
// watchers. It keeps the last few: a watcher that falls further behind gets
// ErrCompacted. The zero Feed is not ready; use NewFeed.
type Feed struct {
	mu      sync.Mutex // guards what follows
	head    uint64
	commits []Commit // consecutive, the last one is head
	bytes   int
	more    chan struct{} // closed and replaced at every change
	closed  bool
}

// NewFeed returns a Feed of a store whose last commit is head.
func NewFeed(head uint64) *Feed {
	return &Feed{head: head, more: make(chan struct{})}
}

// Publish adds the commit that follows the last one published.
func (f *Feed) Publish(c Commit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.head+1 != c.Rev { // a commit was made whose outcome was unknown
		f.commits, f.bytes = nil, 0
	}
	f.head = c.Rev
	f.commits = append(f.commits, c)
	f.bytes += c.size()
	for len(f.commits) > feedCommits || f.bytes > feedBytes {
		f.bytes -= f.commits[0].size()
		f.commits[0] = Commit{} // let go of its values
		f.commits = f.commits[1:]
	}
	f.wake()
}

// Close ends all watching with ErrClosed.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		f.wake()
	}
}

// wake tells all watchers to look again. f.mu is held.
func (f *Feed) wake() {
	close(f.more)
	f.more = make(chan struct{})
}

// Watch implements Store.Watch.
func (f *Feed) Watch(ctx context.Context, after uint64) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		for {
			commits, more, err := f.later(after)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Commit{}, err)
				return
			}
			for _, c := range commits {
				if !yield(c, nil) {
					return
				}
				after = c.Rev
			}
			if len(commits) > 0 {
				continue
			}
			select {
			case <-more:
			case <-ctx.Done():
			}
		}
	}
}

// later returns the commits after a revision, and what is closed when there
// are more.
func (f *Feed) later(after uint64) ([]Commit, <-chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return nil, nil, ErrClosed
	case after >= f.head:
		return nil, f.more, nil
	}
	behind := f.head - after
	if behind > uint64(len(f.commits)) {
		return nil, nil, ErrCompacted
	}
	late := f.commits[uint64(len(f.commits))-behind:]
	return append([]Commit(nil), late...), f.more, nil
}

func (c Commit) size() int {
	n := 0
	for i := range c.Changes {
		n += len(c.Changes[i].Key) + len(c.Changes[i].Value)
	}
	return n
}
