package signin

import (
	"crypto/ecdsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"html"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// TestLogin is aws login from the link to the renewed credentials.
func TestLogin(t *testing.T) {
	w := newWorld(t)
	ann := w.user("ann", "", mayLogIn)
	b, c := w.browser(), w.cli()
	if p := b.get(c.page()); p.StatusCode != 303 || p.location() != toSignIn(c.page()) {
		t.Fatalf("not signed in: %d %s", p.StatusCode, p.location())
	}
	b.enter(ann)
	p := b.get(c.page())
	for _, want := range []string{"ann", account, ann.ARN(), "this computer", "Let it in", "Refuse"} {
		if !strings.Contains(p.text, want) {
			t.Errorf("the page lacks %q:\n%s", want, p.text)
		}
	}
	if csp := p.Header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "form-action 'self' http://127.0.0.1:53037") {
		t.Errorf("the form cannot lead to the client: %s", csp)
	}
	a := c.login(b)
	if a.ExpiresIn != 900 || a.TokenType != "urn:aws:params:oauth:token-type:access_token_sigv4" || len(a.RefreshToken) > 2048 {
		t.Errorf("%s", a.body)
	}
	if got := w.whoAmI(a.credentials()); !strings.Contains(got.Body, "<Arn>"+ann.ARN()+"</Arn>") {
		t.Errorf("the credentials are of %s", got.Body)
	}
	w.checkIDToken(a, ann.ARN())
	w.checkRenewal(c, a)
	w.checkLoginEvents(a)
}

// checkRenewal: credentials end after 15 minutes and are renewed by the refresh
// token, which stays, for as long as the sign-in lasts.
func (w *world) checkRenewal(c *cli, a *answered) {
	w.T.Helper()
	begun := w.Now
	w.Now = begun.Add(15 * time.Minute)
	if got := w.whoAmI(a.credentials()); !strings.Contains(got.Body, "ExpiredToken") {
		w.T.Errorf("a quarter of an hour later: %s", got.Body)
	}
	for range 2 {
		again := c.refresh(a.RefreshToken).good(w.T)
		if again.RefreshToken != a.RefreshToken || again.IDToken != "" || again.AccessToken.AccessKeyID == a.AccessToken.AccessKeyID {
			w.T.Errorf("renewed: %s", again.body)
		}
		if got := w.whoAmI(again.credentials()); got.Status != 200 {
			w.T.Errorf("renewed credentials: %s", got.Body)
		}
	}
	w.Now = begun.Add(longest - 5*time.Minute)
	if last := c.refresh(a.RefreshToken).good(w.T); last.ExpiresIn != 300 {
		w.T.Errorf("credentials outlast the sign-in: %d seconds", last.ExpiresIn)
	}
	w.Now = begun.Add(longest)
	c.refresh(a.RefreshToken).refused(w.T, "twelve hours later", 401, "AccessDeniedException", "TOKEN_EXPIRED")
}

func (w *world) checkIDToken(a *answered, subject string) {
	w.T.Helper()
	claims := a.claims(w.T)
	want := members{"iss": origin, "sub": subject, "aud": sameDevice.id, "iat": float64(w.Now.Unix()), "exp": float64(w.Now.Unix() + 900)}
	for name, value := range want {
		if claims[name] != value {
			w.T.Errorf("%s of the ID token is %v, want %v", name, claims[name], value)
		}
	}
	at := strings.LastIndexByte(a.IDToken, '.')
	signature, err := base64.RawURLEncoding.DecodeString(a.IDToken[at+1:])
	if err != nil {
		w.T.Fatal(err)
	}
	digest := sha512.Sum384([]byte(a.IDToken[:at]))
	for k := range w.DB.Snapshot().TokenKeys(account) {
		key, err := x509.ParsePKIXPublicKey(k.Public)
		if err != nil {
			w.T.Fatal(err)
		}
		if ecdsa.Verify(key.(*ecdsa.PublicKey), digest[:], new(big.Int).SetBytes(signature[:48]), new(big.Int).SetBytes(signature[48:])) {
			return
		}
	}
	w.T.Error("no key of the account signed the ID token")
}

