package signin

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/federation/federationtest"
	"github.com/writ-iam/writ/internal/state"
)

func TestSAMLSignIn(t *testing.T) {
	w := newSAMLWorld(t)
	b := w.browser()
	response := w.idp.Post(t, w.login("_1"))
	p := b.fromIDP("/saml", "SAMLResponse", response, "RelayState", "https://console.aws.amazon.com/s3/home")
	if p.StatusCode != 303 || p.location() != "/saml/continue?destination=%2F_writ%2Fconsole" {
		t.Fatalf("%d %s %s", p.StatusCode, p.location(), p.text)
	}
	if b.signedInAs() != "" {
		t.Error("signed in before the browser came by itself")
	}
	p = b.follow(p)
	for _, want := range []string{"reader/alice", "2030-01-02T04:04:05Z", account} {
		if !strings.Contains(p.text, want) {
			t.Errorf("the page lacks %s: %s", want, p.text)
		}
	}
	if w.DB.Snapshot().NumSignIns() != 1 {
		t.Errorf("%d sign-ins", w.DB.Snapshot().NumSignIns())
	}
	events := w.events()
	if len(events) != 2 {
		t.Fatalf("%d events: %s", len(events), events)
	}
	for _, want := range []string{
		`"eventName":"ConsoleLogin"`, `"eventType":"AwsConsoleSignIn"`, `"type":"AssumedRole"`, `"arn":"` + assumed(account, "reader") + `"`,
		`"additionalEventData":{"LoginTo":"https://writ.test/_writ/console","MFAUsed":"No","MobileVersion":"No","SamlProviderArn":"` + samlProvider + `"}`,
		`"responseElements":{"ConsoleLogin":"Success"}`,
	} {
		if !strings.Contains(events[0], want) {
			t.Errorf("the event lacks %s: %s", want, events[0])
		}
	}
	if !strings.Contains(events[1], `"eventName":"AssumeRoleWithSAML"`) {
		t.Errorf("event %s", events[1])
	}
	for _, e := range events {
		if strings.Contains(e, response[40:80]) || strings.Contains(e, "secretAccessKey") {
			t.Errorf("a secret in %s", e)
		}
	}
}

func TestSAMLRoles(t *testing.T) {
	w := newSAMLWorld(t)
	const member = "210987654321"
	w.Update(func(tx *state.Tx) {
		tx.CreateAccount(state.Account{ID: member, Name: "member", Aliases: []string{"blue"}})
	})
	w.register(member, "Corp", w.idp.Metadata())
	w.role("writer", trustsSAML(account, "Corp"))
	w.role("reader", trustsSAML(member, "Corp"), func(r *state.Role) { r.Account = member })
	l := w.login("_1", pair(account, "reader", "Corp"), pair(account, "writer", "Corp"), pair(member, "reader", "Corp"))
	response := w.idp.Post(t, l)
	b := w.browser()
	p := b.fromIDP("/saml", "SAMLResponse", response, "RelayState", "/_writ/console?a=b")
	if p.StatusCode != 200 || len(p.forms) != 1 {
		t.Fatalf("%d %s", p.StatusCode, p.text)
	}
	for _, want := range []string{
		`<div class="saml-account-name">Account: ` + account + `</div>`, `<div class="saml-account-name">Account: blue (` + member + `)</div>`,
		`<label for="arn:aws:iam::` + account + `:role/reader">reader</label>`, `<label for="arn:aws:iam::` + member + `:role/reader">reader</label>`,
		`name="roleIndex" value="arn:aws:iam::` + account + `:role/writer"`,
	} {
		if !strings.Contains(p.text, want) {
			t.Errorf("the page lacks %s:\n%s", want, p.text)
		}
	}
	if w.DB.Snapshot().NumSpent() != 0 {
		t.Error("the assertion is taken by looking at its roles")
	}
	p = b.submit(p, "roleIndex", "arn:aws:iam::"+member+":role/reader")
	if p.location() != "/saml/continue?destination=%2F_writ%2Fconsole%3Fa%3Db" {
		t.Errorf("RelayState leads to %s %s", p.location(), p.text)
	}
	if b.follow(p); b.signedInAs() != assumed(member, "reader") {
		t.Errorf("signed in as %q", b.signedInAs())
	}
	if p := b.fromIDP("/saml", "SAMLResponse", response, "roleIndex", "arn:aws:iam::"+member+":role/reader"); p.StatusCode != 400 {
		t.Errorf("the same again: %d", p.StatusCode)
	}
}

