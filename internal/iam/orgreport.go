package iam

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
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
	p, err := s.page(c, in.JobId, in.Marker, in.MaxItems)
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
