package iam

import (
	"context"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func newGroup(c *api.Call, in *iamapi.CreateGroupInput) []api.Check {
	return making(c, arn.Group(c.Account, pathOf(in.Path), in.GroupName), nil, "")
}

func (s *Service) createGroup(ctx context.Context, c *api.Call, in *iamapi.CreateGroupInput) (*iamapi.CreateGroupOutput, error) {
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateGroupOutput, error) {
		if _, ok := tx.Group(c.Account, in.GroupName); ok {
			return nil, exists(groupExists, in.GroupName)
		}
		if err := s.quotas.room(groupsPerAccount, tx.NumGroups(c.Account)); err != nil {
			return nil, err
		}
		g := &state.Group{Account: c.Account, ID: tx.NewID(awsid.Group), Name: in.GroupName, Path: pathOf(in.Path), Created: tx.Now()}
		tx.PutGroup(g)
		return &iamapi.CreateGroupOutput{Group: groupShape(g)}, nil
	})
}

func getsGroup(c *api.Call, in *iamapi.GetGroupInput) []api.Check {
	return only(groups.on(c, in.GroupName))
}

func (s *Service) getGroup(_ context.Context, c *api.Call, in *iamapi.GetGroupInput) (*iamapi.GetGroupOutput, error) {
	g, ok := c.Snapshot.Group(c.Account, in.GroupName)
	if !ok {
		return nil, notFound(groups.missing, in.GroupName)
	}
	p, err := s.page(c, g.ID, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	members := fill(p, behind(p, c.Snapshot.MembersOf(g.ID), userName), userName)
	out := &iamapi.GetGroupOutput{Group: groupShape(g), Users: shapes(members, userShape)}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

func listsGroups(c *api.Call, in *iamapi.ListGroupsInput) []api.Check {
	return listing(c, "group", in.PathPrefix)
}

func (s *Service) listGroups(_ context.Context, c *api.Call, in *iamapi.ListGroupsInput) (*iamapi.ListGroupsOutput, error) {
	p, err := s.page(c, "", in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	all := under(in.PathPrefix, c.Snapshot.Groups(c.Account, p.after), func(g *state.Group) string { return g.Path })
	out := &iamapi.ListGroupsOutput{Groups: shapes(fill(p, all, groupName), groupShape)}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

func updatesGroup(c *api.Call, in *iamapi.UpdateGroupInput) []api.Check {
	g, ok := c.Snapshot.Group(c.Account, in.GroupName)
	if !ok {
		return only(groups.on(c, in.GroupName))
	}
	return renaming(groups.on(c, in.GroupName), arn.Group(c.Account, or(in.NewPath, g.Path), or(in.NewGroupName, g.Name)))
}

func (s *Service) updateGroup(ctx context.Context, c *api.Call, in *iamapi.UpdateGroupInput) (*iamapi.UpdateGroupOutput, error) {
	return write[iamapi.UpdateGroupOutput](ctx, c, func(tx *state.Tx) error {
		old, ok := tx.Group(c.Account, in.GroupName)
		if !ok {
			return notFound(groups.missing, in.GroupName)
		}
		g := *old
		g.Name, g.Path = or(in.NewGroupName, g.Name), or(in.NewPath, g.Path)
		if other, ok := tx.Group(c.Account, g.Name); ok && other.ID != g.ID {
			return exists(groupExists, g.Name)
		}
		tx.PutGroup(&g)
		return nil
	})
}

func deletesGroup(c *api.Call, in *iamapi.DeleteGroupInput) []api.Check {
	return only(groups.on(c, in.GroupName))
}

func (s *Service) deleteGroup(ctx context.Context, c *api.Call, in *iamapi.DeleteGroupInput) (*iamapi.DeleteGroupOutput, error) {
	return write[iamapi.DeleteGroupOutput](ctx, c, func(tx *state.Tx) error {
		g, ok := tx.Group(c.Account, in.GroupName)
		switch {
		case !ok:
			return notFound(groups.missing, in.GroupName)
		case len(g.Attached) > 0:
			return conflict(mustDetach)
		case len(g.Inline) > 0:
			return conflict(mustDeleteInline)
		}
		for range tx.MembersOf(g.ID) {
			return conflict(mustLeaveGroups)
		}
		tx.DeleteGroup(g)
		return nil
	})
}

func groupName(g *state.Group) string { return g.Name }

func groupShape(g *state.Group) iamapi.Group {
	return iamapi.Group{Path: g.Path, GroupName: g.Name, GroupId: g.ID, Arn: g.ARN(), CreateDate: g.Created}
}
