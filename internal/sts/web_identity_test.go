package sts_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/oidctest"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
	"github.com/writ-iam/writ/policy"
)

// webWorld is a world whose first account trusts an OIDC provider.
type webWorld struct {
	*world
	idp  *oidctest.Provider
	host string // as condition keys and ARNs have the issuer
}

func newWebWorld(t testing.TB) *webWorld {
	w := &webWorld{world: &world{}, idp: oidctest.Start(t)}
	w.host = strings.TrimPrefix(w.idp.Issuer, "https://")
	web := &federation.Web{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Roots: w.idp.Roots()}
	w.Env = apitest.New(t, func(e *apitest.Env) []*api.Table {
		w.sts = sts.New(e.Sessions, e.Events, rand.Reader)
		w.sts.Issuers = federation.NewIssuers(web.Fetch)
		return []*api.Table{w.sts.Table()}
	})
	w.ann, w.annID = w.user(account, "ann", "")
	w.register("app", "sts.amazonaws.com")
	return w
}

func (w *webWorld) register(clients ...string) {
	w.Update(func(tx *state.Tx) {
		tx.PutOIDCProvider(&state.OIDCProvider{Account: account, URL: w.host, ClientIDs: clients, Created: tx.Now()})
	})
}

func (w *webWorld) provider() string { return "arn:aws:iam::" + account + ":oidc-provider/" + w.host }

