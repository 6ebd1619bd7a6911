package signin

import (
	"compress/flate"
	"crypto/tls"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/federation/federationtest"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

const (
	samlEntity    = "https://idp.example.com/"
	samlAttribute = "https://aws.amazon.com/SAML/Attributes/"
	samlProvider  = "arn:aws:iam::" + account + ":saml-provider/Corp"
)

// samlWorld is a world with a SAML provider Corp and a role "reader" that trusts
// it.
type samlWorld struct {
	*world
	idp *federationtest.Provider
}

// corp is made once: its key takes time.
var corp struct {
	once sync.Once
	idp  *federationtest.Provider
}

func newSAMLWorld(t testing.TB) *samlWorld {
	corp.once.Do(func() { corp.idp = federationtest.NewProvider(t, samlEntity) })
	w := &samlWorld{newWorld(t), corp.idp}
	w.sts.SAMLEndpoints = []string{origin + "/saml"}
	w.register(account, "Corp", w.idp.Metadata())
	w.role("reader", trustsSAML(account, "Corp"))
	return w
}

func (w *samlWorld) register(account, name, metadata string) *state.SAMLProvider {
	p := &state.SAMLProvider{Account: account, Name: name, Metadata: metadata, Created: w.Now, ValidUntil: w.Now.AddDate(100, 0, 0)}
	w.Update(func(tx *state.Tx) {
		p.ID = tx.NewSAMLProviderID()
		tx.PutSAMLProvider(p)
	})
	return p
}

func trustsSAML(account, provider string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::` + account + `:saml-provider/` + provider +
		`"},"Action":["sts:AssumeRoleWithSAML","sts:TagSession"]}}`
}

// pair is a value of the attribute Role.
func pair(account, role, provider string) string {
	return "arn:aws:iam::" + account + ":role/" + role + ",arn:aws:iam::" + account + ":saml-provider/" + provider
}

// login is one of alice with roles, "reader" when none is named.
func (w *samlWorld) login(id string, roles ...string) federationtest.Login {
	if len(roles) == 0 {
		roles = []string{pair(account, "reader", "Corp")}
	}
	l := federationtest.NewLogin(id, w.Now)
	l.Attributes = map[string][]string{samlAttribute + "Role": roles, samlAttribute + "RoleSessionName": {"alice"}}
	return l
}

// fromIDP posts a form from a page of the identity provider: with the cookies
// that a browser sends from another site.
func (b *browser) fromIDP(path string, fields ...string) *loaded {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, origin+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://idp.example.com")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	cross := b.world.browser()
	cross.from = b.from
	for _, c := range b.jar.Cookies(mustURL(origin)) {
		if c.Name == "__Host-"+samlRequestCookie { // the others are SameSite=Lax
			cross.jar.SetCookies(mustURL(origin), []*http.Cookie{c})
		}
	}
	p := cross.send(r)
	b.jar.SetCookies(mustURL(origin), p.Cookies())
	return p
}

// follow follows redirects within this site.
func (b *browser) follow(p *loaded) *loaded {
	for range 5 {
		if p.StatusCode != 303 {
			return p
		}
		p = b.get(p.location())
	}
	b.world.T.Fatal("redirects without end")
	return nil
}

// signedInAs is the ARN that the browser is signed in as, "" for nobody.
func (b *browser) signedInAs() string {
	p := b.get(home)
	if p.StatusCode != 200 {
		return ""
	}
	_, rest, _ := strings.Cut(p.text, "<dt>ARN</dt><dd><code>")
	arn, _, _ := strings.Cut(rest, "</code>")
	return arn
}

func assumed(account, role string) string {
	return "arn:aws:sts::" + account + ":assumed-role/" + role + "/alice"
}

// asked is the request with which a page sends to the identity provider.
type asked struct {
	ID          string    `xml:"ID,attr"`
	Destination string    `xml:"Destination,attr"`
	ReplyTo     string    `xml:"AssertionConsumerServiceURL,attr"`
	Issued      time.Time `xml:"IssueInstant,attr"`
	Version     string    `xml:"Version,attr"`
	Issuer      string    `xml:"urn:oasis:names:tc:SAML:2.0:assertion Issuer"`
	XMLName     xml.Name  `xml:"urn:oasis:names:tc:SAML:2.0:protocol AuthnRequest"`
}

func (b *browser) ask(query string) (*asked, *loaded) {
	b.world.T.Helper()
	p := b.get("/saml/login?" + query)
	if p.StatusCode != 303 {
		b.world.T.Fatalf("%d %s", p.StatusCode, p.text)
	}
	packed, err := base64.StdEncoding.DecodeString(mustURL(p.location()).Query().Get("SAMLRequest"))
	if err != nil {
		b.world.T.Fatal(err)
	}
	text, err := io.ReadAll(flate.NewReader(strings.NewReader(string(packed))))
	if err != nil {
		b.world.T.Fatal(err)
	}
	r := &asked{}
	if err := xml.Unmarshal(text, r); err != nil {
		b.world.T.Fatal(err)
	}
	return r, p
}

// listUsers calls IAM as who is signed in, and returns the status.
func (w *samlWorld) listUsers(b *browser) int {
	w.T.Helper()
	r := httptest.NewRequest(http.MethodGet, origin+home, nil)
	for _, c := range b.jar.Cookies(mustURL(origin)) {
		r.AddCookie(c)
	}
	r.TLS = new(tls.ConnectionState)
	v := &visit{w: httptest.NewRecorder(), r: r, snap: w.DB.Snapshot(), now: w.Now}
	w.signIn.recognize(v)
	if v.signIn == nil {
		w.T.Fatal("nobody is signed in")
	}
	if _, fail := w.Pipeline.Invoke(r, v.acting, "iam", "ListUsers", &iamapi.ListUsersInput{}); fail != nil {
		return fail.Status
	}
	return 200
}
