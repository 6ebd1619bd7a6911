package signin

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/state"
)

var everyEvent = audit.Query{}

func TestHomePage(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	if p := b.get(home); p.StatusCode != 303 || p.location() != "/signin?destination=%2F_writ%2Fconsole" {
		t.Errorf("without a sign-in: %d, %s", p.StatusCode, p.location())
	}
	b.enter(w.user("ann", "", ""))
	p := b.get(home)
	for _, want := range []string{"ann", account, "arn:aws:iam::" + account + ":user/ann", "2030-01-02T15:04:05Z"} {
		if !strings.Contains(p.text, want) {
			t.Errorf("the page lacks %s:\n%s", want, p.text)
		}
	}
	w.Now = w.Now.Add(longest)
	if p := b.get(home); p.StatusCode != 303 {
		t.Errorf("twelve hours later: %d", p.StatusCode)
	}
}

func TestSignOut(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.enter(w.user("ann", "", ""))
	stolen := b.jar.Cookies(mustURL(origin))
	if p := b.submit(b.get(home)); p.StatusCode != 303 || p.location() != "/signin" {
		t.Fatalf("%d %s", p.StatusCode, p.text)
	}
	if w.DB.Snapshot().NumSignIns() != 0 {
		t.Error("the sign-in is kept")
	}
	thief := w.browser()
	thief.jar.SetCookies(mustURL(origin), stolen)
	if p := thief.get(home); p.StatusCode != 303 {
		t.Error("the cookie works after signing out")
	}
	if e := w.events(); !strings.Contains(e[0], `"eventName":"Logout"`) || !strings.Contains(e[1], `"eventName":"ConsoleLogin"`) ||
		!strings.Contains(e[1], `"eventType":"AwsConsoleSignIn"`) || !strings.Contains(e[1], `"responseElements":{"ConsoleLogin":"Success"}`) {
		t.Errorf("events: %s", e)
	}
}

// TestSignInEndsWithItsPrincipal: a deleted user's cookie is worth nothing.
func TestSignInEndsWithItsPrincipal(t *testing.T) {
	w := newWorld(t)
	b, u := w.browser(), w.user("ann", "", "")
	b.enter(u)
	w.Update(func(tx *state.Tx) { tx.DeleteUser(u) })
	w.user("ann", "", "")
	if p := b.get(home); p.StatusCode != 303 {
		t.Errorf("another ann: %d %s", p.StatusCode, p.text)
	}
}

// TestCSRF: no form counts but one of a page of this site in this browser.
func TestCSRF(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.enter(w.user("ann", "", ""))
	form := b.get(home).forms[0].fields
	other := w.browser()
	other.enter(w.user("eve", "", ""))
	foreign := other.get(home).forms[0].fields
	for name, attack := range map[string]struct {
		fields url.Values
		header http.Header
	}{
		"no token":             {nil, nil},
		"another's token":      {foreign, nil},
		"another site":         {form, http.Header{"Sec-Fetch-Site": {"cross-site"}}},
		"a sister site":        {form, http.Header{"Sec-Fetch-Site": {"same-site"}}},
		"another origin alone": {form, http.Header{"Origin": {"https://evil.test"}}},
	} {
		r := httptest.NewRequest("POST", origin+"/signin/signout", strings.NewReader(attack.fields.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for k, v := range attack.header {
			r.Header[k] = v
		}
		if p := b.send(r); p.StatusCode != 403 {
			t.Errorf("%s: %d", name, p.StatusCode)
		}
	}
	if b.get(home).StatusCode != 200 {
		t.Error("signed out by one of them")
	}
}

// TestHardening: what every page forbids to browsers, and its cookies.
func TestHardening(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.enter(w.user("ann", "", ""))
	p := b.get(home)
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'sha256-",
		"X-Frame-Options":         "DENY", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "same-origin",
	} {
		if got := p.Header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
	c := w.browser().get(home).Cookies()[0]
	if c.Name != "__Host-writ-form" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie %v", c)
	}
}

// TestSignInsOfOnePrincipalAreBounded.
func TestSignInsOfOnePrincipalAreBounded(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", "", "")
	first := w.browser()
	first.enter(u)
	for range state.MaxSignIns {
		w.Now = w.Now.Add(time.Second)
		w.browser().enter(u)
	}
	if n := w.DB.Snapshot().NumSignIns(); n != state.MaxSignIns {
		t.Errorf("%d sign-ins are kept", n)
	}
	if first.get(home).StatusCode != 303 {
		t.Error("the oldest is not the one that ended")
	}
}

func TestLocal(t *testing.T) {
	for destination, want := range map[string]string{
		"/a?b=c": "/a?b=c", origin + "/v1/authorize?x=%2F": "/v1/authorize?x=%2F", "": "", "//evil.test": "", "/\\evil.test": "",
		"https://evil.test/": "", "http://writ.test/": "", "https://writ.test@evil.test/": "", "https://a@writ.test/": "", "javascript:alert(1)": "",
		"/a\r\nSet-Cookie: x": "", "evil": "", "https://writ.test//evil.test": "", "https:/evil.test": "", "/%0d%0aX: y": "/%0D%0AX:%20y",
	} {
		if got, ok := local(origin, destination); got != want || ok != (want != "") {
			t.Errorf("local(%q) = %q, %v", destination, got, ok)
		}
	}
}

func mustURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}
