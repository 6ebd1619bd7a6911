package e2e

import (
	"crypto/tls"
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// visitor is a person with a browser: cookies, and no scripts.
type visitor struct {
	t    *testing.T
	http *http.Client
	url  string // of the server
}

// screen is what the browser shows.
type screen struct {
	status   int
	location string
	text     string
}

func visit(t *testing.T, s *server) *visitor {
	t.Helper()
	return &visitor{t, &http.Client{Transport: s.http.Transport, CheckRedirect: refuseRedirect, Jar: must(cookiejar.New(nil))(t)}, s.URL}
}

func (v *visitor) send(r *http.Request) screen {
	v.t.Helper()
	resp := must(v.http.Do(r))(v.t)
	return screen{resp.StatusCode, resp.Header.Get("Location"), read(v.t, resp.Body)}
}

func (v *visitor) open(path string) screen {
	v.t.Helper()
	return v.send(must(http.NewRequest(http.MethodGet, v.url+path, nil))(v.t))
}

var (
	action = regexp.MustCompile(`<form method="post" action="([^"]*)">`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// submit fills in the form of a page: names and values.
func (v *visitor) submit(s screen, fields ...string) screen {
	v.t.Helper()
	to := action.FindStringSubmatch(s.text)
	if to == nil {
		v.t.Fatalf("no form: %d %s", s.status, s.text)
	}
	form := url.Values{}
	for _, f := range hidden.FindAllStringSubmatch(s.text, -1) {
		form.Set(f[1], html.UnescapeString(f[2]))
	}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := must(http.NewRequest(http.MethodPost, v.url+to[1], strings.NewReader(form.Encode())))(v.t)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", v.url)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.send(r)
}

func (v *visitor) signIn(account, user, password string) screen {
	v.t.Helper()
	return v.submit(v.open("/signin?account="+account), "account", account, "username", user, "password", password)
}

// TestSignInWithPassword: a user signs in at the account's alias, with a
// password that must be changed and an MFA device, while the server restarts
// between two pages.
func TestSignInWithPassword(t *testing.T) {
	cert, key, roots := certificate(t)
	data, seen := t.TempDir(), &sightings{}
	up := func() *server {
		s := startIn(t, data, seen, "--tls-cert", cert, "--tls-key", key)
		s.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
		return s
	}
	s := up()
	admin := s.admin()
	must(admin.iam.CreateAccountAlias(ctx, &iam.CreateAccountAliasInput{AccountAlias: new("acme")}))(t)
	admin.newUser(t, "ann")
	admin.grant(t, "ann", document(allow(`"iam:ChangePassword"`, `"*"`)))
	const first, second = "First-Secret-1", "Second-Secret-2"
	seen.secret(first)
	seen.secret(second)
	must(admin.iam.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: new("ann"), Password: new(first), PasswordResetRequired: true}))(t)
	d := admin.newDevice(t, "phone")
	admin.enable(t, d, "ann")

	ann := visit(t, s)
	equal(t, "a wrong password", ann.signIn("acme", "ann", "wrong").status, 403)
	asked := ann.signIn("acme", "ann", first)
	equal(t, "the right one", asked.status, 200)
	s.stop(t)

	s = up() // the step and the counts are in its state
	ann.url, ann.http.Transport, admin = s.URL, s.http.Transport, s.admin()
	asked = ann.submit(asked, "code", *d.code(1))
	equal(t, "the code", asked.status, 200)
	in := ann.submit(asked, "old_password", first, "new_password", second, "repeated", second)
	equal(t, "the new password", in.status, 303)
	equal(t, "it leads", in.location, "/_writ/console")
	page := ann.open(in.location)
	equal(t, "the page", page.status, 200)
	for _, want := range []string{"arn:aws:iam::" + s.Account + ":user/ann", "with MFA", "acme"} {
		if !strings.Contains(page.text, want) {
			t.Errorf("the page lacks %q: %s", want, page.text)
		}
	}
	recent(t, "the password's last use", must(admin.iam.GetUser(ctx, &iam.GetUserInput{UserName: new("ann")}))(t).User.PasswordLastUsed)
	for _, c := range ann.http.Jar.Cookies(must(url.Parse(s.URL))(t)) {
		if !strings.HasPrefix(c.Name, "__Host-") {
			t.Errorf("the cookie %s", c.Name)
		}
	}
	equal(t, "out", ann.submit(page).status, 303)
	equal(t, "the page behind that", ann.open(in.location).status, 303)
}

// TestSignInLockoutSurvivesRestart: who guesses gains nothing by a crash.
func TestSignInLockoutSurvivesRestart(t *testing.T) {
	data, seen := t.TempDir(), &sightings{}
	s := startIn(t, data, seen)
	admin := s.admin()
	admin.newUser(t, "ann")
	must(admin.iam.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: new("ann"), Password: new("First-Secret-1")}))(t)
	started := time.Now()
	eve := visit(t, s)
	for range 5 {
		equal(t, "a wrong password", eve.signIn(s.Account, "ann", "wrong").status, 403)
	}
	s.kill(t)

	s = startIn(t, data, seen)
	ann := visit(t, s)
	if got := ann.signIn(s.Account, "ann", "First-Secret-1"); got.status != 403 && time.Since(started) < 25*time.Second {
		t.Errorf("after a restart: %d", got.status)
	}
}