// checkLoginEvents: who let in whom is recorded, and nothing that is secret.
func (w *world) checkLoginEvents(a *answered) {
	w.T.Helper()
	for _, e := range w.events() {
		for _, secret := range []string{a.RefreshToken, a.AccessToken.SessionToken, a.AccessToken.SecretAccessKey, "verifier-", a.IDToken} {
			if strings.Contains(e, secret) {
				w.T.Errorf("an event tells a secret: %s", e)
			}
		}
	}
	authorized, created, renewed := w.eventWith(`"AuthorizeOAuth2Access"`), w.eventWith(`"grant_type":"authorization_code"`), w.eventWith(`"grant_type":"refresh_token"`)
	for _, test := range []struct {
		event string
		wants []string
	}{
		{authorized, []string{`"eventName":"AuthorizeOAuth2Access"`, `"client_id":"arn:aws:signin:::devtools/same-device"`, `"scope":"openid"`,
			`"code_challenge_method":"SHA-256"`, `"redirect_uri":"http://127.0.0.1:53037/oauth/callback"`, `"additionalEventData":{"success":"true"}`}},
		{created, []string{`"eventName":"CreateOAuth2Token"`, `"requestParameters":{"client_id":"arn:aws:signin:::devtools/same-device"}`,
			`"grant_type":"authorization_code"`, `"signInSessionArn":"arn:aws:signin:us-east-1:` + account + `:session/`, `"success":"true"`}},
		{renewed, []string{`"grant_type":"refresh_token"`, `"mfaAuthenticated":"false"},"signInSessionArn":"arn:aws:signin:us-east-1:` + account + `:session/`}},
	} {
		for _, want := range append(test.wants, `"readOnly":true`, `"eventType":"AwsApiCall"`, `"responseElements":null`, `"userName":"ann"`) {
			if !strings.Contains(test.event, want) {
				w.T.Errorf("the event lacks %s: %s", want, test.event)
			}
		}
	}
}

// TestRemoteLogin: the code is carried over by a person, whom the pages warn.
func TestRemoteLogin(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.remoteCLI()
	b.enter(w.user("ann", "", mayLogIn))
	p := b.get(c.page())
	for _, want := range []string{"another computer", "started that command yourself", "sent you this link"} {
		if !strings.Contains(p.text, want) {
			t.Errorf("the page does not warn of codes for others (%q):\n%s", want, p.text)
		}
	}
	p = b.submit(p, "answer", "yes")
	at := strings.TrimPrefix(p.location(), origin)
	p = w.browser().get(at) // needs no sign-in
	if !strings.Contains(p.text, "Give it to nobody") {
		t.Errorf("the code's page does not warn:\n%s", p.text)
	}
	_, rest, _ := strings.Cut(p.text, "readonly>")
	text, _, _ := strings.Cut(rest, "</textarea>")
	pasted, err := base64.StdEncoding.DecodeString(html.UnescapeString(text))
	if err != nil {
		t.Fatalf("%v in %s", err, p.text)
	}
	q, err := url.ParseQuery(string(pasted))
	if err != nil || q.Get("state") != c.state || !strings.HasPrefix(string(pasted), "state=") {
		t.Fatalf("%v in %s", err, pasted)
	}
	c.redeem(q.Get("code")).good(t)
}

// TestRefusal: the client hears that it was refused.
func TestRefusal(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.enter(w.user("ann", "", mayLogIn))
	c, remote := w.cli(), w.remoteCLI()
	if p := b.submit(b.get(c.page()), "answer", "no"); p.location() != c.redirect+"?error=access_denied&state="+c.state {
		t.Errorf("%d %s", p.StatusCode, p.location())
	}
	p := b.submit(b.get(remote.page()), "answer", "no")
	if p = b.get(strings.TrimPrefix(p.location(), origin)); p.StatusCode != 200 || !strings.Contains(p.text, "not let in") {
		t.Errorf("%d %s", p.StatusCode, p.text)
	}
}

