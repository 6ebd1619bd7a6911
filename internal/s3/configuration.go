package s3

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

// What is configured of a bucket and is no more than a few members of it. All
// of these operations act on the bucket alone.

// configure changes a private copy of a bucket and puts it back. An error of
// change leaves the bucket as it is.
func configure[Out any](ctx context.Context, c *api.Call, name string, owner *string, change func(b *state.Bucket) error) (*Out, error) {
	return api.Update(ctx, c, func(tx *state.Tx) (*Out, error) {
		old, err := bucket(tx.Snapshot, name, owner)
		if err != nil {
			return nil, err
		}
		b := *old
		if err := change(&b); err != nil {
			return nil, err
		}
		tx.PutBucket(&b)
		return new(Out), nil
	})
}

func getsVersioning(c *api.Call, in *s3api.GetBucketVersioningInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:GetBucketVersioning")
}

func (s *Service) getVersioning(_ context.Context, c *api.Call, in *s3api.GetBucketVersioningInput) (*s3api.GetBucketVersioningOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	out := new(s3api.GetBucketVersioningOutput)
	if b.Versioning != "" {
		status := s3api.BucketVersioningStatus(b.Versioning)
		out.Status = &status
	}
	return out, nil
}

func putsVersioning(c *api.Call, in *s3api.PutBucketVersioningInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:PutBucketVersioning")
}

func (s *Service) putVersioning(ctx context.Context, c *api.Call, in *s3api.PutBucketVersioningInput) (*s3api.PutBucketVersioningOutput, error) {
	if err := verifyBody(c, in.ContentMD5); err != nil {
		return nil, err
	}
	cfg := in.VersioningConfiguration
	switch {
	case cfg.Status == nil:
		return nil, bad("IllegalVersioningConfigurationException", "The Versioning element must be specified")
	case cfg.MFADelete != nil && *cfg.MFADelete == s3api.MFADeleteEnabled:
		return nil, notImplemented("MFA delete is not built.")
	}
	return configure[s3api.PutBucketVersioningOutput](ctx, c, in.Bucket, in.ExpectedBucketOwner, func(b *state.Bucket) error {
		b.Versioning = string(*cfg.Status)
		return nil
	})
}

func getsAccessBlock(c *api.Call, in *s3api.GetPublicAccessBlockInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:GetBucketPublicAccessBlock")
}

func (s *Service) getAccessBlock(_ context.Context, c *api.Call, in *s3api.GetPublicAccessBlockInput) (*s3api.GetPublicAccessBlockOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	p := b.PublicAccessBlock
	if p == nil {
		return nil, missing("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", b.Name)
	}
	return &s3api.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &s3api.PublicAccessBlockConfiguration{
		BlockPublicAcls: &p.BlockPublicACLs, IgnorePublicAcls: &p.IgnorePublicACLs,
		BlockPublicPolicy: &p.BlockPublicPolicy, RestrictPublicBuckets: &p.RestrictPublicBuckets,
	}}, nil
}

func putsAccessBlock(c *api.Call, in *s3api.PutPublicAccessBlockInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:PutBucketPublicAccessBlock")
}

func (s *Service) putAccessBlock(ctx context.Context, c *api.Call, in *s3api.PutPublicAccessBlockInput) (*s3api.PutPublicAccessBlockOutput, error) {
	if err := verifyBody(c, in.ContentMD5); err != nil {
		return nil, err
	}
	cfg := in.PublicAccessBlockConfiguration
	return configure[s3api.PutPublicAccessBlockOutput](ctx, c, in.Bucket, in.ExpectedBucketOwner, func(b *state.Bucket) error {
		b.PublicAccessBlock = &state.PublicAccessBlock{
			BlockPublicACLs: value(cfg.BlockPublicAcls), IgnorePublicACLs: value(cfg.IgnorePublicAcls),
			BlockPublicPolicy: value(cfg.BlockPublicPolicy), RestrictPublicBuckets: value(cfg.RestrictPublicBuckets),
		}
		return nil
	})
}

// deletesAccessBlock: S3 has no action of its own for it.
func deletesAccessBlock(c *api.Call, in *s3api.DeletePublicAccessBlockInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:PutBucketPublicAccessBlock")
}

func (s *Service) deleteAccessBlock(ctx context.Context, c *api.Call, in *s3api.DeletePublicAccessBlockInput) (*s3api.DeletePublicAccessBlockOutput, error) {
	return configure[s3api.DeletePublicAccessBlockOutput](ctx, c, in.Bucket, in.ExpectedBucketOwner, func(b *state.Bucket) error {
		b.PublicAccessBlock = nil
		return nil
	})
}

func getsEncryption(c *api.Call, in *s3api.GetBucketEncryptionInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:GetEncryptionConfiguration")
}

// getEncryption answers what S3 has for every bucket since January 2023.
func (s *Service) getEncryption(_ context.Context, c *api.Call, in *s3api.GetBucketEncryptionInput) (*s3api.GetBucketEncryptionOutput, error) {
	if _, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner); err != nil {
		return nil, err
	}
	return &s3api.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &s3api.ServerSideEncryptionConfiguration{
		Rules: []s3api.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &s3api.ServerSideEncryptionByDefault{SSEAlgorithm: s3api.ServerSideEncryptionAes256},
			BucketKeyEnabled:                   new(bool),
		}},
	}}, nil
}
