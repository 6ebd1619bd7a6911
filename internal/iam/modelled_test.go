package iam_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/iamapi"
)

// unshown is the list of the errors that the model has for an operation and
// that no golden file shows.
const unshown = "testdata/unshown.txt"

// unmodelled are errors that the golden files show though the model does not
// list them for the operation, each with the reason. Every operation may answer
// ValidationError and AccessDenied.
var unmodelled = map[string]string{
	"CreateRole NoSuchEntity":              "what AWS answers to a boundary that does not exist; the model has it for CreateUser",
	"CreateUser PolicyNotAttachable":       "what the model has where a boundary is put",
	"AcceptDelegationRequest InvalidInput": "what the model has for the other operations on a request in a wrong state",
}

// TestModelledErrors demands that each error that the model lists for an
// operation is answered in a golden file, with the model's status, or stands in
// the list of those that are not, with the reason. What stands there must be
// needed. Other errors are not answered.
func TestModelledErrors(t *testing.T) {
	shown := goldenErrors(t)
	reasons := unshownErrors(t)
	used := make(map[string]bool)
	modelled := make(map[string]bool)
	for _, op := range iamapi.Service.Operations {
		for _, e := range op.Errors {
			pair := op.Name + " " + e.Code
			modelled[pair] = true
			entry := pair
			if !reasons[entry] {
				entry = "* " + e.Code
			}
			switch status, ok := shown[pair]; {
			case ok && status != strconv.Itoa(e.Status):
				t.Errorf("%s is answered with %s, the model has %d", pair, status, e.Status)
			case ok && reasons[pair]:
				t.Errorf("%s: %s is shown in a golden file", unshown, pair)
			case ok:
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
	for pair := range shown {
		code := pair[strings.Index(pair, " ")+1:]
		if !modelled[pair] && code != "ValidationError" && code != "AccessDenied" && unmodelled[pair] == "" {
			t.Errorf("%s is answered, and is not in the model", pair)
		}
	}
	for pair := range unmodelled {
		if modelled[pair] || shown[pair] == "" {
			t.Errorf("unmodelled: %s: not needed", pair)
		}
	}
}

// goldenError is a call that is refused: its operation, the status and the
// code of its answer.
var goldenError = regexp.MustCompile(`(?m)^> (\w+).*\n([45]\d\d)\n<ErrorResponse .*\n<Error>\n<Type>\w+</Type>\n<Code>(\w+)</Code>$`)

// goldenErrors are the errors that the golden files show: statuses by
// "operation code".
func goldenErrors(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/golden/*.txt")
	must(t, err)
	shown := make(map[string]string)
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, m := range goldenError.FindAllStringSubmatch(string(text), -1) {
			shown[m[1]+" "+m[3]] = m[2]
		}
	}
	return shown
}

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
