package iam

import (
	"context"
	"slices"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

func newInstanceProfile(c *api.Call, in *iamapi.CreateInstanceProfileInput) []api.Check {
	return making(c, arn.InstanceProfile(c.Account, pathOf(in.Path), in.InstanceProfileName), in.Tags, "iam:TagInstanceProfile")
}

func (s *Service) createInstanceProfile(ctx context.Context, c *api.Call, in *iamapi.CreateInstanceProfileInput) (*iamapi.CreateInstanceProfileOutput, error) {
	tags, err := newTags(instanceProfiles, in.Tags)
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateInstanceProfileOutput, error) {
		if _, ok := tx.InstanceProfile(c.Account, in.InstanceProfileName); ok {
			return nil, exists(profileExists, in.InstanceProfileName)
		}
		if err := s.quotas.room(instanceProfilesPerAccount, tx.NumInstanceProfiles(c.Account)); err != nil {
			return nil, err
		}
		p := &state.InstanceProfile{
			Account: c.Account, ID: tx.NewID(awsid.InstanceProfile), Name: in.InstanceProfileName, Path: pathOf(in.Path),
			Created: tx.Now(), Tags: tags,
		}
		tx.PutInstanceProfile(p)
		out := profileShape(newDocuments(tx.Snapshot), p)
		out.Tags = in.Tags
		return &iamapi.CreateInstanceProfileOutput{InstanceProfile: out}, nil
	})
}

func getsInstanceProfile(c *api.Call, in *iamapi.GetInstanceProfileInput) []api.Check {
	return only(instanceProfiles.on(c, in.InstanceProfileName))
}

func (s *Service) getInstanceProfile(_ context.Context, c *api.Call, in *iamapi.GetInstanceProfileInput) (*iamapi.GetInstanceProfileOutput, error) {
	p, ok := c.Snapshot.InstanceProfile(c.Account, in.InstanceProfileName)
	if !ok {
		return nil, notFound(instanceProfiles.missing, in.InstanceProfileName)
	}
	out := profileShape(newDocuments(c.Snapshot), p)
	out.Tags = tagShapes(p.Tags)
	return &iamapi.GetInstanceProfileOutput{InstanceProfile: out}, nil
}

func listsInstanceProfiles(c *api.Call, in *iamapi.ListInstanceProfilesInput) []api.Check {
	return listing(c, "instance-profile", in.PathPrefix)
}

