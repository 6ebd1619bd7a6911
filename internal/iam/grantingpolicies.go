package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/policy"
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
	asked, err := s.known(in.ServiceNamespaces)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, in.Arn, in.Marker, nil)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeForReport)
	defer cancel()
	held := subject.policies()
	alone := shapes(parsedOf(held), func(doc *policy.Document) *permissions { return newPermissions([]*policy.Document{doc}) })
	listed := fillFrom(p, asked, func(namespace string) string { return order(uint64(slices.Index(asked, namespace))) })
	out := &iamapi.ListPoliciesGrantingServiceAccessOutput{
		PoliciesGrantingServiceAccess: shapes(listed, func(namespace string) iamapi.ListPoliciesGrantingServiceAccessEntry {
			granting := []iamapi.PolicyGrantingServiceAccess{}
			for i, p := range held {
				if alone[i].grantsAlone(ctx, s.reference, namespace) {
					granting = append(granting, grantShape(p))
				}
			}
			return iamapi.ListPoliciesGrantingServiceAccessEntry{ServiceNamespace: &namespace, Policies: granting}
		}),
	}
	out.IsTruncated, out.Marker = p.end()
	return out, ctx.Err()
}

// known returns the namespaces, each once, or the error that some are no
// service's.
func (s *Service) known(namespaces []string) ([]string, error) {
	var known, unknown []string
	for _, namespace := range namespaces {
		if s.names()[namespace] == "" {
			unknown = append(unknown, namespace)
		} else if !slices.Contains(known, namespace) {
			known = append(known, namespace)
		}
	}
	if len(unknown) > 0 {
		return nil, iamapi.InvalidInput(badNamespaces, strings.Join(unknown, ", "))
	}
	return known, nil
}

// grantShape is a policy that grants access.
func grantShape(p heldPolicy) iamapi.PolicyGrantingServiceAccess {
	out := iamapi.PolicyGrantingServiceAccess{PolicyName: p.name, PolicyType: iamapi.PolicyTypeManaged, PolicyArn: optional(p.arn)}
	if p.arn == "" {
		out.PolicyType, out.EntityType, out.EntityName = iamapi.PolicyTypeInline, &p.holder, &p.of
	}
	return out
}
