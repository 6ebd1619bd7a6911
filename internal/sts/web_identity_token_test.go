package sts_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
	"github.com/writ-iam/writ/policy"
)

const (
	issuerID = "11111111-2222-4333-8444-555555555555"
	issuer   = "https://writ.test/oidc/" + issuerID
)

const mayIssue = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sts:GetWebIdentityToken","sts:TagGetWebIdentityToken"],"Resource":"*"}}`

// newIssuer is a world whose account issues tokens, with a user who may ask.
func newIssuer(t testing.TB) (*world, sigv4.Credentials) {
	w := newWorld(t)
	w.outbound(true)
	bob, _ := w.user(account, "bob", mayIssue)
	return w, bob
}

func (w *world) outbound(on bool) {
	w.Update(func(tx *state.Tx) {
		tx.PutAccountSettings(&state.AccountSettings{Account: account, Outbound: on, IssuerID: issuerID, Issuer: issuer})
	})
}

var tokenElement = regexp.MustCompile(`<WebIdentityToken>([^<]+)</WebIdentityToken>`)

// token asks for a token.
func (w *world) token(creds sigv4.Credentials, algorithm string, params ...string) string {
	w.T.Helper()
	a := w.call(creds, "GetWebIdentityToken", append([]string{"SigningAlgorithm", algorithm, "Audience.member.1", "https://api.example.com"}, params...)...)
	m := tokenElement.FindStringSubmatch(a.Body)
	if a.Status != 200 || m == nil {
		w.T.Fatalf("%d: %s", a.Status, a.Body)
	}
	return m[1]
}

// page returns a page of the issuer.
func (w *world) page(path string) map[string]any {
	w.T.Helper()
	text, ok, err := sts.IssuerDocument(w.DB.Snapshot(), "/oidc/"+issuerID+path, w.Now)
	if err != nil || !ok {
		w.T.Fatalf("%s: %t, %v", path, ok, err)
	}
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		w.T.Fatal(err)
	}
	return v
}

// verify returns the claims of a token when a published key has signed it.
func (w *world) verify(token string) (claims map[string]any, err error) {
	parts := strings.Split(token, ".")
	raw := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			w.T.Fatal(err)
		}
		return b
	}
	var header struct{ Kid, Alg, Typ string }
	if err := json.Unmarshal(raw(parts[0]), &header); err != nil {
		w.T.Fatal(err)
	}
	number := func(v any) *big.Int { return new(big.Int).SetBytes(raw(v.(string))) }
	text, signature := []byte(parts[0]+"."+parts[1]), raw(parts[2])
	for _, v := range w.page("/.well-known/jwks.json")["keys"].([]any) {
		k := v.(map[string]any)
		if k["kid"] != header.Kid || k["alg"] != header.Alg || k["use"] != "sig" {
			continue
		}
		ok := false
		if k["kty"] == "RSA" {
			digest := sha256.Sum256(text)
			ok = rsa.VerifyPKCS1v15(&rsa.PublicKey{N: number(k["n"]), E: int(number(k["e"]).Int64())}, crypto.SHA256, digest[:], signature) == nil
		} else if k["crv"] == "P-384" && len(signature) == 96 {
			digest := sha512.Sum384(text)
			key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P384(), slices.Concat([]byte{4}, raw(k["x"].(string)), raw(k["y"].(string))))
			if err != nil {
				w.T.Fatal(err)
			}
			ok = ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:48]), new(big.Int).SetBytes(signature[48:]))
		}
		if !ok {
			return nil, fmt.Errorf("the signature of %s is wrong", header.Kid)
		}
		return claims, json.Unmarshal(raw(parts[1]), &claims)
	}
	return nil, fmt.Errorf("no key %s for %s", header.Kid, header.Alg)
}

func (w *world) claims(token string) map[string]any {
	w.T.Helper()
	claims, err := w.verify(token)
	if err != nil {
		w.T.Fatal(err)
	}
	return claims
}

