package signin

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/state"
)

// late is a body before whose first byte something happens.
type late struct {
	io.Reader
	before func()
}

func (l *late) Read(b []byte) (int, error) {
	if l.before != nil {
		l.before()
		l.before = nil
	}
	return l.Reader.Read(b)
}

// TestSlowCode: a code counts when it has come, not when its form was begun.
func TestSlowCode(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", secret, "")
	d := w.device(u, "phone")
	b := w.browser()
	p := b.submit(b.get("/signin"), "account", account, "username", "ann", "password", secret)
	form := url.Values{"code": {w.code(d)}}
	for name, values := range p.forms[0].fields {
		form[name] = values
	}
	body := &late{strings.NewReader(form.Encode()), func() { w.Now = w.Now.Add(4 * time.Minute) }}
	r := httptest.NewRequest(http.MethodPost, origin+p.forms[0].action, body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", origin)
	if p := b.send(r); p.StatusCode != 403 || b.who() != "" {
		t.Errorf("four minutes later: %d, %s", p.StatusCode, b.who())
	}
}

// TestSlowRefresh: a refresh that is begun before the password changes is
// judged behind that.
func TestSlowRefresh(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", secret, mayLogIn)
	b := w.browser()
	b.submit(b.get("/signin"), "account", account, "username", "ann", "password", secret)
	c := w.cli()
	a := c.login(b)
	in, err := json.Marshal(members{"clientId": c.client.id, "grantType": byRefresh, "refreshToken": a.RefreshToken})
	if err != nil {
		t.Fatal(err)
	}
	changes := func() { w.login(u, func(l *state.LoginProfile) { l.SetHash("another", w.Now) }) }
	if got := c.sendBody("application/json", &late{strings.NewReader(string(in)), changes}, c.proof(nil)); got.status != 403 || got.Error != "USER_CREDENTIALS_CHANGED" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestLoginCredentialsBeginNoSignIn: what aws login gives a program ends with
// the sign-in behind it, so it is no way to another one.
func TestLoginCredentialsBeginNoSignIn(t *testing.T) {
	w := newWorld(t)
	u := w.user("ann", secret, allowAll)
	w.admin(func(r *state.Role) { r.MaxSession = longest })
	b := w.browser()
	b.enter(u)
	if p := b.switchTo("Admin"); p.StatusCode != 303 {
		t.Fatal(p.StatusCode, p.text)
	}
	c := w.cli().login(b).credentials()
	p := w.federation("Action", "getSigninToken", "Session", brokeredText(c.AccessKeyID, c.SecretAccessKey, c.SessionToken))
	var answer struct{ SigninToken string }
	json.Unmarshal([]byte(p.text), &answer)
	if p.StatusCode != 400 || answer.SigninToken != "" || !strings.Contains(p.text, "belong to a sign-in") {
		t.Errorf("%d %s", p.StatusCode, p.text)
	}
}
