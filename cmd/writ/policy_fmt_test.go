package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that cannot be replaced stays as it was, and nothing is left beside it.
func TestReplaceFileFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "policy.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := replaceFile(filepath.Join(dir, "policy.json"), "{}"); err == nil || !strings.HasPrefix(err.Error(), "failed to write: ") {
		t.Errorf("a folder was replaced: %v", err)
	}
	if err := replaceFile(filepath.Join(dir, "none.json"), "{}"); err == nil {
		t.Error("a file that is not there was replaced")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%d files are left: %v", len(left), err)
	}
}

// What keeps a command from answering ends it with 3: 1 and 2 are answers.
func TestPolicyUsageErrors(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.json")
	for _, args := range [][]string{
		{"policy"},
		{"policy", "fnt"},
		{"policy", "fmt", "--nonsense"},
		{"policy", "fmt", missing},
		{"--config", missing, "policy", "fmt"},
	} {
		if code, _, stderr := run(t, args...); code != 3 || !strings.HasPrefix(stderr, "writ: error: ") {
			t.Errorf("writ %s: exit status %d, %s", strings.Join(args, " "), code, stderr)
		}
	}
}

func TestPolicyHelp(t *testing.T) {
	for _, command := range []string{"eval", "test", "fmt", "validate"} {
		code, stdout, _ := run(t, "policy", command, "--help")
		if code != 0 || !strings.Contains(stdout, "  writ policy "+command) || !strings.Contains(stdout, "Exit status: 0") {
			t.Errorf("writ policy %s --help: exit status %d, no example or no statuses in\n%s", command, code, stdout)
		}
	}
}
