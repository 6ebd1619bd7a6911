package catalog_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/writ-iam/writ/catalog"
)

// maxFile bounds each data file, so that the program stays small.
const maxFile = 1 << 20

func TestSizes(t *testing.T) {
	files, err := filepath.Glob("data/*")
	if err != nil || len(files) < 5 {
		t.Fatalf("data files %v: %v", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > maxFile {
			t.Errorf("%s has %d bytes", f, info.Size())
		}
	}
}

func TestSources(t *testing.T) {
	header, err := os.ReadFile("source_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(header), "package catalog")
	date := regexp.MustCompile(`^20\d\d-\d\d-\d\d$`)
	if len(catalog.Sources()) != 2 {
		t.Fatalf("%d sources", len(catalog.Sources()))
	}
	for _, s := range catalog.Sources() {
		if !date.MatchString(s.Date) {
			t.Errorf("%s: date %q", s.What, s.Date)
		}
		for _, part := range []string{s.Name, s.Version, s.Date, s.Licence, s.Digest} {
			if part == "" || !strings.Contains(head, part) {
				t.Errorf("%s: the header does not name %q", s.What, part)
			}
		}
	}
}
