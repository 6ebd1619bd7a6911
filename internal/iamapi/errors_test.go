package iamapi

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/shape"
)

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		got  *shape.Error
		want shape.Error
	}{
		{EntityAlreadyExists("Role with name %s already exists.", "r"), shape.Error{Code: "EntityAlreadyExists", Status: 409, Message: "Role with name r already exists."}},
		{NoSuchEntity("x"), shape.Error{Code: "NoSuchEntity", Status: 404, Message: "x"}},
		{ReportNotPresent(""), shape.Error{Code: "ReportNotPresent", Status: 410}},
		{NotSupportedService("x"), shape.Error{Code: "NotSupportedService", Status: 404, Message: "x"}},
		{ServiceAccessNotEnabledException("x"), shape.Error{Code: "ServiceAccessNotEnabledException", Status: 400, Message: "x"}},
	} {
		if diff := cmp.Diff(test.want, *test.got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	if !errors.Is(DeleteConflict("x"), &shape.Error{Code: "DeleteConflict"}) {
		t.Error("DeleteConflict is not itself")
	}
}
