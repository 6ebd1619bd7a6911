package server

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/audit"
)

func looksUpEvents(*api.Call) []api.Check {
	return []api.Check{{Action: "cloudtrail:LookupEvents", Resource: "*"}}
}

// eventPage sends events, one CloudTrail record a line: the newest that match,
// oldest first, and with follow=true all that come after, until the client goes.
//
// Parameters: max (default 50), start and end (RFC 3339), follow, and one of
// CloudTrail's look-up attributes: EventName=CreateUser. A caller sees the
// events of its own account; the management account those of all.
func (s *Server) eventPage() *api.Page {
	sys := s.current()
	return &api.Page{
		Source: "cloudtrail.amazonaws.com", Name: "LookupEvents", Checks: looksUpEvents, ReadOnly: true, Streams: true,
		Do: func(ctx context.Context, c *api.Call, w http.ResponseWriter, _ []byte) (any, error) {
			q, follow, err := eventQuery(c.HTTP.URL.Query())
			if err != nil {
				return nil, badRequest(err.Error())
			}
			if acct, ok := c.Snapshot.Account(c.Account); !ok || !acct.Management {
				q.Attributes = append(q.Attributes, audit.Attribute{Key: audit.AccountID, Value: c.Account})
			}
			if err := sys.db.FlushEvents(ctx); err != nil {
				return nil, err
			}
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(s.running, cancel)()
			stream := &eventStream{c: c, log: sys.events, q: q, w: w, now: s.clock.base, seen: s.clock.base()}
			return nil, stream.send(ctx, follow)
		},
	}
}

const (
	defaultEvents = 50
	maxEvents     = 10_000 // they are gathered before the first is sent
)

func eventQuery(v url.Values) (q audit.Query, follow bool, err error) {
	q.Max = defaultEvents
	for name, values := range v {
		value := values[0]
		switch name {
		case "max":
			if q.Max, err = strconv.Atoi(value); err != nil || q.Max < 1 || q.Max > maxEvents {
				err = fmt.Errorf("max is a number from 1 to %d", maxEvents)
			}
		case "start":
			q.From, err = time.Parse(time.RFC3339, value)
		case "end":
			q.To, err = time.Parse(time.RFC3339, value)
		case "follow":
			follow, err = strconv.ParseBool(value)
		default:
			if key, ok := audit.ParseAttributeKey(name); ok {
				q.Attributes = append(q.Attributes, audit.Attribute{Key: key, Value: value})
			}
		}
		if err != nil {
			return q, false, err
		}
	}
	return q, follow, nil
}

// eventStream is one answer of the page under way.
type eventStream struct {
	c    *api.Call
	log  *audit.Log
	q    audit.Query
	w    http.ResponseWriter
	now  func() time.Time
	seen time.Time // when the caller was last found to be admitted
}

// send writes the records that match, a line each, and with follow those that
// come until ctx ends. What follows starts where the look-up ended, so that
// none is missed and none comes twice.
func (s *eventStream) send(ctx context.Context, follow bool) error {
	end := s.log.End()
	all := s.q
	all.Max = 0 // what is left out below does not count
	var found []audit.Record
	for r, err := range s.log.Lookup(ctx, all) {
		if err != nil {
			return err
		}
		if s.own(&r) || follow && behind(r.Next, end) {
			continue
		}
		if found = append(found, r); len(found) == s.q.Max {
			break
		}
	}
	s.w.Header().Set("Content-Type", "application/x-ndjson")
	for _, r := range slices.Backward(found) {
		if err := s.line(&r); err != nil {
			return nil // the client is gone
		}
	}
	if follow {
		s.follow(ctx, end)
	}
	return nil
}

func behind(p, q audit.Position) bool {
	return p.Segment > q.Segment || p.Segment == q.Segment && p.Offset > q.Offset
}

// follow ends when the server stops or is reset, when the client goes, and when
// it would no longer be let in.
func (s *eventStream) follow(ctx context.Context, from audit.Position) {
	flush := http.NewResponseController(s.w)
	if flush.Flush() != nil {
		return
	}
	for r, err := range s.log.Follow(ctx, from) {
		if err != nil || !s.admitted() {
			return
		}
		if s.q.Matches(&r) && !s.own(&r) && (s.line(&r) != nil || flush.Flush() != nil) {
			return
		}
	}
}

// admittedFor is how long a caller counts as admitted before it is asked again.
const admittedFor = 10 * time.Second

func (s *eventStream) admitted() bool {
	if now := s.now(); now.Sub(s.seen) > admittedFor {
		s.seen = now
		return s.c.StillAdmitted()
	}
	return true
}

// own reports whether a record is that of this very call.
func (s *eventStream) own(r *audit.Record) bool {
	return slices.Contains(r.Attributes, audit.Attribute{Key: audit.RequestID, Value: s.c.RequestID})
}

func (s *eventStream) line(r *audit.Record) error {
	_, err := s.w.Write(append(r.CloudTrail, '\n'))
	return err
}
