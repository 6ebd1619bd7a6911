package s3

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
)

func getsObject(c *api.Call, in *s3api.GetObjectInput) []api.Check {
	return onObject(c, object{in.Bucket, in.Key, in.VersionId}, getObject)
}

func (s *Service) getObject(_ context.Context, c *api.Call, in *s3api.GetObjectInput) (*s3api.GetObjectOutput, error) {
	for {
		r, err := read(c, in)
		if err != nil {
			return nil, err
		}
		body, err := s.files.open(r.version.Content)
		if errors.Is(err, fs.ErrNotExist) && c.Stale() {
			// Overwritten since the call began: it goes on with what is there
			// now, which may be for others to read.
			if err := c.Renew(); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		if _, err := body.Seek(r.span.start, io.SeekStart); err != nil {
			body.Close()
			return nil, err
		}
		r.out.Body = &stretch{content: body, left: r.span.length}
		return r.out, nil
	}
}

// stretch reads a stretch of a content and closes it.
type stretch struct {
	content
	left int64
}

func (s *stretch) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, io.EOF
	}
	n, err := s.content.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	return n, err
}

// WriteTo lets the system copy from a file to a connection by itself.
func (s *stretch) WriteTo(w io.Writer) (int64, error) {
	n, err := io.Copy(w, io.LimitReader(s.content, s.left))
	s.left -= n
	return n, err
}

func headsObject(c *api.Call, in *s3api.HeadObjectInput) []api.Check {
	return onObject(c, object{in.Bucket, in.Key, in.VersionId}, getObject)
}

// headObject is GetObject without the content.
func (s *Service) headObject(_ context.Context, c *api.Call, in *s3api.HeadObjectInput) (*s3api.HeadObjectOutput, error) {
	get := s3api.GetObjectInput(*in)
	r, err := read(c, &get)
	if err != nil {
		return nil, err
	}
	o := r.out
	return &s3api.HeadObjectOutput{
		DeleteMarker: o.DeleteMarker, AcceptRanges: o.AcceptRanges, LastModified: o.LastModified, ContentLength: o.ContentLength,
		ChecksumCRC32: o.ChecksumCRC32, ChecksumCRC32C: o.ChecksumCRC32C, ChecksumCRC64NVME: o.ChecksumCRC64NVME,
		ChecksumSHA1: o.ChecksumSHA1, ChecksumSHA256: o.ChecksumSHA256, ChecksumType: o.ChecksumType,
		ETag: o.ETag, VersionId: o.VersionId, CacheControl: o.CacheControl, ContentDisposition: o.ContentDisposition,
		ContentEncoding: o.ContentEncoding, ContentLanguage: o.ContentLanguage, ContentType: o.ContentType,
		ContentRange: o.ContentRange, Expires: o.Expires, WebsiteRedirectLocation: o.WebsiteRedirectLocation,
		ServerSideEncryption: o.ServerSideEncryption, Metadata: o.Metadata, StorageClass: o.StorageClass,
		PartsCount: o.PartsCount, TagCount: o.TagCount,
	}, nil
}
