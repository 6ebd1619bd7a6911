package signin

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// cookies are the browser's, by name.
func (b *browser) cookies() map[string]*http.Cookie {
	all := make(map[string]*http.Cookie)
	for _, c := range b.jar.Cookies(mustURL(origin)) {
		all[strings.TrimPrefix(c.Name, "__Host-")] = c
	}
	return all
}

// sendWith sends a request with these cookies alone.
func (w *world) sendWith(r *http.Request, cookies ...*http.Cookie) *loaded {
	w.T.Helper()
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return w.browser().send(r)
}

// TestCookieTossing: where a browser sends two cookies of a name, nobody can
// tell which of them this site has set. Neither signs in, and no form counts.
func TestCookieTossing(t *testing.T) {
	w := newWorld(t)
	ann, eve := w.browser(), w.browser()
	ann.enter(w.user("ann", "", ""))
	eve.enter(w.user("eve", "", ""))
	form := ann.get(home).forms[0]
	eve.get(home)
	page := func() *http.Request { return httptest.NewRequest("GET", origin+home, nil) }
	post := func() *http.Request {
		r := httptest.NewRequest("POST", origin+form.action, strings.NewReader(form.fields.Encode()))
		r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {origin}}
		return r
	}
	own, foreign := ann.cookies(), eve.cookies()
	signIns := []*http.Cookie{own[sessionCookie], foreign[sessionCookie]}
	forms := []*http.Cookie{own[formCookie], foreign[formCookie]}
	for range 2 { // one order and the other
		if p := w.sendWith(page(), signIns...); p.StatusCode != 303 {
			t.Errorf("two sign-ins: %d %s", p.StatusCode, p.text)
		}
		if p := w.sendWith(post(), append(forms, own[sessionCookie])...); p.StatusCode != 403 || !ann.inside() {
			t.Errorf("two of forms: %d %s", p.StatusCode, p.text)
		}
		slices.Reverse(signIns)
		slices.Reverse(forms)
	}
	if p := w.sendWith(page(), own[sessionCookie]); p.StatusCode != 200 {
		t.Errorf("one sign-in: %d", p.StatusCode)
	}
	if p := w.sendWith(post(), own[formCookie], own[sessionCookie]); p.StatusCode != 303 || ann.inside() {
		t.Errorf("one of forms: %d %s", p.StatusCode, p.text)
	}
}
