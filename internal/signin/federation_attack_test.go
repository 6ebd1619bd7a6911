package signin

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
)

// TestOpenRedirect: Destination leads to this site and nowhere else.
func TestOpenRedirect(t *testing.T) {
	w := newWorld(t)
	r := w.admin()
	for destination, want := range map[string]string{
		"":                                 home,
		"/":                                home,
		origin + "/":                       home,
		"/switchrole?account=1&roleName=a": "/switchrole?account=1&roleName=a",
		origin + "/_writ/console?x=1":      "/_writ/console?x=1",
		"https://console.aws.amazon.com/":  home,
		"https://console.aws.amazon.com/iam/home?region=eu-west-1#/users": home,
		"https://eu-west-1.console.aws.amazon.com/console/home":           home,
		"https://console.amazonaws.cn/":                                   home,
		"https://us-gov-west-1.console.amazonaws-us-gov.com/":             home,
		"https://evil.test/":                                              "",
		"//evil.test/":                                                    "",
		"/\\evil.test/":                                                   "",
		"///evil.test":                                                    "",
		"https:evil.test":                                                 "",
		"http://console.aws.amazon.com/":                                  "",
		"https://console.aws.amazon.com@evil.test":                        "",
		"https://x@console.aws.amazon.com/":                               "",
		"https://console.aws.amazon.com.evil.test":                        "",
		"https://evilconsole.aws.amazon.com/":                             "",
		"https://console.aws.amazon.com:4443/":                            "",
		"javascript:alert(1)":                                             "",
		"data:text/html,x":                                                "",
		origin + "@evil.test/":                                            "",
		origin + ".evil.test/":                                            "",
		"/a\r\nLocation: https://evil.test":                               "",
		"https://writ.test:8443/":                                         "",
	} {
		token := w.token(w.roleSession(r))
		b := w.browser()
		p := b.get(link(token, "Destination", destination))
		switch {
		case want == "" && (p.StatusCode != 400 || p.location() != "" || b.who() != ""):
			t.Errorf("%q: %d to %q", destination, p.StatusCode, p.location())
		case want != "" && (p.StatusCode != 303 || p.location() != want):
			t.Errorf("%q: %d to %q", destination, p.StatusCode, p.location())
		}
		if want == "" {
			if p := b.get(link(token)); p.StatusCode != 303 {
				t.Errorf("%q has spent the token", destination)
			}
		}
	}
	token := w.token(w.roleSession(r))
	if p := w.browser().get(link(token, "Destination", home, "Destination", home)); p.StatusCode != 400 {
		t.Errorf("twice: %d", p.StatusCode)
	}
}

// TestLoginCSRF: nobody is signed in as another by somebody else's link without
// having been asked.
func TestLoginCSRF(t *testing.T) {
	w := newWorld(t)
	r := w.admin()
	b := w.browser()
	b.enter(w.user("ann", "", ""))
	ann := b.who()
	evil := link(w.token(w.roleSession(r, func(n *session.Session) { n.Name = "eve" })))
	p := b.get(evil)
	if p.StatusCode != 200 || b.who() != ann {
		t.Fatalf("%d, now %s", p.StatusCode, b.who())
	}
	f, ok := p.formOf("/federation/login")
	if !ok || !strings.Contains(p.text, "Admin/eve") || !strings.Contains(p.text, "signed in as ann") {
		t.Fatalf("the page does not ask: %s", p.text)
	}
	if p := b.post(f.action, nil, "SigninToken", f.fields.Get("SigninToken")); p.StatusCode != 403 || b.who() != ann {
		t.Errorf("a form of another site: %d", p.StatusCode)
	}
	if p := b.post(f.action, f.fields); p.StatusCode != 303 || !strings.HasSuffix(b.who(), "assumed-role/Admin/eve") {
		t.Errorf("agreed: %d, now %s", p.StatusCode, b.who())
	}
	if n := w.DB.Snapshot().NumSignIns(); n != 1 {
		t.Errorf("%d sign-ins: the one before has not ended", n)
	}
	if p := b.post(f.action, f.fields); p.StatusCode != 400 {
		t.Errorf("agreed twice: %d", p.StatusCode)
	}
	if p := b.get(link(w.token(w.roleSession(r, func(n *session.Session) { n.Name = "eve" })))); p.StatusCode != 303 {
		t.Errorf("the same principal again: %d", p.StatusCode)
	}
}

