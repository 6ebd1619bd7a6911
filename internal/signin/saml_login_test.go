package signin

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/federation/federationtest"
	"github.com/writ-iam/writ/internal/sts"
)

// answer is a login that answers a request.
func (w *samlWorld) answer(id, request string, roles ...string) string {
	l := w.login(id, roles...)
	l.InResponseTo, l.Recipient = request, origin+"/saml"
	return w.idp.Post(w.T, l)
}

func TestSAMLLogin(t *testing.T) {
	w := newSAMLWorld(t)
	b := w.browser()
	r, p := b.ask("provider=" + samlProvider + "&destination=%2F_writ%2Fconsole%3Fa%3Db")
	to := mustURL(p.location())
	if to.Scheme+"://"+to.Host+to.Path != "https://idp.example.com/sso" || to.Query().Get("app") != "1" {
		t.Errorf("sent to %s", to)
	}
	if r.Destination != "https://idp.example.com/sso?app=1" || r.ReplyTo != origin+"/saml" || r.Issuer != "urn:amazon:webservices" ||
		r.Version != "2.0" || !r.Issued.Equal(w.Now) || !regexp.MustCompile(`^_[A-Za-z0-9_-]{60,200}$`).MatchString(r.ID) {
		t.Errorf("the request %+v", r)
	}
	c := p.Cookies()[len(p.Cookies())-1]
	if c.Name != "__Host-writ-saml-request" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteNoneMode || c.MaxAge != 900 {
		t.Errorf("cookie %v", c)
	}
	p = b.fromIDP("/saml", "SAMLResponse", w.answer("_1", r.ID), "RelayState", "/elsewhere")
	if p = b.get(p.location()); p.location() != "/_writ/console?a=b" || b.signedInAs() != assumed(account, "reader") {
		t.Errorf("leads to %q, signed in as %q", p.location(), b.signedInAs())
	}
	if p := b.fromIDP("/saml", "SAMLResponse", w.answer("_2", r.ID)); p.StatusCode != 400 || !strings.Contains(p.text, "has been used before") {
		t.Errorf("a second answer: %d %s", p.StatusCode, p.text)
	}
	again, _ := b.ask("provider=" + samlProvider)
	other, _ := b.ask("provider=" + samlProvider)
	for i, r := range []*asked{other, again} { // two tabs
		if p := b.fromIDP("/saml", "SAMLResponse", w.answer("_tab"+string(rune('a'+i)), r.ID)); p.StatusCode != 303 {
			t.Errorf("tab %d: %d %s", i, p.StatusCode, p.text)
		}
	}
}

