package s3

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// onPolicy is the check of an action on a bucket's policy. Whatever the policy
// says, the root user of the bucket's account may read, replace and delete it:
// otherwise nobody could repair one that denies everybody. See "PutBucketPolicy"
// in the Amazon S3 API Reference.
func onPolicy(c *api.Call, name, action string) []api.Check {
	checks := onBucket(c, name, action)
	for i := range checks {
		if c.Caller.IsRoot() && (c.Caller.Session == nil || c.Caller.OnRootTask()) && c.Account == checks[i].Account {
			checks[i].Policy = ""
		}
	}
	return checks
}

func getsPolicy(c *api.Call, in *s3api.GetBucketPolicyInput) []api.Check {
	return onPolicy(c, in.Bucket, "s3:GetBucketPolicy")
}

func (s *Service) getPolicy(_ context.Context, c *api.Call, in *s3api.GetBucketPolicyInput) (*s3api.GetBucketPolicyOutput, error) {
	doc, err := bucketPolicy(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	text := c.Snapshot.Display(doc)
	c.Header().Set("Content-Type", "application/json")
	return &s3api.GetBucketPolicyOutput{Policy: &text}, nil
}

func bucketPolicy(c *api.Call, name string, owner *string) (*state.Document, error) {
	b, err := bucket(c.Snapshot, name, owner)
	if err != nil {
		return nil, err
	}
	doc, ok := c.Snapshot.ResourcePolicy(b.ARN())
	if !ok {
		return nil, missing("NoSuchBucketPolicy", "The bucket policy does not exist", b.Name)
	}
	return doc, nil
}

func getsPolicyStatus(c *api.Call, in *s3api.GetBucketPolicyStatusInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:GetBucketPolicyStatus")
}

func (s *Service) getPolicyStatus(_ context.Context, c *api.Call, in *s3api.GetBucketPolicyStatusInput) (*s3api.GetBucketPolicyStatusOutput, error) {
	doc, err := bucketPolicy(c, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	isPublic := public(doc.Parsed())
	return &s3api.GetBucketPolicyStatusOutput{PolicyStatus: &s3api.PolicyStatus{IsPublic: &isPublic}}, nil
}

func putsPolicy(c *api.Call, in *s3api.PutBucketPolicyInput) []api.Check {
	return onPolicy(c, in.Bucket, "s3:PutBucketPolicy")
}

func (s *Service) putPolicy(ctx context.Context, c *api.Call, in *s3api.PutBucketPolicyInput) (*s3api.PutBucketPolicyOutput, error) {
	if _, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner); err != nil {
		return nil, err
	}
	if err := verifyBody(c, in.ContentMD5); err != nil {
		return nil, err
	}
	doc, err := s.parsePolicy(in.Policy, in.Bucket)
	if err != nil {
		return nil, err
	}
	if doc, err = resolve(c.Snapshot, doc); err != nil {
		return nil, err
	}
	isPublic := public(doc.Parsed())
	return api.Update(ctx, c, func(tx *state.Tx) (*s3api.PutBucketPolicyOutput, error) {
		b, err := bucket(tx.Snapshot, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return nil, err
		}
		if p := b.PublicAccessBlock; p != nil && p.BlockPublicPolicy && isPublic {
			return nil, publicPolicyBlocked(c.Caller, b)
		}
		resolved, err := resolve(tx.Snapshot, doc)
		if err != nil {
			return nil, err
		}
		tx.PutResourcePolicy(b.ARN(), resolved)
		c.SetStatus(204)
		return new(s3api.PutBucketPolicyOutput), nil
	})
}

func publicPolicyBlocked(who *authz.Caller, b *state.Bucket) *shape.Error {
	return s3api.AccessDenied("User: %s is not authorized to perform: s3:PutBucketPolicy on resource: %q because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.", who.ARN, b.ARN())
}

func deletesPolicy(c *api.Call, in *s3api.DeleteBucketPolicyInput) []api.Check {
	return onPolicy(c, in.Bucket, "s3:DeleteBucketPolicy")
}

func (s *Service) deletePolicy(ctx context.Context, c *api.Call, in *s3api.DeleteBucketPolicyInput) (*s3api.DeleteBucketPolicyOutput, error) {
	return api.Update(ctx, c, func(tx *state.Tx) (*s3api.DeleteBucketPolicyOutput, error) {
		b, err := bucket(tx.Snapshot, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return nil, err
		}
		tx.DeleteResourcePolicy(b.ARN())
		return new(s3api.DeleteBucketPolicyOutput), nil
	})
}
