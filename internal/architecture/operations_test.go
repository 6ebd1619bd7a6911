package architecture

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/stsapi"
)

var update = flag.Bool("update", false, "write docs/OPERATIONS.md")

// TestOperationsDocument holds docs/OPERATIONS.md against the models, against
// unsupported.txt, which the services' tests hold against their tables, and
// against docs/operations.txt, the differences that are kept by hand.
func TestOperationsDocument(t *testing.T) {
	reasons := notesOf(t, "../../unsupported.txt")
	differences := notesOf(t, "../../docs/operations.txt")
	known := map[string]bool{}
	var b bytes.Buffer
	b.WriteString(operationsHead)
	for _, s := range []*shape.Service{&iamapi.Service, &stsapi.Service, &s3api.Service} {
		writeOperations(&b, s, reasons, differences)
		for _, op := range s.Operations {
			known[s.Name+":"+op.Name] = true
		}
	}
	for name := range differences {
		if _, missing := reasons[name]; !known[name] || missing {
			t.Errorf("docs/operations.txt: %s is not built", name)
		}
	}
	const path = "../../docs/OPERATIONS.md"
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(text), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("go test ./internal/architecture -run OperationsDocument -update writes it:\n%s", diff)
	}
}

const operationsHead = `# Operations

Every operation of the API models that Writ is generated from: whether it is built, and what differs from AWS or why it is missing.
One that is not built answers ` + "`NotImplemented`" + ` [501]. What differs for all of them stands in [DIFFERENCES.md](DIFFERENCES.md).

This page is made from the models, ` + "`unsupported.txt` and `docs/operations.txt`" + ` by a test; do not edit it.
`

func writeOperations(b *bytes.Buffer, s *shape.Service, reasons, differences map[string]string) {
	built := 0
	for _, op := range s.Operations {
		if _, missing := reasons[s.Name+":"+op.Name]; !missing {
			built++
		}
	}
	fmt.Fprintf(b, "\n## %s\n\n%d of %d are built.\n\n| operation | built | |\n|---|---|---|\n", strings.ToUpper(s.Name), built, len(s.Operations))
	for _, op := range s.Operations {
		name := s.Name + ":" + op.Name
		is, note := "yes", differences[name]
		if reason, missing := reasons[name]; missing {
			is, note = "no", reason
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", op.Name, is, strings.ReplaceAll(note, "|", `\|`))
	}
}

// notesOf reads a sorted list of operations, each with a text behind it.
func notesOf(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	notes := map[string]string{}
	var names []string
	for line := range strings.Lines(string(text)) {
		name, note, _ := strings.Cut(strings.TrimSpace(line), " ")
		if _, twice := notes[name]; twice || note == "" {
			t.Errorf("%s: %s is there twice or without a text", path, name)
		}
		notes[name], names = note, append(names, name)
	}
	if !slices.IsSorted(names) {
		t.Errorf("%s is not sorted", path)
	}
	return notes
}
