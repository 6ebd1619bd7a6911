package signin

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/writ-iam/writ/internal/federation/federationtest"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
)

// TestSAMLReplayInBrowser: an assertion signs in once, in a browser or by the
// API, whichever is first, in another response too.
func TestSAMLReplayInBrowser(t *testing.T) {
	w := newSAMLWorld(t)
	const used = "The assertion has been used before"
	l := w.login("_1")
	response := w.idp.Post(t, l)
	b := w.browser()
	b.follow(b.fromIDP("/saml", "SAMLResponse", response))
	thief := w.browser()
	if p := thief.fromIDP("/saml", "SAMLResponse", response); p.StatusCode != 400 || !strings.Contains(p.text, used) || len(p.Cookies()) != 0 {
		t.Errorf("in another browser: %d %s", p.StatusCode, p.text)
	}
	again := federationtest.Encode(t, w.idp.Response("_other", w.idp.Sign(t, w.idp.Assertion(l))))
	if p := thief.fromIDP("/saml", "SAMLResponse", again); p.StatusCode != 400 || !strings.Contains(p.text, used) {
		t.Errorf("in another response: %d %s", p.StatusCode, p.text)
	}
	if status, body := w.assume(response); status != 400 || !strings.Contains(body, used) {
		t.Errorf("by the API: %d %s", status, body)
	}
	if b.signedInAs() == "" || thief.signedInAs() != "" {
		t.Error("the wrong one is signed in")
	}
	response = w.idp.Post(t, w.login("_2"))
	if status, body := w.assume(response); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	if p := thief.fromIDP("/saml", "SAMLResponse", response); p.StatusCode != 400 || !strings.Contains(p.text, used) {
		t.Errorf("after the API: %d %s", p.StatusCode, p.text)
	}
}

