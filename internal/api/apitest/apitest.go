// Package apitest runs a pipeline over a state in memory, for the tests of
// services: real signatures, real decisions, no sockets. Start at New.
package apitest

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/store/memory"
)

// Account is the management account of every Env.
const Account = "123456789012"

// Root is the key of the management account's root user.
var Root = sigv4.Credentials{AccessKeyID: "AKIAROOTROOTROOTROOT", SecretAccessKey: "root-secret-of-tests"}

// Env is an installation in memory with its pipeline.
type Env struct {
	T        testing.TB
	DB       *state.DB
	Events   *audit.Log
	Sessions *authz.Sessions
	Pipeline *api.Pipeline
	Now      time.Time // the server's clock; move it at will
	Schema   engine.Schema
}

// New returns an installation whose services tables makes. Its invariants are
// checked when the test ends.
func New(t testing.TB, tables func(e *Env) []*api.Table) *Env {
	t.Helper()
	e := &Env{T: t, Now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), Schema: catalog.Schema{}}
	var err error
	if e.Events, err = audit.OpenMemory(audit.Options{}); err != nil {
		t.Fatal(err)
	}
	e.Sessions = authz.NewSessions(e.Schema, rand.Reader)
	now := func() time.Time { return e.Now }
	e.DB, err = state.Open(context.Background(), state.Options{
		Store: memory.New(), MasterKey: make([]byte, 32), Schema: e.Schema, Now: now, Rand: rand.Reader,
		AWSManaged: catalog.PolicyDocument, Events: e.take,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.close)
	e.Update(func(tx *state.Tx) {
		tx.CreateOrganization(state.Account{ID: Account, Name: "management"})
		tx.PutAccessKey(&state.AccessKey{
			ID: Root.AccessKeyID, Account: Account, UserID: Account, Secret: state.Secret(Root.SecretAccessKey),
			Active: true, Created: tx.Now(), Seq: tx.NextSeq(),
		})
		if err := authz.RotateSealingKeys(tx); err != nil {
			t.Fatal(err)
		}
	})
	e.Pipeline = api.New(api.Options{
		DB: e.DB, Authorizer: new(authz.Authorizer), Sessions: e.Sessions, Events: e.Events, Tables: tables(e),
		Now: now, SignatureNow: now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), ReadOnly: catalog.ReadOnly,
	})
	return e
}

func (e *Env) take(outgoing []state.Outgoing) error {
	for _, o := range outgoing {
		r, err := audit.ParseRecord(o.Event)
		if err != nil {
			return err
		}
		if err := e.Events.Take(r); err != nil {
			return err
		}
	}
	return nil
}

func (e *Env) close() {
	if err := state.Check(e.DB.Snapshot()); err != nil {
		e.T.Errorf("state: %v", err)
	}
	if err := e.DB.Close(); err != nil {
		e.T.Error(err)
	}
	if err := e.Events.Close(); err != nil {
		e.T.Error(err)
	}
}

// Update runs fn in a transaction, past all authorization.
func (e *Env) Update(fn func(tx *state.Tx)) {
	e.T.Helper()
	err := e.DB.Update(context.Background(), func(tx *state.Tx) error {
		fn(tx)
		return nil
	})
	if err != nil {
		e.T.Fatal(err)
	}
}

// Answer is what the pipeline said.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Form signs an awsQuery call with creds and returns the answer. params is a
// form: "Action=GetUser&Version=2010-05-08".
func (e *Env) Form(creds sigv4.Credentials, service, params string) Answer {
	e.T.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://writ.test/", strings.NewReader(params))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return e.Signed(creds, service, r, []byte(params))
}

// Signed signs r, whose body is given, and returns the answer.
func (e *Env) Signed(creds sigv4.Credentials, service string, r *http.Request, body []byte) Answer {
	e.T.Helper()
	hash := sigv4.HashPayload(body)
	if service == "s3" {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	_, err := sigv4.Sign(r, creds, sigv4.Target{Region: "us-east-1", Service: service, Time: e.Now}, hash)
	if err != nil {
		e.T.Fatal(err)
	}
	return e.Send(r)
}

// Send sends r as it is.
func (e *Env) Send(r *http.Request) Answer {
	w := httptest.NewRecorder()
	e.Pipeline.ServeHTTP(w, r)
	return Answer{Status: w.Code, Header: w.Result().Header, Body: string(bytes.TrimSpace(w.Body.Bytes()))}
}
