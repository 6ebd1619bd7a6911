package s3

import (
	"net/http"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/state"
)

// reading is one GetObject or HeadObject: which version, which bytes of it,
// and the answer but for the bytes.
type reading struct {
	c       *api.Call
	in      *s3api.GetObjectInput
	version *state.ObjectVersion
	span    span
	out     *s3api.GetObjectOutput
}

// read finds the version that a request reads and holds its conditions against
// it.
func read(c *api.Call, in *s3api.GetObjectInput) (*reading, error) {
	b, err := bucket(c.Snapshot, in.Bucket, in.ExpectedBucketOwner)
	if err != nil {
		return nil, err
	}
	if err := checkRead(c, in); err != nil {
		return nil, err
	}
	o := object{in.Bucket, in.Key, in.VersionId}
	v, err := readable(c, b, o)
	if err != nil {
		return nil, err
	}
	r := &reading{c: c, in: in, version: v, span: span{0, v.Size}}
	if err := r.conditions(); err != nil {
		return nil, err
	}
	r.describe(b)
	if err := r.choose(); err != nil {
		return nil, err
	}
	r.override()
	return r, nil
}

// checkRead refuses what no version could answer.
func checkRead(c *api.Call, in *s3api.GetObjectInput) error {
	overridden := []*string{in.ResponseCacheControl, in.ResponseContentDisposition, in.ResponseContentEncoding, in.ResponseContentLanguage, in.ResponseContentType}
	for _, text := range overridden {
		if text == nil {
			continue
		}
		if c.Caller == authz.Anonymous {
			return s3api.InvalidRequest("Request specific response headers cannot be used for anonymous GET requests.")
		}
		if strings.ContainsFunc(*text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return invalidArgument("response-", *text, "Header value cannot be represented using ISO-8859-1.")
		}
	}
	switch {
	case in.SSECustomerAlgorithm != nil || in.SSECustomerKey != nil || in.SSECustomerKeyMD5 != nil:
		return s3api.InvalidRequest("The encryption parameters are not applicable to this object.")
	case in.Range != nil && in.PartNumber != nil:
		return s3api.InvalidRequest("Cannot specify both Range header and partNumber query parameter")
	case in.PartNumber != nil && (*in.PartNumber < 1 || *in.PartNumber > maxParts):
		return invalidArgument("partNumber", "", "Part number must be an integer between 1 and 10000, inclusive")
	}
	return nil
}

func (r *reading) conditions() error {
	cond := conditions{r.in.IfMatch, r.in.IfNoneMatch, r.in.IfModifiedSince, r.in.IfUnmodifiedSince}
	switch failed := cond.check(r.version, r.c.Now); failed {
	case "":
		return nil
	case "If-None-Match", "If-Modified-Since":
		h := r.c.Header()
		h.Set("ETag", `"`+r.version.ETag+`"`)
		h.Set("Last-Modified", r.version.Modified.UTC().Format(http.TimeFormat))
		return notModified()
	default:
		return preconditionFailed(failed)
	}
}

// describe sets what the answer says of the version as a whole.
func (r *reading) describe(b *state.Bucket) {
	v := r.version
	modified := second(v.Modified)
	r.out = &s3api.GetObjectOutput{
		AcceptRanges: optional("bytes"), LastModified: &modified, ETag: etagText(v.ETag), VersionId: shownVersion(b, v),
		ContentType: optional(v.ContentType), CacheControl: optional(v.Headers[cacheControl]),
		ContentDisposition: optional(v.Headers[contentDisposition]), ContentEncoding: optional(v.Headers[contentEncoding]),
		ContentLanguage: optional(v.Headers[contentLanguage]), Expires: optional(v.Headers[expires]),
		WebsiteRedirectLocation: optional(v.Headers[redirectLocation]),
		ServerSideEncryption:    aes256(), Metadata: v.Metadata,
	}
	if class := s3api.StorageClass(v.StorageClass); class != s3api.StorageClassStandard {
		r.out.StorageClass = &class
	}
	if len(v.Tags) > 0 {
		may := onObject(r.c, object{r.in.Bucket, r.in.Key, r.in.VersionId}, getObjectTagging)
		if len(may) == 1 && r.c.Allows(may[0]) {
			r.out.TagCount = number(len(v.Tags))
		}
	}
}

// choose sets the bytes that are asked for, and the checksums, which are of the
// whole or of a part and never of a range.
func (r *reading) choose() error {
	v, out := r.version, r.out
	shown := sums(v.Checksums)
	var err error
	switch {
	case r.in.PartNumber != nil:
		var p *state.ObjectPart
		if r.span, p, err = part(v, *r.in.PartNumber); err != nil {
			return err
		}
		if p != nil {
			shown = p.Checksums
			out.PartsCount = number(len(v.Parts))
		}
		r.partial()
	case r.in.Range != nil:
		at, ok, err := parseRange(*r.in.Range, v.Size)
		if err != nil {
			return err
		}
		if ok {
			r.span, shown = at, nil
			r.partial()
		}
	}
	out.ContentLength = &r.span.length
	if r.in.ChecksumMode != nil && len(shown) > 0 {
		out.ChecksumCRC32, out.ChecksumCRC32C, out.ChecksumCRC64NVME, out.ChecksumSHA1, out.ChecksumSHA256 = shown.members()
		out.ChecksumType = checksumType(v)
	}
	return nil
}

// partial makes the answer one of a part of the bytes, unless there are none.
func (r *reading) partial() {
	if r.span.length == 0 {
		return
	}
	r.out.ContentRange = optional(r.span.contentRange(r.version.Size))
	r.c.SetStatus(http.StatusPartialContent)
}

// override replaces headers of the answer by what the query asks for.
func (r *reading) override() {
	for _, o := range []struct{ member, asked **string }{
		{&r.out.CacheControl, &r.in.ResponseCacheControl},
		{&r.out.ContentDisposition, &r.in.ResponseContentDisposition},
		{&r.out.ContentEncoding, &r.in.ResponseContentEncoding},
		{&r.out.ContentLanguage, &r.in.ResponseContentLanguage},
		{&r.out.ContentType, &r.in.ResponseContentType},
	} {
		if *o.asked != nil {
			*o.member = *o.asked
		}
	}
	if t := r.in.ResponseExpires; t != nil {
		r.out.Expires = optional(t.UTC().Format(http.TimeFormat))
	}
}
