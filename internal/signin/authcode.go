package signin

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"regexp"
	"time"

	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
)

const (
	// codeLife is the longest that RFC 6749, 4.1.2, recommends: a person may
	// have to carry a code over.
	codeLife = 10 * time.Minute
	// maxCode is the longest code that clients take.
	maxCode = 512

	codePurpose session.Purpose = "authorization code"
)

// authorizationCode is what an authorization code holds, sealed: nothing is
// stored until it is redeemed. It is bound to who was shown on the page, to the
// client, to where it went and to the client's proof key.
type authorizationCode struct {
	Refresh   string `json:"t"` // the refresh token that it becomes
	SignIn    string `json:"s"` // digest of the browser's sign-in
	Acting    string `json:"a"` // access key id of the session that the browser acted with
	Client    string `json:"k"` // name
	Redirect  string `json:"r"` // digest
	Challenge string `json:"c"`
	Expires   int64  `json:"e"`
}

func (s *Service) newCode(v *visit, a *authorization) (string, error) {
	refresh, err := s.newSecret()
	if err != nil {
		return "", err
	}
	code, err := s.Sessions.SealFor(v.snap, codePurpose, &authorizationCode{
		Refresh: refresh, SignIn: v.signIn.Digest, Acting: v.acting.AccessKeyID,
		Client: a.client.name, Redirect: digestOf(a.redirect), Challenge: a.challenge, Expires: v.now.Add(codeLife).Unix(),
	})
	if err == nil && len(code) > maxCode {
		err = fmt.Errorf("an authorization code of %d characters", len(code))
	}
	return code, err
}

// openCode opens a code that has not expired. It may have been redeemed.
func (s *Service) openCode(v *visit, text string) (*authorizationCode, bool) {
	code := new(authorizationCode)
	if len(text) > maxCode || s.Sessions.OpenFor(v.snap, codePurpose, text, code) != nil {
		return nil, false
	}
	return code, v.now.Unix() < code.Expires
}

// isFor reports whether the client that redeems the code is the one that it was
// made for.
func (code *authorizationCode) isFor(client *oauthClient, redirect, verifier string) bool {
	return code.Client == client.name && code.Redirect == digestOf(redirect) && verifies(verifier, code.Challenge)
}

// digestOf is a digest shorter than state.Digest's: a code has little room.
func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// codeVerifier is the form of one (RFC 7636, 4.1).
var codeVerifier = regexp.MustCompile(`^[A-Za-z0-9\-._~]{43,128}$`)

func verifies(verifier, challenge string) bool {
	return codeVerifier.MatchString(verifier) && subtle.ConstantTimeCompare([]byte(digestOf(verifier)), []byte(challenge)) == 1
}

// becomes is the digest of the client's sign-in that the code becomes.
func (code *authorizationCode) becomes() string { return refreshDigest(code.Refresh) }

// refreshDigest is what the state has of a refresh token.
func refreshDigest(token string) string { return state.Digest("refresh", token) }