// trust is a trust policy for the provider; condition may be "".
func (w *webWorld) trust(actions, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + strings.ReplaceAll(condition, "ISS", w.host)
	}
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"` + w.provider() + `"},"Action":` + actions + condition + `}}`
}

const onlyAssume = `"sts:AssumeRoleWithWebIdentity"`

func (w *webWorld) claims(more map[string]any) map[string]any {
	c := map[string]any{"iss": w.idp.Issuer, "sub": "repo:o/r:ref:main", "aud": "app", "iat": w.Now.Unix(), "exp": w.Now.Add(time.Hour).Unix()}
	maps.Copy(c, more)
	return c
}

// unsigned sends a form as SDKs send this call, without a signature.
func (w *world) unsigned(params ...string) apitest.Answer {
	v := url.Values{"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}}
	for i := 0; i < len(params); i += 2 {
		v.Set(params[i], params[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "http://writ.test/", strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return w.Send(r)
}

func (w *webWorld) assume(role, token string, more ...string) apitest.Answer {
	return w.unsigned(append([]string{"RoleArn", roleARN(role), "RoleSessionName", "s1", "WebIdentityToken", token}, more...)...)
}

func TestWebIdentity(t *testing.T) {
	w := newWebWorld(t)
	w.role(account, "r", w.trust(`["sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity"]`,
		`{"StringEquals":{"ISS:aud":"app","ISS:repository":"o/r","ISS:kubernetes.io/namespace":"ns","sts:RoleSessionName":"s1","aws:RequestTag/Team":"red","sts:SourceIdentity":"ann"},
		"StringLike":{"ISS:sub":"repo:o/r:*"},"ForAnyValue:StringEquals":{"ISS:amr":"mfa"},"ForAllValues:StringEquals":{"aws:TagKeys":["Team"],"sts:TransitiveTagKeys":["Team"]}}`))
	token := w.idp.Token(w.claims(map[string]any{
		"repository": "o/r", "kubernetes.io": map[string]any{"namespace": "ns"}, "amr": []string{"pwd", "mfa"},
		"https://aws.amazon.com/tags":            map[string]any{"principal_tags": map[string]any{"Team": []string{"red"}}, "transitive_tag_keys": []string{"Team"}},
		"https://aws.amazon.com/source_identity": "ann",
	}))
	a := w.assume("r", token, "DurationSeconds", "900", "Policy", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)
	w.allowed(a, "<SubjectFromWebIdentityToken>repo:o/r:ref:main</SubjectFromWebIdentityToken>", "<Audience>app</Audience>",
		"<Provider>"+w.provider()+"</Provider>", "<SourceIdentity>ann</SourceIdentity>", "<PackedPolicySize>",
		"<Arn>arn:aws:sts::"+account+":assumed-role/r/s1</Arn>", ":s1</AssumedRoleId>", "<Expiration>2030-01-02T03:19:05Z</Expiration>")
	creds := w.credentials(a)
	w.allowed(w.call(creds, "GetCallerIdentity"), "assumed-role/r/s1")
	s, err := w.Sessions.Open(w.DB.Snapshot(), creds.SessionToken)
	if err != nil {
		t.Fatal(err)
	}
	if s.Provider != w.provider() || len(s.Context) != 5 || len(s.Tags) != 1 || s.TransitiveTagKeys[0] != "Team" {
		t.Errorf("%+v", s.Session)
	}
	w.eventsOfWebIdentity(token)
}

// eventsOfWebIdentity: they say who called, and not the token.
func (w *webWorld) eventsOfWebIdentity(token string) {
	w.T.Helper()
	var all string
	for r, err := range w.Events.Lookup(context.Background(), audit.Query{}) {
		if err != nil {
			w.T.Fatal(err)
		}
		all += string(r.CloudTrail) + string(r.Detail)
	}
	for _, want := range []string{
		`"userIdentity":{"type":"WebIdentityUser","principalId":"` + w.provider() + `:app:repo:o/r:ref:main","userName":"repo:o/r:ref:main","identityProvider":"` + w.provider() + `"}`,
		`"webIdFederationData":{"federatedProvider":"` + w.provider() + `"`, `"ARN":"` + roleARN("r") + `"`,
	} {
		if !strings.Contains(all, want) {
			w.T.Errorf("the events lack %s:\n%s", want, all)
		}
	}
	for _, part := range strings.Split(token, ".") {
		if strings.Contains(all, part) {
			w.T.Error("the events have the token")
		}
	}
}

// TestKeysOfWebIdentitySessions: later requests of the session have what the
// issuer said of the user.
func TestKeysOfWebIdentitySessions(t *testing.T) {
	w := newWebWorld(t)
	w.role(account, "r", w.trust(onlyAssume, ""), func(r *state.Role) {
		r.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, strings.ReplaceAll(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:DecodeAuthorizationMessage","Resource":"*",
			"Condition":{"StringEquals":{"ISS:sub":"repo:o/r:ref:main","ISS:aud":"app","aws:FederatedProvider":"`+w.provider()+`"},"ForAnyValue:StringEquals":{"ISS:amr":"mfa"}}}}`, "ISS", w.host))}}
	})
	for amr, want := range map[string]string{"mfa": "InvalidAuthorizationMessageException", "sms": "AccessDenied"} {
		creds := w.credentials(w.assume("r", w.idp.Token(w.claims(map[string]any{"amr": []string{"pwd", amr}}))))
		if a := w.call(creds, "DecodeAuthorizationMessage", "EncodedMessage", "x"); !strings.Contains(a.Body, "<Code>"+want+"</Code>") {
			t.Errorf("%s: %s", amr, a.Body)
		}
	}
}