// TestLoginOfRoles: a client acts as the role that the browser has switched to,
// in a session issued when the role's was, and with its tags and policies.
func TestLoginOfRoles(t *testing.T) {
	w := newWorld(t)
	r := w.role("admin", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"`+account+`"},"Action":"sts:AssumeRole"}}`,
		func(r *state.Role) {
			r.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, mayLogIn)}}
		})
	n := &session.Session{
		Kind: session.AssumedRole, Account: account, PrincipalID: r.ID, Name: "ann", Issued: w.Now.Add(-time.Hour), Expires: w.Now.Add(time.Hour),
		Tags: []session.Tag{{Key: "team", Value: "blue"}}, PolicyARNs: []string{"arn:aws:iam::aws:policy/AdministratorAccess"},
		MFA: w.Now.Add(-time.Hour), SourceIdentity: "ann@example.com",
	}
	caller := &authz.Caller{
		Kind: engine.AssumedRole, Account: account, ID: r.ID, Name: "ann", UserID: r.ID + ":ann", ARN: "arn:aws:sts::" + account + ":assumed-role/admin/ann",
	}
	b, c := w.browser(), w.cli()
	b.begin(&beginning{caller: caller, session: n})
	a := c.login(b)
	if a.claims(t)["sub"] != caller.ARN {
		t.Errorf("the ID token is of %v", a.claims(t)["sub"])
	}
	got, err := w.Sessions.Open(w.DB.Snapshot(), a.AccessToken.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Issued.Equal(n.Issued) || !got.MFA.Equal(n.MFA) || got.Name != "ann" || len(got.Tags) != 1 || len(got.PolicyARNs) != 1 ||
		got.SourceIdentity != n.SourceIdentity || got.PrincipalID != r.ID || got.SignIn == "" {
		t.Errorf("the client's session is another: %+v", got.Session)
	}
	w.Now = w.Now.Add(50 * time.Minute)
	if again := c.refresh(a.RefreshToken).good(t); again.ExpiresIn != 600 {
		t.Errorf("credentials outlast the role's session: %d seconds", again.ExpiresIn)
	}
	w.revoke(r)
	c.refresh(a.RefreshToken).refused(t, "its older sessions are revoked", 403, "AccessDeniedException", "INSUFFICIENT_PERMISSIONS")
	w.Update(func(tx *state.Tx) { tx.DeleteRole(r) })
	c.refresh(a.RefreshToken).refused(t, "the role is gone", 401, "AccessDeniedException", "TOKEN_EXPIRED")
}

// TestLoginOfSwitchedRole: a client acts as the role, and ends with the password
// of the user behind it; when the role's session has ended, as the user again.
func TestLoginOfSwitchedRole(t *testing.T) {
	w := newWorld(t)
	w.admin()
	u := w.user("ann", "correct horse battery", allowAll)
	b, c := w.browser(), w.cli()
	l, _ := w.DB.Snapshot().LoginProfile(u.ID)
	b.begin(&beginning{caller: authz.ForUser(u), password: l.PasswordID(), session: &session.Session{
		Kind: session.SignedIn, Account: account, PrincipalID: u.ID, Issued: w.Now, Expires: w.Now.Add(longest),
	}})
	b.switchTo("Admin")
	a := c.login(b)
	if got := w.whoAmI(a.credentials()); !strings.Contains(got.Body, roleARN("Admin")) || a.claims(t)["sub"] != roleARN("Admin") {
		t.Errorf("the client acts as %s", got.Body)
	}
	w.Now = w.Now.Add(time.Hour)
	c.refresh(a.RefreshToken).refused(t, "after the role's session", 401, "AccessDeniedException", "TOKEN_EXPIRED")
	if again := c.login(b); again.claims(t)["sub"] != u.ARN() {
		t.Errorf("then as %v", again.claims(t)["sub"])
	}
	b.switchTo("Admin")
	a = c.login(b)
	w.Update(func(tx *state.Tx) { tx.DeleteLoginProfile(l) })
	c.refresh(a.RefreshToken).refused(t, "without the user's password", 403, "AccessDeniedException", "USER_CREDENTIALS_CHANGED")
}

// TestLoginEnds: what ends a client's sign-in, and what the client hears.
func TestLoginEnds(t *testing.T) {
	for name, test := range map[string]struct {
		change func(w *world, u *state.User, a *answered)
		status int
		word   string
	}{
		"another password": {func(w *world, u *state.User, _ *answered) {
			w.Update(func(tx *state.Tx) {
				l, _ := tx.LoginProfile(u.ID)
				other := *l
				other.Hash = "of another password"
				tx.PutLoginProfile(&other)
			})
		}, 403, "USER_CREDENTIALS_CHANGED"},
		"no password": {func(w *world, u *state.User, _ *answered) {
			w.Update(func(tx *state.Tx) {
				l, _ := tx.LoginProfile(u.ID)
				tx.DeleteLoginProfile(l)
			})
		}, 403, "USER_CREDENTIALS_CHANGED"},
		"no user": {func(w *world, u *state.User, _ *answered) {
			w.Update(func(tx *state.Tx) {
				l, _ := tx.LoginProfile(u.ID)
				tx.DeleteLoginProfile(l)
				tx.DeleteUser(u)
			})
		}, 401, "TOKEN_EXPIRED"},
		"no permission": {func(w *world, u *state.User, _ *answered) {
			w.Update(func(tx *state.Tx) {
				other := *u
				other.Inline = nil
				tx.PutUser(&other)
			})
		}, 403, "INSUFFICIENT_PERMISSIONS"},
		"no sign-in": {func(w *world, u *state.User, a *answered) {
			w.Update(func(tx *state.Tx) {
				in, _ := tx.SignIn(refreshDigest(a.RefreshToken))
				tx.DeleteSignIn(in)
			})
		}, 401, "TOKEN_EXPIRED"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			u := w.user("ann", "correct horse battery", mayLogIn)
			b, c := w.browser(), w.cli()
			l, _ := w.DB.Snapshot().LoginProfile(u.ID)
			b.begin(&beginning{caller: authz.ForUser(u), password: l.PasswordID(), session: &session.Session{
				Kind: session.SignedIn, Account: account, PrincipalID: u.ID, Issued: w.Now, Expires: w.Now.Add(longest),
			}})
			a, other := c.login(b), c.code(b)
			test.change(w, u, a)
			c.refresh(a.RefreshToken).refused(t, "refreshing", test.status, "AccessDeniedException", test.word)
			if test.word == "TOKEN_EXPIRED" {
				test.word = "AUTHCODE_EXPIRED"
			}
			if name == "no sign-in" { // the browser's is another
				c.redeem(other).good(t)
				return
			}
			c.redeem(other).refused(t, "redeeming a further code", test.status, "AccessDeniedException", test.word)
		})
	}
}

// TestLoginNeedsPermission: on the client's resource, under its conditions.
func TestLoginNeedsPermission(t *testing.T) {
	allow := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"signin:*","Resource":"%s"%s}}`
	localhost := "arn:aws:signin:us-east-1:" + account + ":oauth2/public-client/localhost"
	for text, want := range map[string]struct{ local, remote bool }{
		"": {}, fmt.Sprintf(allow, localhost, ""): {local: true},
		fmt.Sprintf(allow, "arn:aws:signin:*:*:oauth2/public-client/remote", ""):                                                                          {remote: true},
		fmt.Sprintf(allow, "*", `,"Condition":{"StringLike":{"signin:OAuthRedirectUri":"http://127.0.0.1:*"}}`):                                           {local: true},
		fmt.Sprintf(allow, "*", `,"Condition":{"StringEquals":{"signin:OAuthClientId":"arn:aws:signin:::devtools/cross-device"}}`):                        {remote: true},
		fmt.Sprintf(allow, "*", `,"Condition":{"StringEqualsIfExists":{"signin:OAuthGrantType":["authorization_code","refresh_token"]}}`):                 {true, true},
		fmt.Sprintf(allow, "*", `,"Condition":{"StringEqualsIfExists":{"signin:OAuthGrantType":"client_credentials"}}`):                                   {},
		fmt.Sprintf(allow, "*", `,"Condition":{"StringEqualsIfExists":{"signin:OAuthClientAuthentication":"none"}}`):                                      {true, true},
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"signin:AuthorizeOAuth2Access","Resource":"*"}]}`:                                {},
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"signin:CreateOAuth2Token","Resource":"*"}]}`:                                    {},
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"signin:*","Resource":"arn:aws:signin:*:*:service-principal/*"}]}`:               {},
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"signin:*","Resource":"arn:aws:signin:*:111122223333:oauth2/public-client/*"}]}`: {},
	} {
		w := newWorld(t)
		b := w.browser()
		b.enter(w.user("ann", "", text))
		for c, want := range map[*cli]bool{w.cli(): want.local, w.remoteCLI(): want.remote} {
			if got := w.letsIn(b, c); got != want {
				t.Errorf("%s lets %s in: %t", text, c.client.name, got)
			}
		}
	}
}