// assume presents a response to STS.
func (w *samlWorld) assume(response string) (status int, body string) {
	v := url.Values{
		"Action": {"AssumeRoleWithSAML"}, "Version": {"2011-06-15"}, "RoleArn": {"arn:aws:iam::" + account + ":role/reader"},
		"PrincipalArn": {samlProvider}, "SAMLAssertion": {response},
	}
	r := httptest.NewRequest(http.MethodPost, origin+"/", strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a := w.Send(r)
	return a.Status, a.Body
}

// TestMutatedResponsesNeverReachTheChooser: of a response that is not verified
// as it stands no role is shown.
func TestMutatedResponsesNeverReachTheChooser(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("admin", trustsSAML(account, "Corp"))
	roles := []string{pair(account, "reader", "Corp"), pair(account, "writer", "Corp")}
	admin := pair(account, "admin", "Corp")
	forged := func(id string) *etree.Element { return w.idp.Assertion(w.login(id, admin, roles[0])) }
	genuine := func() *etree.Element { return w.idp.Sign(t, w.idp.Assertion(w.login("_genuine", roles...))) }
	attribute := func(a *etree.Element) *etree.Element {
		for _, e := range a.FindElements("./saml:AttributeStatement/saml:Attribute") {
			if e.SelectAttrValue("Name", "") == samlAttribute+"Role" {
				return e
			}
		}
		t.Fatal("no roles")
		return nil
	}
	respond := func(inner ...*etree.Element) *etree.Element { return w.idp.Response("_r", inner...) }
	changed := genuine()
	attribute(changed).ChildElements()[0].SetText(admin)
	added := genuine()
	attribute(added).CreateElement("saml:AttributeValue").SetText(admin)
	unsigned := genuine()
	unsigned.RemoveChild(unsigned.FindElement("./ds:Signature"))
	wrapped := forged("_forged")
	wrapped.FindElement("./saml:Subject").AddChild(genuine())
	stolen := forged("_genuine")
	stolen.InsertChildAt(1, genuine().FindElement("./ds:Signature").Copy())
	inside := respond(forged("_forged"))
	inside.CreateElement("samlp:Extensions").AddChild(genuine())
	comment := strings.Replace(federationtest.Text(t, respond(genuine())), ":role/writer", ":role/<!---->writer", 1)
	entity := `<!DOCTYPE r [<!ENTITY a "admin">]>` + strings.Replace(federationtest.Text(t, respond(genuine())), ":role/writer", ":role/&a;", 1)
	eve := federationtest.NewProvider(t, samlEntity)
	for name, response := range map[string]string{
		"changed role":      federationtest.Encode(t, respond(changed)),
		"added role":        federationtest.Encode(t, respond(added)),
		"no signature":      federationtest.Encode(t, respond(unsigned)),
		"wrapped":           federationtest.Encode(t, respond(wrapped)),
		"stolen signature":  federationtest.Encode(t, respond(stolen)),
		"two, forged first": federationtest.Encode(t, respond(forged("_forged"), genuine())),
		"two, forged last":  federationtest.Encode(t, respond(genuine(), forged("_forged"))),
		"in extensions":     federationtest.Encode(t, inside),
		"comment":           base64.StdEncoding.EncodeToString([]byte(comment)),
		"entity":            base64.StdEncoding.EncodeToString([]byte(entity)),
		"own key":           eve.Post(t, w.login("_genuine", admin, roles[0])),
	} {
		b := w.browser()
		p := b.fromIDP("/saml", "SAMLResponse", response)
		if p.StatusCode < 400 || len(p.forms) != 0 || strings.Contains(p.text, "role/") || len(p.Cookies()) != 0 {
			t.Errorf("%s: %d %s", name, p.StatusCode, p.text)
		}
	}
	if p := w.browser().fromIDP("/saml", "SAMLResponse", federationtest.Encode(t, respond(genuine()))); len(p.forms) != 1 {
		t.Errorf("the genuine one: %d %s", p.StatusCode, p.text)
	}
	if w.DB.Snapshot().NumSignIns() != 0 {
		t.Error("somebody is signed in")
	}
}

// TestRoleIndexTampered: only roles of the response can be chosen.
func TestRoleIndexTampered(t *testing.T) {
	w := newSAMLWorld(t)
	w.role("admin", trustsSAML(account, "Corp"))
	w.role("writer", trustsSAML(account, "Corp"))
	two := w.idp.Post(t, w.login("_two", pair(account, "reader", "Corp"), pair(account, "writer", "Corp")))
	one := w.idp.Post(t, w.login("_one"))
	b := w.browser()
	for _, response := range []string{two, one} {
		for _, role := range []string{"arn:aws:iam::" + account + ":role/admin", "0", "1", pair(account, "reader", "Corp"), "arn:aws:iam::" + account + ":role/READER"} {
			p := b.fromIDP("/saml", "SAMLResponse", response, "roleIndex", role)
			if p.StatusCode != 400 || !strings.Contains(p.text, "Choose one of these roles.") || strings.Contains(p.text, ":role/admin") {
				t.Errorf("%s: %d %s", role, p.StatusCode, p.text)
			}
		}
		p := b.fromIDP("/saml", "SAMLResponse", response, "roleIndex", "arn:aws:iam::"+account+":role/admin", "roleIndex", "arn:aws:iam::"+account+":role/reader")
		if p.StatusCode != 400 || len(p.forms) != 0 {
			t.Errorf("two roles: %d %s", p.StatusCode, p.text)
		}
	}
	if n := w.DB.Snapshot().NumSpent(); n != 0 || b.signedInAs() != "" {
		t.Errorf("%d assertions are taken", n)
	}
}

// TestAnotherProvidersRole: a provider speaks for nobody but itself. One that
// names the provider of others, or a role that trusts others, reaches neither.
func TestAnotherProvidersRole(t *testing.T) {
	w := newSAMLWorld(t)
	eve := federationtest.NewProvider(t, "https://eve.example.com/")
	w.register(account, "Eve", eve.Metadata())
	w.role("eves", trustsSAML(account, "Eve"))
	for name, tt := range map[string]struct {
		roles []string
		want  int
	}{
		"Corp's role by Corp":           {[]string{pair(account, "reader", "Corp")}, 400},
		"Corp's role by Eve":            {[]string{pair(account, "reader", "Eve")}, 403},
		"Corp's role by a name like it": {[]string{pair(account, "reader", "corp")}, 400},
	} {
		b := w.browser()
		l := w.login("_"+strings.ReplaceAll(name, " ", "_")[7:], tt.roles...)
		if p := b.fromIDP("/saml", "SAMLResponse", eve.Post(t, l)); p.StatusCode != tt.want || b.signedInAs() != "" {
			t.Errorf("%s: %d %s", name, p.StatusCode, p.text)
		}
	}
	b := w.browser()
	b.follow(b.fromIDP("/saml", "SAMLResponse", eve.Post(t, w.login("_mixed", pair(account, "reader", "Corp"), pair(account, "eves", "Eve")))))
	if got := b.signedInAs(); got != assumed(account, "eves") {
		t.Errorf("of both roles the one that Eve may give: %q", got)
	}
}

// TestManyProvidersNamedInVain: a response is tried by few of them.
func TestManyProvidersNamedInVain(t *testing.T) {
	w := newSAMLWorld(t)
	var roles []string
	for i := range 40 {
		name := "P" + string(rune('A'+i%26)) + string(rune('A'+i/26))
		other := *w.idp
		other.EntityID += name
		w.register(account, name, other.Metadata())
		roles = append(roles, pair(account, "reader", name))
	}
	eve := federationtest.NewProvider(t, samlEntity)
	p := w.browser().fromIDP("/saml", "SAMLResponse", eve.Post(t, w.login("_1", append(roles, pair(account, "reader", "Corp"))...)))
	if p.StatusCode != 400 || !strings.Contains(p.text, "Response signature invalid") {
		t.Errorf("%d %s", p.StatusCode, p.text)
	}
	if p := w.browser().fromIDP("/saml", "SAMLResponse", w.idp.Post(t, w.login("_2", append(roles, pair(account, "reader", "Corp"))...))); p.StatusCode != 400 {
		t.Errorf("behind more of them than are tried: %d", p.StatusCode)
	}
}

// TestSAMLMarkupIsText: what stands in a response, or beside it, is text in the
// page.
func TestSAMLMarkupIsText(t *testing.T) {
	w := newSAMLWorld(t)
	const markup = `"><script>alert(1)</script><form action="https://evil.test/">`
	l := w.login("_1", pair(account, "reader", "Corp"), pair(account, "x"+markup, "Corp"), pair(account, markup+"/y", "Corp"))
	l.Subject, l.Attributes[markup] = markup, []string{markup}
	w.Update(func(tx *state.Tx) {
		a, _ := tx.Account(account)
		changed := *a
		changed.Name = markup
		tx.PutAccount(&changed)
	})
	response := w.idp.Post(t, l)
	for name, fields := range map[string][]string{
		"roles":      {"SAMLResponse", response},
		"RelayState": {"SAMLResponse", response, "RelayState", markup},
		"roleIndex":  {"SAMLResponse", response, "roleIndex", markup},
		"response":   {"SAMLResponse", markup},
	} {
		p := w.browser().fromIDP("/saml", fields...)
		if strings.Contains(p.text, "<script") || strings.Contains(p.text, `action="https://evil`) || len(p.forms) > 1 {
			t.Errorf("%s: %s", name, p.text)
		}
	}
	if p := w.browser().get("/saml/login?provider=" + url.QueryEscape(markup)); strings.Contains(p.text, "<script") {
		t.Errorf("provider: %s", p.text)
	}
}

// TestSAMLOpenRedirect: RelayState leads nowhere else.
func TestSAMLOpenRedirect(t *testing.T) {
	w := newSAMLWorld(t)
	for i, relayState := range []string{
		"https://evil.test/", "//evil.test", `/\evil.test`, "javascript:alert(1)", "https://writ.test@evil.test/", "https://console.aws.amazon.com/",
		"/" + strings.Repeat("a", longestDestination), "evil", "",
	} {
		b := w.browser()
		p := b.fromIDP("/saml", "SAMLResponse", w.idp.Post(t, w.login("_"+string(rune('a'+i)))), "RelayState", relayState)
		if p = b.get(p.location()); p.location() != home {
			t.Errorf("%q leads to %q", relayState, p.location())
		}
	}
	for _, destination := range []string{"https://evil.test/", "//evil.test", "%5Cevil.test"} {
		if p := w.browser().get("/saml/continue?destination=" + destination); p.location() != home {
			t.Errorf("continues to %q", p.location())
		}
	}
}

// TestLoginCSRFBySAML: who is signed in is not made somebody else unseen, by a
// response that another person has a page post.
func TestLoginCSRFBySAML(t *testing.T) {
	w := newSAMLWorld(t)
	b := w.browser()
	b.enter(w.user("ann", "", ""))
	ann := "arn:aws:iam::" + account + ":user/ann"
	p := b.follow(b.fromIDP("/saml", "SAMLResponse", w.idp.Post(t, w.login("_1"))))
	if p.StatusCode != 200 || !strings.Contains(p.text, "ann") || !strings.Contains(p.text, "reader/alice") || b.signedInAs() != ann {
		t.Fatalf("not asked: %d %s", p.StatusCode, p.text)
	}
	if p := b.post(p.forms[0].action, url.Values{"sign_in": p.forms[0].fields["sign_in"]}, "answer", "yes"); p.StatusCode != 403 || b.signedInAs() != ann {
		t.Errorf("an answer of another's form: %d", p.StatusCode)
	}
	b.fromIDP("/saml", "SAMLResponse", w.idp.Post(t, w.login("_2")))
	if p := b.submit(p, "answer", "yes"); p.StatusCode != 400 || b.signedInAs() != ann {
		t.Errorf("the answer to an earlier question: %d", p.StatusCode)
	}
	p = b.submit(b.get("/saml/continue"), "answer", "no")
	if p.location() != home || b.signedInAs() != ann {
		t.Errorf("no: %d %s", p.StatusCode, p.location())
	}
	if b.get("/saml/continue"); b.signedInAs() != ann {
		t.Error("after no, signed in as somebody else")
	}
	b.fromIDP("/saml", "SAMLResponse", w.idp.Post(t, w.login("_3")))
	p = b.submit(b.get("/saml/continue?destination=%2F_writ%2Fconsole%3Fx"), "answer", "yes")
	if p.location() != "/_writ/console?x" || b.signedInAs() != assumed(account, "reader") {
		t.Errorf("yes: %d %s, %s", p.StatusCode, p.location(), b.signedInAs())
	}
	if e := w.events(); !strings.Contains(e[0], `"eventName":"Logout"`) || !strings.Contains(e[0], ann) {
		t.Errorf("ann is not signed out: %s", e[0])
	}
	if p := b.follow(b.fromIDP("/saml", "SAMLResponse", w.idp.Post(t, w.login("_4")))); p.StatusCode != 200 || len(p.forms) != 1 || strings.Contains(p.text, "somebody else") {
		t.Errorf("asked about the same person: %s", p.text)
	}
}

// TestSAMLResponsePostedUnseen: a frame, or a script of another site, signs
// nobody in.
func TestSAMLResponsePostedUnseen(t *testing.T) {
	w := newSAMLWorld(t)
	response := url.Values{"SAMLResponse": {w.idp.Post(t, w.login("_1"))}}.Encode()
	for dest, want := range map[string]int{"iframe": 403, "empty": 403, "image": 403, "document": 303} {
		r := httptest.NewRequest(http.MethodPost, origin+"/saml", strings.NewReader(response))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Sec-Fetch-Dest", dest)
		if p := w.browser().send(r); p.StatusCode != want {
			t.Errorf("%s: %d", dest, p.StatusCode)
		}
		response = url.Values{"SAMLResponse": {w.idp.Post(t, w.login("_"+dest))}}.Encode()
	}
}

// TestPendingSignInIsNoSignIn: the cookie of a sign-in that is under
// way signs nobody in by itself.
func TestPendingSignInIsNoSignIn(t *testing.T) {
	w := newSAMLWorld(t)
	b := w.browser()
	b.fromIDP("/saml", "SAMLResponse", w.idp.Post(t, w.login("_1")))
	if got := b.signedInAs(); got != "" {
		t.Errorf("signed in as %s", got)
	}
	w.Now = w.Now.Add(2 * 3600e9)
	if b.get("/saml/continue"); b.signedInAs() != "" {
		t.Error("signed in after the end of the session")
	}
}

// TestEncryptedAtItsProvidersURL: encrypted assertions are taken at the URL of
// their provider, and nowhere else.
func TestEncryptedAtItsProvidersURL(t *testing.T) {
	w := newSAMLWorld(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := w.DB.Snapshot().SAMLProvider(samlProvider)
	twin := w.register(account, "Twin", w.idp.Metadata())
	acs := samlACS + p.ID
	w.Update(func(tx *state.Tx) {
		block := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
		tx.PutSAMLKey(&state.SAMLKey{ID: tx.NewSAMLKeyID(), Account: account, Provider: p.ID, Key: state.Secret(block), Created: tx.Now(), Seq: tx.NextSeq()})
		changed := *p
		changed.Encrypted = true
		tx.PutSAMLProvider(&changed)
	})
	encrypted := func(id string) string {
		l := w.login(id, pair(account, "reader", "Corp"), pair(account, "reader", "Twin"))
		l.Recipient = "https://signin.aws.amazon.com" + acs
		e := federationtest.GCM().Encrypt(t, federationtest.Text(t, w.idp.Sign(t, w.idp.Assertion(l))), &key.PublicKey)
		return federationtest.Encode(t, w.idp.Response("_r", e))
	}
	b := w.browser()
	if p := b.fromIDP("/saml", "SAMLResponse", encrypted("_1")); p.StatusCode != 400 || !strings.Contains(p.text, "Encrypted assertions are for the sign-in URL of their provider") {
		t.Errorf("at /saml: %d %s", p.StatusCode, p.text)
	}
	if p := b.fromIDP(samlACS+twin.ID, "SAMLResponse", encrypted("_1")); p.StatusCode != 400 || !strings.Contains(p.text, "cannot be decrypted") {
		t.Errorf("at another's: %d %s", p.StatusCode, p.text)
	}
	plain := w.login("_2")
	if p := b.fromIDP(acs, "SAMLResponse", w.idp.Post(t, plain)); p.StatusCode != 400 || !strings.Contains(p.text, "requires encrypted assertions") {
		t.Errorf("plain: %d %s", p.StatusCode, p.text)
	}
	if b.follow(b.fromIDP(acs, "SAMLResponse", encrypted("_1"))); b.signedInAs() != assumed(account, "reader") {
		t.Error("not signed in")
	}
	w.sts.SAMLEndpoints = []string{origin + "/saml"}
	if r, _ := w.browser().ask("provider=" + samlProvider); r.ReplyTo != origin+acs {
		t.Errorf("the answer is to come to %s", r.ReplyTo)
	}
}

// TestSAMLCertificateRotation: both keys count while both stand in the metadata.
func TestSAMLCertificateRotation(t *testing.T) {
	w := newSAMLWorld(t)
	young := federationtest.NewProvider(t, samlEntity)
	change := func(metadata string) {
		w.Update(func(tx *state.Tx) {
			p, _ := tx.SAMLProvider(samlProvider)
			changed := *p
			changed.Metadata = metadata
			tx.PutSAMLProvider(&changed)
		})
	}
	status := func(idp *federationtest.Provider, id string) int {
		return w.browser().fromIDP("/saml", "SAMLResponse", idp.Post(t, w.login(id))).StatusCode
	}
	change(w.idp.Metadata(young))
	if status(w.idp, "_1") != 303 || status(young, "_2") != 303 {
		t.Error("one of two keys does not count")
	}
	b := w.browser()
	b.follow(b.fromIDP("/saml", "SAMLResponse", w.idp.Post(t, w.login("_3"))))
	change(young.Metadata())
	if status(w.idp, "_4") != 400 || status(young, "_5") != 303 {
		t.Error("the old key counts, or the new does not")
	}
	if b.signedInAs() == "" {
		t.Error("who signed in by the old key is signed out")
	}
}

// TestSAMLSignInRevoked: AWSRevokeOlderSessions, which the console attaches,
// reaches sessions that began in a browser.
func TestSAMLSignInRevoked(t *testing.T) {
	w := newSAMLWorld(t)
	w.sts.SAMLInResponseTo = sts.AnswersIgnored
	allow := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}`
	w.role("lister", trustsSAML(account, "Corp"), func(r *state.Role) {
		r.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(1, allow+`]}`)}}
	})
	b := w.browser()
	b.follow(b.fromIDP("/saml", "SAMLResponse", w.idp.Post(t, w.login("_1", pair(account, "lister", "Corp")))))
	list := func() int { return w.listUsers(b) }
	if got := list(); got != 200 {
		t.Fatalf("before: %d", got)
	}
	revoke := `,{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"` + w.Now.Add(1e9).Format("2006-01-02T15:04:05Z") + `"}}}]}`
	w.Update(func(tx *state.Tx) {
		r, _ := tx.Role(account, "lister")
		changed := *r
		changed.Inline = []state.InlinePolicy{{Name: "AWSRevokeOlderSessions", Document: w.document(1, allow+revoke)}}
		tx.PutRole(&changed)
	})
	w.Now = w.Now.Add(2e9)
	if got := list(); got != 403 {
		t.Errorf("after: %d", got)
	}
}
