package server

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iam"
	"github.com/writ-iam/writ/internal/shape"
)

// pagePrefix begins the paths of Writ's own pages. No bucket can have it: a
// bucket's name does not begin with an underscore.
const pagePrefix = "/_writ/"

// page is one of Writ's own pages, by a method.
type page struct {
	dev  bool // only a server started with Dev has it
	make func(s *Server) *api.Page
}

// pages are all of them, by path and method. None is open to a request without
// a signature.
var pages = map[string]map[string]page{
	"/_writ/accounts": {
		http.MethodGet:  {make: (*Server).accountListPage},
		http.MethodPost: {make: (*Server).accountPage},
	},
	"/_writ/accounts/details": {
		http.MethodGet: {make: (*Server).accountDetailsPage},
		http.MethodPut: {make: (*Server).putAccountDetailsPage},
	},
	"/_writ/delegations": {http.MethodGet: {make: func(*Server) *api.Page { return iam.DelegationPage() }}},
	"/_writ/events":      {http.MethodGet: {make: (*Server).eventPage}},
	"/_writ/explain":     {http.MethodGet: {make: (*Server).explainPage}},
	"/_writ/backup":      {http.MethodGet: {make: (*Server).backupPage}},
	"/_writ/clock":       {http.MethodPost: {dev: true, make: (*Server).clockPage}},
	"/_writ/reset":       {http.MethodPost: {dev: true, make: (*Server).resetPage}},
}

func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	methods := pages[r.URL.Path]
	p, ok := methods[r.Method]
	allowed := slices.DeleteFunc(slices.Sorted(maps.Keys(methods)), func(m string) bool { return methods[m].dev && !s.cfg.Dev })
	switch {
	case len(allowed) == 0:
		http.Error(w, `{"code":"NotFound","message":"There is no such page."}`, http.StatusNotFound)
	case !ok:
		names := strings.Join(allowed, ", ")
		w.Header().Set("Allow", names)
		http.Error(w, `{"code":"MethodNotAllowed","message":"This page takes `+names+`."}`, http.StatusMethodNotAllowed)
	default:
		s.current().pipeline.ServePage(w, r, p.make(s))
	}
}

// current is the installation as it is now. A page that runs long may outlive
// it; what it holds is closed then and says so.
func (s *Server) current() *system {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.sys
}

func badRequest(text string) *shape.Error {
	return &shape.Error{Code: "ValidationError", Status: http.StatusBadRequest, Message: text}
}
