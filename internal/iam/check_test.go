package iam

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
)

// TestRequestTags: two keys that differ in case are one condition key. Else a
// policy that demands one value could be passed by sending it under one key,
// and what is really wanted under the other.
func TestRequestTags(t *testing.T) {
	got := requestTags([]iamapi.Tag{{Key: "team", Value: "blue"}, {Key: "Team", Value: "red"}, {Key: "x", Value: ""}})
	want := api.Keys{
		"aws:RequestTag/team": {"blue", "red"},
		"aws:RequestTag/x":    {""},
		"aws:TagKeys":         {"team", "Team", "x"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
