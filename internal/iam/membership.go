package iam

import (
	"context"
	"slices"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func addsUserToGroup(c *api.Call, in *iamapi.AddUserToGroupInput) []api.Check {
	return only(groups.on(c, in.GroupName))
}

// addUserToGroup implements AddUserToGroup. Adding a member again is no error.
func (s *Service) addUserToGroup(ctx context.Context, c *api.Call, in *iamapi.AddUserToGroupInput) (*iamapi.AddUserToGroupOutput, error) {
	return write[iamapi.AddUserToGroupOutput](ctx, c, func(tx *state.Tx) error {
		u, g, err := member(tx.Snapshot, c.Account, in.UserName, in.GroupName)
		if err != nil || slices.Contains(u.Groups, g.ID) {
			return err
		}
		if err := s.quotas.room(groupsPerUser, len(u.Groups)); err != nil {
			return err
		}
		changed := *u
		changed.Groups = append(slices.Clip(u.Groups), g.ID)
		tx.PutUser(&changed)
		return nil
	})
}

func removesUserFromGroup(c *api.Call, in *iamapi.RemoveUserFromGroupInput) []api.Check {
	return only(groups.on(c, in.GroupName))
}

// removeUserFromGroup implements RemoveUserFromGroup. Removing a user who is no
// member is no error.
func (s *Service) removeUserFromGroup(ctx context.Context, c *api.Call, in *iamapi.RemoveUserFromGroupInput) (*iamapi.RemoveUserFromGroupOutput, error) {
	return write[iamapi.RemoveUserFromGroupOutput](ctx, c, func(tx *state.Tx) error {
		u, g, err := member(tx.Snapshot, c.Account, in.UserName, in.GroupName)
		if err != nil || !slices.Contains(u.Groups, g.ID) {
			return err
		}
		changed := *u
		changed.Groups = without(u.Groups, g.ID)
		tx.PutUser(&changed)
		return nil
	})
}

// member finds the two ends of a membership, the user first.
func member(s *state.Snapshot, account, user, group string) (*state.User, *state.Group, error) {
	u, ok := s.User(account, user)
	if !ok {
		return nil, nil, notFound(users.missing, user)
	}
	g, ok := s.Group(account, group)
	if !ok {
		return nil, nil, notFound(groups.missing, group)
	}
	return u, g, nil
}

func listsGroupsForUser(c *api.Call, in *iamapi.ListGroupsForUserInput) []api.Check {
	return only(users.on(c, in.UserName))
}

func (s *Service) listGroupsForUser(_ context.Context, c *api.Call, in *iamapi.ListGroupsForUserInput) (*iamapi.ListGroupsForUserOutput, error) {
	u, ok := c.Snapshot.User(c.Account, in.UserName)
	if !ok {
		return nil, notFound(users.missing, in.UserName)
	}
	p, err := s.page(c, u.ID, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	all := slices.Collect(c.Snapshot.GroupsOf(u))
	out := &iamapi.ListGroupsForUserOutput{Groups: shapes(fillFrom(p, all, groupName), groupShape)}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// without is a copy of list that lacks v.
func without[T comparable](list []T, v T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(e T) bool { return e == v })
}