// TestSAMLSessionEnds when the assertion's does, when the role's does, and when
// the assertion says.
func TestSAMLSessionEnds(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("long", trustsSAML(account, "Corp"), func(r *state.Role) { r.MaxSession = 12 * time.Hour })
	start := w.Now
	for i, tt := range []struct {
		role, duration string
		ends           time.Duration
		want           time.Duration
	}{
		{"reader", "", 0, time.Hour},
		{"reader", "", 20 * time.Minute, 20 * time.Minute},
		{"reader", "43200", 0, time.Hour},
		{"long", "", 0, time.Hour},
		{"long", "43200", 0, 12 * time.Hour},
		{"long", "43200", 3 * time.Hour, 3 * time.Hour},
		{"long", "900", 0, 15 * time.Minute},
	} {
		w.Now = start
		l := w.login("_"+string(rune('a'+i)), pair(account, tt.role, "Corp"))
		if tt.duration != "" {
			l.Attributes[samlAttribute+"SessionDuration"] = []string{tt.duration}
		}
		if tt.ends != 0 {
			l.SessionEnds = w.Now.Add(tt.ends)
		}
		b := w.browser()
		b.follow(b.fromIDP("/saml", "SAMLResponse", w.idp.Post(t, l)))
		w.Now = start.Add(tt.want - time.Second)
		if b.signedInAs() == "" {
			t.Errorf("%v: ended before %v", tt, tt.want)
		}
		if w.Now = start.Add(tt.want); b.signedInAs() != "" {
			t.Errorf("%v: lasts after %v", tt, tt.want)
		}
	}
}

// TestSAMLSignInOfDeletedRole: it ends with the role; a new role of that name is
// another.
func TestSAMLSignInOfDeletedRole(t *testing.T) {
	w := newSAMLWorld(t)
	b := w.browser()
	b.follow(b.fromIDP("/saml", "SAMLResponse", w.idp.Post(t, w.login("_1"))))
	w.Update(func(tx *state.Tx) {
		r, _ := tx.Role(account, "reader")
		tx.DeleteRole(r)
	})
	w.role("reader", trustsSAML(account, "Corp"))
	if got := b.signedInAs(); got != "" {
		t.Errorf("still %s", got)
	}
}

// TestManySignInsAsOneRole: one person's sign-ins do not end another's.
func TestManySignInsAsOneRole(t *testing.T) {
	w := newSAMLWorld(t)
	alice := w.browser()
	alice.follow(alice.fromIDP("/saml", "SAMLResponse", w.idp.Post(t, w.login("_alice"))))
	r, _ := w.DB.Snapshot().Role(account, "reader")
	for i := range state.MaxSignIns + 5 {
		w.Update(func(tx *state.Tx) {
			tx.AddSignIn(&state.SignIn{
				Digest: state.Digest("x", string(rune('a'+i))), ID: "x", Account: account, PrincipalID: r.ID, Session: "bob", Home: "x",
				Created: w.Now, Expires: w.Now.Add(time.Duration(i) * time.Minute).Add(time.Hour),
			})
		})
	}
	if alice.signedInAs() == "" {
		t.Error("alice is signed out by bob")
	}
	if n := w.DB.Snapshot().NumSignIns(); n != state.MaxSignIns+1 {
		t.Errorf("%d sign-ins", n)
	}
}

func TestSAMLByOtherMethods(t *testing.T) {
	w := newSAMLWorld(t)
	for _, path := range []string{"/saml", "/saml/acs/SAMLSPAAAAAAAAAAAAA"} {
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
			p := w.browser().send(httptest.NewRequest(method, origin+path+"?SAMLResponse=x", nil))
			if p.StatusCode != 405 || p.Header.Get("Allow") != "POST" {
				t.Errorf("%s %s: %d %q", method, path, p.StatusCode, p.Header.Get("Allow"))
			}
			if method == "GET" && !strings.Contains(p.text, "Sign in at your identity provider") {
				t.Errorf("no hint: %s", p.text)
			}
		}
	}
}

