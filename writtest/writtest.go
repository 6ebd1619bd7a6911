// Package writtest starts a whole Writ server inside a Go test: IAM, STS and S3
// on one loopback address, in memory, with a clock that the test can move.
//
// Start at Start. Point any AWS client at Server.URL with the root key that the
// Server names, or with keys and roles made from there. Nothing is mocked: it
// is the server that "writ dev --memory" runs, so every request is signed,
// authorized and recorded.
package writtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/server"
	"github.com/writ-iam/writ/internal/sigv4"
)

// Key is an access key of a user, or temporary credentials of a role.
type Key struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken,omitempty"` // of temporary credentials
}

// Account is a member account of the installation.
type Account struct {
	ID      string `json:"accountId"`
	Name    string `json:"name"`
	RoleARN string `json:"roleArn"` // the role by which the management account reaches it
	Key            // of its root user
}

// Server is a running server. Its methods may be called from any goroutine.
type Server struct {
	URL     string // of all services
	Region  string // any other will do too
	Account string // id of the management account
	Key            // of its root user

	server *server.Server
	stop   context.CancelFunc
	ended  chan error
}

// Option changes how a Server starts.
type Option func(*server.Config)

// WithAccount gives the management account an id; otherwise it is random.
func WithAccount(id string) Option { return func(c *server.Config) { c.Root.Account = id } }

// WithRootKey gives the root user an access key; any value will do.
func WithRootKey(id, secret string) Option {
	return func(c *server.Config) { c.Root.AccessKeyID, c.Root.SecretAccessKey = id, secret }
}

// Start starts a server that ends with the test.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// New starts a server outside of a test, in TestMain say. Close it.
func New(opts ...Option) (*Server, error) {
	cfg := server.Config{Listen: "127.0.0.1:0", Dev: true}
	for _, o := range opts {
		o(&cfg)
	}
	ctx, stop := context.WithCancel(context.Background())
	srv, err := server.New(ctx, cfg)
	if err != nil {
		stop()
		return nil, err
	}
	root := srv.Root()
	s := &Server{
		URL: srv.URL(), Region: "us-east-1", Account: root.Account,
		Key:    Key{AccessKeyID: root.AccessKeyID, SecretAccessKey: root.SecretAccessKey},
		server: srv, stop: stop, ended: make(chan error, 1),
	}
	go func() { s.ended <- srv.Run(ctx) }()
	return s, nil
}

// Close ends the server and returns what went wrong while it ran.
func (s *Server) Close() error {
	s.stop()
	return errors.Join(<-s.ended, s.server.Close())
}

// Reset brings the freshly made account back: entities, objects, events and
// sessions go, the root key stays, and the clock is right again.
func (s *Server) Reset() error { return s.page("/_writ/reset", struct{}{}, nil) }

// Advance moves the time that governs expiry, conditions and dates. Signatures
// stay judged by the true time, so clients need not follow.
func (s *Server) Advance(d time.Duration) error {
	return s.page("/_writ/clock", map[string]string{"advance": d.String()}, nil)
}

// NewAccount makes a member account with a key for its root user.
func (s *Server) NewAccount(name string) (*Account, error) {
	a := &Account{}
	return a, s.page("/_writ/accounts", map[string]any{"name": name, "rootKey": true}, a)
}

// Env is the environment by which AWS clients find the server and the key.
func (s *Server) Env(k Key) map[string]string {
	env := map[string]string{
		"AWS_ENDPOINT_URL": s.URL, "AWS_REGION": s.Region, "AWS_DEFAULT_REGION": s.Region,
		"AWS_ACCESS_KEY_ID": k.AccessKeyID, "AWS_SECRET_ACCESS_KEY": k.SecretAccessKey,
	}
	if k.SessionToken != "" {
		env["AWS_SESSION_TOKEN"] = k.SessionToken
	}
	return env
}

// AWS runs a command line in the manner of the AWS CLI with a key:
//
//	arn, err := srv.AWS(srv.Key, "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
//
// It returns what was printed, without the last newline. An error holds what
// the AWS CLI prints as one.
func (s *Server) AWS(k Key, args ...string) (string, error) {
	env := s.Env(k)
	var stdout, stderr bytes.Buffer
	c := &awscmd.Command{
		Getenv: func(name string) string { return env[name] },
		Stdin:  strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
	}
	if code := c.Run(context.Background(), args...); code != 0 {
		return "", fmt.Errorf("exit status %d: %s", code, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSuffix(stdout.String(), "\n"), nil
}

// page calls one of Writ's own pages as the root user.
func (s *Server) page(path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	c := awscmd.Client{
		Endpoint: s.URL, Region: s.Region,
		Credentials: sigv4.Credentials{AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey},
	}
	req := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: path}}
	resp, err := c.Do(context.Background(), req, "writ", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s answered %s: %s", path, resp.Status, bytes.TrimSpace(answer))
	}
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}
