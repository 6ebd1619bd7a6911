package api

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/state"
)

// Use is when, where and for which service a credential was last used.
type Use struct {
	At              time.Time
	Region, Service string
}

// lastUsed collects the uses of access keys and roles. They are kept in memory
// and written now and then: what a crash loses is at most that interval, and
// writing them with each call would make every read a write.
type lastUsed struct {
	mu   sync.Mutex
	uses map[string]Use // by access key id or role id; guarded by mu
}

func newLastUsed() *lastUsed { return &lastUsed{uses: make(map[string]Use)} }

func (l *lastUsed) note(c *Call) {
	id := c.Caller.AccessKeyID
	switch {
	case c.Caller.Kind == engine.AssumedRole:
		id = c.Caller.ID
	case c.Caller.Session != nil || id == "":
		return
	}
	l.merge(map[string]Use{id: {At: c.Now, Region: c.Region, Service: c.Service.Name}})
}

// merge keeps the later use of each credential.
func (l *lastUsed) merge(uses map[string]Use) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, use := range uses {
		if !use.At.Before(l.uses[id].At) {
			l.uses[id] = use
		}
	}
}

// take returns what was collected and starts anew.
func (l *lastUsed) take() map[string]Use {
	l.mu.Lock()
	defer l.mu.Unlock()
	uses := l.uses
	l.uses = make(map[string]Use)
	return uses
}

func (l *lastUsed) newer(id string, stored Use) Use {
	l.mu.Lock()
	defer l.mu.Unlock()
	if u, ok := l.uses[id]; ok && u.At.After(stored.At) {
		return u
	}
	return stored
}

// KeyLastUsed returns the newest known use of an access key, written or not.
// The zero Use means never.
func (c *Call) KeyLastUsed(key *state.AccessKey) Use {
	return c.pipeline.used.newer(key.ID, Use{At: key.LastUsed, Region: key.LastUsedRegion, Service: key.LastUsedService})
}

// RoleLastUsed returns the newest known use of a role, written or not.
func (c *Call) RoleLastUsed(role *state.Role) Use {
	return c.pipeline.used.newer(role.ID, Use{At: role.LastUsed, Region: role.LastUsedRegion})
}

// usesPerUpdate keeps a flush well under the limits of one commit.
const usesPerUpdate = 50

// FlushLastUsed writes the collected uses. Credentials that are gone by then
// are passed over. What could not be written is kept for the next time.
func (p *Pipeline) FlushLastUsed(ctx context.Context) error {
	uses := p.used.take()
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(uses)), usesPerUpdate) {
		err := p.db.Update(ctx, func(tx *state.Tx) error {
			for _, id := range ids {
				putUse(tx, id, uses[id])
			}
			return nil
		})
		if err != nil {
			p.used.merge(uses)
			return err
		}
	}
	return nil
}

func putUse(tx *state.Tx, id string, use Use) {
	if k, ok := tx.AccessKey(id); ok && use.At.After(k.LastUsed) {
		used := *k
		used.LastUsed, used.LastUsedRegion, used.LastUsedService = use.At, use.Region, use.Service
		tx.PutAccessKey(&used)
	}
	if r, ok := tx.RoleByID(id); ok && use.At.After(r.LastUsed) {
		used := *r
		used.LastUsed, used.LastUsedRegion = use.At, use.Region
		tx.PutRole(&used)
	}
}
