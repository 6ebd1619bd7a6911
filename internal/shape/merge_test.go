package shape

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMerge(t *testing.T) {
	got := Merge([]string{"config"}, []Violation{{Path: "config"}, {Path: "config.colour"}, {Path: "configs"}})
	want := []Violation{Missing("config"), {Path: "configs"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
