package iam

import (
	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// noun is a kind of entity, for the operations that several kinds have.
type noun struct {
	word     string // as AWS's messages have it: "user"
	find     func(s *state.Snapshot, account, name string) (holder, bool)
	arn      func(account, name string) string // where there is no such entity
	missing  string                            // format of the message when there is none
	kind     string                            // the type of resource whose ARNs are the names; "": names are no ARNs of one type
	tags     quota
	attached quota
	inline   quota
	foldTags bool // keys of tags that differ only in case are the same
}

// holder is one entity: a private copy, what of it the shared operations read
// and change, and how to put it back. Members that its kind does not have are
// nil.
type holder struct {
	state.Entity
	name      string
	tags      *[]state.Tag
	inline    *[]state.InlinePolicy
	attached  *[]string
	boundary  *string
	protected bool // belongs to a service: only AWS changes it
	put       func(tx *state.Tx)
}

var users = &noun{
	word: "user", missing: "The user with name %s cannot be found.",
	find: func(s *state.Snapshot, account, name string) (holder, bool) {
		u, ok := s.User(account, name)
		if !ok {
			return holder{}, false
		}
		e := *u
		return holder{
			Entity: &e, name: e.Name, tags: &e.Tags, inline: &e.Inline, attached: &e.Attached, boundary: &e.Boundary,
			put: func(tx *state.Tx) { tx.PutUser(&e) },
		}, true
	},
	arn:  func(account, name string) string { return arn.User(account, "/", name) },
	tags: tagsPerUser, attached: policiesPerUser, inline: userPolicySize, foldTags: true,
}

var groups = &noun{
	word: "group", missing: "The group with name %s cannot be found.",
	find: func(s *state.Snapshot, account, name string) (holder, bool) {
		g, ok := s.Group(account, name)
		if !ok {
			return holder{}, false
		}
		e := *g
		return holder{
			Entity: &e, name: e.Name, inline: &e.Inline, attached: &e.Attached,
			put: func(tx *state.Tx) { tx.PutGroup(&e) },
		}, true
	},
	arn:      func(account, name string) string { return arn.Group(account, "/", name) },
	attached: policiesPerGroup, inline: groupPolicySize,
}

var roles = &noun{
	word: "role", missing: "The role with name %s cannot be found.",
	find: func(s *state.Snapshot, account, name string) (holder, bool) {
		r, ok := s.Role(account, name)
		if !ok {
			return holder{}, false
		}
		e := *r
		return holder{
			Entity: &e, name: e.Name, tags: &e.Tags, inline: &e.Inline, attached: &e.Attached, boundary: &e.Boundary,
			protected: e.ServiceLinked(), put: func(tx *state.Tx) { tx.PutRole(&e) },
		}, true
	},
	arn:  func(account, name string) string { return arn.Role(account, "/", name) },
	tags: tagsPerRole, attached: policiesPerRole, inline: rolePolicySize, foldTags: true,
}

var instanceProfiles = &noun{
	word: "instance profile", missing: "Instance Profile %s cannot be found.",
	find: func(s *state.Snapshot, account, name string) (holder, bool) {
		p, ok := s.InstanceProfile(account, name)
		if !ok {
			return holder{}, false
		}
		e := *p
		return holder{
			Entity: &e, name: e.Name, tags: &e.Tags,
			put: func(tx *state.Tx) { tx.PutInstanceProfile(&e) },
		}, true
	},
	arn:  func(account, name string) string { return arn.InstanceProfile(account, "/", name) },
	tags: tagsPerInstanceProfile,
}

// policies are customer managed policies, whose names are ARNs.
var policies = &noun{
	word: "policy", missing: "Policy %s was not found.",
	find: func(s *state.Snapshot, account, name string) (holder, bool) {
		p, ok := s.ManagedPolicy(name)
		if !ok || p.Account != account {
			return holder{}, false
		}
		e := *p
		return holder{
			Entity: &e, name: e.Name, tags: &e.Tags,
			put: func(tx *state.Tx) { tx.PutPolicy(&e) },
		}, true
	},
	arn:  func(_, name string) string { return name },
	tags: tagsPerPolicy,
}

// get returns the entity of that name, or the error that there is none.
func (n *noun) get(s *state.Snapshot, account, name string) (holder, error) {
	if n.kind != "" && !n.names(name) {
		return holder{}, iamapi.InvalidInput(badARN, name)
	}
	h, ok := n.find(s, account, name)
	if !ok {
		return holder{}, notFound(n.missing, name)
	}
	return h, nil
}

// getToChange is get for changes that an entity of a service does not take.
func (n *noun) getToChange(s *state.Snapshot, account, name string) (holder, error) {
	h, err := n.get(s, account, name)
	if err == nil && h.protected {
		return holder{}, protected(h.name)
	}
	return h, err
}
