package architecture

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/writ-iam/writ"

// unit is a package as "go list" describes it.
type unit struct {
	ImportPath, Doc string
	Imports         []string
	GoFiles         []string
	TestGoFiles     []string
}

func (u *unit) name() string {
	return strings.TrimPrefix(strings.TrimPrefix(u.ImportPath, module), "/")
}

var units = sync.OnceValues(func() ([]unit, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports,GoFiles,TestGoFiles", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var all []unit
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var u unit
		if err := d.Decode(&u); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
})

func packages(t *testing.T) []unit {
	t.Helper()
	all, err := units()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

// table reads the rows of the layout table: package and what it may import.
func table(t *testing.T) map[string][]string {
	t.Helper()
	f, err := os.Open("../../docs/ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows := make(map[string][]string)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		cells := strings.Split(lines.Text(), "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "`") {
			continue
		}
		name := strings.Trim(cells[1], " `")
		rows[name] = nil
		for may := range strings.SplitSeq(cells[3], ",") {
			if may = strings.TrimSpace(may); may != "none" {
				rows[name] = append(rows[name], may)
			}
		}
	}
	return rows
}

// reach adds to seen what a package may import, and what that may import.
func reach(rows map[string][]string, name string, seen map[string]bool) {
	for _, may := range rows[name] {
		if !seen[may] {
			seen[may] = true
			reach(rows, may, seen)
		}
	}
}

func TestLayout(t *testing.T) {
	rows := table(t)
	for _, u := range packages(t) {
		name := u.name()
		if _, ok := rows[name]; !ok {
			t.Errorf("%s has no row in docs/ARCHITECTURE.md", name)
			continue
		}
		may := make(map[string]bool)
		reach(rows, name, may)
		for _, imported := range u.Imports {
			ours, ok := strings.CutPrefix(imported, module+"/")
			if ok && !may[ours] {
				t.Errorf("%s imports %s, which its row in docs/ARCHITECTURE.md does not allow", name, ours)
			}
		}
	}
	for name := range rows {
		if !slices.ContainsFunc(packages(t), func(u unit) bool { return u.name() == name }) {
			t.Errorf("docs/ARCHITECTURE.md has a row for %s, which does not exist", name)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, u := range packages(t) {
		if u.Doc == "" && len(u.GoFiles) > 0 {
			t.Errorf("%s has no package comment", u.name())
		}
	}
}

// Library packages decide and compute. Time comes to them as a value.
func TestLibrariesArePure(t *testing.T) {
	forbidden := []string{"context", "crypto/rand", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec", "runtime", "syscall"}
	for _, u := range packages(t) {
		if !slices.Contains([]string{"arn", "policy", "engine", "catalog", "analyzer"}, u.name()) {
			continue
		}
		for _, imported := range u.Imports {
			if slices.Contains(forbidden, imported) {
				t.Errorf("%s imports %s", u.name(), imported)
			}
		}
		for _, file := range u.GoFiles {
			src, err := os.ReadFile("../../" + u.name() + "/" + file)
			if err != nil {
				t.Fatal(err)
			}
			for _, call := range []string{"time.Now(", "time.Since(", "\tgo func", "\tgo "} {
				if strings.Contains(string(src), call) {
					t.Errorf("%s/%s has %q", u.name(), file, call)
				}
			}
		}
	}
}
