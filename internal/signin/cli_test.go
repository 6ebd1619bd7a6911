package signin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/sigv4"
)

// mayLogIn permits what aws login needs, and to ask who one is.
const mayLogIn = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["signin:AuthorizeOAuth2Access","signin:CreateOAuth2Token"],"Resource":"arn:aws:signin:*:*:oauth2/public-client/*"}}`

// cli is a client that does as the AWS CLI does in aws login.
type cli struct {
	world    *world
	client   *oauthClient
	key      *ecdsa.PrivateKey
	verifier string
	redirect string
	state    string
	from     string
}

func (w *world) cli() *cli {
	return &cli{
		world: w, client: sameDevice, key: newKey(w.T), verifier: strings.Repeat("verifier-", 6), state: "6f1f7b0e-0f43-4c3c-a3b4-90a1c4c0f1de",
		redirect: "http://127.0.0.1:53037/oauth/callback", from: "192.0.2.7:1234",
	}
}

// remoteCLI is one on another computer than the browser.
func (w *world) remoteCLI() *cli {
	c := w.cli()
	c.client, c.redirect = crossDevice, origin+confirmationPath
	return c
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (c *cli) challenge() string { return digestOf(c.verifier) }

// query is what the CLI opens the browser with; change, in pairs, replaces
// parameters or, with "", leaves them out.
func (c *cli) query(change ...string) url.Values {
	q := url.Values{
		"response_type": {"code"}, "client_id": {c.client.id}, "state": {c.state}, "code_challenge_method": {"SHA-256"},
		"scope": {"openid"}, "redirect_uri": {c.redirect}, "code_challenge": {c.challenge()},
	}
	for i := 0; i < len(change); i += 2 {
		if q.Set(change[i], change[i+1]); change[i+1] == "" {
			q.Del(change[i])
		}
	}
	return q
}

func (c *cli) page(change ...string) string { return authorizePath + "?" + c.query(change...).Encode() }

// code is let in by whom the browser has signed in.
func (c *cli) code(b *browser) string {
	c.world.T.Helper()
	p := b.submit(b.get(c.page()), "answer", "yes")
	to, err := url.Parse(p.location())
	if err != nil || p.StatusCode != http.StatusSeeOther || to.Query().Get("state") != c.state || to.Query().Get("code") == "" {
		c.world.T.Fatalf("no code: %d %s %s", p.StatusCode, p.location(), p.text)
	}
	return to.Query().Get("code")
}

// members are those of an object of JSON.
type members = map[string]any

// proof makes a DPoP proof of the CLI's key, changed as one likes before it is
// signed.
func (c *cli) proof(change func(header, claims members)) string {
	id := make([]byte, 16)
	rand.Read(id)
	b64 := base64.RawURLEncoding.EncodeToString
	point, err := c.key.PublicKey.Bytes()
	if err != nil {
		c.world.T.Fatal(err)
	}
	header := members{"typ": "dpop+jwt", "alg": "ES256", "jwk": members{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}}
	claims := members{"htm": "POST", "htu": origin + tokenPath, "iat": c.world.Now.Unix(), "jti": b64(id)}
	if change != nil {
		change(header, claims)
	}
	text := encoded(header) + "." + encoded(claims)
	return text + "." + b64(signES256(c.world.T, c.key, text))
}

func encoded(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func signES256(t testing.TB, key *ecdsa.PrivateKey, text string) []byte {
	t.Helper()
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	both := make([]byte, 64)
	r.FillBytes(both[:32])
	s.FillBytes(both[32:])
	return both
}

// answered is an answer of the token endpoint.
type answered struct {
	status int
	kind   string // exception
	header http.Header
	body   string
	tokenOutput
	Error   string
	Message string
}

// send posts a body to the token endpoint with the proofs given.
func (c *cli) send(contentType, body string, proofs ...string) *answered {
	c.world.T.Helper()
	return c.sendBody(contentType, strings.NewReader(body), proofs...)
}

func (c *cli) sendBody(contentType string, body io.Reader, proofs ...string) *answered {
	c.world.T.Helper()
	r := httptest.NewRequest(http.MethodPost, origin+tokenPath, body)
	r.Header.Set("Content-Type", contentType)
	for _, p := range proofs {
		r.Header.Add("DPoP", p)
	}
	r.RemoteAddr, r.TLS = c.from, new(tls.ConnectionState)
	w := httptest.NewRecorder()
	c.world.signIn.ServeHTTP(w, r)
	a := &answered{status: w.Code, kind: w.Header().Get("X-Amzn-Errortype"), header: w.Header(), body: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), a); err != nil {
		c.world.T.Fatalf("%v in %q", err, w.Body)
	}
	return a
}

func (c *cli) redemption(code string) *tokenInput {
	return &tokenInput{ClientID: c.client.id, GrantType: byCode, Code: code, RedirectURI: c.redirect, CodeVerifier: c.verifier}
}

// token calls CreateOAuth2Token.
func (c *cli) token(in *tokenInput, proofs ...string) *answered {
	c.world.T.Helper()
	sent := members{}
	for name, value := range map[string]string{
		"clientId": in.ClientID, "grantType": in.GrantType, "code": in.Code, "redirectUri": in.RedirectURI,
		"codeVerifier": in.CodeVerifier, "refreshToken": in.RefreshToken,
	} {
		if value != "" {
			sent[name] = value
		}
	}
	body, err := json.Marshal(sent)
	if err != nil {
		c.world.T.Fatal(err)
	}
	return c.send("application/json", string(body), proofs...)
}

func (c *cli) redeem(code string) *answered {
	c.world.T.Helper()
	return c.token(c.redemption(code), c.proof(nil))
}

func (c *cli) refresh(token string) *answered {
	c.world.T.Helper()
	return c.token(&tokenInput{ClientID: c.client.id, GrantType: byRefresh, RefreshToken: token}, c.proof(nil))
}

// login is the whole of aws login.
func (c *cli) login(b *browser) *answered {
	c.world.T.Helper()
	return c.redeem(c.code(b)).good(c.world.T)
}

func (a *answered) good(t testing.TB) *answered {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return a
}

// refused checks an error: its status, exception and OAuth error.
func (a *answered) refused(t testing.TB, what string, status int, exception, word string) {
	t.Helper()
	if a.status != status || a.kind != exception || a.Error != word || a.Message == "" {
		t.Errorf("%s: %d %s %s, want %d %s %s", what, a.status, a.kind, a.body, status, exception, word)
	}
}

func (a *answered) invalid(t testing.TB, what string) {
	t.Helper()
	a.refused(t, what, 400, "ValidationException", "INVALID_REQUEST")
}

func (a *answered) credentials() sigv4.Credentials {
	return sigv4.Credentials{
		AccessKeyID: a.AccessToken.AccessKeyID, SecretAccessKey: a.AccessToken.SecretAccessKey, SessionToken: a.AccessToken.SessionToken,
	}
}

func (w *world) whoAmI(creds sigv4.Credentials) apitest.Answer {
	return w.Form(creds, "sts", "Action=GetCallerIdentity&Version=2011-06-15")
}

// claims are those of an ID token.
func (a *answered) claims(t testing.TB) members {
	t.Helper()
	parts := strings.Split(a.IDToken, ".")
	if len(parts) != 3 {
		t.Fatalf("no ID token: %s", a.body)
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims members
	if err := json.Unmarshal(b, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// eventWith is one of the recorded events that has a text.
func (w *world) eventWith(text string) string {
	w.T.Helper()
	for _, e := range w.events() {
		if strings.Contains(e, text) {
			return e
		}
	}
	w.T.Fatalf("no event has %s", text)
	return ""
}
