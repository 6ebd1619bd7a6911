package signin

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/xml"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/iam"
	"github.com/writ-iam/writ/internal/password"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
	"github.com/writ-iam/writ/policy"
)

const account = apitest.Account

// world is an installation in memory with its sign-in pages.
type world struct {
	*apitest.Env
	sts    *sts.Service
	signIn *Service
}

func newWorld(t testing.TB) *world {
	w := &world{}
	w.Env = apitest.New(t, func(e *apitest.Env) []*api.Table {
		w.sts = sts.New(e.Sessions, e.Events, rand.Reader)
		accounts, err := iam.New(iam.Options{
			Schema: e.Schema, MarkerKey: make([]byte, 32), Rand: rand.Reader, ARNs: catalog.ARNs, Reference: catalog.Reference{},
		})
		if err != nil {
			t.Fatal(err)
		}
		return []*api.Table{w.sts.Table(), accounts.Table()}
	})
	w.signIn = New(Options{
		DB: w.DB, Pipeline: w.Pipeline, Sessions: w.Sessions, STS: w.sts, Now: func() time.Time { return w.Now }, Rand: rand.Reader,
		Log: slog.New(slog.DiscardHandler),
	})
	return w
}

// user makes a user with a password and an inline policy; "" for none.
func (w *world) user(name, secret, inline string) *state.User {
	w.T.Helper()
	u := &state.User{Account: account, Name: name, Path: "/", Created: w.Now}
	if inline != "" {
		u.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, inline)}}
	}
	hash := ""
	if secret != "" {
		var err error
		if hash, err = password.Hash(w.T.Context(), rand.Reader, secret); err != nil {
			w.T.Fatal(err)
		}
	}
	w.Update(func(tx *state.Tx) {
		u.ID = tx.NewID(awsid.User)
		tx.PutUser(u)
		if hash != "" {
			tx.PutLoginProfile(&state.LoginProfile{UserID: u.ID, Account: account, Hash: state.Secret(hash), Created: tx.Now(), Changed: tx.Now()})
		}
	})
	return u
}

// role makes a role with a trust policy.
func (w *world) role(name, trust string, change ...func(*state.Role)) *state.Role {
	w.T.Helper()
	doc := w.document(policy.Trust, trust)
	r := &state.Role{Account: account, Name: name, Path: "/", Created: w.Now, MaxSession: time.Hour}
	w.Update(func(tx *state.Tx) {
		resolved, err := tx.Resolve(doc)
		if err != nil {
			w.T.Fatal(err)
		}
		r.ID, r.Trust = tx.NewID(awsid.Role), resolved
		for _, f := range change {
			f(r)
		}
		tx.PutRole(r)
	})
	return r
}

func (w *world) document(kind policy.Kind, text string) *state.Document {
	w.T.Helper()
	d, err := state.ParseDocument(kind, text, w.Schema)
	if err != nil {
		w.T.Fatal(err)
	}
	return d
}

// events are the names of the recorded events, the newest first, each with its
// JSON.
func (w *world) events() []string {
	w.T.Helper()
	if err := w.DB.FlushEvents(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
	var all []string
	for r, err := range w.Events.Lookup(w.T.Context(), everyEvent) {
		if err != nil {
			w.T.Fatal(err)
		}
		all = append(all, string(r.CloudTrail))
	}
	return all
}

// browser is one with cookies and without scripts. It comes by HTTPS.
type browser struct {
	world *world
	jar   *cookiejar.Jar
	from  string // address; "" is 192.0.2.1
}

const origin = "https://writ.test"

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.T.Fatal(err)
	}
	return &browser{world: w, jar: jar}
}

// loaded is a page as the browser has it.
type loaded struct {
	*http.Response
	text  string
	forms []form
}

// form is a form of a page with its hidden fields.
type form struct {
	action string
	fields url.Values
}

// get loads a path, and follows no redirect.
func (b *browser) get(path string) *loaded {
	return b.send(httptest.NewRequest(http.MethodGet, origin+path, nil))
}

// submit fills in the first form of a page and sends it: names and values.
func (b *browser) submit(p *loaded, fields ...string) *loaded {
	b.world.T.Helper()
	if len(p.forms) == 0 {
		b.world.T.Fatalf("a page without a form: %d %s", p.StatusCode, p.text)
	}
	return b.post(p.forms[0].action, p.forms[0].fields, fields...)
}

// post sends a form from a page of this site.
func (b *browser) post(path string, hidden url.Values, fields ...string) *loaded {
	form := url.Values{}
	for name, values := range hidden {
		form[name] = values
	}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, origin+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", origin)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(r)
}

// send sends a request with the browser's cookies and keeps those it gets.
func (b *browser) send(r *http.Request) *loaded {
	b.world.T.Helper()
	at := &url.URL{Scheme: "https", Host: r.Host, Path: "/"}
	for _, c := range b.jar.Cookies(at) {
		r.AddCookie(c)
	}
	r.TLS = new(tls.ConnectionState)
	if b.from != "" {
		r.RemoteAddr = b.from + ":1234"
	}
	if !Serves(r) {
		b.world.T.Fatalf("%s is not a page of signing in", r.URL.Path)
	}
	w := httptest.NewRecorder()
	b.world.signIn.ServeHTTP(w, r)
	resp := w.Result()
	b.jar.SetCookies(at, resp.Cookies())
	p := &loaded{Response: resp, text: w.Body.String()}
	p.readForms(b.world.T)
	return p
}

// location is where a page redirects to.
func (p *loaded) location() string { return p.Header.Get("Location") }

func (p *loaded) readForms(t testing.TB) {
	t.Helper()
	if !strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
		return
	}
	d := xml.NewDecoder(strings.NewReader(p.text))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v\n%s", err, p.text)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		at := make(map[string]string)
		for _, a := range start.Attr {
			at[a.Name.Local] = a.Value
		}
		switch {
		case start.Name.Local == "form":
			p.forms = append(p.forms, form{action: at["action"], fields: url.Values{}})
		case start.Name.Local == "input" && at["type"] == "hidden":
			p.forms[len(p.forms)-1].fields.Set(at["name"], at["value"])
		}
	}
}

// enter signs the browser in as a user, past the sign-in page.
func (b *browser) enter(u *state.User) {
	b.world.T.Helper()
	n := &session.Session{
		Kind: session.SignedIn, Account: u.Account, PrincipalID: u.ID, Issued: b.world.Now, Expires: b.world.Now.Add(longest),
	}
	b.begin(&beginning{caller: authz.ForUser(u), session: n})
}

// begin begins a sign-in in the browser.
func (b *browser) begin(start *beginning) {
	b.world.T.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, origin+"/", nil)
	r.TLS = new(tls.ConnectionState)
	v := &visit{w: w, r: r, snap: b.world.DB.Snapshot(), now: b.world.Now}
	if fail := b.world.signIn.begin(v, start); fail != nil {
		b.world.T.Fatal(fail)
	}
	b.jar.SetCookies(&url.URL{Scheme: "https", Host: "writ.test", Path: "/"}, w.Result().Cookies())
}

// request is a request of the browser's for a path, with its cookies.
func (b *browser) request(path string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, origin+path, nil)
	for _, c := range b.jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	r.TLS = new(tls.ConnectionState)
	return r
}

// session is what the browser's sign-in acts with.
func (b *browser) session() *authz.Session {
	b.world.T.Helper()
	v := &visit{r: b.request(home), snap: b.world.DB.Snapshot(), now: b.world.Now}
	if b.world.signIn.recognize(v); v.acting == nil {
		b.world.T.Fatal("nobody is signed in")
	}
	return v.acting
}
