package signin

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestAuthorizationOpenRedirect: requests that are none get a page and are never redirected,
// for their redirect URI may be anybody's.
func TestAuthorizationOpenRedirect(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.enter(w.user("ann", "", mayLogIn))
	local, remote := w.cli(), w.remoteCLI()
	for _, uri := range []string{
		"", "http://127.0.0.1/oauth/callback", "http://127.0.0.1:0/oauth/callback", "http://127.0.0.1:65536/oauth/callback", "http://127.0.0.1:080/oauth/callback",
		"http://localhost:53037/oauth/callback", "http://[::1]:53037/oauth/callback", "https://127.0.0.1:53037/oauth/callback", "http://127.0.0.2:53037/oauth/callback",
		"http://127.0.0.1:53037/oauth/callback/", "http://127.0.0.1:53037/oauth/callback?x=y", "http://127.0.0.1:53037/oauth/callback#x", "http://127.0.0.1:53037/",
		"http://127.0.0.1:53037@evil.test/oauth/callback", "http://evil.test/oauth/callback", "http://127.0.0.1.evil.test:80/oauth/callback", "//evil.test/oauth/callback",
		"http://127.0.0.1:53037/oauth/../oauth/callback", "http://127.0.0.1:53037/oauth/callback\r\nX: y", "javascript:alert(1)", "http://0x7f000001:53037/oauth/callback",
		"http://127.0.0.1:53037\\@evil.test/oauth/callback", "http://2130706433:53037/oauth/callback", origin + confirmationPath, "HTTP://127.0.0.1:53037/oauth/callback",
	} {
		checkNoRedirect(t, b, local.page("redirect_uri", uri), local.query("redirect_uri", uri))
	}
	for _, uri := range []string{
		local.redirect, confirmationPath, "http://writ.test" + confirmationPath, origin + confirmationPath + "/", origin + confirmationPath + "?x", "https://evil.test" + confirmationPath,
		"https://writ.test:443" + confirmationPath, "https://a@writ.test" + confirmationPath, origin + "/V1/sessions/confirmation",
	} {
		checkNoRedirect(t, b, remote.page("redirect_uri", uri), remote.query("redirect_uri", uri))
	}
	for _, change := range [][]string{
		{"client_id", ""}, {"client_id", "arn:aws:signin:::devtools/other"}, {"response_type", "token"}, {"response_type", ""}, {"scope", "openid email"}, {"scope", ""},
		{"code_challenge_method", "plain"}, {"code_challenge_method", "S256"}, {"code_challenge_method", ""}, {"code_challenge", ""}, {"code_challenge", local.verifier},
		{"code_challenge", local.challenge() + "="}, {"code_challenge", strings.Repeat("A", 42) + "B"}, {"state", ""}, {"state", strings.Repeat("x", 513)}, {"state", "a\r\nb"}, {"state", "ü"},
	} {
		checkNoRedirect(t, b, local.page(change...), local.query(change...))
	}
	for _, name := range authorizationParameters {
		q := local.query()
		q.Add(name, q.Get(name))
		checkNoRedirect(t, b, authorizePath+"?"+q.Encode(), q)
	}
}

// checkNoRedirect: neither asking nor answering leads anywhere.
func checkNoRedirect(t *testing.T, b *browser, page string, form url.Values) {
	t.Helper()
	if p := b.get(page); p.StatusCode != 400 || p.location() != "" {
		t.Errorf("%s: %d %s", page, p.StatusCode, p.location())
	}
	token := b.get(home).forms[0].fields
	for name, values := range form {
		token[name] = values
	}
	if p := b.post(authorizePath, token, "answer", "yes"); p.StatusCode != 400 || p.location() != "" {
		t.Errorf("posting %s: %d %s", page, p.StatusCode, p.location())
	}
}

// TestAuthorizeCSRF: no other site lets a client in.
func TestAuthorizeCSRF(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	fields := b.get(c.page()).forms[0].fields
	for name, change := range map[string]func(url.Values, http.Header){
		"no token":     func(f url.Values, _ http.Header) { f.Del(formField) },
		"wrong token":  func(f url.Values, _ http.Header) { f.Set(formField, "x") },
		"another site": func(_ url.Values, h http.Header) { h.Set("Sec-Fetch-Site", "cross-site") },
	} {
		form := url.Values{"answer": {"yes"}}
		for k, v := range fields {
			form[k] = v
		}
		h := http.Header{"Sec-Fetch-Site": {"same-origin"}, "Content-Type": {"application/x-www-form-urlencoded"}}
		change(form, h)
		r := httptest.NewRequest("POST", origin+authorizePath, strings.NewReader(form.Encode()))
		r.Header = h
		if p := b.send(r); p.StatusCode != 403 || p.location() != "" {
			t.Errorf("%s: %d %s", name, p.StatusCode, p.location())
		}
	}
	// What GET permits is to ask only.
	if p := b.get(c.page() + "&answer=yes&" + formField + "=" + fields.Get(formField)); p.StatusCode != 200 || p.location() != "" {
		t.Errorf("by GET: %d %s", p.StatusCode, p.location())
	}
}

// TestAnotherSignsInMeanwhile: whoever the page did not show lets nobody in.
func TestAnotherSignsInMeanwhile(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	p := b.get(c.page())
	b.enter(w.user("root-like", "", mayLogIn))
	p = b.submit(p, "answer", "yes")
	if p.StatusCode != 200 || !strings.Contains(p.text, "somebody else") || !strings.Contains(p.text, "root-like") {
		t.Fatalf("%d %s", p.StatusCode, p.text)
	}
	c.redeem(mustURL(b.submit(p, "answer", "yes").location()).Query().Get("code")).good(t)
	b.submit(b.get(home))
	if p := b.submit(p, "answer", "yes"); p.StatusCode != 303 || p.location() != toSignIn(c.page()) {
		t.Errorf("nobody is signed in: %d %s", p.StatusCode, p.location())
	}
}

// TestAuthorizationXSS: what a link brings is shown as text.
func TestAuthorizationXSS(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	const script = `"><script>alert(1)</script>`
	for _, path := range []string{
		c.page("state", script), c.page("client_id", script), c.page("redirect_uri", script), c.page("code_challenge", script),
		confirmationPath + "?" + url.Values{"state": {script}, "code": {script}}.Encode(), confirmationPath + "?" + url.Values{"error": {script}}.Encode(),
	} {
		if p := b.get(path); strings.Contains(p.text, "<script") {
			t.Errorf("%s: %s", path, p.text)
		}
	}
	for _, query := range []string{"", "?code=x", "?state=x", "?state=x&code=" + strings.Repeat("x", 513), "?state=x&code=a&code=b", "?state=x&state=y&code=a"} {
		if p := b.get(confirmationPath + query); p.StatusCode != 400 {
			t.Errorf("%s: %d", query, p.StatusCode)
		}
	}
}
