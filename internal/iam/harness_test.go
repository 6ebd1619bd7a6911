package iam_test

import (
	"context"
	"encoding/base64"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/iam"
	"github.com/writ-iam/writ/internal/mfa"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/store/memory"
)

const (
	account      = "123456789012"
	otherAccount = "210987654321"
)

const trustEC2 = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// epoch is when every installation of these tests begins.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// installation is a whole pipeline over a store, with IAM in it.
type installation struct {
	t        testing.TB
	quotas   map[string]int
	db       *state.DB
	sessions *authz.Sessions
	pipeline *api.Pipeline
	random   *random
	log      *audit.Log
	events   *settledEvents
	now      time.Time
}

// start starts an installation with two accounts, in memory. It is checked and
// closed when the test ends.
func start(t testing.TB, quotas map[string]int) *installation {
	t.Helper()
	in := install(t, memory.New(), quotas)
	t.Cleanup(in.close)
	return in
}

// install is start over a store, for tests that close the installation
// themselves.
func install(t testing.TB, st store.Store, quotas map[string]int) *installation {
	t.Helper()
	in := &installation{t: t, quotas: quotas, random: newRandom(), now: epoch}
	in.open(st)
	in.update(func(tx *state.Tx) error {
		tx.CreateOrganization(state.Account{ID: account, Name: "main"})
		tx.CreateAccount(state.Account{ID: otherAccount, Name: "other"})
		for _, id := range []string{account, otherAccount} {
			tx.PutAccessKey(key(tx, id, id))
		}
		return nil
	})
	in.update(authz.RotateSealingKeys)
	return in
}

// open opens what the store holds.
func (in *installation) open(st store.Store) {
	in.t.Helper()
	now := func() time.Time { return in.now }
	var err error
	in.log, err = audit.OpenMemory(audit.Options{Now: now})
	must(in.t, err)
	events := in.log
	in.db, err = state.Open(in.t.Context(), state.Options{
		Store: st, MasterKey: make([]byte, 32), Schema: catalog.Schema{}, AWSManaged: awsDocument, Now: now, Rand: in.random,
		Events: func(outgoing []state.Outgoing) error { return take(events, outgoing) },
	})
	must(in.t, err)
	in.events = &settledEvents{db: in.db, log: events}
	in.sessions = authz.NewSessions(catalog.Schema{}, in.random)
	service, err := iam.New(iam.Options{
		Schema: catalog.Schema{}, MarkerKey: make([]byte, 32), Rand: in.random, Quotas: in.quotas, AWSManaged: awsManaged,
		PolicyTemplates: templates(in.t),
		ARNs:            catalog.ARNs,
		Reference:       catalog.Reference{}, Events: in.events, Recorded: recorded(),
	})
	must(in.t, err)
	in.pipeline = api.New(api.Options{
		DB: in.db, Authorizer: new(authz.Authorizer), Sessions: in.sessions, Events: events, Tables: []*api.Table{service.Table()},
		Now: now, SignatureNow: now, Rand: in.random, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		ReadOnly: func(action string) bool { a, ok := catalog.Action(action); return ok && a.ReadOnly() },
	})
}

