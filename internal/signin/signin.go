// Package signin lets people in by a browser: the sign-in page, sign-in tokens
// of /federation, SAML responses posted to /saml, switching roles, and the
// authorization of command lines (aws login). The pages are made by the server
// and need no JavaScript.
//
// Start at routes, the list of the pages, and at visit, what each of them is
// given. Who is signed in holds a cookie, of which the state has a digest
// (state.SignIn); the sign-in acts with a session token like any other, through
// the pipeline: an act is authorized and recorded as a call is.
package signin

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/password"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
)

// Options are what a Service is made of. All are required.
type Options struct {
	DB       *state.DB
	Pipeline *api.Pipeline
	Sessions *authz.Sessions
	STS      *sts.Service

	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
}

// Service serves the pages. It is safe for concurrent use.
type Service struct {
	Options
	origins  *http.CrossOriginProtection
	tries    tries
	failures failures // of OAuth clients
	// imaginary limits the events about users that do not exist.
	imaginary *rate.Limiter
	// matches is password.Matches.
	matches func(ctx context.Context, hash, password string) (bool, error)
}

// New returns the service.
func New(o Options) *Service {
	return &Service{
		Options: o, origins: http.NewCrossOriginProtection(), matches: password.Matches,
		imaginary: rate.NewLimiter(rate.Every(time.Minute/imaginaryEvents), imaginaryEvents),
	}
}

// page answers a visit.
type page func(*Service, *visit)

// route is a page by its methods.
type route struct {
	get, post page
	// machine says that no browser's form posts here, or one of another site:
	// what comes is its own proof, and takes nothing from a cookie.
	machine bool
	// hint is what is said to who comes by another method; may be "".
	hint string
}

// home is where one comes to after signing in.
const home = "/_writ/console"

// routes are all pages by path.
var routes = map[string]route{
	home:               {get: (*Service).homePage},
	"/signin":          {get: (*Service).signInPage, post: (*Service).signInByPassword},
	"/signin/mfa":      {post: (*Service).signInByCode},
	"/signin/password": {post: (*Service).signInByNewPassword},
	"/signin/signout":  {post: (*Service).signOut},

	samlPath:         {post: (*Service).samlPage, machine: true, hint: noResponse},
	samlACS:          {post: (*Service).samlPage, machine: true, hint: noResponse},
	samlLoginPath:    {get: (*Service).samlLoginPage},
	samlContinuePath: {get: (*Service).samlContinuePage, post: (*Service).samlContinue},

	"/federation":       {get: (*Service).federationPage, post: (*Service).federationPage, machine: true},
	"/federation/login": {post: (*Service).replaceLogin},
	"/switchrole":       {get: (*Service).switchRolePage, post: (*Service).switchRole},
	"/switchrole/back":  {post: (*Service).exitRole},

	authorizePath:    {get: (*Service).authorizePage, post: (*Service).authorize},
	confirmationPath: {get: (*Service).confirmationPage},
	tokenPath:        {post: (*Service).tokenPage, machine: true},
}

// routeOf finds the route of a path.
func routeOf(path string) (route, bool) {
	if strings.HasPrefix(path, samlACS) {
		path = samlACS
	}
	r, ok := routes[path]
	return r, ok
}

// Serves reports whether a request is for one of the pages. A signed one is
// not: it is a call, perhaps about a bucket of the same name.
func Serves(r *http.Request) bool {
	_, ok := routeOf(r.URL.Path)
	return ok && !strings.HasPrefix(r.Header.Get("Authorization"), "AWS") && !r.URL.Query().Has("X-Amz-Signature")
}

// ServeHTTP answers a request that Serves reported.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Pipeline.ServeStranger(w, r, func(w http.ResponseWriter, snap *state.Snapshot) {
		setHeaders(w.Header())
		route, _ := routeOf(r.URL.Path)
		v := &visit{w: w, r: r, snap: snap, now: s.Now()}
		serve := route.get
		switch r.Method {
		case http.MethodGet, http.MethodHead:
		case http.MethodPost:
			serve = route.post
		default:
			serve = nil
		}
		if serve == nil {
			w.Header().Set("Allow", route.methods())
			v.fail(http.StatusMethodNotAllowed, cmp.Or(route.hint, "This page takes "+route.methods()+"."))
			return
		}
		s.admit(v, route, serve)
	})
}

// admit reads the form and the cookies of a visit, and serves it.
func (s *Service) admit(v *visit, route route, serve page) {
	if !v.parseForm() {
		return
	}
	s.arrived(v)
	if !route.machine {
		if !s.openForms(v) {
			return
		}
		s.recognize(v)
	}
	serve(s, v)
}

// arrived has a visit judged on what is so when all of it has come: who sends
// slowly outlives no code, no password and no session.
func (s *Service) arrived(v *visit) { v.snap, v.now = s.DB.Snapshot(), s.Now() }

func (r route) methods() string {
	switch {
	case r.post == nil:
		return "GET, HEAD"
	case r.get == nil:
		return "POST"
	}
	return "GET, HEAD, POST"
}
