package iam

import (
	"context"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// newUser is what CreateUser acts on. The user does not exist yet, so its ARN
// and its tags come from the request.
func newUser(c *api.Call, in *iamapi.CreateUserInput) []api.Check {
	checks := making(c, arn.User(c.Account, pathOf(in.Path), in.UserName), in.Tags, "iam:TagUser")
	if in.PermissionsBoundary != nil {
		checks[0] = with(checks[0], boundaryKey, *in.PermissionsBoundary)
	}
	return checks
}

func (s *Service) createUser(ctx context.Context, c *api.Call, in *iamapi.CreateUserInput) (*iamapi.CreateUserOutput, error) {
	tags, err := newTags(users, in.Tags)
	if err != nil {
		return nil, err
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateUserOutput, error) {
		if _, ok := tx.User(c.Account, in.UserName); ok {
			return nil, exists(userExists, in.UserName)
		}
		if err := s.quotas.room(usersPerAccount, tx.NumUsers(c.Account)); err != nil {
			return nil, err
		}
		boundary, err := newBoundary(tx.Snapshot, c.Account, in.PermissionsBoundary)
		if err != nil {
			return nil, err
		}
		u := &state.User{
			Account: c.Account, ID: tx.NewID(awsid.User), Name: in.UserName, Path: pathOf(in.Path),
			Created: tx.Now(), Boundary: boundary, Tags: tags,
		}
		tx.PutUser(u)
		out := userShape(u)
		out.PermissionsBoundary, out.Tags = boundaryShape(u.Boundary), in.Tags
		return &iamapi.CreateUserOutput{User: &out}, nil
	})
}

// getsUser: without a name it is the caller itself.
func getsUser(c *api.Call, in *iamapi.GetUserInput) []api.Check { return onSelf(c, in.UserName) }

func (s *Service) getUser(_ context.Context, c *api.Call, in *iamapi.GetUserInput) (*iamapi.GetUserOutput, error) {
	who, err := self(c, c.Snapshot, in.UserName)
	if err != nil {
		return nil, err
	}
	if who.user == nil {
		return &iamapi.GetUserOutput{User: rootShape(c.Snapshot, c.Account)}, nil
	}
	out := userShape(who.user)
	out.PermissionsBoundary = boundaryShape(who.user.Boundary)
	if len(who.user.Tags) > 0 {
		out.Tags = tagShapes(who.user.Tags)
	}
	return &iamapi.GetUserOutput{User: out}, nil
}

func listsUsers(c *api.Call, in *iamapi.ListUsersInput) []api.Check {
	return listing(c, "user", in.PathPrefix)
}

func (s *Service) listUsers(_ context.Context, c *api.Call, in *iamapi.ListUsersInput) (*iamapi.ListUsersOutput, error) {
	p, err := s.page(c, "", in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	all := under(in.PathPrefix, c.Snapshot.Users(c.Account, p.after), func(u *state.User) string { return u.Path })
	out := &iamapi.ListUsersOutput{Users: shapes(fill(p, all, userName), userShape)}
	out.IsTruncated, out.Marker = p.end()
	return out, nil
}

// updatesUser: a new name or path needs the permission on the user as it is
// and as it will be. See UpdateUser in the IAM API Reference.
func updatesUser(c *api.Call, in *iamapi.UpdateUserInput) []api.Check {
	u, ok := c.Snapshot.User(c.Account, in.UserName)
	if !ok {
		return only(users.on(c, in.UserName))
	}
	return renaming(users.on(c, in.UserName), arn.User(c.Account, or(in.NewPath, u.Path), or(in.NewUserName, u.Name)))
}

func (s *Service) updateUser(ctx context.Context, c *api.Call, in *iamapi.UpdateUserInput) (*iamapi.UpdateUserOutput, error) {
	return write[iamapi.UpdateUserOutput](ctx, c, func(tx *state.Tx) error {
		old, ok := tx.User(c.Account, in.UserName)
		if !ok {
			return notFound(users.missing, in.UserName)
		}
		u := *old
		u.Name, u.Path = or(in.NewUserName, u.Name), or(in.NewPath, u.Path)
		if other, ok := tx.User(c.Account, u.Name); ok && other.ID != u.ID {
			return exists(userExists, u.Name)
		}
		tx.PutUser(&u)
		return nil
	})
}

func deletesUser(c *api.Call, in *iamapi.DeleteUserInput) []api.Check {
	return only(users.on(c, in.UserName))
}

func (s *Service) deleteUser(ctx context.Context, c *api.Call, in *iamapi.DeleteUserInput) (*iamapi.DeleteUserOutput, error) {
	return write[iamapi.DeleteUserOutput](ctx, c, func(tx *state.Tx) error {
		u, ok := tx.User(c.Account, in.UserName)
		switch {
		case !ok:
			return notFound(users.missing, in.UserName)
		case len(u.Attached) > 0:
			return conflict(mustDetach)
		case len(u.Inline) > 0:
			return conflict(mustDeleteInline)
		case len(tx.AccessKeys(u.ID)) > 0:
			return conflict(mustDeleteKeys)
		case len(tx.SSHKeys(u.ID)) > 0:
			return conflict(mustDeleteSSHKeys)
		case len(tx.SigningCertificates(u.ID)) > 0:
			return conflict(mustDeleteCerts)
		case len(tx.ServiceCredentials(u.ID)) > 0:
			return conflict(mustDeleteCreds)
		case len(u.Groups) > 0:
			return conflict(mustLeaveGroups)
		case len(tx.MFADevicesOf(u.ID)) > 0:
			return conflict(mustDeleteMFA)
		}
		if _, ok := tx.LoginProfile(u.ID); ok {
			return conflict(mustDeleteLogin)
		}
		tx.DeleteUser(u)
		return nil
	})
}

func userName(u *state.User) string { return u.Name }

// userShape is a user as lists have it: without tags and boundary.
func userShape(u *state.User) iamapi.User {
	out := iamapi.User{Path: u.Path, UserName: u.Name, UserId: u.ID, Arn: u.ARN(), CreateDate: u.Created}
	if !u.PasswordLastUsed.IsZero() {
		out.PasswordLastUsed = &u.PasswordLastUsed
	}
	return out
}

// rootShape is the root user of an account, which has no name but the
// account's alias.
func rootShape(s *state.Snapshot, account string) iamapi.User {
	out := iamapi.User{UserName: rootName(s, account), UserId: account, Arn: arn.Root(account)}
	if a, ok := s.Account(account); ok {
		out.CreateDate = a.Created
	}
	return out
}

func rootName(s *state.Snapshot, account string) string {
	if a, ok := s.Account(account); ok && len(a.Aliases) > 0 {
		return a.Aliases[0]
	}
	return ""
}
