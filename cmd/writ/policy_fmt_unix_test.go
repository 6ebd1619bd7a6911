//go:build unix

package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A file belongs to the same user and group after it was replaced. Where the test
// may give files away, that is another user.
func TestReplaceFileKeepsOwner(t *testing.T) {
	name := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(name, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 {
		uid, gid = 12345, 23456
	}
	if err := os.Chown(name, uid, gid); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(name, "{}"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	if int(st.Uid) != uid || int(st.Gid) != gid || info.Mode().Perm() != 0o640 || info.Size() != 2 {
		t.Errorf("the new file belongs to %d:%d, has permissions %v and %d bytes", st.Uid, st.Gid, info.Mode().Perm(), info.Size())
	}
}
