// Package vectors finds the public test vectors (signatures, protocols) that
// tests read and the project does not carry. Only tests import it.
package vectors

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir returns the folder of the vectors: the one that WRIT_VECTORS names, else
// shared/vectors beside the checkout. Where there is none the test is skipped,
// and fails under CI, so that a green run there has read them.
func Dir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WRIT_VECTORS")
	if dir == "" {
		dir = filepath.Join(moduleRoot(t), "..", "shared", "vectors")
	}
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no test vectors: set WRIT_VECTORS to their folder: %v", err)
		}
		t.Skipf("no test vectors (set WRIT_VECTORS to their folder): %v", err)
	}
	return dir
}

func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("not inside the module")
		}
		dir = up
	}
}
