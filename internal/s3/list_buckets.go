package s3

import (
	"context"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
)

// listsBuckets acts on no bucket: S3 lists all of the account or none.
func listsBuckets(c *api.Call, _ *s3api.ListBucketsInput) []api.Check {
	keys := requestKeys(c)
	keys["s3:ResourceAccount"] = []string{c.Account}
	return []api.Check{{Action: "s3:ListAllMyBuckets", Resource: "*", Context: keys}}
}

func (s *Service) listBuckets(_ context.Context, c *api.Call, in *s3api.ListBucketsInput) (*s3api.ListBucketsOutput, error) {
	if c.Account == "" {
		return nil, accessDenied()
	}
	size := bucketQuota
	if in.MaxBuckets != nil {
		size = int(*in.MaxBuckets)
		if size < 1 || size > bucketQuota {
			return nil, invalidArgument("max-buckets", "", "Argument max-buckets must be an integer between 1 and 10000")
		}
	}
	start := ""
	if in.ContinuationToken != nil {
		var err error
		if start, err = readToken(*in.ContinuationToken); err != nil {
			return nil, err
		}
	}
	out := &s3api.ListBucketsOutput{Owner: ownerOf(c.Account), Prefix: in.Prefix, Buckets: []s3api.Bucket{}}
	detailed := in.MaxBuckets != nil || in.ContinuationToken != nil || in.Prefix != nil || in.BucketRegion != nil
	for b := range c.Snapshot.Buckets(c.Account, max(start, before(value(in.Prefix)))) {
		if !strings.HasPrefix(b.Name, value(in.Prefix)) {
			break
		}
		if in.BucketRegion != nil && *in.BucketRegion != regionName(b) {
			continue
		}
		if len(out.Buckets) == size {
			out.ContinuationToken = newToken(*out.Buckets[size-1].Name)
			break
		}
		shown := s3api.Bucket{Name: &b.Name, CreationDate: &b.Created}
		if detailed {
			shown.BucketRegion = optional(regionName(b))
		}
		out.Buckets = append(out.Buckets, shown)
	}
	return out, nil
}
