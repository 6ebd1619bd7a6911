package s3

import (
	"context"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

// Limits of multipart uploads. See "Amazon S3 multipart upload limits".
const (
	maxParts    = 10_000
	minPart     = 5 << 20 // of all but the last
	maxAssembly = 50 << 40
)

func createsUpload(c *api.Call, in *s3api.CreateMultipartUploadInput) []api.Check {
	return onWrite(c, in.Bucket, in.Key, false, sentTags(in.Tagging))
}

func (s *Service) createUpload(ctx context.Context, c *api.Call, in *s3api.CreateMultipartUploadInput) (*s3api.CreateMultipartUploadOutput, error) {
	d, err := describeUpload(in)
	if err != nil {
		return nil, err
	}
	algorithm, sumType, err := uploadChecksum(in.ChecksumAlgorithm, in.ChecksumType)
	if err != nil {
		return nil, err
	}
	id, err := newVersionID(s.rand)
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*s3api.CreateMultipartUploadOutput, error) {
		b, err := bucket(tx.Snapshot, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return nil, err
		}
		tx.PutUpload(&state.Upload{
			Bucket: b.Name, Key: in.Key, ID: id, Seq: tx.NextSeq(), Created: tx.Now(), Initiator: c.Caller.ARN, Owner: b.Account,
			ContentType: d.contentType, Headers: d.headers, Metadata: d.metadata, Tags: d.tags, StorageClass: d.storageClass,
			ChecksumAlgorithm: algorithm, ChecksumType: string(sumType),
		})
		out := &s3api.CreateMultipartUploadOutput{Bucket: &in.Bucket, Key: &in.Key, UploadId: &id, ServerSideEncryption: aes256()}
		if algorithm != "" {
			name := s3api.ChecksumAlgorithm(algorithm)
			out.ChecksumAlgorithm, out.ChecksumType = &name, &sumType
		}
		return out, nil
	})
}

func describeUpload(in *s3api.CreateMultipartUploadInput) (*described, error) {
	if err := refuseACL(in.ACL, in.GrantFullControl, in.GrantRead, in.GrantReadACP, in.GrantWriteACP); err != nil {
		return nil, err
	}
	if err := (protection{
		encryption: in.ServerSideEncryption, customer: []*string{in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5},
		kms:  []*string{in.SSEKMSKeyId, in.SSEKMSEncryptionContext},
		lock: in.ObjectLockMode != nil || in.ObjectLockRetainUntilDate != nil || in.ObjectLockLegalHoldStatus != nil,
	}).refuse(); err != nil {
		return nil, err
	}
	return describe(in.Key, in.ContentType, in.Metadata, in.Tagging, in.StorageClass, keptHeaders(
		sent{cacheControl, in.CacheControl}, sent{contentDisposition, in.ContentDisposition}, sent{contentEncoding, in.ContentEncoding},
		sent{contentLanguage, in.ContentLanguage}, sent{expires, in.Expires}, sent{redirectLocation, in.WebsiteRedirectLocation}))
}

// uploadChecksum is the checksum that an upload is made with: none, unless the
// request says so.
func uploadChecksum(asked *s3api.ChecksumAlgorithm, sumType *s3api.ChecksumType) (string, s3api.ChecksumType, error) {
	if asked == nil {
		if sumType != nil {
			return "", "", s3api.InvalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
		}
		return "", "", nil
	}
	a, ok := algorithmNamed(string(*asked))
	if !ok {
		return "", "", notImplemented("The checksum algorithm " + string(*asked) + " is not built.")
	}
	chosen := s3api.ChecksumTypeComposite
	if !a.composite {
		chosen = s3api.ChecksumTypeFullObject
	}
	if sumType != nil {
		chosen = *sumType
	}
	if chosen == s3api.ChecksumTypeFullObject && !a.full || chosen == s3api.ChecksumTypeComposite && !a.composite {
		return "", "", s3api.InvalidRequest("The %s checksum type cannot be used with the %s checksum algorithm.", chosen, strings.ToLower(a.name))
	}
	return a.name, chosen, nil
}

// upload returns the upload that a call names.
func upload(snap *state.Snapshot, bucketName, key, id string, owner *string) (*state.Bucket, *state.Upload, error) {
	b, err := bucket(snap, bucketName, owner)
	if err != nil {
		return nil, nil, err
	}
	u, ok := snap.Upload(b.Name, key, id)
	if !ok {
		return nil, nil, noSuchUpload(id)
	}
	return b, u, nil
}
