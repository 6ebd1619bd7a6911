package s3

import (
	"context"
	"iter"
	"strconv"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

func listsParts(c *api.Call, in *s3api.ListPartsInput) []api.Check {
	b, ok := c.Snapshot.Bucket(in.Bucket)
	if !ok {
		return nil
	}
	return []api.Check{objectCheck(c, b, in.Key, "s3:ListMultipartUploadParts")}
}

func (s *Service) listParts(_ context.Context, c *api.Call, in *s3api.ListPartsInput) (*s3api.ListPartsOutput, error) {
	b, u, err := upload(c.Snapshot, in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	size, err := pageSize("max-parts", in.MaxParts)
	if err != nil {
		return nil, err
	}
	class := s3api.StorageClass(u.StorageClass)
	out := &s3api.ListPartsOutput{
		Bucket: &b.Name, Key: &u.Key, UploadId: &u.ID, PartNumberMarker: number(int(value(in.PartNumberMarker))),
		NextPartNumberMarker: number(0), MaxParts: number(size), IsTruncated: new(bool),
		Owner: ownerOf(b.Account), Initiator: initiatorOf(u), StorageClass: &class,
	}
	out.ChecksumAlgorithm, out.ChecksumType = uploadSums(u)
	for p := range c.Snapshot.Parts(u.ID, int(value(in.PartNumberMarker))) {
		if len(out.Parts) == size {
			*out.IsTruncated = size > 0
			break
		}
		shown := s3api.Part{PartNumber: number(p.Number), LastModified: &p.Modified, ETag: etagText(p.ETag), Size: &p.Size}
		if u.ChecksumAlgorithm != "" {
			shown.ChecksumCRC32, shown.ChecksumCRC32C, shown.ChecksumCRC64NVME, shown.ChecksumSHA1, shown.ChecksumSHA256 = sums(p.Checksums).members()
		}
		out.Parts = append(out.Parts, shown)
		out.NextPartNumberMarker = number(p.Number)
	}
	return out, nil
}

func uploadSums(u *state.Upload) (*s3api.ChecksumAlgorithm, *s3api.ChecksumType) {
	if u.ChecksumAlgorithm == "" {
		return nil, nil
	}
	name, sumType := s3api.ChecksumAlgorithm(u.ChecksumAlgorithm), s3api.ChecksumType(u.ChecksumType)
	return &name, &sumType
}

func initiatorOf(u *state.Upload) *s3api.Initiator {
	if u.Initiator == "" {
		return nil
	}
	return &s3api.Initiator{ID: &u.Initiator}
}

func listsUploads(c *api.Call, in *s3api.ListMultipartUploadsInput) []api.Check {
	return onBucket(c, in.Bucket, "s3:ListBucketMultipartUploads")
}

func (s *Service) listUploads(_ context.Context, c *api.Call, in *s3api.ListMultipartUploadsInput) (*s3api.ListMultipartUploadsOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	size, err := pageSize("max-uploads", in.MaxUploads)
	if err != nil {
		return nil, err
	}
	start := position{key: value(in.KeyMarker)}
	if in.UploadIdMarker != nil {
		if u, ok := c.Snapshot.Upload(b.Name, start.key, *in.UploadIdMarker); ok {
			start.seq = u.Seq
		}
	}
	w := view{prefix: value(in.Prefix), delimiter: value(in.Delimiter), max: size}
	p := list(w, start,
		func(at position) iter.Seq[*state.Upload] { return c.Snapshot.Uploads(b.Name, at.key, at.seq) },
		func(u *state.Upload) position { return position{u.Key, u.Seq} })
	e := encodingOf(in.EncodingType)
	out := &s3api.ListMultipartUploadsOutput{
		Bucket: &b.Name, KeyMarker: e.text(value(in.KeyMarker)), UploadIdMarker: in.UploadIdMarker, Prefix: e.given(in.Prefix),
		Delimiter: e.given(in.Delimiter), MaxUploads: number(size), IsTruncated: &p.truncated, EncodingType: in.EncodingType,
		CommonPrefixes: e.prefixes(p.prefixes), Uploads: uploadShapes(b, p.items, e),
	}
	if p.truncated {
		out.NextKeyMarker = e.text(p.lastPrefix)
		if p.lastItem != nil {
			out.NextKeyMarker, out.NextUploadIdMarker = e.text((*p.lastItem).Key), &(*p.lastItem).ID
		}
	}
	return out, nil
}

func uploadShapes(b *state.Bucket, uploads []*state.Upload, e encoding) []s3api.MultipartUpload {
	var out []s3api.MultipartUpload
	for _, u := range uploads {
		class := s3api.StorageClass(u.StorageClass)
		shown := s3api.MultipartUpload{
			UploadId: &u.ID, Key: e.text(u.Key), Initiated: &u.Created, StorageClass: &class,
			Owner: ownerOf(b.Account), Initiator: initiatorOf(u),
		}
		shown.ChecksumAlgorithm, shown.ChecksumType = uploadSums(u)
		out = append(out, shown)
	}
	return out
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
