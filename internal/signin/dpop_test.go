package signin

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

// loggedIn is a CLI with a refresh token.
func loggedIn(t *testing.T) (*world, *cli, *tokenInput) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	a := c.login(b)
	return w, c, &tokenInput{ClientID: c.client.id, GrantType: byRefresh, RefreshToken: a.RefreshToken}
}

// TestProofs that are none (RFC 9449, 4.3 and 11).
func TestProofs(t *testing.T) {
	w, c, in := loggedIn(t)
	for name, change := range map[string]func(header, claims members){
		"no type":                func(h, _ members) { delete(h, "typ") },
		"another type":           func(h, _ members) { h["typ"] = "JWT" },
		"no algorithm":           func(h, _ members) { delete(h, "alg") },
		"alg none":               func(h, _ members) { h["alg"] = "none" },
		"alg HS256":              func(h, _ members) { h["alg"] = "HS256" },
		"alg RS256":              func(h, _ members) { h["alg"] = "RS256" },
		"alg ES384":              func(h, _ members) { h["alg"] = "ES384" },
		"crit":                   func(h, _ members) { h["crit"] = []string{"b64"} },
		"no key":                 func(h, _ members) { delete(h, "jwk") },
		"a key by name":          func(h, _ members) { delete(h, "jwk"); h["kid"] = "1" },
		"a private key":          func(h, _ members) { h["jwk"].(members)["d"] = "AAAA" },
		"a key of another kind":  func(h, _ members) { h["jwk"].(members)["kty"] = "OKP" },
		"another curve":          func(h, _ members) { h["jwk"].(members)["crv"] = "P-384" },
		"a point off the curve":  func(h, _ members) { h["jwk"].(members)["x"] = strings.Repeat("A", 43) },
		"no point":               func(h, _ members) { h["jwk"].(members)["x"] = "" },
		"a point too long":       func(h, _ members) { k := h["jwk"].(members); k["x"] = "AAAA" + k["x"].(string) },
		"another's key":          func(h, _ members) { h["jwk"] = jwkOf(t, newKey(t)) },
		"no method":              func(_, p members) { delete(p, "htm") },
		"another method":         func(_, p members) { p["htm"] = "GET" },
		"a method in lower case": func(_, p members) { p["htm"] = "post" },
		"no URL":                 func(_, p members) { delete(p, "htu") },
		"another host":           func(_, p members) { p["htu"] = "https://evil.test" + tokenPath },
		"another scheme":         func(_, p members) { p["htu"] = "http://writ.test" + tokenPath },
		"another port":           func(_, p members) { p["htu"] = "https://writ.test:8443" + tokenPath },
		"another path":           func(_, p members) { p["htu"] = origin + "/v1/tokens" },
		"a path alone":           func(_, p members) { p["htu"] = tokenPath },
		"a URL with a user":      func(_, p members) { p["htu"] = "https://writ.test@evil.test" + tokenPath },
		"a user at this host":    func(_, p members) { p["htu"] = "https://ann@writ.test" + tokenPath },
		"no time":                func(_, p members) { delete(p, "iat") },
		"an old one":             func(_, p members) { p["iat"] = w.Now.Add(-proofSkew - time.Second).Unix() },
		"one of the future":      func(_, p members) { p["iat"] = w.Now.Add(proofSkew + time.Second).Unix() },
		"a time in text":         func(_, p members) { p["iat"] = "1893553445" },
		"no id":                  func(_, p members) { delete(p, "jti") },
		"a long id":              func(_, p members) { p["jti"] = strings.Repeat("x", 257) },
		"an id with NUL":         func(_, p members) { p["jti"] = "a\x00b" },
		"too long":               func(_, p members) { p["x"] = strings.Repeat("x", maxProof) },
	} {
		c.token(in, c.proof(change)).invalid(t, name)
	}
	good := c.proof(nil)
	parts := strings.Split(good, ".")
	twice := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"dpop+jwt","typ":"dpop+jwt",` + string(mustDecode(t, parts[0]))[1:]))
	for name, proof := range map[string]string{
		"empty": "", "no JWT": "x", "no signature": parts[0] + "." + parts[1] + ".", "two parts": parts[0] + "." + parts[1], "four parts": good + ".x",
		"another's signature":   parts[0] + "." + parts[1] + "." + strings.Split(c.proof(nil), ".")[2],
		"zeros for a signature": parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86), "padded": good + "=", "with a line end": good[:9] + "\n" + good[9:],
		"with a line end in the signature": good[:len(good)-9] + "\n" + good[len(good)-9:],
		"a name twice":                     twice + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(signES256(t, c.key, twice+"."+parts[1])),
		"claims that are no object":        parts[0] + ".W10." + base64.RawURLEncoding.EncodeToString(signES256(t, c.key, parts[0]+".W10")),
		"unsecured":                        unsecured(c), "by the public key as a secret": byPublicKey(t, c), "by RSA": byRSA(t, c),
	} {
		c.token(in, proof).invalid(t, name)
	}
	c.token(in).invalid(t, "none")
	c.token(in, good, c.proof(nil)).invalid(t, "two")
	c.token(in, good).good(t)
}

func mustDecode(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func jwkOf(t testing.TB, key *ecdsa.PrivateKey) members {
	t.Helper()
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	return members{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}
}

// unsecured is a proof without a signature (RFC 7519, 6).
func unsecured(c *cli) string {
	parts := strings.Split(c.proof(func(h, _ members) { h["alg"] = "none" }), ".")
	return parts[0] + "." + parts[1] + "."
}

// byPublicKey is a proof with the public key for the secret of an HMAC.
func byPublicKey(t *testing.T, c *cli) string {
	parts := strings.Split(c.proof(func(h, _ members) { h["alg"] = "HS256" }), ".")
	point, err := c.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, point)
	mac.Write([]byte(parts[0] + "." + parts[1]))
	return parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// byRSA is a proof that would be right if RS256 were taken.
func byRSA(t *testing.T, c *cli) string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	parts := strings.Split(c.proof(func(h, _ members) {
		h["alg"], h["jwk"] = "RS256", members{"kty": "RSA", "n": b64(key.N.Bytes()), "e": "AQAB"}
	}), ".")
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return parts[0] + "." + parts[1] + "." + b64(signature)
}

// TestProofsOfClients: what may differ between clients.
func TestProofsOfClients(t *testing.T) {
	w, c, in := loggedIn(t)
	for name, change := range map[string]func(header, claims members){
		"a query and a fragment": func(_, p members) { p["htu"] = origin + tokenPath + "?x=y#z" },
		"the port of HTTPS":      func(_, p members) { p["htu"] = "https://writ.test:443" + tokenPath },
		"a host in upper case":   func(_, p members) { p["htu"] = "HTTPS://WRIT.TEST" + tokenPath },
		"a clock behind":         func(_, p members) { p["iat"] = w.Now.Add(-proofSkew).Unix() },
		"a clock ahead":          func(_, p members) { p["iat"] = w.Now.Add(proofSkew).Unix() },
		"fractions of seconds":   func(_, p members) { p["iat"] = float64(w.Now.Unix()) + .5 },
		"further members":        func(h, p members) { h["kid"], p["exp"] = "1", 5 },
	} {
		if a := c.token(in, c.proof(change)); a.status != 200 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

// TestShortCoordinates: AWS's SDK for Go leaves leading zeros of coordinates
// out, the CLI that made the key does not.
func TestShortCoordinates(t *testing.T) {
	w := newWorld(t)
	b, c := w.browser(), w.cli()
	b.enter(w.user("ann", "", mayLogIn))
	for c.key.X.BitLen() > 248 { // one key in 256
		c.key = newKey(t)
	}
	a := c.login(b)
	short := c.proof(func(h, _ members) {
		h["jwk"].(members)["x"] = base64.RawURLEncoding.EncodeToString(c.key.X.Bytes())
	})
	c.token(&tokenInput{ClientID: c.client.id, GrantType: byRefresh, RefreshToken: a.RefreshToken}, short).good(t)
}

// TestThumbprint is the one that RFC 7638 defines, for the key of RFC 9449's
// example (section 4.1, its thumbprint in section 6.1).
func TestThumbprint(t *testing.T) {
	k := proofKey{Type: "EC", Curve: "P-256", X: "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", Y: "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}
	if _, got, ok := k.public(); !ok || got != "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" {
		t.Errorf("%s, %t", got, ok)
	}
}

// TestProofReplay: a proof works once, also when it comes twice at the same
// time, and also for another grant of the same client.
func TestProofReplay(t *testing.T) {
	w, c, in := loggedIn(t)
	proof := c.proof(nil)
	c.token(in, proof).good(t)
	c.token(in, proof).invalid(t, "again")
	w.Now = w.Now.Add(proofSkew)
	c.token(in, proof).invalid(t, "at its end")
	w.Now = w.Now.Add(time.Second)
	c.token(in, proof).invalid(t, "after its end")
	proof = c.proof(nil)
	if good := atOnce(func() bool { return c.token(in, proof).status == 200 }); good != 1 {
		t.Errorf("a proof was good %d times at once", good)
	}
	b := w.browser()
	b.enter(w.user("eve", "", mayLogIn))
	c.token(c.redemption(c.code(b)), proof).invalid(t, "for a code")
}

// TestProofReplayAhead: a proof by a clock that is ahead is fresh for longer,
// and is remembered as long.
func TestProofReplayAhead(t *testing.T) {
	w, c, in := loggedIn(t)
	first := w.Now
	proof := c.proof(func(_, p members) { p["iat"] = first.Add(proofSkew).Unix() })
	c.token(in, proof).good(t)
	for _, later := range []time.Duration{proofSkew + 2*time.Second, 2 * proofSkew} {
		w.Now = first.Add(later)
		c.token(in, c.proof(nil)).good(t) // with which what has ended is forgotten
		if a := c.token(in, proof); a.Message != proofSpent.Message {
			t.Errorf("%v later: %d %s", later, a.status, a.body)
		}
	}
}