// close checks the state and closes the installation.
func (in *installation) close() {
	if err := state.Check(in.db.Snapshot()); err != nil {
		in.t.Errorf("state: %v", err)
	}
	if err := in.db.Close(); err != nil {
		in.t.Error(err)
	}
	if err := in.log.Close(); err != nil {
		in.t.Error(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// unreadable is an AWS managed policy that nobody can read.
const unreadable = "arn:aws:iam::aws:policy/Unreadable"

func awsDocument(arn string) (text, version, id string, ok bool) {
	if arn == unreadable {
		return "{", "v1", "ANPAIUNREADABLEPOLICYX", true
	}
	p, ok := catalog.ManagedPolicy(arn)
	if !ok {
		return "", "", "", false
	}
	return p.Document(), p.DefaultVersionID, p.ID(), true
}

func awsManaged() iter.Seq[iam.AWSPolicy] {
	return func(yield func(iam.AWSPolicy) bool) {
		for p := range catalog.ManagedPolicies() {
			if !yield(iam.AWSPolicy{
				ID: p.ID(), Name: p.Name, Path: p.Path, Version: p.DefaultVersionID, Created: p.CreateDate, Updated: p.UpdateDate,
			}) {
				return
			}
		}
	}
}

func (in *installation) update(fn func(tx *state.Tx) error) {
	in.t.Helper()
	must(in.t, in.db.Update(context.Background(), fn))
}

// secretOf is the secret of every key that the tests make themselves.
const secretOf = "test"

func key(tx *state.Tx, account, owner string) *state.AccessKey {
	return &state.AccessKey{
		ID: tx.NewAccessKeyID("AKIA", account), Account: account, UserID: owner, Secret: secretOf, Active: true,
		Created: tx.Now(), Seq: tx.NextSeq(),
	}
}

// root returns the credentials of an account's root user.
func (in *installation) root(account string) sigv4.Credentials {
	return in.owner(account)
}

// owner returns credentials of a user by unique id, with a key made if need be.
func (in *installation) owner(id string) sigv4.Credentials {
	in.t.Helper()
	keys := in.db.Snapshot().AccessKeys(id)
	for _, k := range keys {
		if k.Active && k.Secret == secretOf {
			return sigv4.Credentials{AccessKeyID: k.ID, SecretAccessKey: secretOf}
		}
	}
	var made *state.AccessKey
	in.update(func(tx *state.Tx) error {
		u, ok := tx.UserByID(id)
		if !ok {
			in.t.Fatalf("no user %s", id)
		}
		made = key(tx, u.Account, id)
		tx.PutAccessKey(made)
		return nil
	})
	return sigv4.Credentials{AccessKeyID: made.ID, SecretAccessKey: secretOf}
}

// user returns credentials of a user of the main account.
func (in *installation) user(name string) sigv4.Credentials {
	in.t.Helper()
	u, ok := in.db.Snapshot().User(account, name)
	if !ok {
		in.t.Fatalf("no user %s", name)
	}
	return in.owner(u.ID)
}

// role returns credentials of a session of a role of the main account.
func (in *installation) role(name string) sigv4.Credentials {
	in.t.Helper()
	return in.sealed(account, name, "ASIAQAAAAAAAAAAAAAAA")
}

// roleOf is role for any account.
func (in *installation) roleOf(account, name string) sigv4.Credentials {
	in.t.Helper()
	return in.sealed(account, name, "ASIAQAAAAAAAAAAAAAAA")
}

// sessionOf is role with an access key of one's own.
func (in *installation) sessionOf(name, keyID string) sigv4.Credentials {
	in.t.Helper()
	return in.sealed(account, name, keyID)
}

func (in *installation) sealed(account, name, keyID string) sigv4.Credentials {
	in.t.Helper()
	snap := in.db.Snapshot()
	r, ok := snap.Role(account, name)
	if !ok {
		in.t.Fatalf("no role %s", name)
	}
	return in.seal(&session.Session{Kind: session.AssumedRole, Account: account, PrincipalID: r.ID, Name: "test", AccessKeyID: keyID})
}

// seal returns credentials of a session of an hour.
func (in *installation) seal(n *session.Session) sigv4.Credentials {
	in.t.Helper()
	if n.AccessKeyID == "" {
		n.AccessKeyID = "ASIAQAAAAAAAAAAAAAAA"
	}
	n.Secret, n.Issued, n.Expires = secretOf, in.now, in.now.Add(time.Hour)
	token, _, err := in.sessions.Seal(in.db.Snapshot(), n)
	must(in.t, err)
	return sigv4.Credentials{AccessKeyID: n.AccessKeyID, SecretAccessKey: secretOf, SessionToken: token}
}

// call sends one signed request and returns the answer.
func (in *installation) call(who sigv4.Credentials, operation string, params url.Values) (status int, body string) {
	in.t.Helper()
	return in.send(in.request(who, operation, params))
}

func (in *installation) send(r *http.Request) (status int, body string) {
	w := httptest.NewRecorder()
	in.pipeline.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (in *installation) request(who sigv4.Credentials, operation string, params url.Values) *http.Request {
	in.t.Helper()
	form := url.Values{"Action": {operation}, "Version": {"2010-05-08"}}
	for name, values := range params {
		form[name] = values
	}
	body := form.Encode()
	r := httptest.NewRequest(http.MethodPost, "http://iam.test/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	_, err := sigv4.Sign(r, who, sigv4.Target{Region: "us-east-1", Service: "iam", Time: in.now}, sigv4.HashPayload([]byte(body)))
	must(in.t, err)
	return r
}

// ok is call for requests that must succeed, as the main account's root user.
// Parameters are name=value.
func (in *installation) ok(operation string, params ...string) string {
	in.t.Helper()
	status, body := in.call(in.root(account), operation, values(params...))
	if status != http.StatusOK {
		in.t.Fatalf("%s %v: %d %s", operation, params, status, body)
	}
	return body
}

func values(params ...string) url.Values {
	v := make(url.Values, len(params))
	for _, p := range params {
		name, value, _ := strings.Cut(p, "=")
		v.Set(name, value)
	}
	return v
}

// random is a stream of numbers that is the same in every run.
type random struct {
	mu     sync.Mutex
	gen    *rand.ChaCha8 // guarded by mu
	before func()        // called by each Read; nil for nothing
}

func newRandom() *random { return &random{gen: rand.NewChaCha8([32]byte{1})} }

func (r *random) Read(p []byte) (int, error) {
	if r.before != nil {
		r.before()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gen.Read(p)
}

// certFile is a key or certificate of testdata/certs. They belong to these
// tests alone: server.pem, signed by intermediate.pem, signed by root.pem, and
// its server.key (encrypted.key is the same key); other.key is nobody's.
// A name with a folder is one below testdata.
func certFile(t testing.TB, name string) string {
	t.Helper()
	if !strings.Contains(name, "/") {
		name = "certs/" + name
	}
	text, err := os.ReadFile("testdata/" + name)
	must(t, err)
	return string(text)
}

// codeOf is what the device of a seed, as CreateVirtualMFADevice answers it,
// shows at a time.
func codeOf(t testing.TB, answered string, at time.Time) string {
	t.Helper()
	seed, err := base64.StdEncoding.DecodeString(answered)
	must(t, err)
	code, err := mfa.Code(string(seed), at)
	must(t, err)
	return code
}

// templates are the policy templates of testdata/templates.json. All belong to
// the other account.
func templates(t testing.TB) []iam.PolicyTemplate {
	t.Helper()
	text, err := os.ReadFile("testdata/templates.json")
	must(t, err)
	list, err := iam.ParsePolicyTemplates(text)
	must(t, err)
	return list
}
