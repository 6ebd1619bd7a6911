package server

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/shape"
)

// explained is a call and the decision on it.
type explained struct {
	Event    json.RawMessage `json:"event"`
	Decision json.RawMessage `json:"decision,omitempty"`
}

// explainPage shows one call of the caller's account, by its request id, with
// the whole decision on it; the management account sees those of all. Who may
// look up events may see why.
func (s *Server) explainPage() *api.Page {
	sys := s.current()
	return &api.Page{
		Source: "cloudtrail.amazonaws.com", Name: "LookupEvents", Checks: looksUpEvents, ReadOnly: true,
		Do: func(ctx context.Context, c *api.Call, _ http.ResponseWriter, _ []byte) (any, error) {
			id := c.HTTP.URL.Query().Get("requestId")
			if id == "" {
				return nil, badRequest("name a call: ?requestId=…, as every answer has it in x-amzn-RequestId")
			}
			if err := sys.db.FlushEvents(ctx); err != nil {
				return nil, err
			}
			q := audit.Query{Max: 1, Attributes: []audit.Attribute{{Key: audit.RequestID, Value: id}}}
			if acct, ok := c.Snapshot.Account(c.Account); !ok || !acct.Management {
				q.Attributes = append(q.Attributes, audit.Attribute{Key: audit.AccountID, Value: c.Account})
			}
			for r, err := range sys.events.Lookup(ctx, q) {
				if err != nil {
					return nil, err
				}
				return explained{Event: r.CloudTrail, Decision: r.Detail}, nil
			}
			return nil, &shape.Error{Code: "NotFound", Status: http.StatusNotFound, Message: "There is no event of the request " + id + " in account " + c.Account + "."}
		},
	}
}
