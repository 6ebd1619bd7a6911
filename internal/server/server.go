// Package server puts a Writ installation together and serves it: the AWS
// endpoint with everything on one root, Writ's own pages under /_writ/, and
// health and metrics on a listener of their own.
//
// Start at New and Server.Run; openSystem is the only place of wiring.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/writ-iam/writ/internal/signin"
)

// Server serves one installation. Make it with New, end it with Close.
type Server struct {
	cfg     Config
	clock   *clock
	metrics *metrics

	// mu is held for writing by a reset, so that no call sees half of it.
	mu  sync.RWMutex
	sys *system // guarded by mu

	root   Root // as made now; empty when the installation existed
	listen net.Listener
	admin  net.Listener

	// running ends when the server stops taking calls; stop ends it.
	running context.Context
	stop    context.CancelFunc
}

// Timeouts of connections. A call itself has no time limit: an object may be
// large and a client slow.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 20 * time.Second
	maxHeader     = 64 << 10
)

// New opens the installation and its listeners, and makes the installation
// when the data folder has none. It serves nothing before Run.
func New(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Server{cfg: cfg, clock: &clock{base: cfg.Now}, metrics: newMetrics()}
	s.running, s.stop = context.WithCancel(context.Background())
	var err error
	if s.sys, err = openSystem(ctx, &s.cfg, s.clock, s.metrics.observe); err != nil {
		return nil, err
	}
	if s.root, err = s.sys.bootstrap(ctx, cfg.Root); err != nil {
		return nil, errors.Join(err, s.sys.close())
	}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.sys.close())
	}
	return s, nil
}

func (s *Server) open() error {
	var err error
	if s.listen, err = listen(s.cfg.Listen); err != nil {
		return err
	}
	if s.cfg.Admin == "" {
		return nil
	}
	if s.admin, err = listen(s.cfg.Admin); err != nil {
		return errors.Join(err, s.listen.Close())
	}
	return nil
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w: another program is using the address; choose one with --listen", err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w; choose one with --listen", err)
	}
	return l, nil
}

// URL is where the AWS endpoint answers.
func (s *Server) URL() string {
	scheme := "http"
	if s.cfg.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + s.listen.Addr().String()
}

// AdminURL is where health and metrics answer; "" without them.
func (s *Server) AdminURL() string {
	if s.admin == nil {
		return ""
	}
	return "http://" + s.admin.Addr().String()
}

// Root is the root credential that New made, for this once. It is zero when
// the installation existed before.
func (s *Server) Root() Root { return s.root }

// Run serves until ctx ends, then lets the calls under way finish, for at most
// 20 seconds, and returns. It returns early when a listener fails.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	main := s.httpServer(s)
	admin := s.httpServer(s.adminHandler())
	failed := make(chan error, 2)
	go func() { failed <- s.serve(main) }()
	if s.admin != nil {
		go func() { failed <- admin.Serve(s.admin) }()
	}
	var housework sync.WaitGroup
	housework.Go(func() { s.keepHouse(ctx) })
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		cancel()
	}
	s.stop()
	drain, done := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer done()
	err = errors.Join(err, end(drain, main), end(drain, admin))
	housework.Wait()
	return err
}

// end lets the calls under way finish until ctx ends, and cuts off the rest.
func end(ctx context.Context, h *http.Server) error {
	err := h.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		h.Close()
		return fmt.Errorf("stopped, but calls that were under way for %v were cut off", drainTimeout)
	}
	return err
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
	}
}

func (s *Server) serve(h *http.Server) error {
	if s.cfg.TLSCert == "" {
		return h.Serve(s.listen)
	}
	h.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	return h.ServeTLS(s.listen, s.cfg.TLSCert, s.cfg.TLSKey)
}

// ServeHTTP sends a request to the AWS services or to one of Writ's pages. It
// is a bare handler: a ServeMux would redirect paths such as "//", which
// clients sign and send.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.boundBody(w, r)
	s.tellTime(w.Header())
	if signin.Serves(r) && !s.current().pipeline.NamesBucket(r.Host) {
		sys := s.enter()
		defer sys.calls.Done()
		sys.signIn.ServeHTTP(w, r)
		return
	}
	if strings.HasPrefix(r.URL.Path, pagePrefix) && !s.current().pipeline.NamesBucket(r.Host) {
		s.servePage(w, r)
		return
	}
	if s.isIssuerPage(r) {
		s.serveIssuerPage(w, r)
		return
	}
	if isBrowserAtRoot(r) && !s.current().pipeline.NamesBucket(r.Host) {
		sendToConsole(w)
		return
	}
	sys := s.enter()
	defer sys.calls.Done()
	isolate(w.Header(), r)
	sys.pipeline.ServeHTTP(w, r)
}

// boundBody gives up a client whose body does not come. Calls that read a body
// go on by bounds of their own; what reads none, or a form for people, has this
// one: net/http waits for the rest of a body that nobody has read.
func (s *Server) boundBody(w http.ResponseWriter, r *http.Request) {
	if r.Body != nil && r.Body != http.NoBody {
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.current().pipeline.Limits.BodyTime))
	}
}

// TimeHeader is a header of every answer of a server whose clock was moved: what
// that clock shows, in RFC 3339 and whole seconds. Its Date header has the true
// time, by which signatures are judged.
const TimeHeader = "X-Writ-Time"

func (s *Server) tellTime(h http.Header) {
	if s.clock.offset.Load() != 0 {
		h.Set(TimeHeader, s.clock.now().UTC().Format(time.RFC3339))
	}
}

// isolate has browsers keep a page that is an object apart from the pages of
// this site, which have the same origin: whoever may write an object, or presign
// a URL, could act by its scripts as whoever is signed in. Only what a browser
// can open by itself is isolated, which has no Authorization header.
func isolate(h http.Header, r *http.Request) {
	if r.Header.Get("Authorization") == "" {
		h.Set("Content-Security-Policy", "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts")
	}
}

// enter returns the installation as it is now, with one call more under way.
func (s *Server) enter() *system {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.sys.calls.Add(1)
	return s.sys
}

// Close ends the listeners and closes the installation. Call it once Run has
// returned, or instead of Run.
func (s *Server) Close() error {
	s.stop()
	s.listen.Close()
	if s.admin != nil {
		s.admin.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sys.close()
}
