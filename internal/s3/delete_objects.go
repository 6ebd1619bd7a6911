package s3

import (
	"context"
	"errors"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

const (
	// maxDeletes is how many keys one DeleteObjects may name.
	maxDeletes = 1000
	// deletesACommit keeps a commit within what the state takes: a deletion
	// changes two entities at the most.
	deletesACommit = 40
)

// deletesObjects checks each key for itself: a denied one is answered as an
// error among the results.
func deletesObjects(c *api.Call, in *s3api.DeleteObjectsInput) []api.Check {
	var checks []api.Check
	for _, o := range in.Delete.Objects {
		checks = append(checks, onObject(c, object{in.Bucket, o.Key, o.VersionId}, deleteObject)...)
	}
	return checks
}

// deleteObjects deletes in several commits if there are many keys. One that
// fails does not undo those before it, as with S3.
func (s *Service) deleteObjects(ctx context.Context, c *api.Call, in *s3api.DeleteObjectsInput) (*s3api.DeleteObjectsOutput, error) {
	if _, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner); err != nil {
		return nil, err
	}
	items := in.Delete.Objects
	if len(items) == 0 || len(items) > maxDeletes {
		return nil, malformedXML()
	}
	if err := verifyRequiredSum(c); err != nil {
		return nil, err
	}
	answer := new(s3api.DeleteObjectsOutput)
	for first := 0; first < len(items); first += deletesACommit {
		batch := items[first:min(first+deletesACommit, len(items))]
		out, err := s.deleteBatch(ctx, c, in, first, batch)
		if err != nil {
			return nil, err
		}
		answer.Deleted = append(answer.Deleted, out.Deleted...)
		answer.Errors = append(answer.Errors, out.Errors...)
	}
	return answer, nil
}

// deleteBatch deletes the items from number first on.
func (s *Service) deleteBatch(ctx context.Context, c *api.Call, in *s3api.DeleteObjectsInput, first int, batch []s3api.ObjectIdentifier) (*s3api.DeleteObjectsOutput, error) {
	fresh := make([]string, len(batch))
	for i := range fresh {
		var err error
		if fresh[i], err = newVersionID(s.rand); err != nil {
			return nil, err
		}
	}
	var stale []string
	out, err := api.Update(ctx, c, func(tx *state.Tx) (*s3api.DeleteObjectsOutput, error) {
		b, err := bucket(tx.Snapshot, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return nil, err
		}
		stale = nil
		out := new(s3api.DeleteObjectsOutput)
		for i, item := range batch {
			if denied := c.Denied(first + i); denied != nil {
				out.Errors = append(out.Errors, itemError(item, denied))
				continue
			}
			gone, err := removeItem(tx, b, item, fresh[i])
			if err != nil {
				var known *shape.Error
				if !errors.As(err, &known) {
					return nil, err
				}
				out.Errors = append(out.Errors, itemError(item, known))
				continue
			}
			stale = append(stale, gone.content)
			if !value(in.Delete.Quiet) {
				out.Deleted = append(out.Deleted, deletedItem(item, gone))
			}
		}
		return out, nil
	})
	return out, s.settle(err, "", stale...)
}

func removeItem(tx *state.Tx, b *state.Bucket, item s3api.ObjectIdentifier, freshID string) (removal, error) {
	if item.LastModifiedTime != nil || item.Size != nil {
		return removal{}, notImplemented("Directory buckets are not built.")
	}
	if err := checkKey(item.Key); err != nil {
		return removal{}, err
	}
	return remove(tx, b, object{b.Name, item.Key, item.VersionId}, guards{match: item.ETag}, freshID)
}

func itemError(item s3api.ObjectIdentifier, e *shape.Error) s3api.Error {
	return s3api.Error{Key: &item.Key, VersionId: item.VersionId, Code: &e.Code, Message: &e.Message}
}

func deletedItem(item s3api.ObjectIdentifier, gone removal) s3api.DeletedObject {
	d := s3api.DeletedObject{Key: &item.Key, VersionId: item.VersionId}
	if gone.marker {
		d.DeleteMarker = &gone.marker
		d.DeleteMarkerVersionId = &gone.versionID
	}
	return d
}
