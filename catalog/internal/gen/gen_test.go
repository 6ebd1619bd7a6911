package main

import (
	"bytes"
	"compress/flate"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/want.txt")

// packedLength finds the lengths of blocks in an index. They differ between
// releases of Go.
var packedLength = regexp.MustCompile(`(?m)^(S\t.*\t|B\t)\d+(\t\d+)$`)

// TestSample packs the sample sources and compares everything that is written,
// blocks in unpacked form, with testdata/want.txt.
func TestSample(t *testing.T) {
	ref, err := readReference("testdata/reference")
	if err != nil {
		t.Fatal(err)
	}
	pols, err := readPolicies("testdata/policies.py")
	if err != nil {
		t.Fatal(err)
	}
	files, err := pack(ref, pols)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, name := range []string{licenceFile, servicesIndex, servicesBlocks, policiesIndex, policiesBlocks} {
		content := files[name]
		if strings.HasSuffix(name, ".bin") {
			content = inflateAll(t, content)
		}
		fmt.Fprintf(&got, "-- %s --\n%s", name, packedLength.ReplaceAll(content, []byte("${1}N$2")))
	}
	const golden = "testdata/want.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, part := range []string{"DO NOT EDIT", ref.digest, "2026-01-02", pols.digest, "2026-03-04"} {
		if !strings.Contains(string(files[headerFile]), part) {
			t.Errorf("the header does not contain %q", part)
		}
	}
}

// inflateAll unpacks blocks that follow each other.
func inflateAll(t *testing.T, packed []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	for in := bytes.NewReader(packed); in.Len() > 0; {
		if _, err := io.Copy(&out, flate.NewReader(in)); err != nil {
			t.Fatal(err)
		}
		out.WriteString("\n")
	}
	return out.Bytes()
}

func TestPin(t *testing.T) {
	p := pin{source: "s", version: "1", digest: "sha256:a"}
	if err := p.check("1", "sha256:a"); err != nil {
		t.Error(err)
	}
	for _, got := range [][2]string{{"2", "sha256:a"}, {"1", "sha256:b"}, {"", ""}} {
		if p.check(got[0], got[1]) == nil {
			t.Errorf("%v passed as %v", got, p)
		}
	}
	if err := run("testdata/reference", "testdata/policies.py", t.TempDir()); err == nil {
		t.Error("run accepted a source that is not pinned")
	}
}

func TestBrokenPolicies(t *testing.T) {
	for name, text := range map[string]string{
		"no string":           `data = ""`,
		"not JSON":            `data = """{"""`,
		"backslash":           `data = """{"A":{"Path":"\u002f"}}"""`,
		"no document":         `data = """{"A":{"Path":"/"}}"""`,
		"unknown element":     `data = """{"A":{"Document":{"Version":"2012-10-17","Stmt":[]}}}"""`,
		"unknown in a list":   `data = """{"A":{"Document":{"Statement":[{"Effekt":"Allow"}]}}}"""`,
		"unknown in a single": `data = """{"A":{"Document":{"Statement":{"Effekt":"Allow"}}}}"""`,
		"statement a string":  `data = """{"A":{"Document":{"Statement":"Allow"}}}"""`,
	} {
		file := filepath.Join(t.TempDir(), "policies.py")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if p, err := readPolicies(file); err == nil {
			t.Errorf("%s: got %+v", name, p)
		}
	}
}

func TestBrokenServices(t *testing.T) {
	keys := map[string]conditionKey{"x:a": {Key: "x:A", Type: "String"}}
	resources := map[string]resourceType{"r": {Key: "r", ARN: "arn:r"}}
	for name, s := range map[string]service{
		"level":         {actions: map[string]action{"a": {Name: "A", AccessLevel: "Sometimes"}}},
		"key":           {keys: keys, actions: map[string]action{"a": {AccessLevel: "Read", ConditionKeys: []string{"x:B"}}}},
		"resource type": {resources: resources, actions: map[string]action{"a": {AccessLevel: "Read", ResourceTypes: []actionResource{{Name: "q"}}}}},
		"type":          {keys: map[string]conditionKey{"x:a": {Key: "x:A", Type: "Colour"}}},
		"ARN":           {resources: map[string]resourceType{"r": {Key: "r", ARN: "*"}}},
	} {
		if text, err := s.text(); err == nil {
			t.Errorf("%s: got %q", name, text)
		}
	}
}