func TestGetWebIdentityToken(t *testing.T) {
	w, bob := newIssuer(t)
	w.Update(func(tx *state.Tx) {
		u, _ := tx.User(account, "bob")
		tagged := *u
		tagged.Tags = []state.Tag{{Key: "team", Value: "blue"}}
		tx.PutUser(&tagged)
	})
	for _, algorithm := range []string{"RS256", "ES384"} {
		a := w.call(bob, "GetWebIdentityToken", "SigningAlgorithm", algorithm, "Audience.member.1", "https://api.example.com")
		w.allowed(a, "<Expiration>2030-01-02T03:09:05Z</Expiration>")
		claims := w.claims(tokenElement.FindStringSubmatch(a.Body)[1])
		if id, _ := claims["jti"].(string); len(id) != 36 {
			t.Errorf("jti = %v", claims["jti"])
		}
		delete(claims, "jti")
		org := w.DB.Snapshot().Organization().ID
		want := map[string]any{
			"iss": issuer, "aud": "https://api.example.com", "sub": "arn:aws:iam::" + account + ":user/bob",
			"iat": float64(w.Now.Unix()), "exp": float64(w.Now.Unix() + 300),
			"https://sts.amazonaws.com/": map[string]any{
				"aws_account": account, "source_region": "us-east-1", "principal_id": "arn:aws:iam::" + account + ":user/bob",
				"org_id": org, "ou_path": []any{w.DB.Snapshot().OrgPath(account)}, "principal_tags": map[string]any{"team": "blue"},
			},
		}
		if diff := cmp.Diff(want, claims); diff != "" {
			t.Errorf("%s: -want +got:\n%s", algorithm, diff)
		}
	}
	list := w.claims(w.token(bob, "ES384", "Audience.member.2", "b", "DurationSeconds", "3600", "Tags.member.1.Key", "job", "Tags.member.1.Value", "j-1"))
	if diff := cmp.Diff([]any{"https://api.example.com", "b"}, list["aud"]); diff != "" {
		t.Errorf("aud: %s", diff)
	}
	own := list["https://sts.amazonaws.com/"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"job": "j-1"}, own["request_tags"]); diff != "" {
		t.Errorf("request_tags: %s", diff)
	}
}

func TestWebIdentityTokenOfARole(t *testing.T) {
	w, _ := newIssuer(t)
	w.role(account, "r", trusts(annARN), func(r *state.Role) {
		r.Tags = []state.Tag{{Key: "Team", Value: "of role"}, {Key: "kept", Value: "1"}}
		r.Inline = []state.InlinePolicy{{Name: "p", Document: w.document(policy.IdentityBased, mayIssue)}}
	})
	session := w.assume(w.ann, "r", "Tags.member.1.Key", "team", "Tags.member.1.Value", "of session", "SourceIdentity", "annie")
	claims := w.claims(w.token(session, "ES384"))
	if claims["sub"] != roleARN("r") {
		t.Errorf("sub = %v", claims["sub"])
	}
	own := claims["https://sts.amazonaws.com/"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"team": "of session", "kept": "1"}, own["principal_tags"]); diff != "" {
		t.Errorf("principal_tags: %s", diff)
	}
	if own["original_session_exp"] != "2030-01-02T04:04:05Z" || own["source_identity"] != "annie" {
		t.Errorf("%v", own)
	}
	w.Now = w.Now.Add(58 * time.Minute)
	w.refused(w.call(session, "GetWebIdentityToken", "SigningAlgorithm", "ES384", "Audience.member.1", "a"), 403, "SessionDurationEscalationException",
		"The requested token duration would extend the session beyond its original expiration time. You cannot use this operation to extend the lifetime of a session beyond what was originally granted.")
	w.token(session, "ES384", "DurationSeconds", "120")
}