// letsIn reports whether the client gets credentials and can renew them.
func (w *world) letsIn(b *browser, c *cli) bool {
	w.T.Helper()
	p := b.submit(b.get(c.page()), "answer", "yes")
	if p.StatusCode == 403 {
		if !strings.Contains(p.text, "is not authorized to perform: signin:AuthorizeOAuth2Access on resource: arn:aws:signin:us-east-1:") {
			w.T.Errorf("the page does not say what is missing: %s", p.text)
		}
		return false
	}
	a := c.redeem(mustURL(p.location()).Query().Get("code"))
	if a.status == 403 {
		a.refused(w.T, "redeeming", 403, "AccessDeniedException", "INSUFFICIENT_PERMISSIONS")
		return false
	}
	c.refresh(a.good(w.T).RefreshToken).good(w.T)
	return true
}

// TestDeniedLoginIsRecorded with what was asked.
func TestDeniedLoginIsRecorded(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", ""))
	if p := b.submit(b.get(c.page()), "answer", "yes"); p.StatusCode != 403 || !strings.Contains(p.text, "SignInLocalDevelopmentAccess") {
		t.Fatalf("%d %s", p.StatusCode, p.text)
	}
	if e := w.eventWith(`"AuthorizeOAuth2Access"`); !strings.Contains(e, `"errorCode":"AccessDenied"`) || !strings.Contains(e, `"client_id":"`+sameDevice.id) {
		t.Errorf("%s", e)
	}
}

