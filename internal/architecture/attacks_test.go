package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// testsIn returns the tests and fuzz targets of a folder by name.
func testsIn(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && isTest.MatchString(fn.Name.Name) {
				found[fn.Name.Name] = true
			}
		}
	}
	return found
}

var (
	isTest = regexp.MustCompile(`^(Test|Fuzz)[A-Z]`)
	quoted = regexp.MustCompile("`([^`]+)`")
)

// attacksListed returns the tests that docs/ATTACKS.md names, by folder.
func attacksListed(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/ATTACKS.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string][]string)
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 2 || strings.HasPrefix(line, "| attack |") || strings.HasPrefix(line, "|---") {
			continue
		}
		if len(cells) != 5 {
			t.Errorf("a row has three cells: %s", line)
			continue
		}
		names, folder := quoted.FindAllStringSubmatch(cells[2], -1), quoted.FindStringSubmatch(cells[3])
		if len(names) == 0 || folder == nil {
			t.Errorf("a row without tests or package: %s", line)
			continue
		}
		for _, name := range names {
			listed[folder[1]] = append(listed[folder[1]], name[1])
		}
	}
	return listed
}

// TestAttacks holds docs/ATTACKS.md against the tests: each that it names is
// there, and each that is named after what befell somebody else is in it.
func TestAttacks(t *testing.T) {
	listed := attacksListed(t)
	if len(listed) < 5 {
		t.Fatalf("docs/ATTACKS.md names %d packages", len(listed))
	}
	for folder, names := range listed {
		there := testsIn(t, folder)
		for _, name := range names {
			if !there[name] {
				t.Errorf("docs/ATTACKS.md names %s, which %s does not have", name, folder)
			}
		}
	}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); name == "testdata" || strings.HasPrefix(name, ".") && name != ".." || name == "node_modules" {
			return fs.SkipDir
		}
		folder, err := filepath.Rel("../..", path)
		for _, name := range slices.Sorted(maps.Keys(testsIn(t, folder))) {
			if strings.HasPrefix(name, "TestCVE_") && !slices.Contains(listed[filepath.ToSlash(folder)], name) {
				t.Errorf("docs/ATTACKS.md lacks %s of %s", name, folder)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
