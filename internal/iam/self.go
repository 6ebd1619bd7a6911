package iam

import (
	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/state"
)

// subject is a user, or the root user of an account, as the owner of access
// keys.
type subject struct {
	id   string
	name string
	user *state.User // nil: the root user
}

// self returns the user of that name, or without a name the caller itself. A
// session of a role is no user.
func self(c *api.Call, snap *state.Snapshot, name *string) (subject, error) {
	if name != nil {
		u, ok := snap.User(c.Account, *name)
		if !ok {
			return subject{}, notFound(users.missing, *name)
		}
		return subject{u.ID, u.Name, u}, nil
	}
	switch c.Caller.Kind {
	case engine.Root:
		return subject{id: c.Account, name: rootName(snap, c.Account)}, nil
	case engine.User:
		if u, ok := snap.UserByID(c.Caller.ID); ok {
			return subject{u.ID, u.Name, u}, nil
		}
	}
	return subject{}, invalid(mustNameUser)
}

// onSelf is the check of an operation on what self returns. There is nothing
// to check where self fails: the handler calls it first.
func onSelf(c *api.Call, name *string) []api.Check {
	if name != nil {
		return only(users.on(c, *name))
	}
	who, err := self(c, c.Snapshot, nil)
	if err != nil {
		return nil
	}
	if who.user == nil {
		return only(api.Check{Action: action(c), Resource: arn.Root(c.Account)})
	}
	return only(api.Check{Action: action(c), Resource: who.user.ARN(), Tags: who.user.Tags})
}
