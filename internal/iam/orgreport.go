package iam

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func generatesOrganizationsReport(c *api.Call, in *iamapi.GenerateOrganizationsAccessReportInput) []api.Check {
	check := api.Check{Action: action(c), Resource: "arn:" + arn.Default + ":iam::" + c.Account + ":access-report/" + in.EntityPath}
	if in.OrganizationsPolicyId != nil {
		check = with(check, orgPolicyKey, *in.OrganizationsPolicyId)
	}
	return only(check)
}

// organizationsReportReuse is how long the same request of the same caller is
// answered with the same report.
const organizationsReportReuse = time.Minute

// generateOrganizationsReport implements GenerateOrganizationsAccessReport:
// what accounts of an entity of the organization last used of what SCPs allow
// them. What is wrong with the entity fails the report, not the call.
func (s *Service) generateOrganizationsReport(ctx context.Context, c *api.Call, in *iamapi.GenerateOrganizationsAccessReportInput) (*iamapi.GenerateOrganizationsAccessReportOutput, error) {
	if err := ofManagement(c); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(in.EntityPath, c.Snapshot.Organization().ID+"/") {
		return nil, denied(foreignReport, c.Caller.ARN, in.EntityPath)
	}
	r, err := s.newAccessReport(c)
	if err != nil {
		return nil, err
	}
	r.EntityPath, r.PolicyID = in.EntityPath, or(in.OrganizationsPolicyId, "")
	if same := sameReport(c, r); same != nil {
		return &iamapi.GenerateOrganizationsAccessReportOutput{JobId: &same.ID}, nil
	}
	if err := s.reports.enter(ctx); err != nil {
		return nil, err
	}
	defer s.reports.leave()
	if r.ErrorCode, r.ErrorMessage, err = s.fillOrganizationsReport(ctx, c, r); err != nil {
		return nil, err
	}
	return keepReport(ctx, c, nil, func(tx *state.Tx) (*iamapi.GenerateOrganizationsAccessReportOutput, error) {
		return &iamapi.GenerateOrganizationsAccessReportOutput{JobId: putAccessReport(tx, r)}, nil
	})
}

// ofManagement returns an error unless the caller is of the management account.
func ofManagement(c *api.Call) error {
	if a, ok := c.Snapshot.Account(c.Account); !ok || !a.Management {
		return denied(onlyManagement)
	}
	return nil
}

// sameReport returns a report that was just made for the same request.
func sameReport(c *api.Call, r *state.AccessReport) (same *state.AccessReport) {
	for old := range c.Snapshot.AccessReports(c.Account) {
		if old.Owner == r.Owner && old.EntityPath == r.EntityPath && old.PolicyID == r.PolicyID && c.Now.Sub(old.Created) < organizationsReportReuse {
			same = old
		}
	}
	return same
}

// readsOrganization is what a caller must be allowed besides.
var readsOrganization = []string{
	"organizations:DescribePolicy", "organizations:ListChildren", "organizations:ListParents",
	"organizations:ListPoliciesForTarget", "organizations:ListRoots", "organizations:ListTargetsForPolicy",
}

// fillOrganizationsReport sets the services of a report, or returns the code
// and the text with which it fails.
func (s *Service) fillOrganizationsReport(ctx context.Context, c *api.Call, r *state.AccessReport) (code, text string, err error) {
	for _, a := range readsOrganization {
		if !c.Allows(api.Check{Action: a, Resource: "*"}) {
			return "ORGANIZATIONS_REPORT_ACCESS_DENIED", organizationsDenied, nil
		}
	}
	e, ok := findOrgEntity(c.Snapshot, r.EntityPath)
	if !ok {
		return "INVALID_ORGANIZATIONS_ENTITY_PATH", noOrgEntity, nil
	}
	var only *state.OrgPolicy
	if r.PolicyID != "" {
		if only, ok = c.Snapshot.OrgPolicy(r.PolicyID); !ok || only.Type != state.SCP {
			return "INVALID_ORGANIZATIONS_POLICY", noOrgPolicy, nil
		}
	}
	limited, cancel := context.WithTimeout(ctx, timeForReport)
	defer cancel()
	for namespace := range s.orgServices(limited, e, only) {
		var a state.ServiceAccess
		if a, err = s.orgUse(limited, c, namespace, e.accounts(only)); err != nil {
			break
		}
		r.Services = append(r.Services, a)
	}
	switch {
	case ctx.Err() != nil:
		return "", "", ctx.Err() // nobody waits for it
	case err != nil || limited.Err() != nil:
		r.Services = nil
		return serviceFailure, reportFailed, nil
	}
	return "", "", nil
}

