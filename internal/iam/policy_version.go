package iam

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func createsPolicyVersion(c *api.Call, in *iamapi.CreatePolicyVersionInput) []api.Check {
	return onOwnPolicy(c, in.PolicyArn)
}

// createPolicyVersion implements CreatePolicyVersion. The number of a version
// is never used again.
func (s *Service) createPolicyVersion(ctx context.Context, c *api.Call, in *iamapi.CreatePolicyVersionInput) (*iamapi.CreatePolicyVersionOutput, error) {
	if _, err := ownPolicy(c.Snapshot, c.Account, in.PolicyArn, foreignUpdate); err != nil {
		return nil, err
	}
	doc, err := s.managedPolicy(c, in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreatePolicyVersionOutput, error) {
		p, err := ownPolicy(tx.Snapshot, c.Account, in.PolicyArn, foreignUpdate)
		if err != nil {
			return nil, err
		}
		if limit := s.quotas[versionsPerPolicy]; len(p.Versions) >= limit {
			return nil, iamapi.LimitExceeded(tooManyVersions, limit)
		}
		doc, err := resolve(tx.Snapshot, doc)
		if err != nil {
			return nil, err
		}
		v := state.PolicyVersion{ID: "v" + strconv.Itoa(p.NextVersion), Document: doc, Created: tx.Now()}
		p.Versions = append(slices.Clip(p.Versions), v)
		p.NextVersion, p.Updated = p.NextVersion+1, tx.Now()
		if or(in.SetAsDefault, false) {
			p.Default = v.ID
		}
		tx.PutPolicy(p)
		out := versionShape(p, v)
		return &iamapi.CreatePolicyVersionOutput{PolicyVersion: &out}, nil
	})
}

func getsPolicyVersion(c *api.Call, in *iamapi.GetPolicyVersionInput) []api.Check {
	return only(onPolicy(c, in.PolicyArn))
}

func (s *Service) getPolicyVersion(_ context.Context, c *api.Call, in *iamapi.GetPolicyVersionInput) (*iamapi.GetPolicyVersionOutput, error) {
	if !isPolicyARN(in.PolicyArn) {
		return nil, invalid(badARN, in.PolicyArn)
	}
	p, ok := usable(c.Snapshot, c.Account, in.PolicyArn)
	if !ok || p.Version(in.VersionId) == nil {
		return nil, notFound(versionMissing, in.PolicyArn, in.VersionId)
	}
	p = s.aws.dated(p)
	out := documentedVersionShape(c.Snapshot, p, *p.Version(in.VersionId))
	return &iamapi.GetPolicyVersionOutput{PolicyVersion: &out}, nil
}

func listsPolicyVersions(c *api.Call, in *iamapi.ListPolicyVersionsInput) []api.Check {
	return only(onPolicy(c, in.PolicyArn))
}

// listPolicyVersions implements ListPolicyVersions: the newest first.
func (s *Service) listPolicyVersions(_ context.Context, c *api.Call, in *iamapi.ListPolicyVersionsInput) (*iamapi.ListPolicyVersionsOutput, error) {
	policy, err := s.find(c, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	p, err := s.page(c, policy.ID, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	out := &iamapi.ListPolicyVersionsOutput{
		Versions: shapes(fillFrom(p, policy.Versions, versionPosition), func(v state.PolicyVersion) iamapi.PolicyVersion {
			return versionShape(policy, v)
		}),
	}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// versionPosition orders versions by falling numbers.
func versionPosition(v state.PolicyVersion) string {
	n, _ := strconv.Atoi(v.ID[1:])
	return fmt.Sprintf("%010d", 1<<31-n)
}

func setsDefaultPolicyVersion(c *api.Call, in *iamapi.SetDefaultPolicyVersionInput) []api.Check {
	return onOwnPolicy(c, in.PolicyArn)
}

func (s *Service) setDefaultPolicyVersion(ctx context.Context, c *api.Call, in *iamapi.SetDefaultPolicyVersionInput) (*iamapi.SetDefaultPolicyVersionOutput, error) {
	return write[iamapi.SetDefaultPolicyVersionOutput](ctx, c, func(tx *state.Tx) error {
		p, err := versioned(tx.Snapshot, c.Account, in.PolicyArn, in.VersionId, foreignUpdate)
		if err != nil {
			return err
		}
		p.Default = in.VersionId
		tx.PutPolicy(p)
		return nil
	})
}

func deletesPolicyVersion(c *api.Call, in *iamapi.DeletePolicyVersionInput) []api.Check {
	return onOwnPolicy(c, in.PolicyArn)
}

func (s *Service) deletePolicyVersion(ctx context.Context, c *api.Call, in *iamapi.DeletePolicyVersionInput) (*iamapi.DeletePolicyVersionOutput, error) {
	return write[iamapi.DeletePolicyVersionOutput](ctx, c, func(tx *state.Tx) error {
		p, err := versioned(tx.Snapshot, c.Account, in.PolicyArn, in.VersionId, foreignDeleteVersion)
		if err != nil {
			return err
		}
		if p.Default == in.VersionId {
			return conflict(defaultVersion)
		}
		p.Versions = slices.DeleteFunc(slices.Clone(p.Versions), func(v state.PolicyVersion) bool { return v.ID == in.VersionId })
		tx.PutPolicy(p)
		return nil
	})
}

// versioned is ownPolicy for a policy that must have a version.
func versioned(s *state.Snapshot, account, policyARN, version, text string) (*state.ManagedPolicy, error) {
	if isPolicyARN(policyARN) {
		if _, ok := s.ManagedPolicy(policyARN); !ok {
			return nil, notFound(versionMissing, policyARN, version)
		}
	}
	p, err := ownPolicy(s, account, policyARN, text)
	if err == nil && p.Version(version) == nil {
		return nil, notFound(versionMissing, policyARN, version)
	}
	return p, err
}

// versionShape is a version without its document.
func versionShape(p *state.ManagedPolicy, v state.PolicyVersion) iamapi.PolicyVersion {
	inForce := v.ID == p.Default
	return iamapi.PolicyVersion{VersionId: &v.ID, IsDefaultVersion: &inForce, CreateDate: optional(v.Created)}
}

func documentedVersionShape(s *state.Snapshot, p *state.ManagedPolicy, v state.PolicyVersion) iamapi.PolicyVersion {
	out := versionShape(p, v)
	text := encoded(s.Display(v.Document))
	out.Document = &text
	return out
}
