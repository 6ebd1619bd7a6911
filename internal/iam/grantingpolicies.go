package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
)

func (s *Service) listsPoliciesGranting(c *api.Call, in *iamapi.ListPoliciesGrantingServiceAccessInput) []api.Check {
	if n, _, err := reportNoun(c, in.Arn); err != nil || n == policies {
		return nil // the handler refuses it
	}
	return onReportSubject(c, in.Arn)
}

// listPoliciesGranting implements ListPoliciesGrantingServiceAccess: the
// services asked for in the order in which they were, each once.
func (s *Service) listPoliciesGranting(ctx context.Context, c *api.Call, in *iamapi.ListPoliciesGrantingServiceAccessInput) (*iamapi.ListPoliciesGrantingServiceAccessOutput, error) {
	n, _, err := reportNoun(c, in.Arn)
	if err != nil {
		return nil, err
	}
	if n == policies {
		return nil, iamapi.InvalidInput(badReportARN, in.Arn)
	}
	subject, err := findReportSubject(c, in.Arn)
	if err != nil {
		return nil, err
	}
	var asked, unknown []string
	for _, namespace := range in.ServiceNamespaces {
		if s.names()[namespace] == "" {
			unknown = append(unknown, namespace)
		} else if !slices.Contains(asked, namespace) {
			asked = append(asked, namespace)
		}
	}
	if len(unknown) > 0 {
		return nil, iamapi.InvalidInput(badNamespaces, strings.Join(unknown, ", "))
	}
	p, err := s.page(c, in.Marker, nil)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeForReport)
	defer cancel()
	held := subject.policies()
	listed := fillFrom(p, asked, func(namespace string) string { return order(uint64(slices.Index(asked, namespace))) })
	out := &iamapi.ListPoliciesGrantingServiceAccessOutput{
		PoliciesGrantingServiceAccess: shapes(listed, func(namespace string) iamapi.ListPoliciesGrantingServiceAccessEntry {
			return iamapi.ListPoliciesGrantingServiceAccessEntry{ServiceNamespace: &namespace, Policies: s.granting(ctx, held, namespace)}
		}),
	}
	out.IsTruncated, out.Marker = p.end()
	return out, ctx.Err()
}

// granting lists the policies that grant access to a service by themselves.
func (s *Service) granting(ctx context.Context, held []heldPolicy, namespace string) []iamapi.PolicyGrantingServiceAccess {
	list := []iamapi.PolicyGrantingServiceAccess{}
	for _, p := range held {
		if !grantsService(ctx, p.doc.Parsed(), s.reference, namespace) {
			continue
		}
		entry := iamapi.PolicyGrantingServiceAccess{PolicyName: p.name, PolicyType: iamapi.PolicyTypeManaged, PolicyArn: optional(p.arn)}
		if p.arn == "" {
			entry.PolicyType, entry.EntityType, entry.EntityName = iamapi.PolicyTypeInline, &p.holder, &p.of
		}
		list = append(list, entry)
	}
	return list
}
