package server

import (
	"net/http"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/shape"
)

// pagePrefix begins the paths of Writ's own pages. No bucket can have it: a
// bucket's name does not begin with an underscore.
const pagePrefix = "/_writ/"

// page is one of Writ's own pages.
type page struct {
	method string
	dev    bool // only a server started with Dev has it
	make   func(s *Server) *api.Page
}

// pages are all of them. None is open to a request without a signature.
var pages = map[string]page{
	"/_writ/accounts": {method: http.MethodPost, make: (*Server).accountPage},
	"/_writ/events":   {method: http.MethodGet, make: (*Server).eventPage},
	"/_writ/explain":  {method: http.MethodGet, make: (*Server).explainPage},
	"/_writ/backup":   {method: http.MethodGet, make: (*Server).backupPage},
	"/_writ/clock":    {method: http.MethodPost, dev: true, make: (*Server).clockPage},
	"/_writ/reset":    {method: http.MethodPost, dev: true, make: (*Server).resetPage},
}

func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	p, ok := pages[r.URL.Path]
	switch {
	case !ok || p.dev && !s.cfg.Dev:
		http.Error(w, `{"code":"NotFound","message":"There is no such page."}`, http.StatusNotFound)
	case r.Method != p.method:
		w.Header().Set("Allow", p.method)
		http.Error(w, `{"code":"MethodNotAllowed","message":"This page takes `+p.method+`."}`, http.StatusMethodNotAllowed)
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
