package iam

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/state"
)

// Events finds the events of calls, as audit.Log does: the latest first.
type Events interface {
	Lookup(ctx context.Context, q audit.Query) iter.Seq2[audit.Record, error]
}

// noEvents has no event.
type noEvents struct{}

func (noEvents) Lookup(context.Context, audit.Query) iter.Seq2[audit.Record, error] {
	return func(func(audit.Record, error) bool) {}
}

const (
	// trackingDays is how far back AWS tracks. Events may be kept for less.
	trackingDays = 400
	// fewEntities are looked up one by one; of more, all events of the account
	// are read once.
	fewEntities = 200
)

// usage is what users and roles last did, from the event store. Attempts that
// were denied count, as on AWS.
type usage struct {
	entities []*entityUse
	actions  map[string]state.Access // by service and name; By is a unique id
}

// entityUse is when a user or role last used each service.
type entityUse struct {
	id   string
	uses map[string]state.Access // by namespace
}

// usageOf reads the events of entities with the services that are granted.
func (s *Service) usageOf(ctx context.Context, c *api.Call, entities []state.Entity, granted *permissions, actionLevel bool) (*usage, error) {
	u := &usage{actions: make(map[string]state.Access)}
	byID := make(map[string]*entityUse, len(entities))
	for _, e := range entities {
		use := &entityUse{id: e.UniqueID(), uses: make(map[string]state.Access)}
		byID[use.id] = use
		u.entities = append(u.entities, use)
	}
	for namespace, names := range s.recorded {
		if !granted.grant(ctx, s.reference, namespace) {
			continue
		}
		if !actionLevel {
			names = nil
		}
		if err := s.trackService(ctx, c, u, byID, namespace, names); err != nil {
			return u, fmt.Errorf("last use of %s: %w", namespace, err)
		}
	}
	return u, nil
}

func (s *Service) trackService(ctx context.Context, c *api.Call, u *usage, byID map[string]*entityUse, namespace string, names []string) error {
	q := trackedEvents(c, c.Account, namespace)
	if len(byID) > fewEntities {
		return s.track(ctx, q, u, byID, namespace, names)
	}
	for id, e := range byID {
		one := q
		one.Attributes = append(q.Attributes[:2:2], audit.Attribute{Key: audit.PrincipalID, Value: id})
		if err := s.track(ctx, one, u, map[string]*entityUse{id: e}, namespace, names); err != nil {
			return err
		}
	}
	return nil
}

// trackedEvents are the events of an account with a service that reports are
// made from.
func trackedEvents(c *api.Call, account, namespace string) audit.Query {
	return audit.Query{
		Attributes: []audit.Attribute{{Key: audit.AccountID, Value: account}, {Key: audit.EventSource, Value: namespace + ".amazonaws.com"}},
		From:       c.Now.AddDate(0, 0, -trackingDays), To: c.Now,
	}
}

// track reads events, the latest first, until each of the entities has been
// seen and each of the names too.
func (s *Service) track(ctx context.Context, q audit.Query, u *usage, byID map[string]*entityUse, namespace string, names []string) error {
	unseen := make(map[string]bool, len(names))
	for _, name := range names {
		unseen[name] = true
	}
	left := len(byID)
	for rec, err := range s.events.Lookup(ctx, q) {
		if err != nil {
			return err // an event may be missing: the report would not be true
		}
		id, name := attribute(&rec, audit.PrincipalID), attribute(&rec, audit.EventName)
		e, ok := byID[id]
		if !ok {
			continue
		}
		_, seen := e.uses[namespace]
		if seen && !unseen[name] {
			continue
		}
		use := state.Access{At: rec.Time.Truncate(time.Second), By: id, Region: regionOf(&rec)}
		if !seen {
			e.uses[namespace] = use
			left--
		}
		if unseen[name] {
			delete(unseen, name)
			if key := namespace + ":" + name; use.At.After(u.actions[key].At) {
				u.actions[key] = use
			}
		}
		if left == 0 && len(unseen) == 0 {
			return nil
		}
	}
	return ctx.Err()
}

func attribute(r *audit.Record, key audit.AttributeKey) string {
	for _, a := range r.Attributes {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}

// regionOf is the region that an event tells.
func regionOf(r *audit.Record) string {
	var event struct {
		Region string `json:"awsRegion"`
	}
	if json.Unmarshal(r.CloudTrail, &event) != nil {
		return ""
	}
	return event.Region
}
