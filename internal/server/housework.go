package server

import (
	"context"
	"time"

	"github.com/writ-iam/writ/internal/authz"
)

// houseworkInterval bounds how much last-used data a crash can lose.
const houseworkInterval = time.Minute

// keepHouse does what has to be done now and then, until ctx ends.
func (s *Server) keepHouse(ctx context.Context) {
	tick := time.NewTicker(houseworkInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.mu.RLock()
			sys := s.sys
			err := sys.pipeline.FlushLastUsed(ctx)
			if err == nil {
				err = sys.db.Update(ctx, authz.RotateSealingKeys)
			}
			if err == nil {
				err = sys.events.Expire()
			}
			s.mu.RUnlock()
			if err != nil && ctx.Err() == nil {
				s.cfg.Log.Error("housework failed", "err", err)
			}
		}
	}
}
