package s3

import (
	"context"
	"slices"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

func getsAttributes(c *api.Call, in *s3api.GetObjectAttributesInput) []api.Check {
	o := object{in.Bucket, in.Key, in.VersionId}
	return append(onObject(c, o, getObject), onObject(c, o, getObjectAttributes)...)
}

func (s *Service) getAttributes(_ context.Context, c *api.Call, in *s3api.GetObjectAttributesInput) (*s3api.GetObjectAttributesOutput, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	size, err := pageSize("max-parts", in.MaxParts)
	if err != nil {
		return nil, err
	}
	v, err := readable(c, b, object{in.Bucket, in.Key, in.VersionId})
	if err != nil {
		return nil, err
	}
	modified := second(v.Modified)
	out := &s3api.GetObjectAttributesOutput{LastModified: &modified, VersionId: shownVersion(b, v)}
	asked := func(a s3api.ObjectAttributes) bool { return slices.Contains(in.ObjectAttributes, a) }
	if asked(s3api.ObjectAttributesETag) {
		out.ETag = &v.ETag // without quotes here
	}
	if asked(s3api.ObjectAttributesChecksum) && len(v.Checksums) > 0 {
		sum := &s3api.Checksum{ChecksumType: checksumType(v)}
		sum.ChecksumCRC32, sum.ChecksumCRC32C, sum.ChecksumCRC64NVME, sum.ChecksumSHA1, sum.ChecksumSHA256 = sums(v.Checksums).members()
		out.Checksum = sum
	}
	if asked(s3api.ObjectAttributesObjectParts) && len(v.Parts) > 0 {
		out.ObjectParts = partsPage(v, value(in.PartNumberMarker), size)
	}
	if asked(s3api.ObjectAttributesStorageClass) {
		class := s3api.StorageClass(v.StorageClass)
		out.StorageClass = &class
	}
	if asked(s3api.ObjectAttributesObjectSize) {
		out.ObjectSize = &v.Size
	}
	return out, nil
}

// partsPage lists parts of an object behind a number. S3 lists single parts
// only where they have checksums.
func partsPage(v *state.ObjectVersion, marker int32, size int) *s3api.GetObjectAttributesParts {
	page := &s3api.GetObjectAttributesParts{
		TotalPartsCount: number(len(v.Parts)), PartNumberMarker: &marker, NextPartNumberMarker: number(0),
		MaxParts: number(size), IsTruncated: new(bool),
	}
	for i := range v.Parts {
		p := &v.Parts[i]
		if p.Number <= int(marker) || len(p.Checksums) == 0 {
			continue
		}
		if len(page.Parts) == size {
			*page.IsTruncated = true
			break
		}
		shown := s3api.ObjectPart{PartNumber: number(p.Number), Size: &p.Size}
		shown.ChecksumCRC32, shown.ChecksumCRC32C, shown.ChecksumCRC64NVME, shown.ChecksumSHA1, shown.ChecksumSHA256 = sums(p.Checksums).members()
		page.Parts = append(page.Parts, shown)
		page.NextPartNumberMarker = number(p.Number)
	}
	return page
}
