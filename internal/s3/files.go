package s3

import (
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Files keeps the contents of objects and parts: a file each, named by a
// random id. What a content belongs to stands in the state and nowhere else;
// keys are data and never paths.
//
// A content is durable before the state refers to it, and is removed after the
// state has let go of it. A crash in between leaves a content that nothing
// refers to; Sweep removes those.
type Files struct {
	medium medium
	hold
}

// medium is where contents are.
type medium interface {
	// create begins a content. Nothing of it is visible before it is kept.
	create(id string) (draft, error)
	// open returns fs.ErrNotExist for a content that is not there.
	open(id string) (content, error)
	remove(id string) error
	// ids returns all contents, and removes what was begun and never kept.
	ids() ([]string, error)
}

// draft is a content that is being written.
type draft interface {
	io.Writer
	keep() error // makes it durable
	discard()
}

// content is one that is read. It stays readable when it is removed.
type content interface {
	io.ReadSeekCloser
	io.ReaderAt
}

var (
	_ medium = (*folder)(nil)
	_ medium = (*memory)(nil)
)

// OpenFiles opens the folder dir, which it makes if need be. Without a folder
// contents are kept in memory. Only one process may use a folder.
func OpenFiles(dir string) (*Files, error) {
	if dir == "" {
		return &Files{medium: newMemory()}, nil
	}
	f, err := openFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("s3: open the folder of contents: %w", err)
	}
	return &Files{medium: f}, nil
}

// Close ends the use of the folder. Contents that are being read stay readable.
func (f *Files) Close() error { return nil }

// begin starts a content under a new id.
func (f *Files) begin() (id string, d draft, err error) {
	id = newContentID()
	d, err = f.medium.create(id)
	return id, d, err
}

func (f *Files) open(id string) (content, error) { return f.medium.open(id) }

// remove removes contents that the state no longer refers to. What cannot be
// removed now, the next Sweep removes.
func (f *Files) remove(ids []string) {
	if f.deferred(ids) {
		return
	}
	for _, id := range ids {
		if id != "" {
			_ = f.medium.remove(id)
		}
	}
}

// sweep removes every content that kept does not report, and returns how many
// those were.
func (f *Files) sweep(kept func(id string) bool) (removed int, err error) {
	ids, err := f.medium.ids()
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if kept(id) {
			continue
		}
		if rerr := f.medium.remove(id); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
			continue
		}
		removed++
	}
	return removed, err
}

var contentIDs = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newContentID returns a name of 26 letters and digits. It comes from
// crypto/rand even where a test fixes all other randomness: two contents of
// one name would be one.
func newContentID() string {
	var b [16]byte
	rand.Read(b[:])
	return contentIDs.EncodeToString(b[:])
}

// validContentID keeps anything but our own names out of paths, in case the
// state was tampered with.
func validContentID(id string) bool {
	return len(id) == contentIDs.EncodedLen(16) && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == ""
}
