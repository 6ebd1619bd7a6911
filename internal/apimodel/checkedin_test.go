package apimodel_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/apimodel"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/stsapi"
	"github.com/writ-iam/writ/internal/wire"
)

var services = map[string]struct {
	service    *shape.Service
	operations int
}{
	"iam": {&iamapi.Service, 176},
	"sts": {&stsapi.Service, 11},
	"s3":  {&s3api.Service, 111},
}

// The generated files that are checked in are those the generator makes now.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	for service, overlay := range apimodel.Overlays {
		m, err := apimodel.Load(service)
		if err != nil {
			t.Fatal(err)
		}
		files, err := apimodel.Generate(m, overlay)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join("..", overlay.Package)
		for name, want := range files {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Error(err)
			} else if string(got) != string(want) {
				t.Errorf("%s/%s is not what the generator makes: run go generate ./...\n%s", dir, name, cmp.Diff(string(want), string(got)))
			}
		}
		present, err := filepath.Glob(filepath.Join(dir, "*_gen.go"))
		if err != nil || len(present) != len(files) {
			t.Errorf("%s has %d generated files, the generator makes %d (%v)", dir, len(present), len(files), err)
		}
	}
}

func TestServices(t *testing.T) {
	for name, s := range services {
		if got := len(s.service.Operations); got != s.operations {
			t.Errorf("%s has %d operations, want %d", name, got, s.operations)
		}
		if s.service.Name != name {
			t.Errorf("service %s is named %s", name, s.service.Name)
		}
		if !slices.IsSortedFunc(s.service.Operations, func(a, b shape.Operation) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("%s: operations are not sorted", name)
		}
	}
}

// Every operation's types have a plan on the wire, and its input validates.
func TestOperations(t *testing.T) {
	for name, s := range services {
		for _, op := range s.service.Operations {
			if op.Input.Name() != op.Name+"Input" || op.Output.Name() != op.Name+"Output" {
				t.Errorf("%s %s has %v and %v", name, op.Name, op.Input, op.Output)
			}
			if wire.PlanOf(op.Input) == nil || wire.PlanOf(op.Output) == nil {
				t.Errorf("%s %s has no plan", name, op.Name)
			}
			in, ok := reflect.New(op.Input).Interface().(interface{ Validate() []shape.Violation })
			if !ok {
				t.Errorf("%s %s: input has no Validate", name, op.Name)
				continue
			}
			for _, v := range in.Validate() {
				if v.Path == "" || !strings.HasPrefix(v.Constraint, "Member must ") {
					t.Errorf("%s %s: violation %+v", name, op.Name, v)
				}
			}
		}
	}
}

// Successful deletions of S3 answer 204, and nothing else does: the pipeline
// takes the status from the method.
func TestS3SuccessStatus(t *testing.T) {
	m, err := apimodel.Load("s3")
	if err != nil {
		t.Fatal(err)
	}
	for name, op := range m.Operations.All() {
		want := 0
		if op.HTTP.Method == "DELETE" {
			want = 204
		}
		if op.HTTP.ResponseCode != want {
			t.Errorf("%s %s answers %d", op.HTTP.Method, name, op.HTTP.ResponseCode)
		}
	}
}
