package server

import (
	"context"
	"io"
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
		Source: "cloudtrail.amazonaws.com", Name: "LookupEvents", Checks: looksUpEvents, ReadOnly: true,
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
			return nil, s.sendEvents(ctx, sys, w, q, follow)
		},
	}
}

const defaultEvents = 50

func eventQuery(v url.Values) (q audit.Query, follow bool, err error) {
	q.Max = defaultEvents
	for name, values := range v {
		value := values[0]
		switch name {
		case "max":
			q.Max, err = strconv.Atoi(value)
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

// sendEvents writes records a line each. What follows starts where the look-up
// ended, so that none is missed and none comes twice.
func (s *Server) sendEvents(ctx context.Context, sys *system, w http.ResponseWriter, q audit.Query, follow bool) error {
	end := sys.events.End()
	var found []audit.Record
	for r, err := range sys.events.Lookup(ctx, q) {
		if err != nil {
			return err
		}
		found = append(found, r)
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	for _, r := range slices.Backward(found) {
		if err := sendEvent(w, &r); err != nil {
			return nil // the client is gone
		}
	}
	if !follow {
		return nil
	}
	return s.followEvents(ctx, sys, w, q, end)
}

func (s *Server) followEvents(ctx context.Context, sys *system, w http.ResponseWriter, q audit.Query, from audit.Position) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.running, cancel)()
	flush := http.NewResponseController(w)
	if err := flush.Flush(); err != nil {
		return nil
	}
	for r, err := range sys.events.Follow(ctx, from) {
		if err != nil {
			return nil // stopped, reset, or the client is gone
		}
		if !q.Matches(&r) {
			continue
		}
		if sendEvent(w, &r) != nil || flush.Flush() != nil {
			return nil
		}
	}
	return nil
}

func sendEvent(w io.Writer, r *audit.Record) error {
	_, err := w.Write(append(r.CloudTrail, '\n'))
	return err
}
