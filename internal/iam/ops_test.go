package iam_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/iam"
)

// TestUnsupported holds the list of what is missing, each with its reason,
// against the table.
func TestUnsupported(t *testing.T) {
	s, err := iam.New(iam.Options{MarkerKey: make([]byte, 32)})
	must(t, err)
	text, err := os.ReadFile("../../unsupported.txt")
	must(t, err)
	var listed []string
	for line := range strings.Lines(string(text)) {
		name, reason, _ := strings.Cut(strings.TrimSpace(line), " ")
		if op, ok := strings.CutPrefix(name, "iam:"); ok {
			listed = append(listed, op)
			if strings.TrimSpace(reason) == "" {
				t.Errorf("%s has no reason", name)
			}
		}
	}
	if !slices.IsSorted(listed) {
		t.Error("the list is not sorted")
	}
	if diff := cmp.Diff(s.Table().Missing(), listed); diff != "" {
		t.Errorf("-missing +listed:\n%s", diff)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []iam.Options{
		{},
		{MarkerKey: make([]byte, 15)},
		{MarkerKey: make([]byte, 32), Quotas: map[string]int{"CatsQuota": 1}},
		{MarkerKey: make([]byte, 32), Quotas: map[string]int{"": 1}},
		{MarkerKey: make([]byte, 32), Quotas: map[string]int{"UsersQuota": -1}},
		{MarkerKey: make([]byte, 32), Quotas: map[string]int{"UsersQuota": 1 << 31}},
	} {
		if _, err := iam.New(o); err == nil {
			t.Errorf("New(%+v) does not fail", o)
		}
	}
}
