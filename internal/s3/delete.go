package s3

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

func deletesObject(c *api.Call, in *s3api.DeleteObjectInput) []api.Check {
	checks := onObject(c, object{in.Bucket, in.Key, in.VersionId}, deleteObject)
	for i := range checks {
		headerKeys(checks[i].Context, c.HTTP.Header, "if-match")
	}
	return checks
}

func (s *Service) deleteObject(ctx context.Context, c *api.Call, in *s3api.DeleteObjectInput) (*s3api.DeleteObjectOutput, error) {
	if err := checkKey(in.Key); err != nil { // it may get a delete marker
		return nil, err
	}
	if in.IfMatchLastModifiedTime != nil || in.IfMatchSize != nil {
		return nil, notImplemented("Directory buckets are not built.")
	}
	freshID, err := newVersionID(s.rand)
	if err != nil {
		return nil, err
	}
	var stale string
	out, err := api.Update(ctx, c, func(tx *state.Tx) (*s3api.DeleteObjectOutput, error) {
		b, err := bucket(tx.Snapshot, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return nil, err
		}
		gone, err := remove(tx, b, object{in.Bucket, in.Key, in.VersionId}, guards{match: in.IfMatch}, freshID)
		if err != nil {
			return nil, err
		}
		stale = gone.content
		out := &s3api.DeleteObjectOutput{VersionId: optional(gone.versionID)}
		if gone.marker {
			out.DeleteMarker = &gone.marker
		}
		return out, nil
	})
	return out, s.settle(err, "", stale)
}

// removal says what a deletion did.
type removal struct {
	content   string // no longer needed
	versionID string // of the version removed, or of the marker made; "" where there is no versioning
	marker    bool   // a delete marker was made, or was what was removed
	made      bool
}

// remove deletes what o names. A version that is named goes for good; without
// one a key with versioning gets a delete marker. What does not exist is no
// error. See "Working with delete markers" in the Amazon S3 User Guide.
func remove(tx *state.Tx, b *state.Bucket, o object, g guards, freshID string) (removal, error) {
	if o.version != nil && *o.version == "" {
		return removal{}, invalidArgument("versionId", "", "Version id cannot be the empty string")
	}
	v, found := o.find(tx.Snapshot)
	if g.match != nil {
		if err := g.check(v, o.key); err != nil {
			return removal{}, err
		}
	}
	switch {
	case o.version != nil && !found:
		return removal{versionID: *o.version}, nil
	case o.version != nil:
		tx.DeleteObjectVersion(v)
		return removal{content: v.Content, versionID: v.VersionID, marker: v.DeleteMarker}, nil
	}
	var done removal
	if b.Versioning == "" {
		if found {
			tx.DeleteObjectVersion(v)
			done.content = v.Content
		}
		return done, nil
	}
	marker := &state.ObjectVersion{Key: o.key, DeleteMarker: true}
	done.content = put(tx, b, marker, freshID)
	done.versionID, done.marker, done.made = marker.VersionID, true, true
	return done, nil
}
