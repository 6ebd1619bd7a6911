package s3

import (
	"context"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

// Limits of tags. See "Categorizing your storage using tags" in the Amazon S3
// User Guide.
const (
	maxObjectTags = 10
	maxBucketTags = 50
	maxTagKey     = 128 // characters
	maxTagValue   = 256
)

func bucketTags(in []s3api.Tag) ([]state.Tag, error) {
	if len(in) > maxBucketTags {
		return nil, bad("BadRequest", "Bucket tag count cannot be greater than %d", maxBucketTags)
	}
	return checkTags(in)
}

func objectTags(in []s3api.Tag) ([]state.Tag, error) {
	if len(in) > maxObjectTags {
		return nil, bad("BadRequest", "Object tags cannot be greater than %d", maxObjectTags)
	}
	return checkTags(in)
}

func checkTags(in []s3api.Tag) ([]state.Tag, error) {
	tags := make([]state.Tag, 0, len(in))
	seen := make(map[string]bool, len(in))
	for _, t := range in {
		switch {
		case t.Key == "" || utf8.RuneCountInString(t.Key) > maxTagKey || !utf8.ValidString(t.Key):
			return nil, bad("InvalidTag", "The TagKey you have provided is invalid")
		case utf8.RuneCountInString(t.Value) > maxTagValue || !utf8.ValidString(t.Value):
			return nil, bad("InvalidTag", "The TagValue you have provided is invalid")
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return nil, bad("InvalidTag", "System tags cannot be added/updated by requester")
		case seen[t.Key]:
			return nil, bad("InvalidTag", "Cannot provide multiple Tags with the same key")
		}
		seen[t.Key] = true
		tags = append(tags, state.Tag{Key: t.Key, Value: t.Value})
	}
	return tags, nil
}

// headerTags reads x-amz-tagging, which is written like a query.
func headerTags(text *string) ([]state.Tag, error) {
	if value(text) == "" {
		return nil, nil
	}
	var tags []s3api.Tag
	for pair := range strings.SplitSeq(*text, "&") {
		key, val, _ := strings.Cut(pair, "=")
		k, err := url.QueryUnescape(key)
		v, err2 := url.QueryUnescape(val)
		if err != nil || err2 != nil {
			return nil, invalidArgument("x-amz-tagging", *text, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
		}
		tags = append(tags, s3api.Tag{Key: k, Value: v})
	}
	return objectTags(tags)
}

func tagSet(tags []state.Tag) []s3api.Tag {
	set := make([]s3api.Tag, 0, len(tags))
	for _, t := range tags {
		set = append(set, s3api.Tag{Key: t.Key, Value: t.Value})
	}
	return set
}

func getsBucketTags(c *api.Call, in *s3api.GetBucketTaggingInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:GetBucketTagging")
}

func (s *Service) getBucketTags(_ context.Context, c *api.Call, in *s3api.GetBucketTaggingInput) (*s3api.GetBucketTaggingOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if len(b.Tags) == 0 {
		return nil, missing("NoSuchTagSet", "The TagSet does not exist", b.Name)
	}
	return &s3api.GetBucketTaggingOutput{TagSet: tagSet(b.Tags)}, nil
}

func putsBucketTags(c *api.Call, in *s3api.PutBucketTaggingInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:PutBucketTagging")
}

func (s *Service) putBucketTags(ctx context.Context, c *api.Call, in *s3api.PutBucketTaggingInput) (*s3api.PutBucketTaggingOutput, error) {
	if err := verifyBody(c, in.ContentMD5); err != nil {
		return nil, err
	}
	tags, err := bucketTags(in.Tagging.TagSet)
	if err != nil {
		return nil, err
	}
	return configure[s3api.PutBucketTaggingOutput](ctx, c, in.Bucket, in.ExpectedBucketOwner, func(b *state.Bucket) error {
		b.Tags = tags
		return nil
	})
}

// deletesBucketTags: S3 has no action of its own for it.
func deletesBucketTags(c *api.Call, in *s3api.DeleteBucketTaggingInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:PutBucketTagging")
}

func (s *Service) deleteBucketTags(ctx context.Context, c *api.Call, in *s3api.DeleteBucketTaggingInput) (*s3api.DeleteBucketTaggingOutput, error) {
	return configure[s3api.DeleteBucketTaggingOutput](ctx, c, in.Bucket, in.ExpectedBucketOwner, func(b *state.Bucket) error {
		b.Tags = nil
		return nil
	})
}
