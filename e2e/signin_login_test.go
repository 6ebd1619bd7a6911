package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	loginPassword = "First-Secret-1"
	sameDevice    = "arn:aws:signin:::devtools/same-device"
	callback      = "http://127.0.0.1:53037/oauth/callback"
)

// newConsoleUser makes a user with a password who may use aws login.
func (c *client) newConsoleUser(t *testing.T, name string) {
	t.Helper()
	must(c.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: &name}))(t)
	c.server.seen.secret(loginPassword)
	must(c.iam.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: &name, Password: new(loginPassword)}))(t)
	must(c.iam.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{
		UserName: &name, PolicyArn: new("arn:aws:iam::aws:policy/SignInLocalDevelopmentAccess"),
	}))(t)
}

// letIn opens the page that a program sends its user to, signs in where that is
// needed, and lets the program in. It returns where the browser is sent to.
func (v *visitor) letIn(page, account, user string) string {
	v.t.Helper()
	page = strings.TrimPrefix(page, v.url)
	s := v.open(page)
	if s.status == http.StatusSeeOther {
		s = v.submit(v.open(s.location), "account", account, "username", user, "password", loginPassword)
		s = v.open(s.location)
	}
	if s = v.submit(s, "answer", "yes"); s.status != http.StatusSeeOther {
		v.t.Fatalf("not let in: %d %s", s.status, s.text)
	}
	return s.location
}

// program does what the AWS CLI does in aws login.
type program struct {
	t        *testing.T
	server   *server
	key      *ecdsa.PrivateKey
	verifier string
	host     string // under which it knows the server
}

func newProgram(t *testing.T, s *server) *program {
	return &program{t, s, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t), strings.Repeat("verifier-", 6), "writ.test"}
}

// tokenURL is where the program gets tokens.
func (p *program) tokenURL() string {
	scheme, _, _ := strings.Cut(p.server.URL, ":")
	return scheme + "://" + p.host + "/v1/token"
}

func (p *program) page() string {
	sum := sha256.Sum256([]byte(p.verifier))
	return "/v1/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {sameDevice}, "state": {"s"}, "code_challenge_method": {"SHA-256"}, "scope": {"openid"},
		"redirect_uri": {callback}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}.Encode()
}

// proof is a DPoP proof.
func (p *program) proof() string {
	point := must(p.key.PublicKey.Bytes())(p.t)
	b64 := base64.RawURLEncoding.EncodeToString
	part := func(v any) string { return b64(must(json.Marshal(v))(p.t)) }
	text := part(map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": map[string]string{
		"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:]),
	}}) + "." + part(map[string]any{"htm": "POST", "htu": p.tokenURL(), "iat": time.Now().Unix(), "jti": rand.Text()})
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, sum[:])
	if err != nil {
		p.t.Fatal(err)
	}
	both := make([]byte, 64)
	r.FillBytes(both[:32])
	s.FillBytes(both[32:])
	return text + "." + b64(both)
}

// granted is an answer of the token endpoint.
type granted struct {
	AccessToken                                            struct{ AccessKeyID, SecretAccessKey, SessionToken string }
	TokenType, RefreshToken, IDToken, Error_, Message, raw string
	ExpiresIn, status                                      int
}

// token calls CreateOAuth2Token.
func (p *program) token(proof string, members map[string]string) granted {
	p.t.Helper()
	members["clientId"] = sameDevice
	r := must(http.NewRequest(http.MethodPost, p.server.URL+"/v1/token", bytes.NewReader(must(json.Marshal(members))(p.t))))(p.t)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("DPoP", proof)
	r.Host = p.host
	status, _, body := p.server.send(p.t, r)
	g := granted{status: status, raw: string(body)}
	if err := json.Unmarshal(body, &g); err != nil {
		p.t.Fatalf("%v in %s", err, body)
	}
	p.server.seen.secret(g.AccessToken.SecretAccessKey, g.AccessToken.SessionToken, g.RefreshToken, g.IDToken)
	return g
}

