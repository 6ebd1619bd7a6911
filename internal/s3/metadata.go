package s3

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// Limits of what is kept of an object. See "Object key naming guidelines" and
// "Working with object metadata" in the Amazon S3 User Guide.
const (
	maxKey      = 1024
	maxMetadata = 2 << 10
	maxContent  = 5 << 30 // of one PUT
)

// Names of the headers that an object keeps.
const (
	cacheControl       = "Cache-Control"
	contentDisposition = "Content-Disposition"
	contentEncoding    = "Content-Encoding"
	contentLanguage    = "Content-Language"
	expires            = "Expires"
	redirectLocation   = "x-amz-website-redirect-location"

	// defaultType is the type of an object that came without one.
	defaultType = "binary/octet-stream"
)

// described is what a request says of a new object, beside its content.
type described struct {
	contentType  string
	headers      map[string]string
	metadata     map[string]string
	tags         []state.Tag
	storageClass string
}

// apply writes d into a version.
func (d *described) apply(v *state.ObjectVersion) {
	v.ContentType, v.Headers, v.Metadata, v.Tags, v.StorageClass = d.contentType, d.headers, d.metadata, d.tags, d.storageClass
}

// checkKey bounds a key. Whatever else stands in it is data; but it must be
// UTF-8, as S3's keys are.
func checkKey(key string) error {
	switch {
	case len(key) > maxKey:
		return failure(400, "KeyTooLongError", "Your key is too long",
			shape.Detail{Name: "Size", Value: strconv.Itoa(len(key))}, shape.Detail{Name: "MaxSizeAllowed", Value: strconv.Itoa(maxKey)})
	case !utf8.ValidString(key):
		return bad("InvalidURI", "Couldn't parse the specified URI.")
	}
	return nil
}

// sent is a header as it was sent, nil if it was not.
type sent struct {
	name string
	text *string
}

// keptHeaders collects those that were sent, by name.
func keptHeaders(headers ...sent) map[string]string {
	kept := make(map[string]string, len(headers))
	for _, h := range headers {
		text := value(h.text)
		if h.name == contentEncoding {
			text = withoutChunked(text)
		}
		if text != "" {
			kept[h.name] = text
		}
	}
	return kept
}

// withoutChunked leaves aws-chunked out of a Content-Encoding: it is of the
// transfer and not of the object.
func withoutChunked(text string) string {
	var kept []string
	for coding := range strings.SplitSeq(text, ",") {
		if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "aws-chunked") {
			kept = append(kept, coding)
		}
	}
	return strings.Join(kept, ",")
}

// check bounds what is kept of a request.
func (d *described) check() error {
	size := 0
	for k, v := range d.metadata {
		size += len(k) + len(v)
		if !utf8.ValidString(k) || !utf8.ValidString(v) {
			return invalidArgument("x-amz-meta-"+k, v, "Metadata must be UTF-8.")
		}
	}
	if size > maxMetadata {
		return failure(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size",
			shape.Detail{Name: "Size", Value: strconv.Itoa(size)}, shape.Detail{Name: "MaxSizeAllowed", Value: strconv.Itoa(maxMetadata)})
	}
	for name, v := range d.headers {
		if !utf8.ValidString(v) {
			return invalidArgument(name, v, "Headers that are kept must be UTF-8.")
		}
	}
	if !utf8.ValidString(d.contentType) {
		return invalidArgument("Content-Type", d.contentType, "Headers that are kept must be UTF-8.")
	}
	return nil
}

// storageClasses are those whose objects can be read at once. All are kept in
// the same way; the class is only remembered.
var storageClasses = map[s3api.StorageClass]bool{
	s3api.StorageClassStandard: true, s3api.StorageClassReducedRedundancy: true, s3api.StorageClassStandardIa: true,
	s3api.StorageClassOnezoneIa: true, s3api.StorageClassIntelligentTiering: true, s3api.StorageClassGlacierIr: true,
}

func storageClass(asked *s3api.StorageClass) (string, error) {
	if asked == nil {
		return string(s3api.StorageClassStandard), nil
	}
	if !storageClasses[*asked] {
		return "", bad("InvalidStorageClass", "The storage class you specified is not valid")
	}
	return string(*asked), nil
}

// protection is what a request asks of encryption and locks.
type protection struct {
	encryption *s3api.ServerSideEncryption
	customer   []*string // headers of a key of the client's
	kms        []*string
	lock       bool
}

// refuse says no to what is not built. It must not be passed over: a client
// that asks for it relies on it.
func (p protection) refuse() error {
	for _, h := range p.customer {
		if h != nil {
			return notImplemented("Encryption with keys that the client provides is not built.")
		}
	}
	for _, h := range p.kms {
		if h != nil {
			return notImplemented("Encryption with KMS keys is not built.")
		}
	}
	switch {
	case p.encryption != nil && *p.encryption != s3api.ServerSideEncryptionAes256:
		return notImplemented("Encryption other than AES256 is not built.")
	case p.lock:
		return notImplemented("Object lock is not built.")
	}
	return nil
}
