package s3_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/s3"
)

// TestUnsupported holds the list of what is missing, each with its reason,
// against the table.
func TestUnsupported(t *testing.T) {
	text, err := os.ReadFile("../../unsupported.txt")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for line := range strings.Lines(string(text)) {
		name, reason, _ := strings.Cut(strings.TrimSpace(line), " ")
		if op, ok := strings.CutPrefix(name, "s3:"); ok {
			listed = append(listed, op)
			if strings.TrimSpace(reason) == "" {
				t.Errorf("%s has no reason", name)
			}
		}
	}
	if !slices.IsSorted(listed) {
		t.Error("the list is not sorted")
	}
	if diff := cmp.Diff(s3.New(s3.Options{}).Table().Missing(), listed); diff != "" {
		t.Errorf("-missing +listed:\n%s", diff)
	}
}
