package s3

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

// copiesObject reads one object and makes another: both are checked, and where
// tags are copied, so are they.
func copiesObject(c *api.Call, in *s3api.CopyObjectInput) []api.Check {
	tags := sentTags(in.Tagging)
	copiesTags := !replaces(in.TaggingDirective)
	if copiesTags {
		tags = nil
		if o, err := copySource(in.CopySource); err == nil {
			if v, ok := o.find(c.Snapshot); ok {
				tags = v.Tags
			}
		}
	}
	return append(onSource(c, in.CopySource, copiesTags), onWrite(c, in.Bucket, in.Key, true, tags)...)
}

// replaces reports whether a directive says to take the request's own instead
// of the source's.
func replaces[D ~string](directive *D) bool { return directive != nil && *directive == "REPLACE" }

func (s *Service) copyObject(ctx context.Context, c *api.Call, in *s3api.CopyObjectInput) (*s3api.CopyObjectOutput, error) {
	if _, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner); err != nil {
		return nil, err
	}
	asked, err := describeCopy(in)
	if err != nil {
		return nil, err
	}
	g := guards{in.IfMatch, in.IfNoneMatch}
	if err := g.checkSyntax(); err != nil {
		return nil, err
	}
	from, err := s.openSource(c, in.CopySource, in.ExpectedSourceBucketOwner, conditions{
		in.CopySourceIfMatch, in.CopySourceIfNoneMatch, in.CopySourceIfModifiedSince, in.CopySourceIfUnmodifiedSince})
	if err != nil {
		return nil, err
	}
	defer from.content.Close()
	if err := checkCopy(in, from.version); err != nil {
		return nil, err
	}
	r, err := s.receiveCopy(from.content, span{0, from.version.Size}, copyAlgorithm(in, from.version))
	if err != nil {
		return nil, err
	}
	v := &state.ObjectVersion{
		Key: in.Key, Size: r.size, ETag: r.etag(), Content: r.id,
		Checksums: r.sums, ChecksumType: string(s3api.ChecksumTypeFullObject),
	}
	asked.merge(in, from.version).apply(v)
	return commitVersion(ctx, s, c, v, g, target{in.Bucket, in.ExpectedBucketOwner}, func(b *state.Bucket, v *state.ObjectVersion) *s3api.CopyObjectOutput {
		return copyAnswer(b, v, from.shown)
	})
}

func describeCopy(in *s3api.CopyObjectInput) (*described, error) {
	if err := refuseACL(in.ACL, in.GrantFullControl, in.GrantRead, in.GrantReadACP, in.GrantWriteACP); err != nil {
		return nil, err
	}
	if err := (protection{
		encryption: in.ServerSideEncryption,
		customer: []*string{in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5,
			in.CopySourceSSECustomerAlgorithm, in.CopySourceSSECustomerKey, in.CopySourceSSECustomerKeyMD5},
		kms:  []*string{in.SSEKMSKeyId, in.SSEKMSEncryptionContext},
		lock: in.ObjectLockMode != nil || in.ObjectLockRetainUntilDate != nil || in.ObjectLockLegalHoldStatus != nil,
	}).refuse(); err != nil {
		return nil, err
	}
	if in.ChecksumAlgorithm != nil {
		if _, ok := algorithmNamed(string(*in.ChecksumAlgorithm)); !ok {
			return nil, notImplemented("The checksum algorithm " + string(*in.ChecksumAlgorithm) + " is not built.")
		}
	}
	return describe(in.Key, in.ContentType, in.Metadata, in.Tagging, in.StorageClass, keptHeaders(
		sent{cacheControl, in.CacheControl}, sent{contentDisposition, in.ContentDisposition}, sent{contentEncoding, in.ContentEncoding},
		sent{contentLanguage, in.ContentLanguage}, sent{expires, in.Expires}, sent{redirectLocation, in.WebsiteRedirectLocation}))
}

// merge takes from the source what the directives do not replace. Storage
// class and redirect are never the source's.
func (d *described) merge(in *s3api.CopyObjectInput, from *state.ObjectVersion) *described {
	m := *d
	if !replaces(in.MetadataDirective) {
		m.contentType, m.metadata = from.ContentType, from.Metadata
		m.headers = make(map[string]string, len(from.Headers))
		for name, text := range from.Headers {
			if name != redirectLocation {
				m.headers[name] = text
			}
		}
		if in.WebsiteRedirectLocation != nil {
			m.headers[redirectLocation] = *in.WebsiteRedirectLocation
		}
	}
	if !replaces(in.TaggingDirective) {
		m.tags = from.Tags
	}
	return &m
}

// checkCopy refuses a source that is too large, and a copy onto itself that
// changes nothing.
func checkCopy(in *s3api.CopyObjectInput, from *state.ObjectVersion) error {
	if from.Size > maxContent {
		return s3api.InvalidRequest("The specified copy source is larger than the maximum allowable size for a copy source: %d", int64(maxContent))
	}
	o, err := copySource(in.CopySource)
	if err != nil {
		return err
	}
	itself := o.bucket == in.Bucket && o.key == in.Key && o.version == nil
	changes := replaces(in.MetadataDirective) || replaces(in.TaggingDirective) || in.StorageClass != nil ||
		in.WebsiteRedirectLocation != nil || in.ServerSideEncryption != nil || in.ChecksumAlgorithm != nil
	if itself && !changes {
		return s3api.InvalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	return nil
}

// copyAlgorithm is the one whose checksum the copy gets: the one asked for, or
// that of the source, or the default.
func copyAlgorithm(in *s3api.CopyObjectInput, from *state.ObjectVersion) *algorithm {
	name := defaultAlgorithm
	if names := sums(from.Checksums).algorithms(); len(names) > 0 {
		name = string(names[0])
	}
	if in.ChecksumAlgorithm != nil {
		name = string(*in.ChecksumAlgorithm)
	}
	a, _ := algorithmNamed(name)
	return a
}

func copyAnswer(b *state.Bucket, v *state.ObjectVersion, from *string) *s3api.CopyObjectOutput {
	result := &s3api.CopyObjectResult{ETag: etagText(v.ETag), LastModified: &v.Modified, ChecksumType: checksumType(v)}
	result.ChecksumCRC32, result.ChecksumCRC32C, result.ChecksumCRC64NVME, result.ChecksumSHA1, result.ChecksumSHA256 = sums(v.Checksums).members()
	return &s3api.CopyObjectOutput{
		CopyObjectResult: result, CopySourceVersionId: from, VersionId: shownVersion(b, v), ServerSideEncryption: aes256(),
	}
}