// TestLoginSurvivesSigningOut: a client has a sign-in of its own; a code that
// was not redeemed has not.
func TestLoginSurvivesSigningOut(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	a, other := c.login(b), c.code(b)
	b.submit(b.get(home))
	c.refresh(a.RefreshToken).good(t)
	c.redeem(other).refused(t, "after signing out", 401, "AccessDeniedException", "AUTHCODE_EXPIRED")
}

// TestOneLoginIsEnded by a policy about its session alone.
func TestOneLoginIsEnded(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	u := w.user("ann", "", mayLogIn)
	b.enter(u)
	a, other := c.login(b), c.login(b)
	opened, err := w.Sessions.Open(w.DB.Snapshot(), a.AccessToken.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	deny := `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ArnEquals":{"aws:SignInSessionArn":"` +
		arn.SignInSession(account, opened.SignIn) + `"}}}}`
	w.Update(func(tx *state.Tx) {
		denied := *u
		denied.Inline = append(denied.Inline, state.InlinePolicy{Name: "q", Document: w.document(policy.IdentityBased, deny)})
		tx.PutUser(&denied)
	})
	c.refresh(a.RefreshToken).refused(t, "the denied one", 403, "AccessDeniedException", "INSUFFICIENT_PERMISSIONS")
	c.refresh(other.RefreshToken).good(t)
}