// TestLinkLoadedUnasked: what is not a person who opens the link signs nobody
// in and spends nothing.
func TestLinkLoadedUnasked(t *testing.T) {
	w := newWorld(t)
	token := w.token(w.roleSession(w.admin()))
	b := w.browser()
	for name, unasked := range map[string]struct {
		method string
		header http.Header
	}{
		"HEAD":            {"HEAD", nil},
		"an image":        {"GET", http.Header{"Sec-Fetch-Dest": {"image"}}},
		"a frame":         {"GET", http.Header{"Sec-Fetch-Dest": {"iframe"}}},
		"fetch":           {"GET", http.Header{"Sec-Fetch-Dest": {"empty"}}},
		"prefetched":      {"GET", http.Header{"Sec-Purpose": {"prefetch"}, "Sec-Fetch-Dest": {"document"}}},
		"prerendered":     {"GET", http.Header{"Sec-Purpose": {"prefetch;prerender"}}},
		"prefetched once": {"GET", http.Header{"X-Moz": {"prefetch"}}},
		"a form":          {"POST", nil},
	} {
		target, body := origin+link(token), ""
		if unasked.method == "POST" {
			_, body, _ = strings.Cut(target, "?")
			target = origin + "/federation"
		}
		r := httptest.NewRequest(unasked.method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for k, v := range unasked.header {
			r.Header[k] = v
		}
		if p := b.send(r); p.StatusCode == 303 || b.who() != "" {
			t.Errorf("%s: %d", name, p.StatusCode)
		}
	}
	r := httptest.NewRequest("GET", origin+link(token), nil)
	r.Header = http.Header{"Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}}
	if p := b.send(r); p.StatusCode != 303 || b.who() == "" {
		t.Errorf("opened: %d %s", p.StatusCode, p.text)
	}
}

// TestLogoutCSRF: the link of AWS's endpoint that signs out asks first.
func TestLogoutCSRF(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	if p := b.get("/federation?Action=logout"); p.StatusCode != 303 || p.location() != "/signin" {
		t.Errorf("of nobody: %d", p.StatusCode)
	}
	b.enter(w.user("ann", "", ""))
	p := b.get("/federation?Action=logout")
	if p.StatusCode != 200 || b.who() == "" {
		t.Fatalf("the link alone: %d, now %q", p.StatusCode, b.who())
	}
	if p := b.submit(p); p.StatusCode != 303 || b.who() != "" {
		t.Errorf("agreed: %d, now %q", p.StatusCode, b.who())
	}
}

// TestRevokedSessionInTheBrowser: what ends a role's sessions ends those that
// have signed in, with what they may do.
func TestRevokedSessionInTheBrowser(t *testing.T) {
	w := newWorld(t)
	r := w.admin()
	b := w.browser()
	b.federate(w.roleSession(r))
	if fail := b.call("iam", "ListUsers", &iamapi.ListUsersInput{}); fail != nil {
		t.Fatal(fail)
	}
	w.Now = w.Now.Add(time.Minute)
	revoked := w.revoke(r)
	if fail := b.call("iam", "ListUsers", &iamapi.ListUsersInput{}); fail == nil || fail.Code != "AccessDenied" {
		t.Errorf("after the revocation: %v", fail)
	}
	w.Update(func(tx *state.Tx) { tx.DeleteRole(revoked) })
	w.admin()
	if b.who() != "" {
		t.Error("the role is gone, and its session is there")
	}
}

// TestSessionPolicyInTheBrowser: a session policy limits the sign-in as it
// limits the credentials.
func TestSessionPolicyInTheBrowser(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.federate(w.roleSession(w.admin(), func(n *session.Session) {
		n.Policy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}}`
	}), "SessionDuration", "3600")
	if fail := b.call("iam", "ListRoles", &iamapi.ListRolesInput{}); fail != nil {
		t.Errorf("what it allows: %v", fail)
	}
	if fail := b.call("iam", "ListUsers", &iamapi.ListUsersInput{}); fail == nil || fail.Code != "AccessDenied" {
		t.Errorf("what it does not: %v", fail)
	}
}

// TestRootMintedByFederation: not even root's own credentials make the browser
// the root user. A federated user stays within its session policy, but may use
// IAM, as in AWS's console.
func TestRootMintedByFederation(t *testing.T) {
	w := newWorld(t)
	for _, kind := range []session.Kind{session.SessionToken, session.RootTask, session.DelegatedUser, session.SignedIn, session.AssumedRole} {
		n := &session.Session{Kind: kind, Account: account, PrincipalID: account, Name: "root", Issued: w.Now, Expires: w.Now.Add(time.Hour)}
		if p := w.federation("Action", "getSigninToken", "Session", w.credentials(n)); p.StatusCode != 400 {
			t.Errorf("kind %d: %d %s", kind, p.StatusCode, p.text)
		}
		held, _, err := w.Sessions.Seal(w.DB.Snapshot(), n)
		if err != nil {
			t.Fatal(err)
		}
		token, err := w.Sessions.SealFor(w.DB.Snapshot(), tokenPurpose, signInToken{ID: "x", Session: held, Ends: w.Now.Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		if p := w.browser().get(link(token)); p.StatusCode != 400 {
			t.Errorf("kind %d, in a token: %d", kind, p.StatusCode)
		}
	}
	b := w.browser()
	b.federate(&session.Session{
		Kind: session.FederatedUser, Account: account, PrincipalID: account, Name: "root", Issued: w.Now, Expires: w.Now.Add(time.Hour),
		Policy: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}}`,
	})
	v := b.visit()
	if v.caller.IsRoot() || v.caller.ARN != "arn:aws:sts::"+account+":federated-user/root" {
		t.Errorf("signed in as %s", v.caller.ARN)
	}
	if fail := b.call("iam", "ListUsers", &iamapi.ListUsersInput{}); fail != nil {
		t.Errorf("IAM within the session policy: %v", fail)
	}
	if fail := b.call("iam", "ListRoles", &iamapi.ListRolesInput{}); fail == nil || fail.Code != "AccessDenied" {
		t.Errorf("IAM beyond the session policy: %v", fail)
	}
}

// TestXSS: what links hold is shown as text.
func TestXSS(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.enter(w.user("ann", "", ""))
	const script = `"><script>alert(1)</script>`
	n := w.roleSession(w.admin())
	for name, p := range map[string]*loaded{
		"the form":        b.get("/switchrole?" + url.Values{"account": {script}, "roleName": {script}, "displayName": {script}, "color": {script}}.Encode()),
		"the form's fail": b.submit(b.get("/switchrole"), "account", script, "roleName", script, "displayName", script),
		"the question":    b.get(link(w.token(n), "Issuer", script, "Destination", "/x?"+url.QueryEscape(script))),
		"a bad token":     b.get(link(script, "Issuer", script)),
		"a bad target":    b.get(link("x", "Destination", script)),
	} {
		if strings.Contains(p.text, "<script") || p.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %s", name, p.text)
		}
	}
}
