package e2e

import (
	"compress/flate"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// site is the name under which browsers reach the server.
const site = "https://iam.example.org"

// guest is a person's browser, which does what those do with pages that need no scripts: it
// keeps cookies by host, sends those that a request from another site may have,
// follows redirects and fills in forms.
type guest struct {
	client  *http.Client
	cookies map[string]map[string]*http.Cookie // by host and name
	at      *url.URL
	page    string
}

// browse opens a browser that trusts the server's certificate and another's.
func (s *server) browse(t *testing.T, transport *http.Transport) *guest {
	t.Helper()
	own := strings.TrimPrefix(s.URL, "https://")
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "iam.example.org:443" {
			address = own
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	transport.TLSClientConfig.ServerName = "127.0.0.1" // as both certificates have it
	return &guest{client: &http.Client{Transport: transport, CheckRedirect: refuseRedirect}, cookies: map[string]map[string]*http.Cookie{}}
}

// open goes to an address that a person typed in.
func (b *guest) open(t *testing.T, address string) {
	t.Helper()
	b.at = nil
	b.load(t, http.MethodGet, address, nil)
}

var (
	formTag  = regexp.MustCompile(`<form method="post" action="([^"]*)">`)
	fieldTag = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// submit sends the page's form.
func (b *guest) submit(t *testing.T, fields ...string) {
	t.Helper()
	form := formTag.FindStringSubmatch(b.page)
	if form == nil {
		t.Fatalf("no form at %s:\n%s", b.at, b.page)
	}
	values := url.Values{}
	for _, f := range fieldTag.FindAllStringSubmatch(b.page, -1) {
		values.Set(f[1], html.UnescapeString(f[2]))
	}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	b.load(t, http.MethodPost, must(b.at.Parse(html.UnescapeString(form[1])))(t).String(), values)
}

// load loads a page. Redirects lead on from the site that the first request came
// from, as browsers see it.
func (b *guest) load(t *testing.T, method, address string, form url.Values) {
	t.Helper()
	from := b.at
	for range 10 {
		r := must(http.NewRequest(method, address, strings.NewReader(form.Encode())))(t)
		cross := from != nil && from.Host != r.URL.Host
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", from.Scheme+"://"+from.Host)
			r.Header.Set("Sec-Fetch-Site", map[bool]string{true: "cross-site", false: "same-origin"}[cross])
		}
		for _, c := range b.cookies[r.URL.Host] {
			if !cross || c.SameSite == http.SameSiteNoneMode || c.SameSite == http.SameSiteLaxMode && method == http.MethodGet {
				r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
			}
		}
		resp := must(b.client.Do(r))(t)
		b.page, b.at = read(t, resp.Body), r.URL
		b.keep(t, resp)
		if resp.StatusCode/100 != 3 {
			return
		}
		method, form, address = http.MethodGet, nil, must(resp.Location())(t).String()
	}
	t.Fatal("redirects without end")
}

func (b *guest) keep(t *testing.T, resp *http.Response) {
	host := resp.Request.URL.Host
	if b.cookies[host] == nil {
		b.cookies[host] = map[string]*http.Cookie{}
	}
	for _, c := range resp.Cookies() {
		if !c.Secure || !c.HttpOnly || !strings.HasPrefix(c.Name, "__Host-") || c.Path != "/" || c.Domain != "" {
			t.Errorf("the cookie %v", c)
		}
		b.cookies[host][c.Name] = c
		if c.MaxAge < 0 {
			delete(b.cookies[host], c.Name)
		}
	}
}

// shows fails unless the page has that in it.
func (b *guest) shows(t *testing.T, want string) {
	t.Helper()
	if !strings.Contains(b.page, want) {
		t.Fatalf("%s does not show %q:\n%s", b.at, want, b.page)
	}
}

// signOnPage plays the identity provider: asked or not, it posts a response.
type signOnPage struct {
	*httptest.Server
	idp        *identityProvider
	attributes []string
	last       string // response
}

func newSignOnPage(t *testing.T, idp *identityProvider) *signOnPage {
	p := &signOnPage{idp: idp}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.idp.answers, p.idp.recipient = "", site+"/saml"
		if packed := r.FormValue("SAMLRequest"); packed != "" {
			var request struct {
				ID      string `xml:"ID,attr"`
				ReplyTo string `xml:"AssertionConsumerServiceURL,attr"`
			}
			text, err := io.ReadAll(flate.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(packed))))
			if err == nil {
				err = xml.Unmarshal(text, &request)
			}
			if err != nil {
				t.Errorf("request %q: %v", packed, err)
			}
			p.idp.answers, p.idp.recipient = request.ID, request.ReplyTo
		}
		if p.last == "" || r.FormValue("again") == "" {
			p.last = p.idp.response(t, p.attributes...)
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<form method="post" action="%s"><input type="hidden" name="SAMLResponse" value="%s"><input type="hidden" name="RelayState" value="https://console.aws.amazon.com/"></form>`, p.idp.recipient, p.last)
	}))
	t.Cleanup(p.Close)
	return p
}

// TestSAMLInBrowser signs in as people do, at a provider first or here first,
// with roles in two accounts, and over restarts of the server.
func TestSAMLInBrowser(t *testing.T) {
	certFile, keyFile, roots := certificate(t)
	data, seen := t.TempDir(), &sightings{}
	run := func(args ...string) *server {
		s := startIn(t, data, seen, append([]string{"--tls-cert", certFile, "--tls-key", keyFile, "--saml-endpoint", site + "/saml"}, args...)...)
		s.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
		return s
	}
	s := run()
	admin := s.admin()
	other, otherID := admin.newAccount(t, "other")
	must(other.iam.CreateAccountAlias(ctx, &iam.CreateAccountAliasInput{AccountAlias: new("blue")}))(t)
	key, _, cert := keyPair(t, "idp.example.org")
	idp := newSignOnPage(t, &identityProvider{entity: "https://idp.example.org/login", key: key})
	text := strings.Replace(metadata(idp.idp.entity, cert), "</md:IDPSSODescriptor>",
		`<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="`+idp.URL+`/sso"/></md:IDPSSODescriptor>`, 1)
	var providers []string
	for _, c := range []*client{admin, other} {
		p := must(c.iam.CreateSAMLProvider(ctx, &iam.CreateSAMLProviderInput{Name: new("login"), SAMLMetadataDocument: &text}))(t).SAMLProviderArn
		role := c.newRole(t, "Reader", document(`{"Effect":"Allow","Principal":{"Federated":"`+*p+`"},"Action":"sts:AssumeRoleWithSAML"}`), document(listBuckets))
		providers = append(providers, *p)
		idp.attributes = append(idp.attributes, "Role", role+","+*p)
	}
	idp.attributes = append(idp.attributes, "RoleSessionName", "alice")

	roots.AddCert(idp.Certificate())
	b := s.browse(t, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}})
	b.open(t, idp.URL+"/apps/aws")
	b.submit(t)
	b.shows(t, "Account: blue ("+otherID+")")
	b.submit(t, "roleIndex", "arn:aws:iam::"+otherID+":role/Reader")
	b.shows(t, "arn:aws:sts::"+otherID+":assumed-role/Reader/alice")
	equal(t, "address", b.at.String(), site+"/_writ/console")

	b.open(t, site+"/saml/login?provider="+url.QueryEscape(providers[0])+"&destination=%2F_writ%2Fconsole%3Fa%3Db")
	equal(t, "sent to", b.at.Host+b.at.Path, strings.TrimPrefix(idp.URL, "https://")+"/sso")
	b.submit(t)
	b.shows(t, "Sign in as somebody else?")
	b.submit(t, "answer", "yes")
	b.shows(t, "arn:aws:sts::"+s.Account+":assumed-role/Reader/alice")
	equal(t, "address", b.at.String(), site+"/_writ/console?a=b")

	replay := func() {
		t.Helper()
		thief := s.browse(t, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}})
		thief.open(t, idp.URL+"/apps/aws?again=1")
		thief.submit(t, "roleIndex", "arn:aws:iam::"+otherID+":role/Reader")
		thief.shows(t, "The assertion has been used before")
		fails(s.as(aws.Credentials{}).sts.AssumeRoleWithSAML(ctx, &sts.AssumeRoleWithSAMLInput{
			RoleArn: new("arn:aws:iam::" + otherID + ":role/Reader"), PrincipalArn: &providers[1], SAMLAssertion: &idp.last,
		}))(t, failure{400, "InvalidIdentityToken", "The assertion has been used before."})
	}
	stranger := s.browse(t, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}})
	stranger.open(t, idp.URL+"/apps/aws")
	stranger.submit(t)
	stranger.submit(t, "roleIndex", "arn:aws:iam::"+otherID+":role/Reader")
	replay()
	s.stop(t)
	s = run()
	replay()
	b = s.again(t, b)
	b.open(t, site+"/_writ/console")
	b.shows(t, "arn:aws:sts::"+s.Account+":assumed-role/Reader/alice")
	seen.secret(b.cookies["iam.example.org"]["__Host-writ-session"].Value, idp.last[len(idp.last)/2:len(idp.last)/2+40])
	s.stop(t)

	s = run("--saml-in-response-to", "required")
	b = s.again(t, b)
	b.open(t, idp.URL+"/apps/aws")
	b.submit(t)
	b.shows(t, "The response answers no request of this installation")
	b.open(t, site+"/saml/login?provider="+url.QueryEscape(providers[1]))
	b.submit(t)
	b.shows(t, "Sign in as somebody else?")
	b.submit(t, "answer", "no")
	b.shows(t, "arn:aws:sts::"+s.Account+":assumed-role/Reader/alice")
	s.stop(t)
	startIn(t, data, seen).checkEvents(t)
}

// again is a browser after a restart of the server, with its cookies.
func (s *server) again(t *testing.T, before *guest) *guest {
	t.Helper()
	transport := before.client.Transport.(*http.Transport)
	transport.CloseIdleConnections()
	b := s.browse(t, transport.Clone())
	b.cookies = before.cookies
	return b
}
