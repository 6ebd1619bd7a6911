package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// service is one operation whose handler does between runs before it commits.
type service struct{ between func() }

func (s *service) table() *api.Table {
	t := api.NewTable(&iamapi.Service)
	api.Op(t, "CreateGroup", func(c *api.Call, in *iamapi.CreateGroupInput) []api.Check {
		return []api.Check{{Action: "iam:CreateGroup", Resource: "arn:aws:iam::" + c.Account + ":group/" + in.GroupName}}
	}, s.createGroup)
	api.Op(t, "ListGroups", func(*api.Call, *iamapi.ListGroupsInput) []api.Check { return nil },
		func(context.Context, *api.Call, *iamapi.ListGroupsInput) (*iamapi.ListGroupsOutput, error) {
			panic("a broken handler")
		})
	return t
}

func (s *service) createGroup(ctx context.Context, c *api.Call, in *iamapi.CreateGroupInput) (*iamapi.CreateGroupOutput, error) {
	s.between()
	return api.Update(ctx, c, func(tx *state.Tx) (*iamapi.CreateGroupOutput, error) {
		g := &state.Group{Account: c.Account, ID: tx.NewID(awsid.Group), Name: in.GroupName, Path: "/", Created: tx.Now()}
		tx.PutGroup(g)
		return &iamapi.CreateGroupOutput{Group: iamapi.Group{GroupName: g.Name, Path: g.Path, GroupId: g.ID, Arn: g.ARN(), CreateDate: g.Created}}, nil
	})
}

const createGroup = "Action=CreateGroup&Version=2010-05-08&GroupName=g"

func newService(t *testing.T) (*apitest.Env, *service, sigv4.Credentials, *state.User) {
	s := &service{between: func() {}}
	e := apitest.New(t, func(*apitest.Env) []*api.Table { return []*api.Table{s.table()} })
	all, err := state.ParseDocument(policy.IdentityBased, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, e.Schema)
	if err != nil {
		t.Fatal(err)
	}
	creds := sigv4.Credentials{SecretAccessKey: "secret"}
	var u *state.User
	e.Update(func(tx *state.Tx) {
		u = &state.User{Account: apitest.Account, ID: tx.NewID(awsid.User), Name: "ann", Path: "/", Created: tx.Now(),
			Inline: []state.InlinePolicy{{Name: "all", Document: all}}}
		tx.PutUser(u)
		creds.AccessKeyID = tx.NewAccessKeyID(awsid.AccessKey, apitest.Account)
		tx.PutAccessKey(&state.AccessKey{ID: creds.AccessKeyID, Account: apitest.Account, UserID: u.ID,
			Secret: "secret", Active: true, Created: tx.Now(), Seq: tx.NextSeq()})
	})
	return e, s, creds, u
}

// A write is judged by the state it commits on, not by the one it was first
// authorized on.
func TestUpdateAuthorizesAgain(t *testing.T) {
	for name, change := range map[string]func(tx *state.Tx, u *state.User, key string){
		"the permission is gone": func(tx *state.Tx, u *state.User, _ string) {
			stripped := *u
			stripped.Inline = nil
			tx.PutUser(&stripped)
		},
		"the key is inactive": func(tx *state.Tx, _ *state.User, key string) {
			k, _ := tx.AccessKey(key)
			inactive := *k
			inactive.Active = false
			tx.PutAccessKey(&inactive)
		},
		"the user is gone": func(tx *state.Tx, u *state.User, key string) {
			k, _ := tx.AccessKey(key)
			tx.DeleteAccessKey(k)
			tx.DeleteUser(u)
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, s, creds, u := newService(t)
			s.between = func() { e.Update(func(tx *state.Tx) { change(tx, u, creds.AccessKeyID) }) }
			if a := e.Form(creds, "iam", createGroup); a.Status != 403 {
				t.Errorf("%d: %s", a.Status, a.Body)
			}
			if _, made := e.DB.Snapshot().Group(apitest.Account, "g"); made {
				t.Error("the group was made")
			}
		})
	}
	e, s, creds, _ := newService(t)
	s.between = func() {
		e.Update(func(tx *state.Tx) { tx.CreateAccount(state.Account{ID: "210987654321", Name: "other"}) })
	}
	if a := e.Form(creds, "iam", createGroup); a.Status != 200 {
		t.Errorf("after a change that matters not: %d: %s", a.Status, a.Body)
	}
}

// The event of a change comes with it, once; that of a denied call too.
func TestEvents(t *testing.T) {
	e, _, creds, u := newService(t)
	if a := e.Form(creds, "iam", createGroup); a.Status != 200 {
		t.Fatal(a.Body)
	}
	e.Update(func(tx *state.Tx) {
		stripped := *u
		stripped.Inline = nil
		tx.PutUser(&stripped)
	})
	e.Now = e.Now.Add(time.Second)
	if a := e.Form(creds, "iam", createGroup); a.Status != 403 {
		t.Fatal(a.Body)
	}
	if err := e.DB.FlushEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	var events []string
	for r, err := range e.Events.Lookup(t.Context(), audit.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, string(r.CloudTrail))
	}
	if len(events) != 2 {
		t.Fatalf("%d events: %s", len(events), events)
	}
	for _, want := range []string{`"eventName":"CreateGroup"`, `"userName":"ann"`, `"errorCode":"AccessDenied"`, `"requestParameters":{"groupName":"g"}`} {
		if !strings.Contains(events[0], want) {
			t.Errorf("the denied call's event lacks %s: %s", want, events[0])
		}
	}
	if !strings.Contains(events[1], `"responseElements":{"group":{`) {
		t.Errorf("the change's event lacks the answer: %s", events[1])
	}
}

func TestPanicIsAnAnswer(t *testing.T) {
	e, _, creds, _ := newService(t)
	a := e.Form(creds, "iam", "Action=ListGroups&Version=2010-05-08")
	if a.Status != 500 || !strings.Contains(a.Body, "<Code>InternalFailure</Code>") || strings.Contains(a.Body, "broken") {
		t.Errorf("%d: %s", a.Status, a.Body)
	}
}

func TestUnbuiltOperation(t *testing.T) {
	e, _, creds, _ := newService(t)
	a := e.Form(creds, "iam", "Action=CreateUser&Version=2010-05-08&UserName=x")
	if a.Status != 501 || !strings.Contains(a.Body, "<Code>NotImplemented</Code>") {
		t.Errorf("%d: %s", a.Status, a.Body)
	}
	if a := e.Form(creds, "ec2", "Action=RunInstances&Version=2016-11-15"); a.Status != 404 || !strings.Contains(a.Body, "no service ec2") {
		t.Errorf("%d: %s", a.Status, a.Body)
	}
}

func TestMissingAndWrongInput(t *testing.T) {
	e, _, creds, _ := newService(t)
	a := e.Form(creds, "iam", "Action=CreateGroup&Version=2010-05-08&Path=x")
	for _, want := range []string{"2 validation errors detected: Value at ", "groupName", "failed to satisfy constraint: Member must not be null; Value at ", "Member must satisfy regular expression pattern"} {
		if a.Status != 400 || !strings.Contains(a.Body, want) {
			t.Errorf("the answer lacks %q: %d %s", want, a.Status, a.Body)
		}
	}
	if a := e.Form(creds, "iam", createGroup+"&groupname=h"); a.Status != 400 {
		t.Errorf("a parameter given twice: %d %s", a.Status, a.Body)
	}
}
