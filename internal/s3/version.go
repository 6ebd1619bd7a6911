package s3

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// Values of a bucket's versioning. A bucket that never had it has neither.
const (
	versioningEnabled   = string(s3api.BucketVersioningStatusEnabled)
	versioningSuspended = string(s3api.BucketVersioningStatusSuspended)
)

// errDeleteMarker says that what was asked for is a delete marker.
var errDeleteMarker = errors.New("s3: a delete marker")

// existing returns the version that o names. Where it is a delete marker, the
// marker is returned beside an error that wraps errDeleteMarker.
func existing(snap *state.Snapshot, o object) (*state.ObjectVersion, error) {
	if o.version != nil && *o.version == "" {
		return nil, invalidArgument("versionId", "", "Version id cannot be the empty string")
	}
	v, ok := o.find(snap)
	switch {
	case !ok && o.version != nil:
		return nil, noSuchVersion(o.key, *o.version)
	case !ok:
		return nil, noSuchKey(o.key)
	case !v.DeleteMarker:
		return v, nil
	}
	e := noSuchKey(o.key)
	if o.version != nil {
		e = failure(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.",
			shape.Detail{Name: "ResourceType", Value: "DeleteMarker"})
	}
	e.Cause = errDeleteMarker
	return v, e
}

// readable is existing for a caller who reads: to one who may not list the
// bucket, a key that is not there is denied; and of a delete marker the headers
// of the answer tell.
func readable(c *api.Call, b *state.Bucket, o object) (*state.ObjectVersion, error) {
	v, err := existing(c.Snapshot, o)
	if err == nil {
		return v, nil
	}
	if hidden := hide(c, b, err); hidden != err {
		return nil, hidden
	}
	if errors.Is(err, errDeleteMarker) {
		h := c.Header()
		h.Set("X-Amz-Delete-Marker", "true")
		h.Set("X-Amz-Version-Id", v.VersionID)
		if o.version != nil {
			h.Set("Allow", http.MethodDelete)
			h.Set("Last-Modified", v.Modified.UTC().Format(http.TimeFormat))
		}
	}
	return nil, err
}

// hide turns an error that tells whether a key exists into a denial, unless
// the caller may list the bucket. See "GetObject", Permissions, in the Amazon
// S3 API Reference.
func hide(c *api.Call, b *state.Bucket, err error) error {
	var e *shape.Error
	if errors.As(err, &e) && e.Status == http.StatusNotFound && !mayList(c, b) {
		return accessDenied()
	}
	return err
}

// shownVersion is the version id as answers show it: not where the bucket
// never had versioning.
func shownVersion(b *state.Bucket, v *state.ObjectVersion) *string {
	if b.Versioning == "" {
		return nil
	}
	return optional(v.VersionID)
}

// newVersionID returns a version id as S3's are: 32 characters, of which
// nothing can be learned.
func newVersionID(rand io.Reader) (string, error) {
	var b [24]byte
	if _, err := io.ReadFull(rand, b[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// replaceable returns the version that a new one of the key takes the place
// of, nil when it takes nobody's: that is the null version, unless versioning
// is on.
func replaceable(tx *state.Tx, b *state.Bucket, key string) *state.ObjectVersion {
	if b.Versioning == versioningEnabled {
		return nil
	}
	v, ok := tx.Version(b.Name, key, state.NullVersion)
	if !ok {
		return nil
	}
	return v
}

// put adds v as the newest version of its key, and returns the content that is
// no longer needed for it. freshID is the version id where there is versioning.
func put(tx *state.Tx, b *state.Bucket, v *state.ObjectVersion, freshID string) (stale string) {
	if old := replaceable(tx, b, v.Key); old != nil {
		stale = old.Content
		tx.DeleteObjectVersion(old)
	}
	v.VersionID = state.NullVersion
	if b.Versioning == versioningEnabled {
		v.VersionID = freshID
	}
	v.Bucket, v.Owner = b.Name, b.Account
	v.Seq, v.Modified = tx.NextSeq(), tx.Now()
	tx.PutObjectVersion(v)
	return stale
}
