package iam

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// reportedEntity is a user or role in the content of a report.
type reportedEntity struct {
	ID   string           `json:"id"`
	Uses map[string]int64 `json:"uses,omitempty"` // by namespace, in seconds since 1970
}

func writeEntities(w io.Writer, entities []*entityUse) error {
	out := json.NewEncoder(w)
	for _, e := range entities {
		line := reportedEntity{ID: e.id, Uses: make(map[string]int64, len(e.uses))}
		for namespace, use := range e.uses {
			line.Uses[namespace] = use.At.Unix()
		}
		if err := out.Encode(&line); err != nil {
			return err
		}
	}
	return nil
}

func getsLastAccessedEntities(c *api.Call, _ *iamapi.GetServiceLastAccessedDetailsWithEntitiesInput) []api.Check {
	return account(c)
}

// getLastAccessedEntities implements GetServiceLastAccessedDetailsWithEntities:
// who might have used a service, the latest use first. Names are those of
// today; who is gone is left out.
func (s *Service) getLastAccessedEntities(_ context.Context, c *api.Call, in *iamapi.GetServiceLastAccessedDetailsWithEntitiesInput) (*iamapi.GetServiceLastAccessedDetailsWithEntitiesOutput, error) {
	r, err := ownReport(c, in.JobId)
	if err != nil {
		return nil, err
	}
	if s.names()[in.ServiceNamespace] == "" {
		return nil, iamapi.InvalidInput(badNamespace, in.ServiceNamespace)
	}
	p, err := s.page(c, in.JobId, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	entities, err := entitiesOf(c.Snapshot, r, in.ServiceNamespace)
	if err != nil {
		return nil, err
	}
	listed := fillFrom(p, entities, func(e *listedEntity) string { return e.position })
	out := &iamapi.GetServiceLastAccessedDetailsWithEntitiesOutput{
		JobStatus: jobStatus(r), JobCreationDate: r.Created, JobCompletionDate: r.Completed, Error: jobError(r),
		EntityDetailsList: shapes(listed, func(e *listedEntity) iamapi.EntityDetails {
			return iamapi.EntityDetails{EntityInfo: entityInfo(e.Entity), LastAuthenticated: optional(e.at)}
		}),
	}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// listedEntity is an entity and its place in the list.
type listedEntity struct {
	state.Entity
	at       time.Time
	position string // sorts later uses before earlier ones, and those before none
}

// entitiesOf returns the entities of a report that might use a service.
func entitiesOf(snap *state.Snapshot, r *state.AccessReport, namespace string) ([]*listedEntity, error) {
	if r.Parts == 0 || !slices.ContainsFunc(r.Services, func(a state.ServiceAccess) bool { return a.Namespace == namespace }) {
		return nil, nil
	}
	content, err := openParts(snap, r.Account, r.ID)
	if err != nil {
		return nil, err
	}
	var list []*listedEntity
	for lines := json.NewDecoder(bytes.NewReader(content)); lines.More(); {
		var e reportedEntity
		if err := lines.Decode(&e); err != nil {
			return nil, fmt.Errorf("entities of report %s: %w", r.ID, err)
		}
		found, ok := snap.Entity(e.ID)
		if !ok {
			continue
		}
		listed := &listedEntity{Entity: found}
		if at := e.Uses[namespace]; at != 0 {
			listed.at = time.Unix(at, 0).UTC()
		}
		listed.position = fmt.Sprintf("%020d %s", math.MaxInt64-e.Uses[namespace], found.ARN())
		list = append(list, listed)
	}
	return list, nil
}

func entityInfo(e state.Entity) iamapi.EntityInfo {
	info := iamapi.EntityInfo{Arn: e.ARN(), Id: e.UniqueID()}
	switch e := e.(type) {
	case *state.User:
		info.Name, info.Type, info.Path = e.Name, iamapi.PolicyOwnerEntityTypeUser, &e.Path
	case *state.Role:
		info.Name, info.Type, info.Path = e.Name, iamapi.PolicyOwnerEntityTypeRole, &e.Path
	}
	return info
}