func TestWebIdentityRefusals(t *testing.T) {
	w := newWebWorld(t)
	w.role(account, "r", w.trust(onlyAssume, `{"StringEquals":{"ISS:aud":"app"}}`))
	w.role(account, "users", trusts(annARN))
	w.role(account, "subject", w.trust(onlyAssume, `{"StringEquals":{"ISS:sub":"other"}}`))
	w.role(account, "unnamed", strings.Replace(w.trust(onlyAssume, ""), w.host, w.host+"x", 1))
	good := w.idp.Token(w.claims(nil))
	const invalid, denied = "InvalidIdentityToken", "Not authorized to perform sts:AssumeRoleWithWebIdentity"
	with := func(name string, v any) string { return w.idp.Token(w.claims(map[string]any{name: v})) }
	stranger := oidctest.Sign(t, oidctest.NewKey(t, "first"), w.claims(nil), nil)
	for name, c := range map[string]struct {
		role, token string
		status      int
		code, text  string
		more        []string
	}{
		"issuer with a slash at its end": {"r", with("iss", w.idp.Issuer+"/"), 400, invalid, "No OpenIDConnect provider found in your account for " + w.idp.Issuer + "/", nil},
		"issuer over http":               {"r", with("iss", "http://"+w.host), 400, invalid, "No OpenIDConnect provider found in your account for http://" + w.host, nil},
		"issuer without scheme":          {"r", with("iss", w.host), 400, invalid, "No OpenIDConnect provider found in your account for " + w.host, nil},
		"not a token":                    {"r", "ya29.token", 400, invalid, "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)", nil},
		"another's key":                  {"r", stranger, 400, invalid, "The signature of the web identity token is not valid.", nil},
		"another audience":               {"r", with("aud", "evil"), 400, invalid, "Incorrect token audience", nil},
		"expired":                        {"r", with("exp", w.Now.Add(-time.Hour).Unix()), 400, "ExpiredTokenException", "Token expired: current date/time 1893553445 must be before the expiration date/time 1893549845", nil},
		"future":                         {"r", with("iat", w.Now.Add(time.Hour).Unix()), 400, invalid, "The web identity token is not valid yet.", nil},
		"no subject":                     {"r", with("sub", ""), 400, invalid, "Missing a required claim, or its value is not valid: sub", nil},
		"audience the role refuses":      {"r", with("aud", "sts.amazonaws.com"), 403, "AccessDenied", denied, nil},
		"subject the role refuses":       {"subject", good, 403, "AccessDenied", denied, nil},
		"role for users":                 {"users", good, 403, "AccessDenied", denied, nil},
		"role of another provider":       {"unnamed", good, 403, "AccessDenied", denied, nil},
		"no such role":                   {"none", good, 403, "AccessDenied", denied, nil},
		"tags without sts:TagSession":    {"r", with("https://aws.amazon.com/tags", map[string]any{"principal_tags": map[string]any{"a": "b"}}), 403, "AccessDenied", "Not authorized to perform sts:TagSession", nil},
		"source identity not allowed":    {"r", with("https://aws.amazon.com/source_identity", "ann"), 403, "AccessDenied", "Not authorized to perform sts:SetSourceIdentity", nil},
		"too long":                       {"r", good, 400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", []string{"DurationSeconds", "7200"}},
		"Facebook":                       {"r", "x.y.z", 400, invalid, "OAuth 2.0 access tokens of graph.facebook.com are not accepted: only its API could verify them. Send an OpenID Connect ID token, without ProviderId.", []string{"ProviderId", "graph.facebook.com"}},
		"unknown ProviderId":             {"r", good, 400, "InvalidParameterValue", "ProviderId is for OAuth 2.0 access tokens of www.amazon.com and graph.facebook.com. Leave it out for OpenID Connect ID tokens.", []string{"ProviderId", "accounts.google.com"}},
		"no role":                        {"r", good, 400, "ValidationError", "arn:aws:iam:role/aaaaaaaaa is invalid", []string{"RoleArn", "arn:aws:iam:role/aaaaaaaaa"}},
		"provider for a role":            {"r", good, 400, "ValidationError", "Request ARN is invalid", []string{"RoleArn", "arn:aws:iam::" + account + ":oidc-provider/example.com"}},
		"role of no account":             {"r", good, 400, "ValidationError", "Request ARN is invalid", []string{"RoleArn", "arn:aws:iam::1:role/aaaaaaa"}},
		"policy":                         {"r", good, 400, "MalformedPolicyDocument", "The policy is not in the valid JSON format.", []string{"Policy", "{"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.assume(c.role, c.token, c.more...)
			if !strings.Contains(a.Body, "<Message>"+c.text+"</Message>") || !strings.Contains(a.Body, "<Code>"+c.code+"</Code>") || a.Status != c.status {
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
	}
	w.allowed(w.assume("r", good))
	w.register()
	w.refused(w.assume("r", good), 400, invalid, "Incorrect token audience")
	w.idp.Server.Close()
	w.Now = w.Now.Add(2 * time.Hour)
	a := w.assume("r", w.idp.Token(w.claims(nil)))
	if a.Status != 400 || !strings.Contains(a.Body, "<Code>IDPCommunicationError</Code>") || strings.Contains(a.Body, "dial") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// TestAnotherAccountsProvider: a provider that one account registered vouches for
// nobody in another, even where that trusts it by name.
func TestAnotherAccountsProvider(t *testing.T) {
	w := newWebWorld(t)
	const member = "210987654321"
	w.Update(func(tx *state.Tx) { tx.CreateAccount(state.Account{ID: member, Name: "member"}) })
	w.role(member, "r", w.trust(onlyAssume, ""))
	a := w.unsigned("RoleArn", "arn:aws:iam::"+member+":role/r", "RoleSessionName", "s1", "WebIdentityToken", w.idp.Token(w.claims(nil)))
	w.refused(a, 400, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for "+w.idp.Issuer)
}

// TestSignedWebIdentity: who signs the call gains nothing by it, and a signature
// that is wrong is refused.
func TestSignedWebIdentity(t *testing.T) {
	w := newWebWorld(t)
	w.role(account, "users", trusts(annARN))
	w.role(account, "r", w.trust(onlyAssume, ""))
	params := []string{"RoleSessionName", "s1", "WebIdentityToken", w.idp.Token(w.claims(nil)), "RoleArn"}
	w.allowed(w.call(w.ann, "AssumeRoleWithWebIdentity", append(params, roleARN("r"))...))
	w.refused(w.call(w.ann, "AssumeRoleWithWebIdentity", append(params, roleARN("users"))...), 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	wrong := sigv4.Credentials{AccessKeyID: w.ann.AccessKeyID, SecretAccessKey: "wrong"}
	if a := w.call(wrong, "AssumeRoleWithWebIdentity", append(params, roleARN("r"))...); a.Status != 403 || !strings.Contains(a.Body, "SignatureDoesNotMatch") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// TestUnsignedCallsOfOtherOperations: only the calls that an identity provider
// speaks for come without a signature.
func TestUnsignedCallsOfOtherOperations(t *testing.T) {
	w := newWebWorld(t)
	for _, action := range []string{"GetCallerIdentity", "AssumeRole", "GetSessionToken", "Nothing"} {
		if a := w.unsigned("Action", action); a.Status != 403 || !strings.Contains(a.Body, "<Code>MissingAuthenticationToken</Code>") {
			t.Errorf("%s: %d %s", action, a.Status, a.Body)
		}
	}
}

// TestDenyOfWebIdentity: an explicit deny in the trust policy counts.
func TestDenyOfWebIdentity(t *testing.T) {
	w := newWebWorld(t)
	w.role(account, "r", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"`+w.provider()+`"},"Action":"sts:AssumeRoleWithWebIdentity"},
		{"Effect":"Deny","Principal":{"Federated":"`+w.provider()+`"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"`+w.host+`:sub":"evil"}}}]}`)
	w.allowed(w.assume("r", w.idp.Token(w.claims(nil))))
	w.refused(w.assume("r", w.idp.Token(w.claims(map[string]any{"sub": "evil"}))), 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
}

// TestKeyRotation: tokens by a new key are taken as soon as the issuer may be
// asked again, and those by the old key no more.
func TestKeyRotation(t *testing.T) {
	w := newWebWorld(t)
	w.role(account, "r", w.trust(onlyAssume, ""))
	old := w.idp.Token(w.claims(nil))
	w.allowed(w.assume("r", old))
	w.idp.Rotate(oidctest.NewKey(t, "second"))
	w.Now = w.Now.Add(11 * time.Second)
	w.allowed(w.assume("r", w.idp.Token(w.claims(nil))))
	w.refused(w.assume("r", old), 400, "InvalidIdentityToken", "The signature of the web identity token is not valid.")
}

// playing returns a world in which an issuer has the key of w's provider.
func (w *webWorld) playing(issuer string) *world {
	other := &world{}
	other.Env = apitest.New(w.T, func(e *apitest.Env) []*api.Table {
		s := sts.New(e.Sessions, e.Events, rand.Reader)
		s.Issuers = federation.NewIssuers(func(_ context.Context, address string, _ []string) ([]byte, error) {
			if address == issuer+"/.well-known/openid-configuration" {
				return json.Marshal(map[string]string{"issuer": issuer, "jwks_uri": "https://keys.example.com/"})
			}
			return json.Marshal(map[string]any{"keys": []any{w.idp.Key().Public()}})
		})
		return []*api.Table{s.Table()}
	})
	return other
}

// TestBuiltInIssuers: trust policies name Google and Cognito without a provider
// in the account.
func TestBuiltInIssuers(t *testing.T) {
	w := newWebWorld(t)
	for iss, name := range map[string]string{
		"https://accounts.google.com": "accounts.google.com", "accounts.google.com": "accounts.google.com",
		"https://cognito-identity.amazonaws.com": "cognito-identity.amazonaws.com",
	} {
		o := w.playing("https://" + name)
		o.role(account, "r", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"`+name+`"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"`+name+`:aud":"mobile","`+name+`:oaud":"web"}}}}`)
		ask := func(aud, azp string) apitest.Answer {
			token := w.idp.Token(w.claims(map[string]any{"iss": iss, "aud": aud, "azp": azp}))
			return o.unsigned("RoleArn", roleARN("r"), "RoleSessionName", "s1", "WebIdentityToken", token)
		}
		o.allowed(ask("web", "mobile"), "<Provider>"+name+"</Provider>", "<Audience>mobile</Audience>")
		o.refused(ask("web", "other"), 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	}
}

// TestOlderTrustOfSharedIssuer: a trust policy that IAM would not store any more,
// because it lets in all of GitHub, stays in force where it is stored.
func TestOlderTrustOfSharedIssuer(t *testing.T) {
	const issuer = "token.actions.githubusercontent.com"
	w := newWebWorld(t)
	o := w.playing("https://" + issuer)
	o.Update(func(tx *state.Tx) {
		tx.PutOIDCProvider(&state.OIDCProvider{Account: account, URL: issuer, ClientIDs: []string{"app"}, Created: tx.Now()})
	})
	text := strings.ReplaceAll(w.trust(onlyAssume, ""), w.host, issuer)
	d, err := policy.Parse(policy.Trust, text)
	if err != nil || d.CheckTrust() == nil {
		t.Fatalf("%s\n%v: IAM stores it", text, err)
	}
	o.role(account, "r", text)
	token := w.idp.Token(w.claims(map[string]any{"iss": "https://" + issuer}))
	o.allowed(o.unsigned("RoleArn", roleARN("r"), "RoleSessionName", "s1", "WebIdentityToken", token))
}

// TestIssuerCalledLikeAService: its claims would be condition keys of AWS's own,
// such as aws:PrincipalOrgID and sts:ExternalId.
func TestIssuerCalledLikeAService(t *testing.T) {
	w := newWebWorld(t)
	for _, name := range []string{"aws", "sts", "saml"} {
		o := w.playing("https://" + name)
		o.Update(func(tx *state.Tx) {
			tx.PutOIDCProvider(&state.OIDCProvider{Account: account, URL: name, ClientIDs: []string{"app"}, Created: tx.Now()})
		})
		o.role(account, "r", strings.ReplaceAll(w.trust(onlyAssume, ""), w.host, name))
		token := w.idp.Token(w.claims(map[string]any{"iss": "https://" + name}))
		o.refused(o.unsigned("RoleArn", roleARN("r"), "RoleSessionName", "s1", "WebIdentityToken", token), 400, "InvalidIdentityToken",
			"No OpenIDConnect provider found in your account for https://"+name)
	}
}

func benchmarkWebIdentity(b *testing.B, key oidctest.Key) {
	w := newWebWorld(b)
	w.idp.Rotate(key)
	w.role(account, "r", w.trust(onlyAssume, `{"StringEquals":{"ISS:aud":"app"},"StringLike":{"ISS:sub":"repo:o/r:*"}}`))
	token := w.idp.Token(w.claims(nil))
	w.allowed(w.assume("r", token))
	body := url.Values{
		"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "RoleArn": {roleARN("r")}, "RoleSessionName": {"s1"}, "WebIdentityToken": {token},
	}.Encode()
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "http://writ.test/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		w.Pipeline.ServeHTTP(discard{http.Header{}}, r)
	}
}

func BenchmarkAssumeRoleWithWebIdentityRS256(b *testing.B) {
	benchmarkWebIdentity(b, oidctest.RSAKey(b, "rsa", jose.RS256))
}

func BenchmarkAssumeRoleWithWebIdentityES256(b *testing.B) {
	benchmarkWebIdentity(b, oidctest.NewKey(b, "ec"))
}
