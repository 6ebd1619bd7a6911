package federation_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/writ-iam/writ/internal/federation"
	"github.com/writ-iam/writ/internal/federation/oidctest"
)

var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func claims(change ...map[string]any) map[string]any {
	c := map[string]any{
		"iss": "https://idp.example.com", "sub": "ann", "aud": "app", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(),
	}
	for _, more := range change {
		maps.Copy(c, more)
	}
	for name, v := range c {
		if v == nil {
			delete(c, name)
		}
	}
	return c
}

// set is the set of the keys, by way of its text.
func set(t testing.TB, keys ...any) *federation.KeySet {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	s, err := federation.ParseKeySet(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func verify(text string, keys *federation.KeySet) (*federation.Identity, error) {
	token, err := federation.ParseToken(text)
	if err != nil {
		return nil, err
	}
	return token.Verify(keys, []string{"app", "other"}, now)
}

func b64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestTokenIsTaken(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []oidctest.Key{
		oidctest.NewKey(t, "k"), oidctest.RSAKey(t, "k", jose.RS256), oidctest.RSAKey(t, "k", jose.PS512),
		{ID: "k", Algorithm: jose.EdDSA, Private: private}, {Algorithm: jose.EdDSA, Private: private},
	} {
		id, err := verify(oidctest.Sign(t, k, claims(), nil), set(t, k.Public()))
		if err != nil || id.Subject != "ann" || id.Audience != "app" {
			t.Errorf("%s: %+v, %v", k.Algorithm, id, err)
		}
	}
}

// TestForgedTokens: each is a way by which verifiers of tokens were deceived.
func TestForgedTokens(t *testing.T) {
	k, r := oidctest.NewKey(t, "k"), oidctest.RSAKey(t, "r", jose.RS256)
	other := oidctest.NewKey(t, "k")
	good := oidctest.Sign(t, k, claims(), nil)
	parts := strings.Split(good, ".")
	body := parts[1]
	public, err := x509.MarshalPKIXPublicKey(r.Private.Public())
	if err != nil {
		t.Fatal(err)
	}
	confused := b64(`{"alg":"HS256","kid":"r"}`) + "." + body
	mac := hmac.New(sha256.New, public)
	mac.Write([]byte(confused))
	header := func(name string, v any) string {
		return oidctest.Sign(t, other, claims(), map[jose.HeaderKey]any{jose.HeaderKey(name): v})
	}
	unknown := other
	unknown.ID = "../../dev/null"
	secret := []byte("the client secret of the application")
	shared := b64(`{"alg":"HS256","kid":"app"}`) + "." + body
	sharedMAC := hmac.New(sha256.New, secret)
	sharedMAC.Write([]byte(shared))
	keys := set(t, k.Public(), r.Public(), map[string]any{"kty": "oct", "kid": "app", "alg": "HS256", "k": base64.RawURLEncoding.EncodeToString(secret)})
	for name, token := range map[string]string{
		"CVE-2026-33322: HMAC with the client secret": shared + "." + base64.RawURLEncoding.EncodeToString(sharedMAC.Sum(nil)),
		"CVE-2024-48916: alg none":                    b64(`{"alg":"none"}`) + "." + body + ".",
		"alg None":                                    b64(`{"alg":"None"}`) + "." + body + ".",
		"alg none with a signature":                   b64(`{"alg":"none","kid":"k"}`) + "." + body + "." + parts[2],
		"no alg":                                      b64(`{"kid":"k"}`) + "." + body + "." + parts[2],
		"HMAC with the public key":                    confused + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)),
		"another key under the same id":               oidctest.Sign(t, other, claims(), nil),
		"key id as a path":                            oidctest.Sign(t, unknown, claims(), nil),
		"embedded key":                                header("jwk", jose.JSONWebKey{Key: other.Private.Public()}),
		"jku":                                         header("jku", "https://evil.example.com/keys"),
		"x5u":                                         header("x5u", "https://evil.example.com/cert"),
		"no signature":                                parts[0] + "." + body + ".",
		"CVE-2026-27840: truncated":                   good[:len(good)-2],
		"another algorithm's name":                    b64(`{"alg":"RS256","kid":"k"}`) + "." + body + "." + parts[2],
		"another body":                                parts[0] + "." + b64(`{"iss":"https://idp.example.com","sub":"root"}`) + "." + parts[2],
		"zero signature":                              parts[0] + "." + body + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64)),
		"JSON with many signatures":                   `{"payload":"` + body + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"},{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}]}`,
		"encrypted":                                   b64(`{"alg":"dir","enc":"A128GCM"}`) + "..a.b.c",
		"detached":                                    parts[0] + ".." + parts[2],
		"line end":                                    good + "\n",
		"space":                                       " " + good,
		"four parts":                                  good + ".x",
		"unknown critical":                            oidctest.Sign(t, k, claims(), map[jose.HeaderKey]any{"crit": []string{"x"}, "x": 1}),
		"b64":                                         oidctest.Sign(t, k, claims(), map[jose.HeaderKey]any{"b64": true}),
		"huge":                                        oidctest.Sign(t, k, claims(map[string]any{"x": strings.Repeat("x", federation.MaxToken)}), nil),
		"many dots":                                   strings.Repeat(".", federation.MaxToken),
		"empty":                                       "",
		"duplicate claim":                             oidctest.Sign(t, k, []byte(`{"iss":"https://idp.example.com","sub":"ann","sub":"root","aud":"app","exp":1893999999,"iat":1893553445}`), nil),
		"duplicate claim inside":                      oidctest.Sign(t, k, []byte(`{"iss":"https://idp.example.com","sub":"ann","a":{"b":1,"b":2},"aud":"app","exp":1893999999,"iat":1893553445}`), nil),
		"no object":                                   oidctest.Sign(t, k, []byte(`null`), nil),
		"not UTF-8":                                   oidctest.Sign(t, k, []byte("{\"iss\":\"https://idp.example.com\",\"sub\":\"a\xff\"}"), nil),
		"deep":                                        oidctest.Sign(t, k, []byte(`{"iss":`+strings.Repeat("[", 14_000)), nil),
	} {
		if id, err := verify(token, keys); !errors.Is(err, federation.ErrNotToken) && !errors.Is(err, federation.ErrSignature) {
			t.Errorf("%s: %+v, %v", name, id, err)
		}
	}
	if _, err := verify(good, keys); err != nil {
		t.Error(err)
	}
}

