package signin

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"

	"github.com/writ-iam/writ/internal/shape"
)

//go:embed pages
var files embed.FS

// templates are the pages, each in the frame of layout.html.
var templates = func() map[string]*template.Template {
	entries, err := files.ReadDir("pages")
	if err != nil {
		panic(err)
	}
	style := template.CSS(read("style.css"))
	frame := template.Must(template.New("layout.html").Funcs(template.FuncMap{"style": func() template.CSS { return style }}).Parse(read("layout.html")))
	all := make(map[string]*template.Template)
	for _, e := range entries {
		if e.Name() != "layout.html" && e.Name() != "style.css" {
			all[e.Name()] = template.Must(template.Must(frame.Clone()).Parse(read(e.Name())))
		}
	}
	return all
}()

func read(name string) string {
	b, err := files.ReadFile("pages/" + name)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// contentPolicy forbids everything but the one style sheet and forms to this
// site. Of the site's forms some lead elsewhere: see toForms.
var contentPolicy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'sha256-" + styleHash() + "'; form-action 'self'"

func styleHash() string {
	sum := sha256.Sum256([]byte(read("style.css")))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// setHeaders sets what every answer has. See the OWASP Secure Headers Project.
func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// toForms permits the page's form to lead to another origin, too: browsers
// hold form-action against redirects.
func (v *visit) toForms(origin string) {
	v.w.Header().Set("Content-Security-Policy", contentPolicy+" "+origin)
}

// view is what a page is made of.
type view struct {
	Title     string
	Error     string // shown above the form
	FormToken string
	Data      any // the page's own
}

// show answers with a page.
func (v *visit) show(status int, name string, data view) {
	data.FormToken = v.formToken
	var b bytes.Buffer
	if err := templates[name].ExecuteTemplate(&b, "layout.html", data); err != nil {
		panic("signin: " + err.Error()) // a template that does not fit its data
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	v.w.Write(b.Bytes()) // an error means that the client is gone
}

// fail answers with an error that no form mends.
func (v *visit) fail(status int, text string) {
	v.show(status, "error.html", view{Title: "This did not work", Error: text})
}

// refuse answers with the error of an act or an operation.
func (v *visit) refuse(e *shape.Error) { v.fail(e.Status, e.Message) }

// broken answers that something failed here.
func (s *Service) broken(v *visit, err error) { v.refuse(s.internal(err)) }

// internal logs what failed here and is the answer to it.
func (s *Service) internal(err error) *shape.Error {
	s.Log.Error("sign-in failed", "err", err)
	return &shape.Error{
		Code: "InternalFailure", Status: http.StatusInternalServerError, Cause: err,
		Message: "Something failed here. Try again; if it goes on, tell whoever runs this installation.",
	}
}