func (p *program) redeem(code string) granted {
	p.t.Helper()
	g := p.token(p.proof(), map[string]string{"grantType": "authorization_code", "code": code, "redirectUri": callback, "codeVerifier": p.verifier})
	if g.status != http.StatusOK || g.IDToken == "" {
		p.t.Fatalf("redeem: %d %s", g.status, g.raw)
	}
	return g
}

func (p *program) refresh(proof, token string) granted {
	p.t.Helper()
	return p.token(proof, map[string]string{"grantType": "refresh_token", "refreshToken": token})
}

func (g granted) credentials() aws.Credentials {
	return aws.Credentials{AccessKeyID: g.AccessToken.AccessKeyID, SecretAccessKey: g.AccessToken.SecretAccessKey, SessionToken: g.AccessToken.SessionToken}
}

// TestLogin is the exchange of aws login over TLS: codes, proofs and sign-ins
// are what they were when the server comes back.
func TestLogin(t *testing.T) {
	cert, key, roots := certificate(t)
	t.Setenv("SSL_CERT_FILE", cert) // for writ events
	data, seen := t.TempDir(), &sightings{}
	up := func() *server {
		s := startIn(t, data, seen, "--tls-cert", cert, "--tls-key", key)
		s.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
		return s
	}
	s := up()
	s.admin().newConsoleUser(t, "ann")
	p, ann := newProgram(t, s), visit(t, s)
	to := must(url.Parse(ann.letIn(p.page(), s.Account, "ann")))(t)
	equal(t, "the browser is sent to", to.Host+to.Path, "127.0.0.1:53037/oauth/callback")
	seen.secret(to.Query().Get("code"))
	s.stop(t)

	s = up() // the code is sealed, its sign-in is in the state
	p.server = s
	g := p.redeem(to.Query().Get("code"))
	equal(t, "the credentials are of", s.as(g.credentials()).whoami(t), "arn:aws:iam::"+s.Account+":user/ann")
	proof := p.proof()
	equal(t, "renewed", p.refresh(proof, g.RefreshToken).status, http.StatusOK)
	s.kill(t)

	s = up() // a crash forgets no proof
	p.server = s
	old := p.refresh(proof, g.RefreshToken)
	equal(t, "the proof of before", old.raw, `{"error":"INVALID_REQUEST","message":"The DPoP proof was used before."}`)
	equal(t, "renewed again", p.refresh(p.proof(), g.RefreshToken).status, http.StatusOK)
	fails(s.as(g.credentials()).iam.ListUsers(ctx, &iam.ListUsersInput{}))(t, failure{http.StatusForbidden, "AccessDenied", ""})
	p.checkEvents()
	p.lateRenewal(g)
}

// checkEvents: who let the program in stands in the events, and which sign-in
// its credentials are of.
func (p *program) checkEvents() {
	p.t.Helper()
	session := ""
	for _, e := range p.server.events(p.t) {
		for _, secret := range p.server.seen.allSecrets() {
			if strings.Contains(e.raw, secret) {
				p.t.Errorf("an event has a secret: %s", e.raw)
			}
		}
		if _, at, ok := strings.Cut(e.raw, `"grant_type":"authorization_code","signInSessionArn":"`); ok {
			session, _, _ = strings.Cut(at, `"`)
		}
	}
	if !strings.HasPrefix(session, "arn:aws:signin:us-east-1:"+p.server.Account+":session/") {
		p.t.Fatalf("the event names no sign-in: %q", session)
	}
	denied := 0
	for _, e := range p.server.events(p.t) {
		if e.EventName == "ListUsers" && strings.Contains(e.raw, `"signInSessionArn":"`+session+`"`) {
			denied++
		}
	}
	equal(p.t, "calls that name it", denied, 1)
}

