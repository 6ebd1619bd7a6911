package s3

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

func getsObjectTags(c *api.Call, in *s3api.GetObjectTaggingInput) []api.Check {
	return onObject(c, object{in.Bucket, in.Key, in.VersionId}, getObjectTagging)
}

func (s *Service) getObjectTags(_ context.Context, c *api.Call, in *s3api.GetObjectTaggingInput) (*s3api.GetObjectTaggingOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	v, err := readable(c, b, object{in.Bucket, in.Key, in.VersionId})
	if err != nil {
		return nil, err
	}
	return &s3api.GetObjectTaggingOutput{TagSet: tagSet(v.Tags), VersionId: shownVersion(b, v)}, nil
}

func putsObjectTags(c *api.Call, in *s3api.PutObjectTaggingInput) []api.Check {
	checks := onObject(c, object{in.Bucket, in.Key, in.VersionId}, putObjectTagging)
	for i := range checks {
		for _, t := range in.Tagging.TagSet {
			requestTags(checks[i].Context, []state.Tag{{Key: t.Key, Value: t.Value}})
		}
	}
	return checks
}

func (s *Service) putObjectTags(ctx context.Context, c *api.Call, in *s3api.PutObjectTaggingInput) (*s3api.PutObjectTaggingOutput, error) {
	if err := verifyBody(c, in.ContentMD5); err != nil {
		return nil, err
	}
	tags, err := objectTags(in.Tagging.TagSet)
	if err != nil {
		return nil, err
	}
	return retag(ctx, c, object{in.Bucket, in.Key, in.VersionId}, in.ExpectedBucketOwner, tags, func(id *string) *s3api.PutObjectTaggingOutput {
		return &s3api.PutObjectTaggingOutput{VersionId: id}
	})
}

func deletesObjectTags(c *api.Call, in *s3api.DeleteObjectTaggingInput) []api.Check {
	return onObject(c, object{in.Bucket, in.Key, in.VersionId}, deleteObjectTagging)
}

func (s *Service) deleteObjectTags(ctx context.Context, c *api.Call, in *s3api.DeleteObjectTaggingInput) (*s3api.DeleteObjectTaggingOutput, error) {
	return retag(ctx, c, object{in.Bucket, in.Key, in.VersionId}, in.ExpectedBucketOwner, nil, func(id *string) *s3api.DeleteObjectTaggingOutput {
		return &s3api.DeleteObjectTaggingOutput{VersionId: id}
	})
}

// retag replaces the tags of a version. Its content and date stay.
func retag[Out any](ctx context.Context, c *api.Call, o object, owner *string, tags []state.Tag, answer func(versionID *string) *Out) (*Out, error) {
	return api.Update(ctx, c, func(tx *state.Tx) (*Out, error) {
		b, err := bucket(tx.Snapshot, o.bucket, owner)
		if err != nil {
			return nil, err
		}
		old, err := existing(tx.Snapshot, o)
		if err != nil {
			return nil, hide(c, b, err)
		}
		v := *old
		v.Tags = tags
		tx.PutObjectVersion(&v)
		return answer(shownVersion(b, &v)), nil
	})
}
