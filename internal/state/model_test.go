package state_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/store/memory"
)

// model is what the state should hold, in plain maps.
type model struct {
	users    map[string]modelUser // by name in lower case
	groups   map[string]string    // name in lower case -> name as written
	policies map[string]string    // likewise
	keys     map[string]string    // id -> secret
	rev      uint64
}

type modelUser struct {
	id, name string
	groups   []string // names in lower case, in order
	attached []string
	keys     []string
}

// machine drives a state and its model by the same operations.
type machine struct {
	store *faulty
	db    *state.DB
	model model
	doc   *state.Document
}

func TestModel(t *testing.T) {
	doc := allow(t, "s3:*")
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{store: &faulty{Store: memory.New()}, doc: doc}
		m.open(t)
		m.update(t, func(tx *state.Tx) { tx.CreateOrganization(state.Account{ID: account, Name: "a"}) })
		m.model = model{users: map[string]modelUser{}, groups: map[string]string{}, policies: map[string]string{}, keys: map[string]string{}}
		defer m.close(t)
		t.Repeat(map[string]func(*rapid.T){
			"putUser":      m.putUser,
			"renameUser":   m.renameUser,
			"deleteUser":   m.deleteUser,
			"joinGroup":    m.joinGroup,
			"attach":       m.attach,
			"putGroup":     m.putGroup,
			"putPolicy":    m.putPolicy,
			"putKey":       m.putKey,
			"failedUpdate": m.failedUpdate,
			"failedCommit": m.failedCommit,
			"reopen":       m.reopen,
			"":             m.check,
		})
	})
}

func (m *machine) open(t *rapid.T) {
	db, err := state.Open(t.Context(), state.Options{Store: m.store, MasterKey: statetest.MasterKey})
	if err != nil {
		t.Fatal(err)
	}
	m.db = db
}

func (m *machine) close(t *rapid.T) {
	if err := m.db.Close(); err != nil {
		t.Error(err)
	}
	m.store.Close()
}

// reopen replays the store: the state must be the one that was in memory.
func (m *machine) reopen(t *rapid.T) {
	old := m.db.Snapshot()
	if err := m.db.Close(); err != nil {
		t.Fatal(err)
	}
	m.open(t)
	if diff := statetest.Diff(old, m.db.Snapshot()); diff != "" || old.Rev != m.db.Snapshot().Rev {
		t.Fatalf("replay gives another state:\n%s", diff)
	}
}

