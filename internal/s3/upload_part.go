package s3

import (
	"context"
	"encoding/hex"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

func uploadsPart(c *api.Call, in *s3api.UploadPartInput) []api.Check {
	return onWrite(c, in.Bucket, in.Key, false, nil)
}

func (s *Service) uploadPart(ctx context.Context, c *api.Call, in *s3api.UploadPartInput) (*s3api.UploadPartOutput, error) {
	if err := checkPart(in.PartNumber); err != nil {
		return nil, err
	}
	if err := (protection{customer: []*string{in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5}}).refuse(); err != nil {
		return nil, err
	}
	_, u, err := upload(c.Snapshot, in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if err := sameAlgorithm(c, u); err != nil {
		return nil, err
	}
	r, err := s.receiveBody(c, in.Body, in.ContentMD5, partAlgorithm(u))
	if err != nil {
		return nil, err
	}
	to := partTarget{target{in.Bucket, in.ExpectedBucketOwner}, in.Key, in.UploadId, in.PartNumber}
	return commitPart(ctx, s, c, to, r, func(p *state.Part) *s3api.UploadPartOutput {
		out := &s3api.UploadPartOutput{ETag: etagText(p.ETag), ServerSideEncryption: aes256()}
		out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256 = sums(p.Checksums).members()
		return out
	})
}

func checkPart(n int32) error {
	if n < 1 || n > maxParts {
		return invalidArgument("partNumber", "", "Part number must be an integer between 1 and 10000, inclusive")
	}
	return nil
}

// partAlgorithm is the one that every part of an upload gets a checksum of.
func partAlgorithm(u *state.Upload) *algorithm {
	name := u.ChecksumAlgorithm
	if name == "" {
		name = defaultAlgorithm
	}
	a, _ := algorithmNamed(name)
	return a
}

// sameAlgorithm refuses a part with another checksum than the upload's.
func sameAlgorithm(c *api.Call, u *state.Upload) error {
	p, err := promisedSum(c.HTTP.Header)
	if err != nil || p.algorithm == nil || u.ChecksumAlgorithm == "" || p.name == u.ChecksumAlgorithm {
		return err
	}
	return s3api.InvalidRequest("Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum Type: %s",
		strings.ToLower(u.ChecksumAlgorithm), strings.ToLower(p.name))
}

// partTarget is where a part goes.
type partTarget struct {
	target
	key, upload string
	number      int32
}

// commitPart makes r the part, in place of one of that number.
func commitPart[Out any](ctx context.Context, s *Service, c *api.Call, to partTarget, r *received, answer func(*state.Part) *Out) (*Out, error) {
	var stale string
	out, err := api.Update(ctx, c, func(tx *state.Tx) (*Out, error) {
		_, u, err := upload(tx.Snapshot, to.bucket, to.key, to.upload, to.owner)
		if err != nil {
			return nil, err
		}
		stale = ""
		if old, ok := tx.Part(u.ID, int(to.number)); ok {
			stale = old.Content
		}
		p := &state.Part{
			Upload: u.ID, Number: int(to.number), Size: r.size, ETag: hex.EncodeToString(r.md5[:]),
			Modified: tx.Now(), Checksums: r.sums, Content: r.id,
		}
		tx.PutPart(p)
		return answer(p), nil
	})
	return out, s.settle(err, r.id, stale)
}

func copiesPart(c *api.Call, in *s3api.UploadPartCopyInput) []api.Check {
	return append(onSource(c, in.CopySource, false), onWrite(c, in.Bucket, in.Key, false, nil)...)
}

func (s *Service) copyPart(ctx context.Context, c *api.Call, in *s3api.UploadPartCopyInput) (*s3api.UploadPartCopyOutput, error) {
	if err := checkPart(in.PartNumber); err != nil {
		return nil, err
	}
	if err := (protection{customer: []*string{in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5,
		in.CopySourceSSECustomerAlgorithm, in.CopySourceSSECustomerKey, in.CopySourceSSECustomerKeyMD5}}).refuse(); err != nil {
		return nil, err
	}
	_, u, err := upload(c.Snapshot, in.Bucket, in.Key, in.UploadId, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	from, err := s.openSource(c, in.CopySource, in.ExpectedSourceBucketOwner, conditions{
		in.CopySourceIfMatch, in.CopySourceIfNoneMatch, in.CopySourceIfModifiedSince, in.CopySourceIfUnmodifiedSince})
	if err != nil {
		return nil, err
	}
	defer from.content.Close()
	at, err := copyRange(in.CopySourceRange, from.version.Size)
	if err != nil {
		return nil, err
	}
	r, err := s.receiveCopy(from.content, at, partAlgorithm(u))
	if err != nil {
		return nil, err
	}
	to := partTarget{target{in.Bucket, in.ExpectedBucketOwner}, in.Key, in.UploadId, in.PartNumber}
	return commitPart(ctx, s, c, to, r, func(p *state.Part) *s3api.UploadPartCopyOutput {
		result := &s3api.CopyPartResult{ETag: etagText(p.ETag), LastModified: &p.Modified}
		result.ChecksumCRC32, result.ChecksumCRC32C, result.ChecksumCRC64NVME, result.ChecksumSHA1, result.ChecksumSHA256 = sums(p.Checksums).members()
		return &s3api.UploadPartCopyOutput{CopyPartResult: result, CopySourceVersionId: from.shown, ServerSideEncryption: aes256()}
	})
}

// copyRange reads x-amz-copy-source-range, which must be bytes=first-last with
// both of them inside the source.
func copyRange(text *string, size int64) (span, error) {
	at := span{0, size}
	if text != nil {
		spec, ok := strings.CutPrefix(*text, "bytes=")
		first, last, found := strings.Cut(spec, "-")
		from, ok1 := bytePos(first)
		to, ok2 := bytePos(last)
		switch {
		case !ok || !found || !ok1 || !ok2 || to < from:
			return at, invalidArgument("x-amz-copy-source-range", *text,
				"The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy")
		case to >= size:
			return at, invalidArgument("x-amz-copy-source-range", *text, "Range specified is not valid for source object of size: "+decimal(size))
		}
		at = span{from, to - from + 1}
	}
	if at.length > maxContent {
		return at, s3api.InvalidRequest("The specified copy source is larger than the maximum allowable size for a copy source: %d", int64(maxContent))
	}
	return at, nil
}