// orgEntity is the root of the organization, a unit, or an account.
type orgEntity struct {
	snap       *state.Snapshot
	path       string   // o-…/r-…/…
	levels     []string // the ids in the path, from the root on
	management bool     // it is the management account
}

// findOrgEntity returns the entity of that path.
func findOrgEntity(snap *state.Snapshot, path string) (*orgEntity, bool) {
	ids := strings.Split(path, "/")
	e := &orgEntity{snap: snap, path: path, levels: ids[1:]}
	last := ids[len(ids)-1]
	if a, ok := snap.Account(last); ok {
		e.management = a.Management
		return e, snap.OrgPath(last)+last == path
	}
	org := snap.Organization()
	above := []string{last}
	for id := last; id != org.RootID; {
		unit, ok := snap.OrganizationalUnit(id)
		if !ok || len(above) > len(ids) {
			return nil, false
		}
		id = unit.Parent
		above = append(above, id)
	}
	slices.Reverse(above)
	return e, org.ID+"/"+strings.Join(above, "/") == path
}

// orgServices yields the services that the SCPs of the entity and of what is
// above it allow, or one SCP alone. The management account has no SCPs.
func (s *Service) orgServices(ctx context.Context, e *orgEntity, only *state.OrgPolicy) iter.Seq[string] {
	if e.management {
		return func(yield func(string) bool) {
			for namespace := range s.reference.Services() {
				if !yield(namespace) {
					return
				}
			}
		}
	}
	if only != nil {
		return newPermissions(parsedSCPs(only)).services(ctx, s.reference)
	}
	p := newPermissions()
	for _, level := range e.levels {
		var attached []*state.OrgPolicy
		for scp := range e.snap.OrgPolicies() {
			if scp.Type == state.SCP && slices.Contains(scp.Targets, level) {
				attached = append(attached, scp)
			}
		}
		p.add(parsedSCPs(attached...))
	}
	return p.services(ctx, s.reference)
}

