package iam

import (
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
)

// list is a request for a page of what one entity has.
type list struct {
	of       *noun
	name     string
	prefix   *string
	marker   *string
	maxItems *int32
}

func lists(c *api.Call, in list) []api.Check {
	if in.of == policies || in.of.kind != "" {
		return only(in.of.onARN(c, in.name))
	}
	return only(in.of.on(c, in.name))
}

// open returns the entity and the page that a request asks for.
func (s *Service) open(c *api.Call, in list) (holder, *page, error) {
	h, err := in.of.get(c.Snapshot, c.Account, in.name)
	if err != nil {
		return holder{}, nil, err
	}
	p, err := s.page(c, h.UniqueID(), in.marker, in.maxItems)
	return h, p, err
}

func listUserPolicies(in *iamapi.ListUserPoliciesInput) list {
	return list{users, in.UserName, nil, in.Marker, in.MaxItems}
}

func listGroupPolicies(in *iamapi.ListGroupPoliciesInput) list {
	return list{groups, in.GroupName, nil, in.Marker, in.MaxItems}
}

func listRolePolicies(in *iamapi.ListRolePoliciesInput) list {
	return list{roles, in.RoleName, nil, in.Marker, in.MaxItems}
}

func listAttachedUserPolicies(in *iamapi.ListAttachedUserPoliciesInput) list {
	return list{users, in.UserName, in.PathPrefix, in.Marker, in.MaxItems}
}

func listAttachedGroupPolicies(in *iamapi.ListAttachedGroupPoliciesInput) list {
	return list{groups, in.GroupName, in.PathPrefix, in.Marker, in.MaxItems}
}

func listAttachedRolePolicies(in *iamapi.ListAttachedRolePoliciesInput) list {
	return list{roles, in.RoleName, in.PathPrefix, in.Marker, in.MaxItems}
}

func listUserTags(in *iamapi.ListUserTagsInput) list {
	return list{users, in.UserName, nil, in.Marker, in.MaxItems}
}

func listRoleTags(in *iamapi.ListRoleTagsInput) list {
	return list{roles, in.RoleName, nil, in.Marker, in.MaxItems}
}

func listPolicyTags(in *iamapi.ListPolicyTagsInput) list {
	return list{policies, in.PolicyArn, nil, in.Marker, in.MaxItems}
}

func listInstanceProfileTags(in *iamapi.ListInstanceProfileTagsInput) list {
	return list{instanceProfiles, in.InstanceProfileName, nil, in.Marker, in.MaxItems}
}
