package signin

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json"

	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// Limits on a proof. Those of AWS's clients have some 500 characters and a UUID
// as their id.
const (
	maxProof   = 4096
	maxProofID = 256
	// proofSkew is how far clocks may be apart, as for signatures.
	proofSkew = 5 * time.Minute
)

// keyProof is a proof of possession of a key: a DPoP proof (RFC 9449) whose
// signature, form, address and time are right. Whether it came before is for
// spend to say.
type keyProof struct {
	key string // thumbprint (RFC 7638)
	id  string // jti
}

// proofHeader is a proof's JOSE header. Its key is a public one, of P-256.
type proofHeader struct {
	Type      string   `json:"typ"`
	Algorithm string   `json:"alg"`
	Key       proofKey `json:"jwk"`
	Critical  any      `json:"crit"`
}

type proofKey struct {
	Type    string `json:"kty"`
	Curve   string `json:"crv"`
	X       string `json:"x"`
	Y       string `json:"y"`
	Private any    `json:"d"`
}

type proofClaims struct {
	Method  string   `json:"htm"`
	URL     string   `json:"htu"`
	Issued  *float64 `json:"iat"`
	ProofID string   `json:"jti"`
}

// Why a proof is none, for whoever writes a client.
var (
	noProof    = invalidRequest("The request must have one DPoP header.")
	proofForm  = invalidRequest("The DPoP proof is not a JWT of type dpop+jwt in compact form.")
	badKey     = invalidRequest("The DPoP proof must be signed with ES256 and have the public key, of P-256, in its header.")
	badProof   = invalidRequest("The signature of the DPoP proof is wrong.")
	proofURL   = invalidRequest("The DPoP proof is for another method or URL.")
	proofTime  = invalidRequest("The DPoP proof was made too long ago, or its clock is ahead.")
	proofID    = invalidRequest("The DPoP proof must have an id (jti) of 1 to 256 characters.")
	proofSpent = invalidRequest("The DPoP proof was used before.")
)

// proofOf reads the proof of a request to endpoint. now is the unmoved clock,
// as for signatures: a client's clock is not moved with the server's.
//
// Reading is done here and not by go-jose because AWS's SDK for Go leaves
// leading zeros of coordinates out, which makes one key in 128 no JWK to it.
func proofOf(r *http.Request, endpoint string, now time.Time) (*keyProof, *shape.Error) {
	sent := r.Header.Values("DPoP")
	if len(sent) != 1 {
		return nil, noProof
	}
	parts := strings.Split(sent[0], ".")
	if len(sent[0]) > maxProof || len(parts) != 3 {
		return nil, proofForm
	}
	var header proofHeader
	var claims proofClaims
	signature, ok := segment(parts[2])
	if !ok || !readSegment(parts[0], &header) || !readSegment(parts[1], &claims) || header.Type != "dpop+jwt" || header.Critical != nil {
		return nil, proofForm
	}
	key, thumbprint, ok := header.Key.public()
	if !ok || header.Algorithm != "ES256" {
		return nil, badKey
	}
	switch {
	case !verifyES256(key, parts[0]+"."+parts[1], signature):
		return nil, badProof
	case claims.Method != r.Method || !sameURL(claims.URL, endpoint):
		return nil, proofURL
	case claims.Issued == nil || !fresh(*claims.Issued, now):
		return nil, proofTime
	case claims.ProofID == "" || len(claims.ProofID) > maxProofID || strings.ContainsRune(claims.ProofID, 0):
		return nil, proofID
	}
	return &keyProof{key: thumbprint, id: claims.ProofID}, nil
}

// segment decodes base64url. The decoder skips line ends, which would give one
// proof many spellings.
func segment(text string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return b, err == nil && !strings.ContainsAny(text, "\r\n")
}

// readSegment decodes JSON of a proof; names that occur twice make it none.
func readSegment(text string, v any) bool {
	b, ok := segment(text)
	return ok && utf8.Valid(b) && json.Unmarshal(b, v) == nil
}

// public returns the key and its thumbprint. Coordinates may lack leading
// zeros; the thumbprint is of the full ones, so that a key has one.
func (k *proofKey) public() (*ecdsa.PublicKey, string, bool) {
	x, okX := coordinate(k.X)
	y, okY := coordinate(k.Y)
	if k.Type != "EC" || k.Curve != "P-256" || k.Private != nil || !okX || !okY {
		return nil, "", false
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	if err != nil {
		return nil, "", false
	}
	enc := base64.RawURLEncoding.EncodeToString
	return key, digestOf(`{"crv":"P-256","kty":"EC","x":"` + enc(x) + `","y":"` + enc(y) + `"}`), true
}

const coordinateSize = 32

func coordinate(text string) ([]byte, bool) {
	b, ok := segment(text)
	if !ok || len(b) == 0 || len(b) > coordinateSize {
		return nil, false
	}
	return append(make([]byte, coordinateSize-len(b)), b...), true
}

// verifyES256 verifies a signature in JWS's form: R and S, side by side.
func verifyES256(key *ecdsa.PublicKey, text string, signature []byte) bool {
	if len(signature) != 2*coordinateSize {
		return false
	}
	digest := sha256.Sum256([]byte(text))
	r, s := new(big.Int).SetBytes(signature[:coordinateSize]), new(big.Int).SetBytes(signature[coordinateSize:])
	return ecdsa.Verify(key, digest[:], r, s)
}

func fresh(issued float64, now time.Time) bool {
	at := float64(now.Unix())
	return issued >= at-proofSkew.Seconds() && issued <= at+proofSkew.Seconds()
}

// sameURL compares without query, fragment, and the ports that are no other
// than none (RFC 9449, 4.3; RFC 3986, 6.2.2 and 6.2.3).
func sameURL(claimed, want string) bool {
	a, errA := url.Parse(claimed)
	b, errB := url.Parse(want)
	return errA == nil && errB == nil && a.User == nil && originOf(a) == originOf(b) && a.EscapedPath() == b.EscapedPath()
}

func originOf(u *url.URL) string {
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme + "://" + host + ":" + port
}

// spend takes the proof, once, and reports false when it came before. An
// account's proofs stand by the key, whose holder alone can make them.
func (p *keyProof) spend(tx *state.Tx, account string) bool {
	return tx.Spend(&state.Spent{
		Account: account, Digest: state.Digest("dpop", p.key, p.id), Until: tx.Now().Add(2 * proofSkew).Add(time.Second),
	})
}