// accounts are the accounts that a report on the entity is about: never the
// management account with others; with an SCP those that it is attached to, or
// to what they are in, at the entity or below.
func (e *orgEntity) accounts(only *state.OrgPolicy) []string {
	var ids []string
	for a := range e.snap.Accounts() {
		path := e.snap.OrgPath(a.ID) + a.ID
		switch {
		case path == e.path && e.management:
			ids = append(ids, a.ID)
		case a.Management || path != e.path && !strings.HasPrefix(path, e.path+"/"):
		case only == nil || slices.ContainsFunc(strings.Split(path, "/")[len(e.levels):], func(id string) bool { return slices.Contains(only.Targets, id) }):
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// orgUse finds who of the accounts last used a service.
func (s *Service) orgUse(ctx context.Context, c *api.Call, namespace string, accounts []string) (state.ServiceAccess, error) {
	a := state.ServiceAccess{Namespace: namespace}
	if _, ok := s.recorded[namespace]; !ok {
		return a, nil
	}
	for _, id := range accounts {
		use, err := s.accountUse(ctx, c, namespace, id)
		if err != nil {
			return a, fmt.Errorf("last use of %s by account %s: %w", namespace, id, err)
		}
		if use.At.IsZero() {
			continue
		}
		a.Entities++
		if use.At.After(a.Last.At) {
			a.Last = use
		}
	}
	return a, nil
}

// accountUse is the last attempt of a principal of the account. Among the
// events of the account are calls of strangers to what it has.
func (s *Service) accountUse(ctx context.Context, c *api.Call, namespace, account string) (state.Access, error) {
	for rec, err := range s.events.Lookup(ctx, trackedEvents(c, account, namespace)) {
		if err != nil {
			return state.Access{}, err
		}
		var event struct {
			UserIdentity struct {
				AccountID string `json:"accountId"`
			} `json:"userIdentity"`
		}
		if err := json.Unmarshal(rec.CloudTrail, &event); err != nil {
			return state.Access{}, err
		}
		if event.UserIdentity.AccountID == account {
			return state.Access{At: rec.Time.Truncate(time.Second), By: c.Snapshot.OrgPath(account) + account, Region: regionOf(&rec)}, nil
		}
	}
	return state.Access{}, ctx.Err()
}

func getsOrganizationsReport(c *api.Call, _ *iamapi.GetOrganizationsAccessReportInput) []api.Check {
	return account(c)
}

func (s *Service) getOrganizationsReport(_ context.Context, c *api.Call, in *iamapi.GetOrganizationsAccessReportInput) (*iamapi.GetOrganizationsAccessReportOutput, error) {
	if err := ofManagement(c); err != nil {
		return nil, err
	}
	r, ok := c.Snapshot.AccessReport(c.Account, in.JobId)
	if !ok || r.Owner != reader(c) || r.EntityPath == "" || expired(r, c.Now) {
		return nil, notFound(jobMissing, in.JobId)
	}
	p, err := s.page(c, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iamapi.GetOrganizationsAccessReportOutput{
		JobStatus: jobStatus(r), JobCreationDate: r.Created, JobCompletionDate: &r.Completed, ErrorDetails: jobError(r),
	}
	if r.ErrorCode == "" {
		if out.AccessDetails, err = s.accessDetails(p, r, or(in.SortKey, iamapi.SortKeyTypeServiceNamespaceAscending)); err != nil {
			return nil, err
		}
		all, unused := int32(len(r.Services)), int32(0)
		for _, a := range r.Services {
			if a.Entities == 0 {
				unused++
			}
		}
		out.NumberOfServicesAccessible, out.NumberOfServicesNotAccessed = &all, &unused
	}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// accessDetails are a page of the services in one of the orders. A marker is
// for its report and order alone.
func (s *Service) accessDetails(p *page, r *state.AccessReport, key iamapi.SortKeyType) ([]iamapi.AccessDetail, error) {
	scope := r.ID + " " + string(key) + " "
	if p.after != "" && !strings.HasPrefix(p.after, scope) {
		return nil, invalid(invalidMarker)
	}
	type placed struct {
		state.ServiceAccess
		position string
	}
	list := shapes(r.Services, func(a state.ServiceAccess) placed { return placed{ServiceAccess: a} })
	slices.SortStableFunc(list, func(a, b placed) int {
		switch key {
		case iamapi.SortKeyTypeServiceNamespaceDescending:
			return cmp.Compare(b.Namespace, a.Namespace)
		case iamapi.SortKeyTypeLastAuthenticatedTimeAscending:
			return a.Last.At.Compare(b.Last.At)
		case iamapi.SortKeyTypeLastAuthenticatedTimeDescending:
			return b.Last.At.Compare(a.Last.At)
		}
		return cmp.Compare(a.Namespace, b.Namespace)
	})
	for i := range list {
		list[i].position = scope + order(uint64(i))
	}
	listed := fillFrom(p, list, func(a placed) string { return a.position })
	return shapes(listed, func(a placed) iamapi.AccessDetail {
		accounts := int32(a.Entities)
		return iamapi.AccessDetail{
			ServiceName: s.serviceName(a.Namespace), ServiceNamespace: a.Namespace, TotalAuthenticatedEntities: &accounts,
			Region: optional(a.Last.Region), EntityPath: optional(a.Last.By), LastAuthenticatedTime: optional(a.Last.At),
		}
	}), nil
}
