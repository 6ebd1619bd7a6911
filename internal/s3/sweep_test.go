package s3_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/s3"
	"github.com/writ-iam/writ/internal/state"
)

// contents fails the test unless there are n contents and all of them are
// referred to.
func (w *world) contents(n int) {
	w.T.Helper()
	removed, err := s3.Sweep(context.Background(), w.DB, w.files)
	if err != nil {
		w.T.Fatal(err)
	}
	if removed != 0 {
		w.T.Errorf("%d contents have no use", removed)
	}
	kept := 0
	for _, v := range w.DB.Snapshot().All() {
		switch v := v.(type) {
		case *state.ObjectVersion:
			if v.Content != "" {
				kept++
			}
		case *state.Part:
			kept++
		}
	}
	if kept != n {
		w.T.Errorf("%d contents are referred to, want %d", kept, n)
	}
}

// files lists the files below a folder.
func files(t *testing.T, folder string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestSweep leaves behind what a crash leaves behind, and sweeps.
func TestSweep(t *testing.T) {
	folder := t.TempDir()
	w := newWorldIn(t, folder)
	w.bucket("sweep")
	w.must(root, "PUT", "/sweep/kept", "kept")
	if got := files(t, folder); len(got) != 1 {
		t.Fatalf("files %q", got)
	}
	upload := w.must(root, "POST", "/sweep/big?uploads", "").text("UploadId")
	w.must(root, "PUT", "/sweep/big?partNumber=1&uploadId="+upload, "part")

	// A content without its commit, one begun, and parts whose upload ended.
	orphan := filepath.Join(folder, "data", "aa", strings.Repeat("a", 26))
	for _, path := range []string{orphan, filepath.Join(folder, "new", strings.Repeat("b", 26))} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("lost"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.Update(func(tx *state.Tx) {
		for n := range 80 {
			tx.PutPart(&state.Part{Upload: "ended", Number: n + 1, Content: strconv.Itoa(n)})
		}
	})
	w.Update(func(tx *state.Tx) {
		for n := range 80 {
			tx.PutPart(&state.Part{Upload: "ended", Number: n + 81, Content: strconv.Itoa(n)})
		}
	})
	removed, err := s3.Sweep(t.Context(), w.DB, w.files)
	if err != nil || removed != 1 {
		t.Errorf("removed %d, %v", removed, err)
	}
	if got := files(t, folder); len(got) != 2 {
		t.Errorf("files after the sweep: %q", got)
	}
	for range w.DB.Snapshot().Parts("ended", 0) {
		t.Error("a part of an ended upload is left")
	}
	if a := w.must(root, "GET", "/sweep/kept", ""); a.body != "kept" {
		t.Errorf("kept: %q", a.body)
	}
	w.contents(2)
}

// TestReopen finds contents again in a folder that is opened anew.
func TestReopen(t *testing.T) {
	folder := t.TempDir()
	w := newWorldIn(t, folder)
	w.bucket("again")
	w.must(root, "PUT", "/again/k", "content")
	files, err := s3.OpenFiles(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	if removed, err := s3.Sweep(t.Context(), w.DB, files); removed != 0 || err != nil {
		t.Errorf("swept %d, %v", removed, err)
	}
	if a := w.must(root, "GET", "/again/k", ""); a.body != "content" {
		t.Errorf("holds %q", a.body)
	}
}
