package server

import (
	"context"
	"iter"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/stsapi"
)

// recordedActions are the services whose calls are in the event store, each
// with the actions that are named like an event. Two have calls to Writ's own
// pages only.
func recordedActions() map[string][]string {
	recorded := map[string][]string{"organizations": {"CreateAccount", "ListAccounts"}, "cloudtrail": {"LookupEvents"}}
	for _, service := range []*shape.Service{&iamapi.Service, &stsapi.Service, &s3api.Service} {
		for _, name := range api.ManagementEvents(service) {
			if _, ok := catalog.Action(service.Name + ":" + name); ok {
				recorded[service.Name] = append(recorded[service.Name], name)
			}
		}
	}
	return recorded
}

// settledEvents looks events up when those of all commits are in the event
// store.
type settledEvents struct{ sys *system }

func (e settledEvents) Lookup(ctx context.Context, q audit.Query) iter.Seq2[audit.Record, error] {
	return func(yield func(audit.Record, error) bool) {
		if err := e.sys.db.FlushEvents(ctx); err != nil {
			yield(audit.Record{}, err)
			return
		}
		e.sys.events.Lookup(ctx, q)(yield)
	}
}