func (m *machine) update(t *rapid.T, fn func(tx *state.Tx)) {
	if err := m.db.Update(t.Context(), func(tx *state.Tx) error { fn(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}

var drawName = rapid.StringMatching(`[aAbB][12]?`)

// pick draws one of the names in use, "" if there is none.
func pick[V any](t *rapid.T, m map[string]V, label string) string {
	if len(m) == 0 {
		t.Skip("there is none")
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(m))).Draw(t, label)
}

func (m *machine) putUser(t *rapid.T) {
	name := drawName.Draw(t, "name")
	if _, taken := m.model.users[strings.ToLower(name)]; taken {
		t.Skip("taken")
	}
	var u *state.User
	m.update(t, func(tx *state.Tx) { u = putUser(tx, name) })
	m.model.users[strings.ToLower(name)] = modelUser{id: u.ID, name: name}
}

func (m *machine) renameUser(t *rapid.T) {
	from, to := pick(t, m.model.users, "from"), drawName.Draw(t, "to")
	if _, taken := m.model.users[strings.ToLower(to)]; taken && strings.ToLower(to) != from {
		t.Skip("taken")
	}
	m.editUser(t, from, func(_ *state.Tx, u *state.User) { u.Name = to })
	u := m.model.users[from]
	delete(m.model.users, from)
	u.name = to
	m.model.users[strings.ToLower(to)] = u
}

func (m *machine) editUser(t *rapid.T, name string, edit func(tx *state.Tx, u *state.User)) {
	m.update(t, func(tx *state.Tx) {
		u, ok := tx.User(account, name)
		if !ok {
			t.Fatalf("no user %s", name)
		}
		next := *u
		edit(tx, &next)
		tx.PutUser(&next)
	})
}

func (m *machine) deleteUser(t *rapid.T) {
	name := pick(t, m.model.users, "name")
	m.update(t, func(tx *state.Tx) {
		u, _ := tx.User(account, name)
		for _, k := range tx.AccessKeys(u.ID) {
			tx.DeleteAccessKey(k)
		}
		tx.DeleteUser(u)
	})
	for _, id := range m.model.users[name].keys {
		delete(m.model.keys, id)
	}
	delete(m.model.users, name)
}

func (m *machine) putGroup(t *rapid.T) {
	name := drawName.Draw(t, "name")
	if _, taken := m.model.groups[strings.ToLower(name)]; taken {
		t.Skip("taken")
	}
	m.update(t, func(tx *state.Tx) {
		tx.PutGroup(&state.Group{Account: account, ID: tx.NewID("AGPA"), Name: name, Path: "/", Created: tx.Now()})
	})
	m.model.groups[strings.ToLower(name)] = name
}

func (m *machine) joinGroup(t *rapid.T) {
	name, group := pick(t, m.model.users, "user"), pick(t, m.model.groups, "group")
	mu := m.model.users[name]
	leave := slices.Index(mu.groups, group)
	m.editUser(t, name, func(tx *state.Tx, u *state.User) {
		g, _ := tx.Group(account, group)
		if leave >= 0 {
			u.Groups = slices.Delete(slices.Clone(u.Groups), leave, leave+1)
		} else {
			u.Groups = append(slices.Clip(u.Groups), g.ID)
		}
	})
	if leave >= 0 {
		mu.groups = slices.Delete(slices.Clone(mu.groups), leave, leave+1)
	} else {
		mu.groups = append(slices.Clip(mu.groups), group)
	}
	m.model.users[name] = mu
}

func (m *machine) putPolicy(t *rapid.T) {
	name := drawName.Draw(t, "name")
	if _, taken := m.model.policies[strings.ToLower(name)]; taken {
		t.Skip("taken")
	}
	m.update(t, func(tx *state.Tx) { putPolicy(tx, name, m.doc) })
	m.model.policies[strings.ToLower(name)] = name
}

func (m *machine) attach(t *rapid.T) {
	name, policy := pick(t, m.model.users, "user"), pick(t, m.model.policies, "policy")
	mu := m.model.users[name]
	if slices.Contains(mu.attached, policy) {
		t.Skip("attached")
	}
	m.editUser(t, name, func(tx *state.Tx, u *state.User) {
		p, _ := tx.Policy(account, policy)
		u.Attached = append(slices.Clip(u.Attached), p.ARN())
	})
	mu.attached = append(slices.Clip(mu.attached), policy)
	m.model.users[name] = mu
}

func (m *machine) putKey(t *rapid.T) {
	name := pick(t, m.model.users, "user")
	var id string
	m.update(t, func(tx *state.Tx) {
		u, _ := tx.User(account, name)
		id = putKey(tx, u, state.Secret("secret of "+u.ID)).ID
	})
	mu := m.model.users[name]
	mu.keys = append(slices.Clip(mu.keys), id)
	m.model.users[name] = mu
	m.model.keys[id] = "secret of " + mu.id
}

func (m *machine) failedUpdate(t *rapid.T) {
	err := m.db.Update(t.Context(), func(tx *state.Tx) error {
		for i := range rapid.IntRange(0, 3).Draw(t, "writes") {
			putUser(tx, fmt.Sprint("lost", i))
		}
		for u := range tx.Users(account, "") {
			tx.DeleteUser(u)
		}
		return errNo
	})
	if err != errNo {
		t.Fatal(err)
	}
}

func (m *machine) failedCommit(t *rapid.T) {
	m.store.append = func(context.Context, uint64, []store.Change) (uint64, error) { return 0, errFull }
	err := m.db.Update(t.Context(), func(tx *state.Tx) error { putUser(tx, "lost"); return nil })
	m.store.append = nil
	if err == nil {
		t.Fatal("a failed commit succeeds")
	}
}

// check compares the state with the model.
func (m *machine) check(t *rapid.T) {
	s := m.db.Snapshot()
	if err := state.Check(s); err != nil {
		t.Fatal(err)
	}
	if s.Rev < m.model.rev {
		t.Fatalf("revision %d after %d", s.Rev, m.model.rev)
	}
	m.model.rev = s.Rev
	m.checkNames(t, s)
	for name, mu := range m.model.users {
		m.checkUser(t, s, name, mu)
	}
	for id, secret := range m.model.keys {
		if k, ok := s.AccessKey(id); !ok || string(k.Secret) != secret {
			t.Fatalf("key %s: %v, %v", id, k, ok)
		}
	}
	for group := range m.model.groups {
		g, _ := s.Group(account, group)
		var want []string
		for _, name := range slices.Sorted(maps.Keys(m.model.users)) {
			if mu := m.model.users[name]; slices.Contains(mu.groups, group) {
				want = append(want, mu.name)
			}
		}
		if got := names(s.MembersOf(g.ID), userName); !slices.Equal(got, want) {
			t.Fatalf("members of %s: %v, want %v", group, got, want)
		}
	}
}

func (m *machine) checkNames(t *rapid.T, s *state.Snapshot) {
	var users []string
	for _, name := range slices.Sorted(maps.Keys(m.model.users)) {
		users = append(users, m.model.users[name].name)
	}
	if got := names(s.Users(account, ""), userName); !slices.Equal(got, users) || s.NumUsers(account) != len(users) {
		t.Fatalf("users %v (%d), want %v", got, s.NumUsers(account), users)
	}
	var policies []string
	for _, name := range slices.Sorted(maps.Keys(m.model.policies)) {
		policies = append(policies, m.model.policies[name])
	}
	policyName := func(p *state.ManagedPolicy) string { return p.Name }
	if got := names(s.Policies(account, ""), policyName); !slices.Equal(got, policies) {
		t.Fatalf("policies %v, want %v", got, policies)
	}
	for name := range m.model.policies {
		p, _ := s.Policy(account, name)
		want := 0
		for _, mu := range m.model.users {
			if slices.Contains(mu.attached, name) {
				want++
			}
		}
		if got := s.AttachmentCount(account, p.ARN()); got != want {
			t.Fatalf("policy %s is attached to %d, want %d", name, got, want)
		}
	}
}

func (m *machine) checkUser(t *rapid.T, s *state.Snapshot, name string, mu modelUser) {
	u, ok := s.User(account, strings.ToUpper(name))
	if !ok || u.ID != mu.id || u.Name != mu.name {
		t.Fatalf("user %s: %v, %v", name, u, ok)
	}
	if byID, _ := s.UserByID(mu.id); byID != u {
		t.Fatalf("user %s by id: %v", name, byID)
	}
	groupName := func(g *state.Group) string { return strings.ToLower(g.Name) }
	if got := names(s.GroupsOf(u), groupName); !slices.Equal(got, mu.groups) {
		t.Fatalf("groups of %s: %v, want %v", name, got, mu.groups)
	}
	var keys []string
	for _, k := range s.AccessKeys(u.ID) {
		keys = append(keys, k.ID)
	}
	if !slices.Equal(keys, mu.keys) {
		t.Fatalf("keys of %s: %v, want %v", name, keys, mu.keys)
	}
}
