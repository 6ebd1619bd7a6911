package iam_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/iamapi"
)

// unshown is the list of the errors that the model has for an operation and
// that no golden file shows.
const unshown = "testdata/unshown.txt"

// TestModelledErrors demands that each error that the model lists for an
// operation is answered in a golden file, or stands in the list of those that
// are not, with the reason. What stands there must be needed.
func TestModelledErrors(t *testing.T) {
	shown := goldenErrors(t)
	reasons := unshownErrors(t)
	used := make(map[string]bool)
	for _, op := range iamapi.Service.Operations {
		for _, e := range op.Errors {
			pair := op.Name + " " + e.Code
			entry := pair
			if !reasons[entry] {
				entry = "* " + e.Code
			}
			switch {
			case shown[pair] && reasons[pair]:
				t.Errorf("%s: %s is shown in a golden file", unshown, pair)
			case shown[pair]:
			case reasons[entry]:
				used[entry] = true
			default:
				t.Errorf("no golden file shows %s", pair)
			}
		}
	}
	for entry := range reasons {
		if !used[entry] {
			t.Errorf("%s: %s: not needed", unshown, entry)
		}
	}
}

// goldenErrors are the errors that the golden files show, as "operation code".
func goldenErrors(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("testdata/golden/*.txt")
	must(t, err)
	shown := make(map[string]bool)
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for answer := range strings.SplitSeq(string(text), "\n> ") {
			operation, rest, _ := strings.Cut(answer, " ")
			operation, _, _ = strings.Cut(operation, "\n")
			if code := goldenCode.FindStringSubmatch(rest); code != nil {
				shown[operation+" "+code[1]] = true
			}
		}
	}
	return shown
}

var goldenCode = regexp.MustCompile(`(?m)^<Code>(\w+)</Code>$`)

// unshownErrors reads the list: lines of a code and its operations, each with
// a line below that is indented and says why.
func unshownErrors(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(unshown)
	must(t, err)
	reasons := make(map[string]bool)
	entries := regexp.MustCompile(`(?m)^\w.*\n(\t\S)?`)
	for _, m := range entries.FindAllStringSubmatch(string(text), -1) {
		line, _, _ := strings.Cut(m[0], "\n")
		if m[1] == "" {
			t.Errorf("%s: %s: no reason", unshown, line)
		}
		fields := strings.Fields(line)
		for _, operation := range fields[1:] {
			entry := operation + " " + fields[0]
			if reasons[entry] {
				t.Errorf("%s: %s stands twice", unshown, entry)
			}
			reasons[entry] = true
		}
	}
	return reasons
}
