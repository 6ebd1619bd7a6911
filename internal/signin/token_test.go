package signin

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestTokenForms: OAuth's own form of the call.
func TestTokenForms(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	form := url.Values{
		"client_id": {c.client.id}, "grant_type": {byCode}, "code": {c.code(b)}, "redirect_uri": {c.redirect}, "code_verifier": {c.verifier},
	}
	const kind = "application/x-www-form-urlencoded"
	a := c.send(kind, form.Encode(), c.proof(nil)).good(t)
	for _, want := range []string{`"access_token":{"access_key_id":"ASIA`, `"token_type":`, `"expires_in":900`, `"refresh_token":`, `"id_token":`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the answer lacks %s: %s", want, a.body)
		}
	}
	form.Add("code", "x")
	c.send(kind, form.Encode(), c.proof(nil)).invalid(t, "two codes")
}

// TestTokenInputs that are none.
func TestTokenInputs(t *testing.T) {
	w := newWorld(t)
	c := w.cli()
	long := strings.Repeat("x", 43)
	for _, in := range []*tokenInput{
		{}, {ClientID: c.client.id}, {ClientID: c.client.id, GrantType: "client_credentials"}, {ClientID: c.client.id, GrantType: "password", Code: "x"},
		{ClientID: c.client.id, GrantType: byCode, RedirectURI: c.redirect, CodeVerifier: long},
		{ClientID: c.client.id, GrantType: byCode, Code: "x", CodeVerifier: long},
		{ClientID: c.client.id, GrantType: byCode, Code: "x", RedirectURI: c.redirect},
		{ClientID: c.client.id, GrantType: byCode, Code: "x", RedirectURI: c.redirect, CodeVerifier: long[1:]},
		{ClientID: c.client.id, GrantType: byCode, Code: "x", RedirectURI: c.redirect, CodeVerifier: strings.Repeat("x", 129)},
		{ClientID: c.client.id, GrantType: byCode, Code: "x", RedirectURI: c.redirect, CodeVerifier: long + "+"},
		{ClientID: c.client.id, GrantType: byCode, Code: "x", RedirectURI: c.redirect, CodeVerifier: long, RefreshToken: "y"},
		{ClientID: c.client.id, GrantType: byRefresh}, {ClientID: c.client.id, GrantType: byRefresh, RefreshToken: strings.Repeat("x", 2049)},
		{ClientID: c.client.id, GrantType: byRefresh, RefreshToken: "x", Code: "y"},
		{ClientID: "arn:aws:signin:::devtools/other", GrantType: byRefresh, RefreshToken: "x"},
	} {
		c.token(in, c.proof(nil)).invalid(t, fmt.Sprintf("%+v", in))
	}
	for kind, body := range map[string]string{
		"application/json": `{"clientId":`, "text/plain": "{}", "": "{}", "application/json; charset=utf-8": `{"clientId":"` + strings.Repeat("x", maxTokenInput) + `"}`,
		"application/JSON": `{"clientId":"` + c.client.id + `","grantType":"refresh_token","refreshToken":"x","refreshToken":"y"}`,
	} {
		c.send(kind, body, c.proof(nil)).invalid(t, kind+" "+body[:min(len(body), 80)])
	}
}

// TestFailuresAreLimited: nobody tries tokens without end, and nobody else pays
// for it.
func TestFailuresAreLimited(t *testing.T) {
	w := newWorld(t)
	b, thief, c := w.browser(), w.cli(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	c.from = "192.0.2.8:1234"
	a := c.login(b)
	for range failuresAtOnce {
		thief.refresh("guess").refused(t, "a guess", 401, "AccessDeniedException", "TOKEN_EXPIRED")
	}
	limited := thief.refresh("guess")
	limited.refused(t, "one guess more", 429, "TooManyRequestsError", "INVALID_REQUEST")
	if limited.header.Get("Retry-After") != "2" {
		t.Errorf("%v", limited.header)
	}
	c.refresh(a.RefreshToken).good(t)
	c.from = thief.from // behind the same router
	c.refresh(a.RefreshToken).good(t)
	for i := range failuresAtOnce {
		thief.from = fmt.Sprintf("[2001:db8::%x]:1", i)
		thief.refresh("guess")
	}
	thief.from = "[2001:db8::ffff]:1"
	thief.refresh("guess").refused(t, "from many addresses of one network", 429, "TooManyRequestsError", "INVALID_REQUEST")
	w.Now = w.Now.Add(failurePause)
	thief.refresh("guess").refused(t, "later", 401, "AccessDeniedException", "TOKEN_EXPIRED")
}

// TestStolenRefreshToken: without the key it is worth nothing, and the answer
// is that to any token.
func TestStolenRefreshToken(t *testing.T) {
	w := newWorld(t)
	b, c, thief := w.browser(), w.cli(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	a := c.login(b)
	unknown := thief.refresh("unknown")
	unknown.refused(t, "an unknown token", 401, "AccessDeniedException", "TOKEN_EXPIRED")
	if stolen := thief.refresh(a.RefreshToken); stolen.status != unknown.status || stolen.body != unknown.body {
		t.Errorf("a stolen token is told from an unknown one: %s, %s", stolen.body, unknown.body)
	}
	other := *c
	other.client = crossDevice
	if foreign := other.refresh(a.RefreshToken); foreign.body != unknown.body {
		t.Errorf("another client's: %s", foreign.body)
	}
	cookie := b.jar.Cookies(mustURL(origin))
	for _, k := range cookie {
		if got := c.refresh(k.Value); got.body != unknown.body {
			t.Errorf("a cookie as a refresh token: %s", got.body)
		}
	}
	intruder := w.browser()
	intruder.jar.SetCookies(mustURL(origin), []*http.Cookie{{Name: "__Host-" + sessionCookie, Value: a.RefreshToken, Path: "/", Secure: true}})
	if p := intruder.get(home); p.StatusCode != 303 {
		t.Error("a refresh token is a cookie")
	}
	c.refresh(a.RefreshToken).good(t)
}

// TestLoginBehindProxy: proofs and addresses are those of the URL by which
// clients know the server, and not of the Host that a proxy sends.
func TestLoginBehindProxy(t *testing.T) {
	w := newWorld(t)
	const outside = "https://id.example"
	w.Pipeline.URL = outside
	b, c, remote := w.browser(), w.cli(), w.remoteCLI()
	b.enter(w.user("ann", "", mayLogIn))
	if p := b.get(remote.page()); p.StatusCode != 400 {
		t.Errorf("a code for the address behind the proxy: %d", p.StatusCode)
	}
	remote.redirect = outside + confirmationPath
	if p := b.submit(b.get(remote.page()), "answer", "yes"); !strings.HasPrefix(p.location(), outside+confirmationPath+"?code=") {
		t.Errorf("%d %s", p.StatusCode, p.location())
	}
	in := c.redemption(c.code(b))
	c.token(in, c.proof(nil)).invalid(t, "a proof for the address behind the proxy")
	a := c.token(in, c.proof(func(_, claims members) { claims["htu"] = outside + tokenPath })).good(t)
	if got := a.claims(t)["iss"]; got != outside {
		t.Errorf("the ID token is of %v", got)
	}
}
