package server

import (
	"iter"
	"slices"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/iam"
	"github.com/writ-iam/writ/internal/s3"
)

// awsPolicies lists the AWS managed policies, without their documents.
func awsPolicies() iter.Seq[iam.AWSPolicy] {
	return func(yield func(iam.AWSPolicy) bool) {
		for p := range catalog.ManagedPolicies() {
			a := iam.AWSPolicy{ID: p.ID(), Name: p.Name, Path: p.Path, Version: p.DefaultVersionID, Created: p.CreateDate, Updated: p.UpdateDate}
			if !yield(a) {
				return
			}
		}
	}
}

// s3Actions are S3's actions and what they act on.
func s3Actions() []s3.Action {
	service, ok := catalog.Service("s3")
	if !ok {
		panic("server: the service reference has no s3")
	}
	actions := make([]s3.Action, 0, len(service.Actions))
	for i := range service.Actions {
		a := &service.Actions[i]
		actions = append(actions, s3.Action{Name: a.Name, Bucket: actsOn(a, "bucket"), Object: actsOn(a, "object")})
	}
	return actions
}

func actsOn(a *catalog.ActionInfo, resource string) bool {
	return slices.ContainsFunc(a.Resources, func(r catalog.ActionResource) bool { return r.Name == resource })
}
