package federation

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// MaxToken is the greatest length of a web identity token, STS's own.
const MaxToken = 20_000

// ClockSkew is by how much the clocks of issuer and verifier may differ. AWS
// takes tokens for five minutes past their end: "OIDC federation" in the IAM
// User Guide.
const ClockSkew = 5 * time.Minute

const maxSubject = 255

// Why a token counts for nothing.
var (
	ErrNotToken  = errors.New("federation: not a signed JWT")
	ErrSignature = errors.New("federation: the signature of the token is not valid")
	ErrAudience  = errors.New("federation: the token is for another audience")
	ErrTime      = errors.New("federation: the token is not valid yet")
)

// ClaimError reports a claim that is missing or has no meaning.
type ClaimError struct{ Claim string }

func (e *ClaimError) Error() string {
	return "federation: claim " + e.Claim + " is missing or malformed"
}

// ExpiredError reports a token that has expired.
type ExpiredError struct{ Now, Expires time.Time }

func (e *ExpiredError) Error() string {
	return fmt.Sprintf("federation: the token expired at %v", e.Expires)
}

// algorithms are those that a token may be signed with: none, and those with a
// shared secret, are not among them. See RFC 8725, sections 2.1 and 3.1.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
	jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// Token is a web identity token whose form alone has been looked at. All that
// it says is a stranger's word before Verify.
type Token struct {
	jws    *jose.JSONWebSignature
	claims map[string]any
	Issuer string // iss, which says whose keys to verify with
	KeyID  string
	alg    jose.SignatureAlgorithm
}

// ParseToken reads a JWT in compact form. Keys and addresses in its header
// (jwk, jku, x5u, x5c) are not used for anything; header parameters that must
// be understood (crit) make it no token.
func ParseToken(text string) (*Token, error) {
	// The decoder skips line ends, which would give one token many spellings.
	if len(text) > MaxToken || strings.Count(text, ".") != 2 || strings.ContainsAny(text, "\r\n") {
		return nil, ErrNotToken
	}
	jws, err := jose.ParseSignedCompact(text, algorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, ErrNotToken
	}
	h := &jws.Signatures[0].Protected
	for _, name := range []jose.HeaderKey{"crit", "b64"} {
		if _, ok := h.ExtraHeaders[name]; ok {
			return nil, ErrNotToken
		}
	}
	t := &Token{jws: jws, KeyID: h.KeyID, alg: jose.SignatureAlgorithm(h.Algorithm)}
	payload := jws.UnsafePayloadWithoutVerification()
	// This decoder refuses a name that occurs twice in an object.
	if !utf8.Valid(payload) || json.Unmarshal(payload, &t.claims) != nil || t.claims == nil {
		return nil, ErrNotToken
	}
	iss, ok := t.claims["iss"].(string)
	if !ok || iss == "" {
		return nil, &ClaimError{"iss"}
	}
	t.Issuer = iss
	return t, nil
}

// Identity is what a verified token says.
type Identity struct {
	Subject  string
	Audience string   // who asked for the token: azp, and aud where there is none
	For      []string // aud
	Methods  []string // amr
	claims   map[string]any
}

// Verify checks the signature with keys of the issuer, and then audience and
// time. clients are the audiences that the account registered with the issuer;
// nil is any, for issuers that are known without being registered.
func (t *Token) Verify(keys *KeySet, clients []string, now time.Time) (*Identity, error) {
	if !t.signedBy(keys) {
		return nil, ErrSignature
	}
	id := &Identity{claims: t.claims}
	var err error
	if id.Subject, err = t.required("sub"); err != nil || len(id.Subject) > maxSubject {
		return nil, &ClaimError{"sub"}
	}
	if err := id.setAudience(t.claims, clients); err != nil {
		return nil, err
	}
	if err := t.checkTime(now); err != nil {
		return nil, err
	}
	id.Methods, _ = texts(t.claims["amr"])
	return id, nil
}

func (t *Token) signedBy(keys *KeySet) bool {
	for _, k := range keys.candidates(t.KeyID, t.alg) {
		if _, err := t.jws.Verify(k); err == nil {
			return true
		}
	}
	return false
}

func (t *Token) required(name string) (string, error) {
	text, ok := t.claims[name].(string)
	if !ok || text == "" {
		return "", &ClaimError{name}
	}
	return text, nil
}

// setAudience checks aud and azp: one of the audiences must be registered, and
// so must be the party that asked for the token when it is named, which it must
// be when there are several audiences. See OpenID Connect Core 1.0, 3.1.3.7.
func (id *Identity) setAudience(claims map[string]any, clients []string) error {
	var ok bool
	if id.For, ok = texts(claims["aud"]); !ok || len(id.For) == 0 || id.For[0] == "" {
		return &ClaimError{"aud"}
	}
	azp, named := claims["azp"]
	if named {
		if id.Audience, ok = azp.(string); !ok || id.Audience == "" {
			return &ClaimError{"azp"}
		}
	} else if len(id.For) > 1 {
		return ErrAudience
	} else {
		id.Audience = id.For[0]
	}
	if clients != nil && (!contains(clients, id.Audience) || !containsAny(clients, id.For)) {
		return ErrAudience
	}
	return nil
}

func contains(list []string, want string) bool { return containsAny(list, []string{want}) }

func containsAny(list, wants []string) bool {
	for _, s := range list {
		for _, want := range wants {
			if s == want {
				return true
			}
		}
	}
	return false
}

func (t *Token) checkTime(now time.Time) error {
	expires, err := t.time("exp", true)
	if err != nil {
		return err
	}
	issued, err := t.time("iat", true)
	if err != nil {
		return err
	}
	from, err := t.time("nbf", false)
	switch {
	case err != nil:
		return err
	case !now.Before(expires.Add(ClockSkew)):
		return &ExpiredError{Now: now, Expires: expires}
	case issued.After(now.Add(ClockSkew)), from.After(now.Add(ClockSkew)):
		return ErrTime
	}
	return nil
}

// maxTime keeps times within what can be calculated with: the year 36812.
const maxTime = 1 << 40

func (t *Token) time(name string, required bool) (time.Time, error) {
	v, ok := t.claims[name]
	if !ok && !required {
		return time.Time{}, nil
	}
	n, ok := v.(float64)
	if !ok || math.IsNaN(n) || n < 0 || n > maxTime {
		return time.Time{}, &ClaimError{name}
	}
	return time.Unix(int64(n), 0), nil
}

// texts returns the values of a claim that is a string or a list of strings.
func texts(v any) (list []string, ok bool) {
	switch v := v.(type) {
	case string:
		return []string{v}, true
	case []any:
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, false
			}
			list = append(list, s)
		}
		return list, true
	}
	return nil, false
}
