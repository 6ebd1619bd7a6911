package server

import (
	"net/http"
	"strings"
)

// isBrowserAtRoot reports whether somebody opened the endpoint's bare URL in a
// browser, as AWS's S3 tells from such a request and sends to a page about it.
// Clients sign, and ask for no HTML.
func isBrowserAtRoot(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.URL.Path == "/" && r.URL.RawQuery == "" &&
		r.Header.Get("Authorization") == "" && strings.Contains(strings.Join(r.Header.Values("Accept"), ","), "text/html")
}

// sendToConsole answers such a request.
func sendToConsole(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Location", pagePrefix+"console")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept, Authorization")
	w.WriteHeader(http.StatusSeeOther)
}
