package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/iam"
	"github.com/writ-iam/writ/internal/s3"
	"github.com/writ-iam/writ/internal/signin"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/store"
	"github.com/writ-iam/writ/internal/store/bolt"
	"github.com/writ-iam/writ/internal/store/memory"
	"github.com/writ-iam/writ/internal/sts"
)

// system is one installation, open: its state, its events and the pipeline
// that serves it. This is the only place where they are put together.
type system struct {
	db       *state.DB
	events   *audit.Log
	sessions *authz.Sessions
	iam      *iam.Service
	objects  *s3.Files
	store    store.Store
	disk     *bolt.Store // the store, nil when the state is kept in memory
	calls    sync.WaitGroup
	pipeline *api.Pipeline
	signIn   *signin.Service
}

// openSystem opens the installation in the data folder, or makes it.
func openSystem(ctx context.Context, c *Config, clk *clock, observe func(api.Observation)) (_ *system, err error) {
	sys := &system{sessions: authz.NewSessions(catalog.Schema{}, rand.Reader)}
	defer func() {
		if err != nil {
			sys.close()
		}
	}()
	if c.Data != "" {
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return nil, err
		}
	}
	key, err := masterKey(c)
	if err != nil {
		return nil, err
	}
	if err := sys.openStore(c); err != nil {
		return nil, err
	}
	if sys.events, err = openEvents(c); err != nil {
		return nil, err
	}
	sys.db, err = state.Open(ctx, state.Options{
		Store: sys.store, MasterKey: key, Schema: catalog.Schema{}, AWSManaged: catalog.PolicyDocument,
		Events: sys.take, Now: clk.now, Rand: rand.Reader,
	})
	if err != nil {
		return nil, err
	}
	if sys.objects, err = s3.OpenFiles(objectFolder(c)); err != nil {
		return nil, err
	}
	if _, err := s3.Sweep(ctx, sys.db, sys.objects); err != nil {
		return nil, err
	}
	sys.iam, err = iam.New(iam.Options{
		Schema: catalog.Schema{}, MarkerKey: markerKey(key), Rand: rand.Reader, Quotas: c.Quotas, AWSManaged: awsPolicies,
		PolicyTemplates: c.PolicyTemplates,
		ARNs:            catalog.ARNs,
		Reference:       catalog.Reference{}, Events: settledEvents{sys}, Recorded: recordedActions(),
	})
	if err != nil {
		return nil, err
	}
	issuers, err := openIssuers(c)
	if err != nil {
		return nil, err
	}
	external, err := c.externalURL()
	if err != nil {
		return nil, err
	}
	tokens := sts.New(sys.sessions, sys.events, rand.Reader)
	tokens.Issuers, tokens.SAMLEndpoints = issuers, samlEndpoints(c, external)
	tokens.SAMLInResponseTo, tokens.SAMLLoopback, tokens.Log = c.SAMLInResponseTo, c.Dev, c.Log
	sys.pipeline = api.New(api.Options{
		DB: sys.db, Authorizer: new(authz.Authorizer), Sessions: sys.sessions, Events: sys.events,
		Tables: []*api.Table{
			sys.iam.Table(),
			tokens.Table(),
			s3.New(s3.Options{
				Files: sys.objects, Rand: rand.Reader, Schema: catalog.Schema{}, Actions: s3Actions(), Reserved: reservedPaths,
			}).Table(),
		},
		Now: clk.now, SignatureNow: clk.base, Rand: rand.Reader, Log: c.Log,
		ReadOnly: catalog.ReadOnly, Observe: observe, Domains: c.Domains, URL: external, Proxies: c.Proxies, Limits: c.Limits,
	})
	sys.signIn = signin.New(signin.Options{
		DB: sys.db, Pipeline: sys.pipeline, Sessions: sys.sessions, STS: tokens, Now: clk.now, Rand: rand.Reader, Log: c.Log,
	})
	return sys, nil
}

// samlEndpoints are the URLs that SAML assertions may be made for: where the
// server is reached too, if that is set.
func samlEndpoints(c *Config, external string) []string {
	if external == "" {
		return c.SAMLEndpoints
	}
	return append(slices.Clone(c.SAMLEndpoints), external+"/saml")
}

// reservedPaths are paths of calls without a signature, which no bucket may be
// named after: federation, SAML, sign-in, OIDC.
var reservedPaths = []string{"federation", "saml", "signin", "switchrole", "oidc"}

func (sys *system) openStore(c *Config) error {
	if c.Data == "" {
		sys.store = memory.New()
		return nil
	}
	disk, err := bolt.Open(filepath.Join(c.Data, stateFile), bolt.Options{})
	if err != nil {
		return err
	}
	sys.store, sys.disk = disk, disk
	return nil
}

// objectFolder is where contents are kept; "" keeps them in memory.
func objectFolder(c *Config) string {
	if c.Data == "" {
		return ""
	}
	return filepath.Join(c.Data, objectFiles)
}

func openEvents(c *Config) (*audit.Log, error) {
	o := audit.Options{
		MaxAge: c.EventRetention,
		Failed: func(err error) { c.Log.Error("event store", "err", err) },
	}
	if c.Data == "" {
		return audit.OpenMemory(o)
	}
	return audit.Open(filepath.Join(c.Data, eventFolder), o)
}

// take moves events that rode in commits into the event store.
func (sys *system) take(outgoing []state.Outgoing) error {
	records := make([]audit.Record, 0, len(outgoing))
	for _, o := range outgoing {
		r, err := audit.ParseRecord(o.Event)
		if err != nil {
			return fmt.Errorf("event %s: %w", o.ID, err)
		}
		records = append(records, r)
	}
	return sys.events.Take(records...)
}

// settle waits for the calls under way, but not for long: a client may be slow
// on purpose. What goes on after that finds everything closed.
func (sys *system) settle(limit time.Duration) {
	settled := make(chan struct{})
	go func() {
		sys.calls.Wait()
		close(settled)
	}()
	select {
	case <-settled:
	case <-time.After(limit):
	}
}

// flushLimit is how long closing waits for the last uses to be kept.
const flushLimit = 5 * time.Second

// close closes what is open. The state hands its events on first, but does not
// wait for ever: on a full disk they stay in the state until the next start.
func (sys *system) close() error {
	var err error
	if sys.pipeline != nil {
		ctx, cancel := context.WithTimeout(context.Background(), flushLimit)
		defer cancel()
		err = sys.pipeline.FlushLastUsed(ctx)
	}
	if sys.db != nil {
		err = errors.Join(err, sys.db.Close())
	}
	if sys.objects != nil {
		err = errors.Join(err, sys.objects.Close())
	}
	if sys.events != nil {
		err = errors.Join(err, sys.events.Close())
	}
	if sys.store != nil {
		err = errors.Join(err, sys.store.Close())
	}
	return err
}
