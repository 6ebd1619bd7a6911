package s3

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

// An upload ends in one commit, in which it alone goes. Its parts may be more
// than a commit takes; they are out of reach then, and go in commits of their
// own. Should the server stop in between, the next start removes them.

// partsACommit keeps a commit within what the state takes.
const partsACommit = 90

func abortsUpload(c *api.Call, in *s3api.AbortMultipartUploadInput) []api.Check {
	b, ok := c.Snapshot.Bucket(in.Bucket)
	if !ok {
		return nil
	}
	return []api.Check{objectCheck(c, b, in.Key, "s3:AbortMultipartUpload")}
}

func (s *Service) abortUpload(ctx context.Context, c *api.Call, in *s3api.AbortMultipartUploadInput) (*s3api.AbortMultipartUploadOutput, error) {
	if in.IfMatchInitiatedTime != nil {
		return nil, notImplemented("Directory buckets are not built.")
	}
	out, err := api.Update(ctx, c, func(tx *state.Tx) (*s3api.AbortMultipartUploadOutput, error) {
		_, u, err := upload(tx.Snapshot, in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner)
		if err != nil {
			return nil, err
		}
		tx.DeleteUpload(u)
		return new(s3api.AbortMultipartUploadOutput), nil
	})
	if err == nil {
		s.tidyUpload(ctx, c, in.UploadId)
	}
	return out, err
}

// abandonUploads ends all uploads of a bucket that is about to be deleted. A
// bucket made anew under the name, perhaps by another account, keeps its own.
func (s *Service) abandonUploads(ctx context.Context, c *api.Call, b *state.Bucket) error {
	for {
		var ended []string
		err := c.Tidy(ctx, func(tx *state.Tx) error {
			ended = nil
			if now, ok := tx.Bucket(b.Name); !ok || now.ID != b.ID {
				return nil
			}
			var uploads []*state.Upload
			for u := range tx.Uploads(b.Name, "", 0) {
				if len(uploads) == partsACommit {
					break
				}
				uploads = append(uploads, u)
			}
			for _, u := range uploads {
				tx.DeleteUpload(u)
				ended = append(ended, u.ID)
			}
			return nil
		})
		if err != nil || len(ended) == 0 {
			return err
		}
		for _, id := range ended {
			s.tidyUpload(ctx, c, id)
		}
	}
}

// tidyUpload removes the parts of an upload that has ended. The call it
// belongs to is done whatever becomes of this: what is left, Sweep removes.
func (s *Service) tidyUpload(ctx context.Context, c *api.Call, id string) {
	ctx = context.WithoutCancel(ctx)
	for {
		var stale []string
		err := c.Tidy(ctx, func(tx *state.Tx) error {
			stale = removeParts(tx, id)
			return nil
		})
		if err != nil || len(stale) == 0 {
			return
		}
		s.files.remove(stale)
	}
}

// removeParts removes as many parts of an upload as a commit takes, and returns
// their contents.
func removeParts(tx *state.Tx, id string) (contents []string) {
	var parts []*state.Part
	for p := range tx.Parts(id, 0) {
		if len(parts) == partsACommit {
			break
		}
		parts = append(parts, p)
	}
	for _, p := range parts {
		tx.DeletePart(p)
		contents = append(contents, p.Content)
	}
	return contents
}