func (s *Service) listInstanceProfiles(_ context.Context, c *api.Call, in *iamapi.ListInstanceProfilesInput) (*iamapi.ListInstanceProfilesOutput, error) {
	p, err := s.page(c, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	all := under(in.PathPrefix, c.Snapshot.InstanceProfiles(c.Account, p.after), func(p *state.InstanceProfile) string { return p.Path })
	out := &iamapi.ListInstanceProfilesOutput{InstanceProfiles: profileShapes(c.Snapshot, fill(p, all, profileName))}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

func listsInstanceProfilesForRole(c *api.Call, in *iamapi.ListInstanceProfilesForRoleInput) []api.Check {
	return only(roles.on(c, in.RoleName))
}

func (s *Service) listInstanceProfilesForRole(_ context.Context, c *api.Call, in *iamapi.ListInstanceProfilesForRoleInput) (*iamapi.ListInstanceProfilesForRoleOutput, error) {
	r, ok := c.Snapshot.Role(c.Account, in.RoleName)
	if !ok {
		return nil, notFound(roles.missing, in.RoleName)
	}
	p, err := s.page(c, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	found := fill(p, behind(p, c.Snapshot.ProfilesOf(r.ID), profileName), profileName)
	out := &iamapi.ListInstanceProfilesForRoleOutput{InstanceProfiles: profileShapes(c.Snapshot, found)}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

func deletesInstanceProfile(c *api.Call, in *iamapi.DeleteInstanceProfileInput) []api.Check {
	return only(instanceProfiles.on(c, in.InstanceProfileName))
}

func (s *Service) deleteInstanceProfile(ctx context.Context, c *api.Call, in *iamapi.DeleteInstanceProfileInput) (*iamapi.DeleteInstanceProfileOutput, error) {
	return write[iamapi.DeleteInstanceProfileOutput](ctx, c, func(tx *state.Tx) error {
		p, ok := tx.InstanceProfile(c.Account, in.InstanceProfileName)
		switch {
		case !ok:
			return notFound(instanceProfiles.missing, in.InstanceProfileName)
		case len(p.Roles) > 0:
			return conflict(mustRemoveRoles)
		}
		tx.DeleteInstanceProfile(p)
		return nil
	})
}

// addsRoleToInstanceProfile: whoever puts a role into a profile passes it to
// the instances that get the profile.
func addsRoleToInstanceProfile(c *api.Call, in *iamapi.AddRoleToInstanceProfileInput) []api.Check {
	pass := roles.on(c, in.RoleName)
	pass.Action = "iam:PassRole"
	return []api.Check{
		instanceProfiles.on(c, in.InstanceProfileName),
		with(pass, "iam:PassedToService", "ec2.amazonaws.com"),
	}
}

func (s *Service) addRoleToInstanceProfile(ctx context.Context, c *api.Call, in *iamapi.AddRoleToInstanceProfileInput) (*iamapi.AddRoleToInstanceProfileOutput, error) {
	return write[iamapi.AddRoleToInstanceProfileOutput](ctx, c, func(tx *state.Tx) error {
		p, r, err := profileAndRole(tx.Snapshot, c.Account, in.InstanceProfileName, in.RoleName)
		if err != nil {
			return err
		}
		if r.ServiceLinked() {
			return protected(r.Name)
		}
		if err := s.quotas.room(rolesPerInstanceProfile, len(p.Roles)); err != nil {
			return err
		}
		if slices.Contains(p.Roles, r.ID) {
			return iamapi.EntityAlreadyExists(roleInProfile, r.Name, p.Name)
		}
		changed := *p
		changed.Roles = append(slices.Clip(p.Roles), r.ID)
		tx.PutInstanceProfile(&changed)
		return nil
	})
}

func removesRoleFromInstanceProfile(c *api.Call, in *iamapi.RemoveRoleFromInstanceProfileInput) []api.Check {
	return only(instanceProfiles.on(c, in.InstanceProfileName))
}

func (s *Service) removeRoleFromInstanceProfile(ctx context.Context, c *api.Call, in *iamapi.RemoveRoleFromInstanceProfileInput) (*iamapi.RemoveRoleFromInstanceProfileOutput, error) {
	return write[iamapi.RemoveRoleFromInstanceProfileOutput](ctx, c, func(tx *state.Tx) error {
		p, r, err := profileAndRole(tx.Snapshot, c.Account, in.InstanceProfileName, in.RoleName)
		if err != nil {
			return err
		}
		if !slices.Contains(p.Roles, r.ID) {
			return notFound(roleNotInProfile, r.Name, p.Name)
		}
		changed := *p
		changed.Roles = without(p.Roles, r.ID)
		tx.PutInstanceProfile(&changed)
		return nil
	})
}

func profileAndRole(s *state.Snapshot, account, profile, role string) (*state.InstanceProfile, *state.Role, error) {
	p, ok := s.InstanceProfile(account, profile)
	if !ok {
		return nil, nil, notFound(instanceProfiles.missing, profile)
	}
	r, ok := s.Role(account, role)
	if !ok {
		return nil, nil, notFound(roles.missing, role)
	}
	return p, r, nil
}

func profileName(p *state.InstanceProfile) string { return p.Name }

func profileShapes(s *state.Snapshot, list []*state.InstanceProfile) []iamapi.InstanceProfile {
	docs := newDocuments(s)
	return shapes(list, func(p *state.InstanceProfile) iamapi.InstanceProfile { return profileShape(docs, p) })
}

// profileShape is an instance profile as lists have it: without tags.
func profileShape(docs *documents, p *state.InstanceProfile) iamapi.InstanceProfile {
	out := iamapi.InstanceProfile{
		Path: p.Path, InstanceProfileName: p.Name, InstanceProfileId: p.ID, Arn: p.ARN(), CreateDate: p.Created,
		Roles: []iamapi.Role{},
	}
	for _, id := range p.Roles {
		if r, ok := docs.snap.RoleByID(id); ok {
			out.Roles = append(out.Roles, roleShape(docs, r))
		}
	}
	return out
}
