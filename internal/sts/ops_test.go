package sts_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/sts"
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
		if op, ok := strings.CutPrefix(name, "sts:"); ok {
			listed = append(listed, op)
			if reason == "" {
				t.Errorf("%s has no reason", name)
			}
		}
	}
	if diff := cmp.Diff(sts.New(nil, nil, nil).Table().Missing(), listed); diff != "" {
		t.Errorf("-missing +listed:\n%s", diff)
	}
}