func TestGetWebIdentityTokenRefused(t *testing.T) {
	w, bob := newIssuer(t)
	ask := func(creds sigv4.Credentials, params ...string) func(status int, code, text string) {
		a := w.call(creds, "GetWebIdentityToken", append([]string{"Audience.member.1", "a"}, params...)...)
		return func(status int, code, text string) {
			t.Helper()
			a.Body = strings.ReplaceAll(a.Body, "&#39;", "'")
			w.refused(a, status, code, text)
		}
	}
	for _, algorithm := range []string{"HS256", "none_", "ES256", "rs256"} {
		ask(bob, "SigningAlgorithm", algorithm)(400, "ValidationError", "1 validation error detected: Value '"+algorithm+
			"' at 'signingAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [ES384, RS256]")
	}
	ask(bob, "SigningAlgorithm", "RS256", "DurationSeconds", "59")(400, "ValidationError",
		"1 validation error detected: Value '59' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60")
	ask(bob, "SigningAlgorithm", "RS256", "DurationSeconds", "3601")(400, "ValidationError",
		"1 validation error detected: Value '3601' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 3600")
	ask(bob, "SigningAlgorithm", "ES384", "Tags.member.1.Key", "a", "Tags.member.1.Value", "1", "Tags.member.2.Key", "A", "Tags.member.2.Value", "2")(
		400, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	ask(w.ann, "SigningAlgorithm", "ES384")(403, "AccessDenied", "User: "+annARN+
		" is not authorized to perform: sts:GetWebIdentityToken because no identity-based policy allows the sts:GetWebIdentityToken action")

	var large []string
	for i := range 50 {
		large = append(large, fmt.Sprintf("Tags.member.%d.Key", i+1), fmt.Sprintf("%d%s", i, strings.Repeat("k", 100)),
			fmt.Sprintf("Tags.member.%d.Value", i+1), strings.Repeat("v", 250))
	}
	ask(bob, append(large, "SigningAlgorithm", "ES384")...)(400, "JWTPayloadSizeExceededException",
		"The requested token payload size exceeds the maximum allowed size. Reduce the number of request tags included in the GetWebIdentityToken API call to reduce the token payload size.")

	w.outbound(false)
	ask(bob, "SigningAlgorithm", "ES384")(403, "OutboundWebIdentityFederationDisabledException",
		"The outbound web identity federation feature is not enabled for this account. To use this feature, you must first enable it through the Amazon Web Services Management Console or API.")
}

// TestTokenConditions: what a policy says of audience, life, algorithm and tags
// holds.
func TestTokenConditions(t *testing.T) {
	w, _ := newIssuer(t)
	carl, _ := w.user(account, "carl", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:GetWebIdentityToken","Resource":"*","Condition":{
		"ForAllValues:StringEquals":{"sts:IdentityTokenAudience":["a","b"]},"NumericLessThanEquals":{"sts:DurationSeconds":"300"},"StringEquals":{"sts:SigningAlgorithm":"ES384"}}}]}`)
	for _, tt := range []struct {
		params string
		ok     bool
	}{
		{"ES384 a", true},
		{"ES384 b a", true},
		{"ES384 a c", false},
		{"RS256 a", false},
		{"ES384 a DurationSeconds=300", true},
		{"ES384 a DurationSeconds=301", false},
		{"ES384 a Tags.member.1.Key=k,Tags.member.1.Value=v", false}, // no sts:TagGetWebIdentityToken
	} {
		var params []string
		audience := 0
		for i, p := range strings.Fields(tt.params) {
			switch {
			case i == 0:
				params = append(params, "SigningAlgorithm", p)
			case strings.Contains(p, "="):
				for _, kv := range strings.Split(p, ",") {
					k, v, _ := strings.Cut(kv, "=")
					params = append(params, k, v)
				}
			default:
				audience++
				params = append(params, fmt.Sprintf("Audience.member.%d", audience), p)
			}
		}
		a := w.call(carl, "GetWebIdentityToken", params...)
		if got := a.Status == 200; got != tt.ok || !got && a.Status != 403 {
			t.Errorf("%s: %d %s", tt.params, a.Status, a.Body)
		}
	}
}

// TestTokenKeyRotation: a new key is published a day before it signs, and the
// old one until its last token has ended.
func TestTokenKeyRotation(t *testing.T) {
	w, bob := newIssuer(t)
	kid := func(token string) string {
		text, _ := base64.RawURLEncoding.DecodeString(token[:strings.IndexByte(token, '.')])
		var h struct{ Kid string }
		if err := json.Unmarshal(text, &h); err != nil {
			t.Fatal(err)
		}
		return h.Kid
	}
	expect := func(want string, keys int) string {
		t.Helper()
		token := w.token(bob, "ES384", "DurationSeconds", "3600")
		w.claims(token)
		if got := kid(token); got != want {
			t.Errorf("%v: signed by %s, not %s", w.Now, got, want)
		}
		if got := len(w.page("/.well-known/jwks.json")["keys"].([]any)); got != keys {
			t.Errorf("%v: %d keys are published, not %d", w.Now, got, keys)
		}
		return token
	}
	const day = 24 * time.Hour
	expect("EC384_1", 1)
	w.Now = w.Now.Add(90*day - time.Second)
	expect("EC384_1", 1)
	w.Now = w.Now.Add(time.Second)
	expect("EC384_1", 2)
	w.Now = w.Now.Add(day - time.Second)
	last := expect("EC384_1", 2)
	w.Now = w.Now.Add(time.Second)
	expect("EC384_2", 2)
	w.Now = w.Now.Add(time.Hour)
	w.claims(last) // it has just expired, and still verifies
	w.Now = w.Now.Add(time.Hour)
	expect("EC384_2", 1)
	if _, err := w.verify(last); err == nil {
		t.Error("the retired key still verifies")
	}
	w.Now = w.Now.Add(90 * day)
	expect("EC384_2", 2)
	var left []string
	for k := range w.DB.Snapshot().TokenKeys(account) {
		left = append(left, k.ID())
	}
	if diff := cmp.Diff([]string{"EC384_2", "EC384_3"}, left); diff != "" {
		t.Errorf("kept keys: %s", diff)
	}
}

func TestOneKeyForManyFirstCalls(t *testing.T) {
	w, bob := newIssuer(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if a := w.call(bob, "GetWebIdentityToken", "SigningAlgorithm", "RS256", "Audience.member.1", "a"); a.Status != 200 {
				t.Errorf("%d: %s", a.Status, a.Body)
			}
		})
	}
	wg.Wait()
	if n := len(w.page("/.well-known/jwks.json")["keys"].([]any)); n != 1 {
		t.Errorf("%d keys", n)
	}
}

func TestIssuerPages(t *testing.T) {
	w, bob := newIssuer(t)
	w.token(bob, "RS256")
	d := w.page("/.well-known/openid-configuration")
	if d["issuer"] != issuer || d["jwks_uri"] != issuer+"/.well-known/jwks.json" {
		t.Errorf("%v", d)
	}
	for _, k := range w.page("/.well-known/jwks.json")["keys"].([]any) {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if _, ok := k.(map[string]any)[private]; ok {
				t.Errorf("the key set has %q", private)
			}
		}
	}
	w.outbound(false)
	w.page("/.well-known/jwks.json") // tokens that are out still verify
	for _, path := range []string{
		"/oidc/", "/oidc//.well-known/jwks.json", "/oidc/" + account + "/.well-known/jwks.json", "/oidc/" + issuerID,
		"/oidc/" + issuerID + "/", "/oidc/" + issuerID + "/.well-known/", "/oidc/x/" + issuerID + "/.well-known/jwks.json",
	} {
		if _, ok, err := sts.IssuerDocument(w.DB.Snapshot(), path, w.Now); ok || err != nil {
			t.Errorf("%s: %t, %v", path, ok, err)
		}
	}
}

// TestTokenOfAnotherAccount: keys of one account's issuer verify no token of
// another's.
func TestTokenOfAnotherAccount(t *testing.T) {
	w, _ := newIssuer(t)
	const other = "210987654321"
	w.Update(func(tx *state.Tx) {
		tx.CreateAccount(state.Account{ID: other, Name: "other"})
		tx.PutAccountSettings(&state.AccountSettings{Account: other, Outbound: true, IssuerID: "o-1", Issuer: "https://writ.test/oidc/o-1"})
	})
	eve, _ := w.user(other, "eve", mayIssue)
	bob, _ := w.user(account, "dan", mayIssue)
	w.token(bob, "ES384")
	if _, err := w.verify(w.token(eve, "ES384")); err == nil {
		t.Error("a token of the other account verifies")
	}
}

func TestTokensAreNotInEvents(t *testing.T) {
	w, bob := newIssuer(t)
	token := w.token(bob, "ES384")
	w.eventsLack("GetWebIdentityToken", token, token[strings.LastIndexByte(token, '.')+1:])
}
