package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/writ-iam/writ/internal/api"
)

// noChecks: a page that only the management account's root user reaches asks
// for no further permission.
func noChecks(*api.Call) []api.Check { return nil }

// clockPage moves the time that governs expiry, conditions, MFA and dates.
// Signatures stay judged by the unmoved clock.
func (s *Server) clockPage() *api.Page {
	return &api.Page{
		Source: "writ", Name: "MoveClock", RootOnly: true, Checks: noChecks,
		Do: func(_ context.Context, _ *api.Call, _ http.ResponseWriter, body []byte) (any, error) {
			if err := s.moveClock(body); err != nil {
				return nil, badRequest(err.Error())
			}
			return map[string]string{"now": s.clock.now().UTC().Format(time.RFC3339)}, nil
		},
	}
}

func (s *Server) moveClock(body []byte) error {
	var move struct {
		Advance string    `json:"advance"` // a duration: "1h30m", also negative
		Set     time.Time `json:"set"`     // a time in RFC 3339
		Reset   bool      `json:"reset"`   // back to the true time
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&move); err != nil {
		return fmt.Errorf("%s: %w", howToMove, err)
	}
	switch {
	case move.Reset:
		s.clock.offset.Store(0)
	case !move.Set.IsZero():
		s.clock.set(move.Set)
	default:
		by, err := time.ParseDuration(move.Advance)
		if err != nil {
			return fmt.Errorf("%s: %w", howToMove, err)
		}
		s.clock.advance(by)
	}
	return nil
}

const howToMove = `send {"advance":"1h"}, {"set":"2030-01-01T00:00:00Z"} or {"reset":true}`

// resetPage brings back the freshly made account. Everything goes: entities,
// objects, events, and the keys that seal sessions.
func (s *Server) resetPage() *api.Page {
	return &api.Page{
		Source: "writ", Name: "Reset", RootOnly: true, Checks: noChecks,
		Do: func(_ context.Context, c *api.Call, w http.ResponseWriter, _ []byte) (any, error) {
			key, ok := c.Snapshot.AccessKey(c.Caller.AccessKeyID)
			if !ok {
				return nil, errors.New("the caller's key is gone")
			}
			root := Root{Account: c.Account, AccessKeyID: key.ID, SecretAccessKey: string(key.Secret)}
			if err := s.reset(context.WithoutCancel(c.HTTP.Context()), root); err != nil {
				return nil, err
			}
			c.Forget()
			w.WriteHeader(http.StatusNoContent)
			return nil, nil
		},
	}
}

// reset throws the installation away and makes a new one of the account and
// root key given. Calls under way get a moment to end, new ones wait.
func (s *Server) reset(ctx context.Context, root Root) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sys.settle(resetPatience)
	if err := s.sys.close(); err != nil {
		return err
	}
	s.clock.offset.Store(0)
	if err := s.cfg.removeData(); err != nil {
		return err
	}
	sys, err := openSystem(ctx, &s.cfg, s.clock, s.metrics.observe)
	if err != nil {
		return err
	}
	s.sys = sys
	_, err = sys.bootstrap(ctx, root)
	return err
}

// resetPatience is how long a reset waits for calls under way.
const resetPatience = time.Second

// removeData removes all but the master key and what the command keeps beside.
func (c *Config) removeData() error {
	if c.Data == "" {
		return nil
	}
	var err error
	for _, name := range []string{stateFile, eventFolder, objectFiles} {
		err = errors.Join(err, os.RemoveAll(filepath.Join(c.Data, name)))
	}
	return err
}
