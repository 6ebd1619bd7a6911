package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every rule of how AWS evaluates policies has decision cases that name it. Two
// rules are no decisions of the engine: what a document may contain is told by
// the parser, and whether a bucket policy is public by S3.
func TestEveryRuleHasCases(t *testing.T) {
	const rules = 43
	elsewhere := map[int]string{42: "../policy", 43: "../internal/s3"}
	for rule := 1; rule <= rules; rule++ {
		if folder, ok := elsewhere[rule]; ok {
			if !hasTest(t, folder, fmt.Sprintf("func TestRule%d", rule)) {
				t.Errorf("no test in %s names rule %d", folder, rule)
			}
			continue
		}
		files, err := filepath.Glob(fmt.Sprintf("testdata/decide/rule%02d-*.txtar", rule))
		if err != nil || len(files) == 0 {
			t.Errorf("no case names rule %d: %v", rule, err)
		}
	}
}

// Every case that trips other engines has a file too.
func TestEveryTripHasCases(t *testing.T) {
	const trips = 24
	for trip := 1; trip <= trips; trip++ {
		files, err := filepath.Glob(fmt.Sprintf("testdata/decide/trip%02d-*.txtar", trip))
		if err != nil || len(files) == 0 {
			t.Errorf("no case names trip %d: %v", trip, err)
		}
	}
}

func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(folder + "/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(src), name) {
			return true
		}
	}
	return false
}
