package server

import (
	"net/http"
	"strings"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
)

// keySetCaching lets verifiers keep metadata and keys for an hour. A key is
// published for longer than that before it signs.
const keySetCaching = "public, max-age=3600"

// isIssuerPage reports whether a request is for a page of an issuer of web
// identity tokens. All pages under its path are open to everyone.
func (s *Server) isIssuerPage(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, sts.IssuerPath) && !s.current().pipeline.NamesBucket(r.Host)
}

func (s *Server) serveIssuerPage(w http.ResponseWriter, r *http.Request) {
	sys := s.enter()
	defer sys.calls.Done()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this page takes GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	sys.pipeline.ServeStranger(w, r, func(w http.ResponseWriter, snap *state.Snapshot) {
		document, ok, err := sts.IssuerDocument(snap, r.URL.Path, s.clock.now())
		switch {
		case err != nil:
			s.cfg.Log.Error("page of an issuer failed", "err", err)
			http.Error(w, "internal failure", http.StatusInternalServerError)
		case !ok:
			http.Error(w, "there is no such issuer", http.StatusNotFound)
		default:
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", keySetCaching)
			w.Write(document)
		}
	})
}