// TestSAMLRefusedInBrowser: what the page says, and that nothing begins.
func TestSAMLRefusedInBrowser(t *testing.T) {
	w := newSAMLWorld(t)
	stranger := federationtest.NewProvider(t, samlEntity)
	change := func(id string, fn func(l *federationtest.Login)) string {
		l := w.login(id)
		fn(&l)
		return w.idp.Post(t, l)
	}
	acs := "/saml/acs/SAMLSPAAAAAAAAAAAAA"
	failed := strings.Replace(federationtest.Text(t, w.idp.Response("_r", w.idp.Sign(t, w.idp.Assertion(w.login("_f"))))), "status:Success", "status:Responder", 1)
	for name, tt := range map[string]struct {
		path, response string
		status         int
		text           string
	}{
		"nothing":         {"/saml", "", 400, "Your request did not include a SAML response."},
		"base64":          {"/saml", "!!", 400, "Invalid base64 SAMLResponse (InvalidIdentityToken)."},
		"no XML":          {"/saml", "AAAA", 400, "Your request included an invalid SAML response (InvalidIdentityToken)."},
		"large":           {"/saml", strings.Repeat("A", maxAssertion+1), 400, "Your request included an invalid SAML response."},
		"failed":          {"/saml", base64.StdEncoding.EncodeToString([]byte(failed)), 403, "The identity provider reported that authentication failed (IDPRejectedClaim)."},
		"other key":       {"/saml", stranger.Post(t, w.login("_a")), 400, "Response signature invalid (InvalidIdentityToken)."},
		"issuer":          {"/saml", change("_b", func(l *federationtest.Login) { l.Issuer = "https://other.example.com/" }), 400, "Issuer not present in specified provider"},
		"audience":        {"/saml", change("_c", func(l *federationtest.Login) { l.Audience = "https://other.example.com/" }), 400, "Response does not contain the required audience"},
		"recipient":       {"/saml", change("_d", func(l *federationtest.Login) { l.Recipient = "https://evil.test/saml" }), 400, "Response does not contain the required audience"},
		"expired":         {"/saml", change("_e", func(l *federationtest.Login) { l.Until = w.Now.Add(-2 * time.Minute) }), 400, "Response has expired (ExpiredTokenException)."},
		"late":            {"/saml", change("_g", func(l *federationtest.Login) { l.Issued = w.Now.Add(-7 * time.Minute) }), 400, "Token must be redeemed within 5 minutes of issuance"},
		"no role":         {"/saml", change("_h", func(l *federationtest.Login) { delete(l.Attributes, samlAttribute+"Role") }), 400, "Your request included an invalid SAML response"},
		"no name":         {"/saml", change("_i", func(l *federationtest.Login) { delete(l.Attributes, samlAttribute+"RoleSessionName") }), 400, "RoleSessionName is required in AuthnResponse"},
		"no provider":     {"/saml", w.idp.Post(t, w.login("_j", pair(account, "reader", "None"))), 400, "Specified provider doesn&#39;t exist"},
		"no such role":    {"/saml", w.idp.Post(t, w.login("_k", pair(account, "nobody", "Corp"))), 403, "Not authorized to perform sts:AssumeRoleWithSAML (AccessDenied)."},
		"other account":   {"/saml", w.idp.Post(t, w.login("_l", strings.Replace(pair(account, "reader", "Corp"), account+":role", "210987654321:role", 1))), 400, "Your request included an invalid SAML response"},
		"wrong acs":       {acs, w.idp.Post(t, w.login("_m")), 400, "Specified provider doesn&#39;t exist"},
		"acs without id":  {"/saml/acs/", w.idp.Post(t, w.login("_n")), 400, "Your request included an invalid SAML response."},
		"unknown request": {"/saml", change("_o", func(l *federationtest.Login) { l.InResponseTo = "_tool" }), 403, "belongs to no sign-in that was begun in this browser"},
	} {
		b := w.browser()
		p := b.fromIDP(tt.path, "SAMLResponse", tt.response)
		if p.StatusCode != tt.status || !strings.Contains(p.text, tt.text) {
			t.Errorf("%s: %d, want %d %s:\n%s", name, p.StatusCode, tt.status, tt.text, p.text)
		}
		if len(p.Cookies()) != 0 || b.signedInAs() != "" {
			t.Errorf("%s: cookies %v", name, p.Cookies())
		}
	}
	p := w.browser().fromIDP("/saml", "SAMLResponse", w.idp.Post(t, w.login("_p")), "SAMLResponse", "AAAA")
	if p.StatusCode != 400 {
		t.Errorf("two responses: %d", p.StatusCode)
	}
	r := httptest.NewRequest(http.MethodPost, origin+"/saml", strings.NewReader("SAMLResponse="+strings.Repeat("A", maxForm)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p := w.browser().send(r); p.StatusCode != 413 {
		t.Errorf("a form without end: %d", p.StatusCode)
	}
	if n := w.DB.Snapshot().NumSignIns(); n != 0 {
		t.Errorf("%d sign-ins", n)
	}
}
