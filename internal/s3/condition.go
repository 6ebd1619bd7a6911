package s3

import (
	"net/http"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// conditions are the conditional headers of a request that reads. See
// "Conditional requests" in RFC 9110, and GetObject and CopyObject in the
// Amazon S3 API Reference.
type conditions struct {
	match, noneMatch     *string
	modified, unmodified *time.Time // since
}

// check reports which condition does not hold for v, as an error. When both
// are given If-Match wins over If-Unmodified-Since, and If-None-Match over
// If-Modified-Since.
func (c conditions) check(v *state.ObjectVersion, now time.Time) (failed string) {
	switch {
	case c.match != nil:
		if !matchesETag(*c.match, v.ETag) {
			return "If-Match"
		}
	case c.unmodified != nil && second(v.Modified).After(*c.unmodified):
		return "If-Unmodified-Since"
	}
	switch {
	case c.noneMatch != nil:
		if matchesETag(*c.noneMatch, v.ETag) {
			return "If-None-Match"
		}
	case c.modified != nil && !c.modified.After(now) && !second(v.Modified).After(*c.modified):
		return "If-Modified-Since"
	}
	return ""
}

// matchesETag reports whether a list of ETags, or "*", names etag.
func matchesETag(list, etag string) bool {
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		item = strings.TrimPrefix(item, "W/")
		if item == "*" || strings.Trim(item, `"`) == etag {
			return true
		}
	}
	return false
}

func notModified() *shape.Error {
	return failure(http.StatusNotModified, "NotModified", "Not Modified")
}

// guards are the conditions of a request that writes, held against what the
// key has when the write commits.
type guards struct{ match, noneMatch *string }

// checkSyntax refuses what S3 does not know for writes: If-None-Match with
// anything but "*".
func (g guards) checkSyntax() error {
	if g.noneMatch != nil && *g.noneMatch != "*" {
		return notImplemented("If-None-Match of a write must be *.")
	}
	return nil
}

// check reports whether the write may go on, with newest the newest version of
// the key, nil for none.
func (g guards) check(newest *state.ObjectVersion, key string) error {
	there := newest != nil && !newest.DeleteMarker
	switch {
	case g.noneMatch != nil && there:
		return preconditionFailed("If-None-Match")
	case g.match != nil && !there:
		return noSuchKey(key)
	case g.match != nil && !matchesETag(*g.match, newest.ETag):
		return preconditionFailed("If-Match")
	}
	return nil
}

// on is check for the newest version of a key in snap.
func (g guards) on(snap *state.Snapshot, bucket, key string) error {
	if g.match == nil && g.noneMatch == nil {
		return nil
	}
	newest, _ := snap.Latest(bucket, key)
	return g.check(newest, key)
}
