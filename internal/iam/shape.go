package iam

import (
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// shapes gives each item its form in an answer. The result is not nil: an
// empty list is answered as one.
func shapes[E, S any](items []E, shape func(E) S) []S {
	out := make([]S, len(items))
	for i, e := range items {
		out[i] = shape(e)
	}
	return out
}

func tagShapes(tags []state.Tag) []iamapi.Tag {
	return shapes(tags, func(t state.Tag) iamapi.Tag { return iamapi.Tag(t) })
}

// boundaryShape is a permissions boundary, nil when there is none. The type on
// the wire is not the one that the model lists.
func boundaryShape(policyARN string) *iamapi.AttachedPermissionsBoundary {
	if policyARN == "" {
		return nil
	}
	kind := iamapi.PermissionsBoundaryAttachmentType("Policy")
	return &iamapi.AttachedPermissionsBoundary{PermissionsBoundaryType: &kind, PermissionsBoundaryArn: &policyARN}
}

func pathOf(path *string) string { return or(path, "/") }

// or is an optional member, or what counts without it.
func or[T any](member *T, otherwise T) T {
	if member == nil {
		return otherwise
	}
	return *member
}

// optional is nil for the zero value, which AWS leaves out.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// renaming are the checks of an operation that may give an entity another ARN.
func renaming(check api.Check, newARN string) []api.Check {
	if newARN == check.Resource {
		return only(check)
	}
	target := check
	target.Resource, target.Tags = newARN, nil
	return []api.Check{check, target}
}