func TestClaimsThatCountForNothing(t *testing.T) {
	k := oidctest.NewKey(t, "k")
	keys := set(t, k.Public())
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	const skew = federation.ClockSkew
	type m = map[string]any
	claim, audience, early, expired := "claim", federation.ErrAudience, federation.ErrTime, "expired"
	for name, c := range map[string]struct {
		change m
		want   any
	}{
		"no issuer":                         {m{"iss": nil}, claim},
		"issuer list":                       {m{"iss": []string{"https://idp.example.com"}}, claim},
		"no subject":                        {m{"sub": nil}, claim},
		"empty subject":                     {m{"sub": ""}, claim},
		"subject number":                    {m{"sub": 1}, claim},
		"long subject":                      {m{"sub": strings.Repeat("s", 256)}, claim},
		"no audience":                       {m{"aud": nil}, claim},
		"empty audience":                    {m{"aud": []string{}}, claim},
		"audience object":                   {m{"aud": m{"app": 1}}, claim},
		"mixed audience list":               {m{"aud": []any{"app", 1}}, claim},
		"another audience":                  {m{"aud": "evil"}, audience},
		"audience in another case":          {m{"aud": "APP"}, audience},
		"several audiences, nobody asked":   {m{"aud": []string{"evil", "app"}}, audience},
		"several audiences, ours first":     {m{"aud": []string{"app", "evil"}}, audience},
		"asked by a stranger":               {m{"aud": []string{"evil", "app"}, "azp": "evil"}, audience},
		"one audience, asked by a stranger": {m{"azp": "evil"}, audience},
		"asked by one of us, for others":    {m{"aud": "evil", "azp": "app"}, audience},
		"several audiences, asked by us":    {m{"aud": []string{"evil", "app"}, "azp": "other"}, nil},
		"azp list":                          {m{"azp": []string{"app"}}, claim},
		"no end":                            {m{"exp": nil}, claim},
		"end as text":                       {m{"exp": "9999999999"}, claim},
		"endless":                           {m{"exp": 1e300}, claim},
		"negative end":                      {m{"exp": -1}, claim},
		"expired":                           {m{"exp": at(-skew)}, expired},
		"expired within the skew":           {m{"exp": at(-skew + time.Second)}, nil},
		"issued in the future":              {m{"iat": at(skew + time.Second)}, early},
		"issued ahead within the skew":      {m{"iat": at(skew)}, nil},
		"no time of issue":                  {m{"iat": nil}, claim},
		"not before the future":             {m{"nbf": at(skew + time.Second)}, early},
		"not before, as text":               {m{"nbf": "0"}, claim},
	} {
		_, err := verify(oidctest.Sign(t, k, claims(c.change), nil), keys)
		var claimErr *federation.ClaimError
		var expiredErr *federation.ExpiredError
		ok := false
		switch c.want {
		case nil:
			ok = err == nil
		case claim:
			ok = errors.As(err, &claimErr)
		case expired:
			ok = errors.As(err, &expiredErr)
		default:
			ok = errors.Is(err, c.want.(error))
		}
		if !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeySets: keys that are not fit for tokens are left out, without the others.
func TestKeySets(t *testing.T) {
	k, r := oidctest.NewKey(t, "k"), oidctest.RSAKey(t, "k", jose.RS256)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	token := oidctest.Sign(t, k, claims(), nil)
	type m = map[string]any
	enc, as384 := k.Public(), k.Public()
	enc.Use, as384.Algorithm = "enc", "ES384"
	for name, c := range map[string]struct {
		keys []any
		want bool
	}{
		"unknown kinds beside":      {[]any{m{"kty": "XYZ", "kid": "k"}, m{"kty": "oct", "k": "c2VjcmV0", "kid": "k"}, 1, "x", nil, m{}, k.Public()}, true},
		"duplicate ids":             {[]any{oidctest.NewKey(t, "k").Public(), r.Public(), k.Public()}, true},
		"duplicate ids without end": {[]any{oidctest.NewKey(t, "k").Public(), oidctest.NewKey(t, "k").Public(), oidctest.NewKey(t, "k").Public(), oidctest.NewKey(t, "k").Public(), k.Public()}, false},
		"for encryption":            {[]any{enc}, false},
		"for another algorithm":     {[]any{as384}, false},
		"private":                   {[]any{jose.JSONWebKey{Key: k.Private, KeyID: "k"}}, false},
		"none":                      {[]any{}, false},
	} {
		if _, err := verify(token, set(t, c.keys...)); (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	weak := oidctest.Key{ID: "w", Algorithm: jose.RS256, Private: small}
	if _, err := verify(oidctest.Sign(t, weak, claims(), nil), set(t, weak.Public())); !errors.Is(err, federation.ErrSignature) {
		t.Errorf("weak: %v", err)
	}
	flood := []byte(`{"keys":[` + strings.Repeat(`{},`, 200) + `{}]}`)
	for _, text := range [][]byte{flood, []byte(`{}`), []byte(`[]`), []byte(``), []byte(`{"keys":{}}`), []byte(`<html>`)} {
		if _, err := federation.ParseKeySet(text); err == nil {
			t.Errorf("%.20s is a set of keys", text)
		}
	}
	noID := oidctest.Key{Algorithm: jose.ES256, Private: k.Private}
	if _, err := verify(oidctest.Sign(t, noID, claims(), nil), set(t, oidctest.NewKey(t, "a").Public(), k.Public())); !errors.Is(err, federation.ErrSignature) {
		t.Errorf("without key id, of several keys: %v", err)
	}
}

func TestTagsOfTokens(t *testing.T) {
	k := oidctest.NewKey(t, "k")
	keys := set(t, k.Public())
	const tags = "https://aws.amazon.com/tags"
	type m = map[string]any
	for name, c := range map[string]struct {
		change m
		want   string
	}{
		"none":               {m{}, " | "},
		"nested":             {m{tags: m{"principal_tags": m{"Team": []string{"red"}, "Cost": "1"}, "transitive_tag_keys": []string{"Team"}}}, "Cost=1 Team=red | Team"},
		"flattened":          {m{tags + "/principal_tags/Team": "red", tags + "/transitive_tag_keys": []string{"Team"}}, "Team=red | Team"},
		"two values":         {m{tags: m{"principal_tags": m{"Team": []string{"red", "blue"}}}}, "error"},
		"text":               {m{tags: "x"}, "error"},
		"transitive unknown": {m{tags: m{"transitive_tag_keys": []string{"Team"}}}, "error"},
		"reserved":           {m{tags: m{"principal_tags": m{"aws:Team": "x"}}}, "error"},
		"long key":           {m{tags: m{"principal_tags": m{strings.Repeat("k", 129): "x"}}}, "error"},
		"long value":         {m{tags: m{"principal_tags": m{"k": strings.Repeat("v", 257)}}}, "error"},
		"case":               {m{tags: m{"principal_tags": m{"k": "1", "K": "2"}}}, "error"},
		"characters":         {m{tags: m{"principal_tags": m{"k": "a*"}}}, "error"},
	} {
		id, err := verify(oidctest.Sign(t, k, claims(c.change), nil), keys)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list, transitive, err := id.Tags()
		var texts []string
		for _, tag := range list {
			texts = append(texts, tag.Key+"="+tag.Value)
		}
		got := strings.Join(texts, " ") + " | " + strings.Join(transitive, " ")
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for _, bad := range []any{"", "a", "aws:x", "a b", 1, []string{"ann"}, strings.Repeat("x", 65)} {
		id, err := verify(oidctest.Sign(t, k, claims(m{"https://aws.amazon.com/source_identity": bad}), nil), keys)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := id.SourceIdentity(); err == nil {
			t.Errorf("source identity %v", bad)
		}
	}
}

// TestClaimNamesThatDifferInCase: conditions compare names without case, so
// that a second spelling must not stand for the first.
func TestClaimNamesThatDifferInCase(t *testing.T) {
	k := oidctest.NewKey(t, "k")
	id, err := verify(oidctest.Sign(t, k, claims(map[string]any{
		"repository": "a", "Repository": "b", "kubernetes.io": map[string]any{"namespace": "ns", "pod": map[string]any{"name": "p"}}, "n": 7, "b": true,
	}), nil), set(t, k.Public()))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	id.Claims(func(name string, values []string) { got[name] = strings.Join(values, ",") })
	for name, want := range map[string]string{"repository": "", "Repository": "", "kubernetes.io/namespace": "ns", "kubernetes.io/pod/name": "p", "n": "7", "b": "true", "sub": "ann"} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
}

// TestClaimNamesThatArePaths: a claim that is called like the path of another
// does not stand for it.
func TestClaimNamesThatArePaths(t *testing.T) {
	k := oidctest.NewKey(t, "k")
	id, err := verify(oidctest.Sign(t, k, claims(map[string]any{
		"kubernetes.io": map[string]any{"namespace": "mine", "pod": "p"}, "kubernetes.io/namespace": "yours",
	}), nil), set(t, k.Public()))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	id.Claims(func(name string, values []string) { got[name] = strings.Join(values, ",") })
	if got["kubernetes.io/namespace"] != "" || got["kubernetes.io/pod"] != "p" {
		t.Errorf("%v", got)
	}
}
