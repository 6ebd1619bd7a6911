package s3

import (
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/writ-iam/writ/internal/shape"
)

// fullDisk is a medium that takes no more than room bytes.
type fullDisk struct {
	medium
	room     int
	onKeep   error
	discards int
}

type fullDraft struct {
	draft
	disk *fullDisk
}

func (f *fullDisk) create(id string) (draft, error) {
	d, err := f.medium.create(id)
	return &fullDraft{d, f}, err
}

func (d *fullDraft) Write(p []byte) (int, error) {
	if len(p) > d.disk.room {
		return 0, &pathError{syscall.ENOSPC}
	}
	d.disk.room -= len(p)
	return d.draft.Write(p)
}

func (d *fullDraft) keep() error {
	if d.disk.onKeep != nil {
		return d.disk.onKeep
	}
	return d.draft.keep()
}

func (d *fullDraft) discard() {
	d.disk.discards++
	d.draft.discard()
}

type pathError struct{ error }

func (e *pathError) Unwrap() error { return e.error }

// TestFullDisk: what does not fit is refused in words that say so, and leaves
// nothing.
func TestFullDisk(t *testing.T) {
	disk := &fullDisk{medium: newMemory(), room: 10}
	s := &Service{files: &Files{medium: disk}}
	if _, err := s.receive(strings.NewReader("0123456789"), expectation{}); err != nil {
		t.Fatal(err)
	}
	var e *shape.Error
	_, err := s.receive(strings.NewReader("x"), expectation{})
	if !errors.As(err, &e) || e.Status != 507 || e.Code != "InsufficientStorage" || disk.discards != 1 {
		t.Errorf("a full disk: %v, %d discarded", err, disk.discards)
	}
	disk.room, disk.onKeep = 10, syscall.EDQUOT
	if _, err := s.receive(strings.NewReader("x"), expectation{}); !errors.As(err, &e) || e.Status != 507 {
		t.Errorf("a full quota: %v", err)
	}
	disk.onKeep = syscall.EIO
	if _, err := s.receive(strings.NewReader("x"), expectation{}); err == nil || errors.As(err, new(*shape.Error)) {
		t.Errorf("a broken disk: %v", err)
	}
	if ids, _ := disk.ids(); len(ids) != 1 {
		t.Errorf("%d contents", len(ids))
	}
}

// TestBrokenBody: a body that ends early leaves nothing.
func TestBrokenBody(t *testing.T) {
	files, err := OpenFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{files: files}
	for _, tt := range []struct {
		err  error
		code string
	}{
		{io.ErrUnexpectedEOF, "IncompleteBody"},
		{errors.New("connection reset"), "RequestTimeout"},
	} {
		body := io.MultiReader(strings.NewReader("some of it"), iotest.ErrReader(tt.err))
		_, err := s.receive(body, expectation{})
		if !errors.Is(err, &shape.Error{Code: tt.code}) {
			t.Errorf("%v: %v", tt.err, err)
		}
	}
	if ids, err := files.medium.ids(); len(ids) != 0 || err != nil {
		t.Errorf("left: %q, %v", ids, err)
	}
}

// TestForeignNames: an id that is none of ours is never part of a path.
func TestForeignNames(t *testing.T) {
	files, err := OpenFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "a", "../../../../../../etc/passwd", strings.Repeat("A", 26), strings.Repeat("a", 25) + "/"} {
		if _, err := files.open(id); err == nil {
			t.Errorf("opened %q", id)
		}
		if err := files.medium.remove(id); err == nil {
			t.Errorf("removed %q", id)
		}
	}
}
