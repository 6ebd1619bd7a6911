package sts_test

import (
	"bytes"
	"compress/flate"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/federation/oidctest"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// forged is a token of a chosen header whose signature is an HMAC of secret.
func (w *webWorld) forged(header map[string]any, secret []byte) string {
	text := encoded(header) + "." + encoded(w.claims(map[string]any{"sub": "admin"}))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// TestCVE_2024_48916_AlgNone: Ceph's STS took tokens that nobody had signed.
func TestCVE_2024_48916_AlgNone(t *testing.T) {
	w := newWebWorld(t)
	w.role(account, "r", w.trust(onlyAssume, ""))
	good := w.idp.Token(w.claims(nil))
	w.allowed(w.assume("r", good))
	signature := good[strings.LastIndexByte(good, '.'):]
	claims := encoded(w.claims(map[string]any{"sub": "admin"}))
	for _, alg := range []any{"none", "None", "NONE", "nOnE", "", nil, []string{"none"}} {
		for _, kid := range []any{"first", nil} {
			for _, end := range []string{".", signature} {
				token := encoded(map[string]any{"alg": alg, "typ": "JWT", "kid": kid}) + "." + claims + end
				if a := w.assume("r", token); a.Status != 400 || !strings.Contains(a.Body, "<Code>InvalidIdentityToken</Code>") {
					t.Errorf("alg %v, kid %v: %d %s", alg, kid, a.Status, a.Body)
				}
			}
		}
	}
}

// TestCVE_2026_33322_SharedSecrets: MinIO verified by the client secret, under
// the client id as key id. A secret that two know proves nothing of either, and
// one that an issuer publishes even less.
func TestCVE_2026_33322_SharedSecrets(t *testing.T) {
	w := newWebWorld(t)
	w.role(account, "r", w.trust(onlyAssume, ""))
	secret := []byte("the client secret of the application")
	rsaKey := oidctest.RSAKey(t, "rsa", jose.RS256)
	w.idp.Publish(w.idp.Key().Public(), rsaKey.Public(),
		map[string]any{"kty": "oct", "kid": "app", "k": base64.RawURLEncoding.EncodeToString(secret)},
		map[string]any{"kty": "oct", "kid": "first", "alg": "HS256", "k": base64.RawURLEncoding.EncodeToString(secret)})
	der, err := x509.MarshalPKIXPublicKey(rsaKey.Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := rsaKey.Public().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	w.allowed(w.assume("r", w.idp.Token(w.claims(nil))))
	w.allowed(w.assume("r", oidctest.Sign(t, rsaKey, w.claims(nil), nil)))
	for name, key := range map[string][]byte{"client secret": secret, "DER": der, "PEM": public, "JWK": jwk, "nothing": nil} {
		for _, kid := range []any{"app", "first", "rsa", nil} {
			for _, alg := range []string{"HS256", "HS384", "RS256", "ES256"} {
				if a := w.assume("r", w.forged(map[string]any{"alg": alg, "kid": kid}, key)); a.Status != 400 || !strings.Contains(a.Body, "<Code>InvalidIdentityToken</Code>") {
					t.Errorf("%s by %s, kid %v: %d %s", alg, name, kid, a.Status, a.Body)
				}
			}
		}
	}
}

// TestCVE_2020_16250_ShapedAnswers: Vault asked STS who somebody was by a
// request of that somebody's making, and found an identity in text that the
// answer repeated. No answer holds a caller's markup, in XML or JSON, and each
// reads as its own operation's.
func TestCVE_2020_16250_ShapedAnswers(t *testing.T) {
	const victim = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:role/admin</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
	f := newFederated(t)
	w := newWebWorld(t)
	w.role(account, "r", w.trust(onlyAssume, ""))
	saml := f.login("_1", "r")
	saml.Subject, saml.Format = victim, victim
	form := func(action string, params ...string) url.Values {
		v := url.Values{"Action": {action}, "Version": {"2011-06-15"}}
		for i := 0; i < len(params); i += 2 {
			v.Set(params[i], params[i+1])
		}
		return v
	}
	for i, c := range []struct {
		to   *apitest.Env
		form url.Values
	}{
		{w.Env, form("AssumeRoleWithWebIdentity", "RoleArn", roleARN("r"), "RoleSessionName", "s1", "WebIdentityToken", w.idp.Token(w.claims(map[string]any{"sub": victim})))},
		{w.Env, form("AssumeRoleWithWebIdentity", "RoleArn", roleARN("r"), "RoleSessionName", "s1", "WebIdentityToken", w.idp.Token(w.claims(map[string]any{"iss": victim})))},
		{w.Env, form("AssumeRoleWithWebIdentity", "RoleArn", roleARN("r"), "RoleSessionName", victim, "WebIdentityToken", "token")},
		{w.Env, form("AssumeRoleWithWebIdentity", "RoleArn", "arn:aws:iam::"+account+":"+victim, "RoleSessionName", "s1", "WebIdentityToken", "token")},
		{w.Env, form(victim)},
		{w.Env, form("AssumeRoleWithSAML", "RoleArn", victim, "PrincipalArn", victim, "SAMLAssertion", victim)},
		{f.Env, form("AssumeRoleWithSAML", "RoleArn", roleARN("r"), "PrincipalArn", samlProviderARN, "SAMLAssertion", f.idp.Post(t, saml))},
	} {
		for _, accept := range []string{"application/json", "text/xml"} {
			r := httptest.NewRequest(http.MethodPost, "http://writ.test/", strings.NewReader(c.form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Accept", accept)
			a := c.to.Send(r)
			if strings.Contains(a.Body, "<GetCallerIdentity") || accept == "application/json" && strings.Contains(a.Body, "<") {
				t.Errorf("%d, %s: markup of the caller: %d %s", i, accept, a.Status, a.Body)
			}
			if arn := identityIn(a.Body); arn != "" {
				t.Errorf("%d, %s: %s is found", i, accept, arn)
			}
		}
	}
	if identityIn(w.call(w.ann, "GetCallerIdentity").Body) != annARN {
		t.Error("the true answer is not found")
	}
}

// identityIn reads an answer as that Vault did: from wherever an element begins.
func identityIn(body string) string {
	var answer struct {
		ARN string `xml:"GetCallerIdentityResult>Arn"`
	}
	d := xml.NewDecoder(strings.NewReader(body))
	d.Strict = false
	for {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "GetCallerIdentityResponse" && d.DecodeElement(&answer, &start) == nil {
			return answer.ARN
		}
	}
}

// TestCVE_2026_9091_FederationIsNoMFA: in Casdoor one way to sign in went past
// the second factor. Whatever an identity provider says of how it asked, its
// users have used no MFA device here: not for the trust policy, not in the
// session, and a session cannot add one.
func TestCVE_2026_9091_FederationIsNoMFA(t *testing.T) {
	const needs = `"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`
	inline := func(w *world) func(*state.Role) {
		return func(r *state.Role) {
			r.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, `{"Version":"2012-10-17","Statement":[
				{"Effect":"Allow","Action":"sts:*","Resource":"*"},
				{"Effect":"Deny","Action":"sts:GetAccessKeyInfo","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}`)}}
		}
	}
	f := newFederated(t)
	f.role(account, "mfa", trustsSAML(`,`+needs))
	f.role(account, "plain", trustsSAML(""), inline(f.world))
	claims := []string{"aws:MultiFactorAuthPresent", "true", "http://schemas.microsoft.com/claims/authnmethodsreferences", "http://schemas.microsoft.com/claims/multipleauthn"}
	f.refused(f.post("mfa", f.idp.Post(t, f.login("_1", "mfa", claims...))), 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML")
	f.noMFA(f.credentials(f.post("plain", f.idp.Post(t, f.login("_2", "plain", claims...)))))

	w := newWebWorld(t)
	w.role(account, "mfa", w.trust(onlyAssume, `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`))
	w.role(account, "plain", w.trust(onlyAssume, ""), inline(w.world))
	token := w.idp.Token(w.claims(map[string]any{"amr": []string{"mfa", "otp"}, "acr": "mfa", "aws:MultiFactorAuthPresent": true, "auth_time": w.Now.Unix()}))
	w.refused(w.assume("mfa", token), 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	w.noMFA(w.credentials(w.assume("plain", token)))
}

// noMFA demands that a session which may all in STS is without MFA and stays
// so.
func (w *world) noMFA(session sigv4.Credentials) {
	w.T.Helper()
	w.allowed(w.call(session, "GetCallerIdentity"))
	if a := w.call(session, "GetAccessKeyInfo", "AccessKeyId", apitest.Root.AccessKeyID); a.Status != 403 || !strings.Contains(a.Body, "explicit deny in an identity-based policy") {
		w.T.Errorf("the session has MFA: %d %s", a.Status, a.Body)
	}
	for _, device := range []string{"arn:aws:iam::" + account + ":mfa/alice@example.com", "arn:aws:iam::" + account + ":mfa/s1", "GAHT12345678"} {
		w.refused(w.call(session, "AssumeRole", "RoleArn", roleARN("mfa"), "RoleSessionName", "s1", "SerialNumber", device, "TokenCode", "123456"), 403, "AccessDenied", notOwnDevice)
		if a := w.call(session, "GetSessionToken", "SerialNumber", device, "TokenCode", "123456"); a.Status != 403 {
			w.T.Errorf("a session from a session: %d %s", a.Status, a.Body)
		}
	}
}

// TestCompressedAssertions: what another binding would inflate is no response
// here, so that no bomb is.
func TestCompressedAssertions(t *testing.T) {
	f := newFederated(t)
	deflated := func(text []byte) string {
		var b bytes.Buffer
		z, err := flate.NewWriter(&b, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		z.Write(text)
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(b.Bytes())
	}
	genuine, err := base64.StdEncoding.DecodeString(f.idp.Post(t, f.login("_1", "r")))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{genuine, bytes.Repeat([]byte(" "), 50<<20)} {
		f.refused(f.post("r", deflated(text)), 400, "InvalidIdentityToken", "Your request included an invalid SAML response.")
	}
	f.allowed(f.post("r", base64.StdEncoding.EncodeToString(genuine)))
}

// TestClaimsThatPassForOthers: a claim in another spelling does not speak for
// who asked for the token, for whom it is, and of whom it speaks.
func TestClaimsThatPassForOthers(t *testing.T) {
	w := newWebWorld(t)
	for _, key := range []string{"aud", "oaud", "sub"} {
		w.role(account, key, w.trust(onlyAssume, `{"StringEquals":{"ISS:`+key+`":"wanted"}}`))
		for _, name := range []string{strings.ToUpper(key), strings.ToUpper(key[:1]) + key[1:], key} {
			if name == "aud" || name == "sub" {
				continue // they are what they say
			}
			token := w.idp.Token(w.claims(map[string]any{name: "wanted"}))
			for range 8 { // in whatever order claims are taken
				if a := w.assume(key, token); a.Status != 403 {
					t.Fatalf("%s for %s: %d %s", name, key, a.Status, a.Body)
				}
			}
		}
	}
}
