package iam

import (
	"context"
	"io"
	"slices"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func (s *Service) generatesLastAccessed(c *api.Call, in *iamapi.GenerateServiceLastAccessedDetailsInput) []api.Check {
	return onReportSubject(c, in.Arn)
}

// generateLastAccessed implements GenerateServiceLastAccessedDetails. What may
// be used and what was used are looked up before anything is written; a report
// for which they cannot be is kept as failed.
func (s *Service) generateLastAccessed(ctx context.Context, c *api.Call, in *iamapi.GenerateServiceLastAccessedDetailsInput) (*iamapi.GenerateServiceLastAccessedDetailsOutput, error) {
	subject, err := findReportSubject(c, in.Arn)
	if err != nil {
		return nil, err
	}
	if err := s.reports.enter(ctx); err != nil {
		return nil, err
	}
	defer s.reports.leave()
	r, err := s.newAccessReport(c)
	if err != nil {
		return nil, err
	}
	r.ActionLevel = or(in.Granularity, "") == iamapi.AccessAdvisorUsageGranularityTypeActionLevel
	parts, err := s.fillAccessReport(ctx, c, r, subject)
	if err != nil {
		return nil, err
	}
	return keepReport(ctx, c, parts, func(tx *state.Tx) (*iamapi.GenerateServiceLastAccessedDetailsOutput, error) {
		return &iamapi.GenerateServiceLastAccessedDetailsOutput{JobId: putAccessReport(tx, r)}, nil
	})
}

// fillAccessReport looks up what the subject may use and has used.
func (s *Service) fillAccessReport(ctx context.Context, c *api.Call, r *state.AccessReport, subject *reportSubject) ([]*state.ReportPart, error) {
	limited, cancel := context.WithTimeout(ctx, timeForReport)
	defer cancel()
	granted := newPermissions(parsedOf(subject.policies()))
	used, err := s.usageOf(limited, c, subject.entities(), granted, r.ActionLevel)
	if err == nil {
		r.Services = s.accessed(limited, c.Snapshot, granted, used, r.ActionLevel)
		err = limited.Err()
	}
	if ctx.Err() != nil {
		return nil, ctx.Err() // nobody waits for it
	}
	if err != nil {
		r.Services, r.ErrorCode, r.ErrorMessage = nil, serviceFailure, reportFailed
		return nil, nil
	}
	if len(used.entities) == 0 {
		return nil, nil
	}
	parts, err := newParts(c.Account, r.ID, func(w io.Writer) error { return writeEntities(w, used.entities) })
	r.Parts = len(parts)
	return parts, err
}

// newAccessReport begins a report for the caller.
func (s *Service) newAccessReport(c *api.Call) (*state.AccessReport, error) {
	id, err := audit.NewID(s.rand)
	if err != nil {
		return nil, err
	}
	return &state.AccessReport{ID: id.String(), Account: c.Account, Owner: reader(c), Created: c.Now}, nil
}

// putAccessReport stores a report and returns its id.
func putAccessReport(tx *state.Tx, r *state.AccessReport) *string {
	stored := *r
	stored.Completed, stored.Seq = tx.Now(), tx.NextSeq()
	tx.PutAccessReport(&stored)
	return &stored.ID
}

// reader is who alone may read the reports that the caller asks for: the same
// user, or the same session of a role.
func reader(c *api.Call) string {
	if c.Caller.Kind == engine.AssumedRole || c.Caller.Kind == engine.FederatedUser {
		return c.Caller.AccessKeyID
	}
	return c.Caller.ID
}

// accessed lists the services that are granted, with the last use of each.
func (s *Service) accessed(ctx context.Context, snap *state.Snapshot, granted *permissions, used *usage, actionLevel bool) []state.ServiceAccess {
	var list []state.ServiceAccess
	for namespace := range granted.services(ctx, s.reference) {
		a := state.ServiceAccess{Namespace: namespace}
		for _, e := range used.entities {
			use, ok := e.uses[namespace]
			if !ok {
				continue
			}
			a.Entities++
			if use.At.After(a.Last.At) {
				a.Last = state.Access{At: use.At, By: arnOf(snap, e.id), Region: use.Region}
			}
		}
		if actionLevel {
			a.Actions = s.trackedActions(ctx, snap, granted, used, namespace)
		}
		list = append(list, a)
	}
	return list
}

// trackedActions lists the actions of a service that are granted and whose use
// the event store tells one by one.
func (s *Service) trackedActions(ctx context.Context, snap *state.Snapshot, granted *permissions, used *usage, namespace string) []state.ActionAccess {
	var list []state.ActionAccess
	if len(s.recorded[namespace]) == 0 {
		return nil
	}
	for name := range granted.actions(ctx, s.reference, namespace) {
		if !slices.Contains(s.recorded[namespace], name) {
			continue
		}
		a := state.ActionAccess{Name: name}
		if use, ok := used.actions[namespace+":"+name]; ok {
			a.Last = state.Access{At: use.At, By: arnOf(snap, use.By), Region: use.Region}
		}
		list = append(list, a)
	}
	return list
}

// arnOf is the ARN of a user or role, "" when it is gone.
func arnOf(snap *state.Snapshot, id string) string {
	if e, ok := snap.Entity(id); ok {
		return e.ARN()
	}
	return ""
}

func getsLastAccessed(c *api.Call, _ *iamapi.GetServiceLastAccessedDetailsInput) []api.Check {
	return account(c)
}

// servicesPage is how many services AWS answers when it is not asked for a
// number, though its documentation says 100.
const servicesPage = 200

func (s *Service) getLastAccessed(_ context.Context, c *api.Call, in *iamapi.GetServiceLastAccessedDetailsInput) (*iamapi.GetServiceLastAccessedDetailsOutput, error) {
	r, err := ownReport(c, in.JobId)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, in.JobId, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	if in.MaxItems == nil {
		p.max = servicesPage
	}
	kind := iamapi.AccessAdvisorUsageGranularityTypeServiceLevel
	if r.ActionLevel {
		kind = iamapi.AccessAdvisorUsageGranularityTypeActionLevel
	}
	listed := fillFrom(p, r.Services, func(a state.ServiceAccess) string { return a.Namespace })
	out := &iamapi.GetServiceLastAccessedDetailsOutput{
		JobStatus: jobStatus(r), JobType: &kind, JobCreationDate: r.Created, JobCompletionDate: r.Completed, Error: jobError(r),
		ServicesLastAccessed: shapes(listed, s.serviceShape),
	}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// ownReport returns a report that the caller asked for.
func ownReport(c *api.Call, id string) (*state.AccessReport, error) {
	r, ok := c.Snapshot.AccessReport(c.Account, id)
	if !ok || r.Owner != reader(c) || r.EntityPath != "" || expired(r, c.Now) {
		return nil, notFound(jobMissing, id)
	}
	return r, nil
}

func jobStatus(r *state.AccessReport) iamapi.JobStatusType {
	if r.ErrorCode != "" {
		return iamapi.JobStatusTypeFailed
	}
	return iamapi.JobStatusTypeCompleted
}

func jobError(r *state.AccessReport) *iamapi.ErrorDetails {
	if r.ErrorCode == "" {
		return nil
	}
	return &iamapi.ErrorDetails{Code: r.ErrorCode, Message: r.ErrorMessage}
}

func (s *Service) serviceShape(a state.ServiceAccess) iamapi.ServiceLastAccessed {
	entities := int32(a.Entities)
	out := iamapi.ServiceLastAccessed{
		ServiceName: s.serviceName(a.Namespace), ServiceNamespace: a.Namespace, TotalAuthenticatedEntities: &entities,
		LastAuthenticated: optional(a.Last.At), LastAuthenticatedEntity: optional(a.Last.By), LastAuthenticatedRegion: optional(a.Last.Region),
	}
	for _, action := range a.Actions {
		out.TrackedActionsLastAccessed = append(out.TrackedActionsLastAccessed, iamapi.TrackedActionLastAccessed{
			ActionName: &action.Name, LastAccessedTime: optional(action.Last.At),
			LastAccessedEntity: optional(action.Last.By), LastAccessedRegion: optional(action.Last.Region),
		})
	}
	return out
}

// serviceName is the name of a service, or its namespace where a later
// reference has dropped it.
func (s *Service) serviceName(namespace string) string {
	if name := s.names()[namespace]; name != "" {
		return name
	}
	return namespace
}

// waiting is a queue of one: reports read much and are made one at a time.
type waiting chan struct{}

func (w waiting) enter(ctx context.Context) error {
	select {
	case w <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w waiting) leave() { <-w }
