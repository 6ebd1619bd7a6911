package server

import (
	"sync/atomic"
	"time"
)

// clock is a time that can be moved. It runs on from where it was set.
type clock struct {
	base   func() time.Time
	offset atomic.Int64 // nanoseconds
}

func (c *clock) now() time.Time { return c.base().Add(time.Duration(c.offset.Load())) }

func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

func (c *clock) set(t time.Time) { c.offset.Store(int64(t.Sub(c.base()))) }
