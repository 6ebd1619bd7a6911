package s3

import (
	"errors"
	"io"
	"io/fs"
	"net/url"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// copySource reads x-amz-copy-source: BUCKET/KEY, URL-encoded, with a version
// behind "?versionId=" if need be. The key is what stands between the first
// slash and that, whatever it holds.
func copySource(text string) (object, error) {
	path, version, named := strings.Cut(text, "?versionId=")
	path, err := url.PathUnescape(strings.TrimPrefix(path, "/"))
	name, key, ok := strings.Cut(path, "/")
	if err != nil || !ok || name == "" || key == "" {
		return object{}, invalidArgument("x-amz-copy-source", text, "Invalid copy source object key")
	}
	if strings.HasPrefix(name, "arn:") {
		return object{}, notImplemented("Access points are not built.")
	}
	o := object{bucket: name, key: key}
	if named {
		o.version = &version
	}
	return o, checkKey(key)
}

// onSource are the checks of reading what a copy copies. tags says whether its
// tags are copied too.
func onSource(c *api.Call, text string, tags bool) []api.Check {
	o, err := copySource(text)
	if err != nil {
		return nil // refused before anything is done
	}
	checks := onObject(c, o, getObject)
	if v, ok := o.find(c.Snapshot); ok && tags && len(v.Tags) > 0 {
		checks = append(checks, onObject(c, o, getObjectTagging)...)
	}
	return checks
}

// copied is the source of a copy, found and open.
type copied struct {
	version *state.ObjectVersion
	shown   *string // version id, where the bucket has versioning
	content content
}

// openSource finds the source of a copy and holds the conditions against it.
// The caller closes its content.
func (s *Service) openSource(c *api.Call, text string, owner *string, cond conditions) (*copied, error) {
	o, err := copySource(text)
	if err != nil {
		return nil, err
	}
	for {
		b, err := bucket(c.Snapshot, o.bucket, owner)
		if err != nil {
			return nil, err
		}
		v, err := existing(c.Snapshot, o)
		if errors.Is(err, errDeleteMarker) && o.version != nil {
			return nil, bad("InvalidRequest", "The source of a copy request may not specifically refer to a delete marker by version id.")
		}
		if err != nil {
			return nil, hide(c, b, err)
		}
		if failed := cond.check(v, c.Now); failed != "" {
			return nil, preconditionFailed("x-amz-copy-source-" + failed)
		}
		open, err := s.files.open(v.Content)
		if errors.Is(err, fs.ErrNotExist) && c.Stale() {
			if err := c.Renew(); err != nil { // overwritten since the call began
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		return &copied{v, shownVersion(b, v), open}, nil
	}
}

// receiveCopy takes a stretch of a content in, as a content of its own.
func (s *Service) receiveCopy(from content, at span, also ...*algorithm) (*received, error) {
	r, err := s.receive(io.NewSectionReader(from, at.start, at.length), expectation{also: also})
	var refused *shape.Error
	if err == nil && r.size != at.length {
		s.files.remove([]string{r.id})
		return nil, io.ErrUnexpectedEOF
	}
	if errors.As(err, &refused) && refused.Status < 500 {
		return nil, refused.Cause // the reader was a file of ours: no fault of the client's
	}
	return r, err
}
