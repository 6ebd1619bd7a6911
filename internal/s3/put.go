package s3

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// writeHeaders are the condition keys of s3:PutObject that are headers.
var writeHeaders = []string{
	"x-amz-acl", "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp", "x-amz-grant-write", "x-amz-grant-write-acp",
	"x-amz-copy-source", "x-amz-metadata-directive", "x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id",
	"x-amz-server-side-encryption-customer-algorithm", "x-amz-storage-class", "x-amz-website-redirect-location",
	"if-match", "if-none-match",
}

// onWrite are the checks of an operation that makes an object, or a step of it.
// creates says whether the object is there when the operation is done: policies
// that ask for If-None-Match pass the steps of an upload by it.
func onWrite(c *api.Call, bucket, key string, creates bool, tags []state.Tag) []api.Check {
	b, ok := c.Snapshot.Bucket(bucket)
	if !ok {
		return nil
	}
	check := objectCheck(c, b, key, "s3:PutObject")
	headerKeys(check.Context, c.HTTP.Header, writeHeaders...)
	check.Context["s3:ObjectCreationOperation"] = []string{"false"}
	if creates {
		check.Context["s3:ObjectCreationOperation"] = []string{"true"}
	}
	requestTags(check.Context, tags)
	checks := []api.Check{check}
	if len(tags) > 0 {
		checks = append(checks, check.For(putObjectTagging.newest))
	}
	if len(c.HTTP.Header.Values("x-amz-acl")) > 0 {
		checks = append(checks, check.For("s3:PutObjectAcl"))
	}
	return checks
}

// sentTags are the tags of x-amz-tagging for a check. What cannot be read the
// handler refuses before anything is done.
func sentTags(text *string) []state.Tag {
	tags, err := headerTags(text)
	if err != nil {
		return nil
	}
	return tags
}

func putsObject(c *api.Call, in *s3api.PutObjectInput) []api.Check {
	return onWrite(c, in.Bucket, in.Key, true, sentTags(in.Tagging))
}

// putObject takes the content in, and then makes it the newest version. Until
// that is committed nobody sees the content.
func (s *Service) putObject(ctx context.Context, c *api.Call, in *s3api.PutObjectInput) (*s3api.PutObjectOutput, error) {
	if _, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner); err != nil {
		return nil, err
	}
	d, err := describePut(in)
	if err != nil {
		return nil, err
	}
	g := guards{in.IfMatch, in.IfNoneMatch}
	if err := g.checkSyntax(); err != nil {
		return nil, err
	}
	if err := g.on(c.Snapshot, in.Bucket, in.Key); err != nil { // spares the upload
		return nil, err
	}
	r, err := s.receiveBody(c, in.Body, in.ContentMD5)
	if err != nil {
		return nil, err
	}
	v := &state.ObjectVersion{
		Key: in.Key, Size: r.size, ETag: r.etag(), Content: r.id,
		Checksums: r.sums, ChecksumType: string(s3api.ChecksumTypeFullObject),
	}
	d.apply(v)
	return commitVersion(ctx, s, c, v, g, target{in.Bucket, in.ExpectedBucketOwner}, putAnswer)
}

func describePut(in *s3api.PutObjectInput) (*described, error) {
	if err := refuseACL(in.ACL, in.GrantFullControl, in.GrantRead, in.GrantReadACP, in.GrantWriteACP); err != nil {
		return nil, err
	}
	if in.WriteOffsetBytes != nil {
		return nil, notImplemented("Appending to objects is not built.")
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

// describe checks and gathers what is kept of a request that makes an object.
func describe(key string, contentType *string, metadata map[string]string, tagging *string, class *s3api.StorageClass, headers map[string]string) (*described, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	d := &described{contentType: value(contentType), headers: headers, metadata: metadata}
	if d.contentType == "" {
		d.contentType = defaultType
	}
	var err error
	if d.tags, err = headerTags(tagging); err != nil {
		return nil, err
	}
	if d.storageClass, err = storageClass(class); err != nil {
		return nil, err
	}
	return d, d.check()
}

// receiveBody takes the body of a call in.
func (s *Service) receiveBody(c *api.Call, body io.Reader, contentMD5 *string, also ...*algorithm) (*received, error) {
	h := c.HTTP.Header
	if c.Caller == authz.Anonymous && strings.HasPrefix(h.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		// Nothing vouches for the framing of an unsigned request.
		return nil, s3api.InvalidRequest("A chunked upload must be signed.")
	}
	x, err := expect(h, contentMD5, also...)
	if err != nil {
		return nil, err
	}
	size := c.HTTP.ContentLength
	if d, ok := body.(decoded); ok && d.Length() >= 0 {
		size = d.Length()
	}
	switch {
	case size < 0:
		return nil, failure(http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header.")
	case size > maxContent:
		return nil, entityTooLarge(size)
	}
	return s.receive(body, x)
}

// decoded is a body that is framed, and says how long it is without that.
type decoded interface{ Length() int64 }

// target is the bucket that a write goes to.
type target struct {
	bucket string
	owner  *string // as the client expects it
}

// commitVersion makes v, whose content is durable, the newest version of its
// key. On any error that leaves the state as it was the content is removed; if
// it is not known whether the state changed, the next start finds out.
func commitVersion[Out any](ctx context.Context, s *Service, c *api.Call, v *state.ObjectVersion, g guards, to target, answer func(b *state.Bucket, v *state.ObjectVersion) *Out) (*Out, error) {
	freshID, err := newVersionID(s.rand)
	if err != nil {
		return nil, err
	}
	var stale string
	out, err := api.Update(ctx, c, func(tx *state.Tx) (*Out, error) {
		b, err := bucket(tx.Snapshot, to.bucket, to.owner)
		if err != nil {
			return nil, err
		}
		if err := g.on(tx.Snapshot, b.Name, v.Key); err != nil {
			return nil, err
		}
		made := *v
		stale = put(tx, b, &made, freshID)
		return answer(b, &made), nil
	})
	return out, s.settle(err, v.Content, stale)
}

// settle removes the contents that a write has left without a use: after an
// error that changed nothing the new one, after success the one it replaced.
func (s *Service) settle(err error, fresh string, stale ...string) error {
	switch {
	case err == nil:
		s.files.remove(stale)
	case nothingWritten(err):
		s.files.remove([]string{fresh})
	}
	return err
}

// nothingWritten reports whether an error of api.Update says for certain that
// the state is as it was: the call itself was refused, or never begun.
func nothingWritten(err error) bool {
	var refused *shape.Error
	return errors.As(err, &refused) || errors.Is(err, state.ErrTooLarge) || errors.Is(err, state.ErrClosed)
}

func putAnswer(b *state.Bucket, v *state.ObjectVersion) *s3api.PutObjectOutput {
	out := &s3api.PutObjectOutput{ETag: etagText(v.ETag), VersionId: shownVersion(b, v), ServerSideEncryption: aes256(), ChecksumType: checksumType(v)}
	out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256 = sums(v.Checksums).members()
	return out
}

func aes256() *s3api.ServerSideEncryption {
	aes := s3api.ServerSideEncryptionAes256
	return &aes
}