// lateRenewal: a sign-in ends twelve hours after the browser's began.
func (p *program) lateRenewal(g granted) {
	p.t.Helper()
	p.server.advance(p.t, 16*time.Minute)
	_, err := p.server.as(g.credentials()).sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	equal(p.t, "old credentials", failureOf(err).code, "ExpiredToken")
	equal(p.t, "renewed later", p.refresh(p.proof(), g.RefreshToken).status, http.StatusOK)
	p.server.advance(p.t, 12*time.Hour)
	late := p.refresh(p.proof(), g.RefreshToken)
	equal(p.t, "too late", late.status, http.StatusUnauthorized)
	equal(p.t, "the answer", late.raw, `{"error":"TOKEN_EXPIRED","message":"The refresh token has expired."}`)
}

// cached is a file as the AWS CLI writes it: what a program got, which ended
// some time ago.
func (p *program) cached(g granted) string {
	p.t.Helper()
	der := must(x509.MarshalECPrivateKey(p.key))(p.t)
	body := must(json.Marshal(map[string]any{
		"accessToken": map[string]any{
			"accessKeyId": g.AccessToken.AccessKeyID, "secretAccessKey": g.AccessToken.SecretAccessKey, "sessionToken": g.AccessToken.SessionToken,
			"accountId": p.server.Account, "expiresAt": time.Now().Add(-time.Minute).UTC().Format(time.RFC3339),
		},
		"tokenType": g.TokenType, "clientId": sameDevice, "refreshToken": g.RefreshToken, "idToken": g.IDToken,
		"dpopKey": string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})),
	}))(p.t)
	sum := sha256.Sum256([]byte("arn:aws:iam::" + p.server.Account + ":user/ann"))
	file := filepath.Join(p.t.TempDir(), hex.EncodeToString(sum[:])+".json")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return file
}

// TestLoginSDK: the SDK's own provider renews what aws login has left, by
// itself and by a profile.
func TestLoginSDK(t *testing.T) {
	s := start(t)
	s.admin().newConsoleUser(t, "ann")
	p := newProgram(t, s)
	for p.key.X.BitLen() > 248 { // of such a key the SDK leaves a zero out
		p.key = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	}
	to := must(url.Parse(visit(t, s).letIn(p.page(), s.Account, "ann")))(t)
	file := p.cached(p.redeem(to.Query().Get("code")))
	client := signin.New(signin.Options{Region: s.Region, BaseEndpoint: &s.URL, HTTPClient: s.http})
	renewed := must(logincreds.New(client, file).Retrieve(ctx))(t)
	equal(t, "the credentials are of", s.as(renewed).whoami(t), "arn:aws:iam::"+s.Account+":user/ann")

	dir := t.TempDir()
	ini := filepath.Join(dir, "config")
	if err := os.WriteFile(ini, []byte("[profile dev]\nregion = us-east-1\nlogin_session = arn:aws:iam::"+s.Account+":user/ann\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", ini)
	t.Setenv("AWS_LOGIN_CACHE_DIRECTORY", filepath.Dir(file))
	c := must(config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile("dev"), config.WithBaseEndpoint(s.URL), config.WithHTTPClient(s.http)))(t)
	got := must(sts.NewFromConfig(c).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	equal(t, "the profile is of", *got.Arn, "arn:aws:iam::"+s.Account+":user/ann")

	must(s.admin().iam.UpdateLoginProfile(ctx, &iam.UpdateLoginProfileInput{UserName: new("ann"), Password: new("Second-Secret-2")}))(t)
	stale := p.cached(granted{RefreshToken: must(refreshTokenIn(file))(t), AccessToken: struct{ AccessKeyID, SecretAccessKey, SessionToken string }{"a", "b", "c"}})
	if _, err := logincreds.New(client, stale).Retrieve(ctx); err == nil || !strings.Contains(err.Error(), "login session password has changed, please reauthenticate") {
		t.Errorf("another password: %v", err)
	}
}

func refreshTokenIn(file string) (string, error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var kept struct{ RefreshToken string }
	return kept.RefreshToken, json.Unmarshal(body, &kept)
}