// TestSAMLLoginByPlainHTTP: without TLS no cookie has SameSite=None, which
// browsers would refuse.
func TestSAMLLoginByPlainHTTP(t *testing.T) {
	w := newSAMLWorld(t)
	w.sts.SAMLEndpoints = []string{"http://writ.test/saml"}
	rec := httptest.NewRecorder()
	w.signIn.ServeHTTP(rec, httptest.NewRequest("GET", "http://writ.test/saml/login?provider="+samlProvider, nil))
	for _, c := range rec.Result().Cookies() {
		if c.Name == samlRequestCookie && (c.Secure || c.SameSite == http.SameSiteNoneMode || !c.HttpOnly) {
			t.Errorf("cookie %v", c)
		}
	}
	if rec.Code != 303 {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// TestSAMLLoginNowhere: there is one answer for all providers that there are not,
// one for all whose metadata has no address to ask at, and none is asked where no
// answer would be taken.
func TestSAMLLoginNowhere(t *testing.T) {
	w := newSAMLWorld(t)
	metadata := func(location string) string {
		return strings.Replace(w.idp.Metadata(), "https://idp.example.com/sso?app=1", location, 1)
	}
	for i, location := range []string{
		"http://idp.example.com/sso", "http://127.0.0.1:8080/sso", "javascript:alert(1)", "//evil.test/", "/sso", "https://", "https://a@evil.test/",
		"ftp://idp.example.com/", "data:text/html,x", ":",
	} {
		w.register(account, "N"+string(rune('a'+i)), metadata(location))
	}
	w.register(account, "Post", strings.Replace(w.idp.Metadata(), "HTTP-Redirect", "HTTP-Artifact", 1))
	texts := map[string]bool{}
	names := []string{"None", "Post", "Corp/x", "Other"}
	for i := range 10 {
		names = append(names, "N"+string(rune('a'+i)))
	}
	for _, name := range names {
		p := w.browser().get("/saml/login?provider=arn:aws:iam::" + account + ":saml-provider/" + name)
		if p.StatusCode != 404 || p.location() != "" {
			t.Errorf("%s: %d %s", name, p.StatusCode, p.location())
		}
		texts[p.text] = true
		registered := name == "Post" || strings.HasPrefix(name, "N") && name != "None"
		if strings.Contains(p.text, "begins with https://") != registered {
			t.Errorf("%s: %s", name, p.text)
		}
	}
	if len(texts) != 2 {
		t.Errorf("%d different answers", len(texts))
	}
	if p := w.browser().get("/saml/login"); p.StatusCode != 400 || !strings.Contains(p.text, "?provider=") {
		t.Errorf("without a provider: %d %s", p.StatusCode, p.text)
	}
	w.sts.SAMLLoopback = true
	for i, want := range map[int]int{0: 404, 1: 303} {
		if p := w.browser().get("/saml/login?provider=arn:aws:iam::" + account + ":saml-provider/N" + string(rune('a'+i))); p.StatusCode != want {
			t.Errorf("on a laptop, N%d: %d", i, p.StatusCode)
		}
	}
	w.sts.SAMLEndpoints = []string{"https://other.test/saml"}
	if p := w.browser().get("/saml/login?provider=" + samlProvider); p.StatusCode != 404 || !strings.Contains(p.text, "--saml-endpoint https://writ.test/saml") {
		t.Errorf("without an endpoint here: %d %s", p.StatusCode, p.text)
	}
	if p := w.browser().get("/saml/login?provider=" + samlProvider + "&provider=x"); p.StatusCode != 400 {
		t.Errorf("two providers: %d", p.StatusCode)
	}
}

// TestCVE_2026_9098_Casdoor: it was not checked that a response answers a
// request, so that a response to somebody else's request signed a browser in.
func TestCVE_2026_9098_Casdoor(t *testing.T) {
	w := newSAMLWorld(t)
	w.register(account, "Twin", w.idp.Metadata())
	w.role("twin", trustsSAML(account, "Twin"))
	eve, b := w.browser(), w.browser()
	eves, _ := eve.ask("provider=" + samlProvider)
	bs, _ := b.ask("provider=" + samlProvider)
	twins, _ := b.ask("provider=arn:aws:iam::" + account + ":saml-provider/Twin")
	apart := w.login("_apart")
	apart.InResponseTo = bs.ID
	unsigned := w.idp.Response("_r", w.idp.Sign(t, w.idp.Assertion(w.login("_unsolicited"))))
	unsigned.CreateAttr("InResponseTo", bs.ID)
	// An answer to eve, of which eve changes what is not signed.
	moved := w.login("_moved")
	moved.InResponseTo = eves.ID
	readdressed := w.idp.Response("_r", w.idp.Sign(t, w.idp.Assertion(moved)))
	readdressed.CreateAttr("InResponseTo", bs.ID)
	tampered := bs.ID[:len(bs.ID)-2] + "AA"
	if tampered == bs.ID {
		tampered = bs.ID[:len(bs.ID)-2] + "BA"
	}
	attacks := map[string]string{
		"another browser's request":        w.answer("_1", eves.ID),
		"somebody else's request":          w.answer("_2", "_0123456789"),
		"a request that is made up":        w.answer("_3", tampered),
		"an empty one of ours":             w.answer("_4", "_"),
		"another provider's request":       w.answer("_5", twins.ID),
		"of the confirmation alone":        federationtest.Encode(t, w.idp.Response("_r", w.idp.Sign(t, w.idp.Assertion(apart)))),
		"of the unsigned response alone":   federationtest.Encode(t, unsigned),
		"readdressed in what is unsigned":  federationtest.Encode(t, readdressed),
		"of the right one, for a twin":     w.answer("_6", bs.ID, pair(account, "twin", "Twin")),
		"a session token for a request id": w.answer("_7", "_"+w.sessionToken()),
	}
	before := w.DB.Snapshot().NumSpent()
	refused := func(name, response string) {
		t.Helper()
		if p := b.fromIDP("/saml", "SAMLResponse", response); p.StatusCode < 400 || len(p.Cookies()) != 0 {
			t.Errorf("%s: %d %s", name, p.StatusCode, p.location())
		}
	}
	for name, response := range attacks {
		refused(name, response)
	}
	if n := w.DB.Snapshot().NumSpent(); n != before {
		t.Errorf("%d are taken", n-before)
	}
	w.Now = w.Now.Add(10 * time.Minute)
	refused("a request that is too old", w.answer("_8", bs.ID))
	fresh, _ := b.ask("provider=" + samlProvider)
	if p := b.fromIDP("/saml", "SAMLResponse", w.answer("_9", fresh.ID)); p.StatusCode != 303 {
		t.Errorf("the true one: %d %s", p.StatusCode, p.text)
	}
}

// sessionToken is another thing that is sealed with the same keys.
func (w *samlWorld) sessionToken() string {
	_, body := w.assume(w.idp.Post(w.T, w.login("_token")))
	_, rest, _ := strings.Cut(body, "<SessionToken>")
	token, _, _ := strings.Cut(rest, "</SessionToken>")
	return token
}

// TestInResponseTo: what each setting takes, in a browser and by the API.
func TestInResponseTo(t *testing.T) {
	for _, tt := range []struct {
		setting           sts.InResponseTo
		unsolicited, tool [2]int // in a browser, by the API
		own               [2]int
	}{
		{"", [2]int{303, 200}, [2]int{403, 200}, [2]int{303, 200}},
		{sts.AnswersIfPresent, [2]int{303, 200}, [2]int{403, 200}, [2]int{303, 200}},
		{sts.AnswersRequired, [2]int{400, 400}, [2]int{400, 400}, [2]int{303, 200}},
		{sts.AnswersIgnored, [2]int{303, 200}, [2]int{303, 200}, [2]int{303, 200}},
	} {
		w := newSAMLWorld(t)
		w.sts.SAMLInResponseTo = tt.setting
		b := w.browser()
		n := 0
		present := func(request func() string) (got [2]int) {
			n++
			got[0] = b.fromIDP("/saml", "SAMLResponse", w.answer("_b"+string(rune('a'+n)), request())).StatusCode
			got[1], _ = w.assume(w.answer("_a"+string(rune('a'+n)), request()))
			return got
		}
		if got := present(func() string { return "" }); got != tt.unsolicited {
			t.Errorf("%q: unsolicited: %v", tt.setting, got)
		}
		if got := present(func() string { return "_of-a-tool" }); got != tt.tool {
			t.Errorf("%q: to a tool's request: %v", tt.setting, got)
		}
		if got := present(func() string { r, _ := b.ask("provider=" + samlProvider); return r.ID }); got != tt.own {
			t.Errorf("%q: to a request of ours: %v", tt.setting, got)
		}
	}
}

// TestSAMLAnswerWithSeveralRoles: the choice is bound to the browser too.
func TestSAMLAnswerWithSeveralRoles(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("writer", trustsSAML(account, "Corp"))
	b := w.browser()
	r, _ := b.ask("provider=" + samlProvider)
	p := b.fromIDP("/saml", "SAMLResponse", w.answer("_1", r.ID, pair(account, "reader", "Corp"), pair(account, "writer", "Corp")))
	if len(p.forms) != 1 {
		t.Fatalf("%d %s", p.StatusCode, p.text)
	}
	writer := "arn:aws:iam::" + account + ":role/writer"
	if p := w.browser().post("/saml", url.Values(p.forms[0].fields), "roleIndex", writer); p.StatusCode != 403 {
		t.Errorf("chosen in another browser: %d", p.StatusCode)
	}
	if b.follow(b.submit(p, "roleIndex", writer)); b.signedInAs() != assumed(account, "writer") {
		t.Errorf("signed in as %q", b.signedInAs())
	}
}

// TestSAMLIsDisbelieved: the log says why nobody was signed in, by the id that
// the answer has, and nothing of the assertion.
func TestSAMLIsDisbelieved(t *testing.T) {
	w := newSAMLWorld(t)
	var log bytes.Buffer
	w.sts.Log = slog.New(slog.NewTextHandler(&log, nil))
	w.register(account, "Plain", strings.ReplaceAll(w.idp.Metadata(), "https://idp.example.com/sso", "http://idp.example.com/sso"))
	l := w.login("_1")
	l.Recipient = "https://elsewhere.example.com/saml"
	b := w.browser()
	ask := func(provider string) *loaded {
		return b.get("/saml/login?provider=" + strings.Replace(samlProvider, "Corp", provider, 1))
	}
	for name, c := range map[string]struct {
		at     string
		answer func() *loaded
		texts  []string
	}{
		"response": {"/saml", func() *loaded { return b.fromIDP("/saml", "SAMLResponse", w.idp.Post(t, l)) }, []string{"provider=" + samlProvider, "audience"}},
		"http":     {"/saml/login", func() *loaded { return ask("Plain") }, []string{"saml-provider/Plain", "HTTPS"}},
		"nobody":   {"/saml/login", func() *loaded { return ask("elsewhere") }, []string{"no such SAML provider"}},
	} {
		log.Reset()
		p := c.answer()
		if p.StatusCode < 400 || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("%s: %d, logged %q", name, p.StatusCode, log.String())
		}
		for _, text := range append(c.texts, "at="+c.at+" ", "request="+p.Header.Get("X-Amzn-Requestid")) {
			if !strings.Contains(log.String(), text) {
				t.Errorf("%s: the line lacks %s: %s", name, text, log.String())
			}
		}
		if strings.Contains(log.String(), "alice") || strings.Contains(log.String(), "elsewhere") {
			t.Errorf("%s: the line tells of what a stranger says: %s", name, log.String())
		}
	}
}
