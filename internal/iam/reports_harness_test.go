package iam_test

import (
	"context"
	"iter"
	"slices"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// recorded: the installation serves IAM alone; calls of other services are in
// the events where a test puts them there.
func recorded() map[string][]string {
	r := map[string][]string{"s3": {"CreateBucket", "PutBucketPolicy"}, "sts": nil}
	for _, name := range api.ManagementEvents(&iamapi.Service) {
		if _, ok := catalog.Action("iam:" + name); ok {
			r["iam"] = append(r["iam"], name)
		}
	}
	return r
}

// take moves the events of commits into the event store.
func take(log *audit.Log, outgoing []state.Outgoing) error {
	for _, o := range outgoing {
		r, err := audit.ParseRecord(o.Event)
		if err != nil {
			return err
		}
		if err := log.Take(r); err != nil {
			return err
		}
	}
	return nil
}

// settledEvents are the events, those of all commits included.
type settledEvents struct {
	db   *state.DB
	log  *audit.Log
	fail error // instead of the events
}

func (e *settledEvents) Lookup(ctx context.Context, q audit.Query) iter.Seq2[audit.Record, error] {
	return func(yield func(audit.Record, error) bool) {
		err := e.fail
		if err == nil {
			err = e.db.FlushEvents(ctx)
		}
		if err != nil {
			yield(audit.Record{}, err)
			return
		}
		e.log.Lookup(ctx, q)(yield)
	}
}

// unit makes an organizational unit, given its id and an account to be in it.
// Nothing but FullAWSAccess is attached to it.
func (in *installation) unit(args []string) {
	in.update(func(tx *state.Tx) error {
		tx.PutOrganizationalUnit(&state.OrganizationalUnit{ID: args[0], Name: args[0], Parent: tx.Organization().RootID})
		a, _ := tx.Account(args[1])
		moved := *a
		moved.Parent = args[0]
		tx.PutAccount(&moved)
		full, _ := tx.OrgPolicy(state.FullAWSAccess)
		attached := *full
		attached.Targets = append(slices.Clip(full.Targets), args[0])
		tx.PutOrgPolicy(&attached)
		return nil
	})
}
