// Package session seals temporary credentials into session tokens and opens
// them again. A token holds all that is known of its session, so none is
// stored: any node with the keys opens it.
//
// Start at Seal and Open. The package does not look at the time, and does not
// know whether the principal still exists: an opened Session is one that this
// installation made, and no more. Expiry, principal and account are for the
// caller to check, on every use.
package session

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Kind is how a session came to be.
type Kind uint8

// The kinds of session. Do not reorder this list: tokens hold the numbers.
const (
	AssumedRole   Kind = iota + 1 // AssumeRole, with SAML and with web identity
	FederatedUser                 // GetFederationToken
	SessionToken                  // GetSessionToken
	RootTask                      // AssumeRoot
	DelegatedUser                 // GetDelegatedAccessToken, of a user or a root user
	DelegatedRole                 // GetDelegatedAccessToken, of a role
	SignedIn                      // sign-in with a password
)

// Session is what a session token holds. Secret is as good as the token itself
// and must not be logged.
type Session struct {
	Kind    Kind
	Account string

	// PrincipalID is the unique id of the role or user that the session acts
	// as, and the account id for its root user.
	PrincipalID string
	Name        string // role session name, or name of the federated user

	AccessKeyID string // ASIA…
	Secret      string // secret access key, random

	Issued, Expires time.Time // whole seconds
	MFA             time.Time // when a device was used; zero without one

	SourceIdentity    string
	Policy            string   // inline session policy, as it was given
	PolicyARNs        []string // managed session policies
	Tags              []Tag    // session tags
	TransitiveTagKeys []string
	Chained           bool // the caller of AssumeRole was itself an assumed role

	// Provider is the identity provider that vouched for the session: the ARN
	// or name that aws:FederatedProvider has. Context are further condition
	// keys that it gave the session, such as saml:sub.
	Provider string
	Context  []Tag

	// SignIn is the id of the sign-in that the session belongs to; "" for
	// credentials of the API.
	SignIn string

	// Delegate is the account that the session was delegated to.
	Delegate string
}

// Tag is a key with its value.
type Tag struct {
	_     struct{} `cbor:",toarray"`
	Key   string
	Value string
}

const (
	// MaxToken is the greatest length of a session token.
	MaxToken = 6 << 10

	purpose Purpose = "session"
)

var (
	// ErrInvalid reports a token that no key of the ring has sealed as a
	// session token. Why is not told apart.
	ErrInvalid = errors.New("session: the token is not valid")

	// ErrTooLarge is what every TooLargeError is.
	ErrTooLarge = errors.New("session: policies and tags are too large")
)

// TooLargeError reports policies and tags that do not fit into a token.
type TooLargeError struct{ Percent int }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%v: %d%% of the allotted space", ErrTooLarge, e.Percent)
}

// Is makes errors.Is(err, ErrTooLarge) true.
func (e *TooLargeError) Is(target error) bool { return target == ErrTooLarge }

// encoding has no characters that a URL's query would escape.
var encoding = base64.RawURLEncoding.Strict()

// Seal returns the session token of s, and how much of the space for session
// policies and session tags they take, in percent: STS's PackedPolicySize,
// zero without any. Of the space of a token, MaxToken, what the rest of the
// session needs is taken off first; the percentage is of what then remains,
// rounded up. It falls where a session becomes so long that it is deflated.
// Above 100 the error is a TooLargeError.
//
// Only rand makes two tokens of one session differ.
func Seal(keys *Keys, rand io.Reader, s *Session) (token string, percent int, err error) {
	plaintext, err := encode(s)
	if err != nil {
		return "", 0, err
	}
	length := tokenLength(len(plaintext))
	if s.packs() {
		if percent, err = packed(s, length); err != nil {
			return "", 0, err
		}
	}
	if length > MaxToken {
		return "", percent, &TooLargeError{Percent: percent}
	}
	sealed, err := keys.SealBytes(make([]byte, 0, headerSize+nonceSize+len(plaintext)+tagSize), rand, purpose, plaintext)
	if err != nil {
		return "", 0, err
	}
	return encoding.EncodeToString(sealed), percent, nil
}

// packs reports whether s has what PackedPolicySize counts.
func (s *Session) packs() bool {
	return s.Policy != "" || len(s.PolicyARNs) > 0 || len(s.Tags) > 0
}

// packed returns the percentage that makes a token of the given length.
func packed(s *Session, length int) (int, error) {
	bare := *s
	bare.Policy, bare.PolicyARNs, bare.Tags, bare.TransitiveTagKeys = "", nil, nil, nil
	plaintext, err := encode(&bare)
	if err != nil {
		return 0, err
	}
	base := tokenLength(len(plaintext))
	space := max(1, MaxToken-base)
	return max(1, (100*(length-base)+space-1)/space), nil
}

func tokenLength(plaintext int) int {
	return encoding.EncodedLen(headerSize + nonceSize + plaintext + tagSize)
}

// Open returns the session of a token that Seal made with one of the keys. All
// else is ErrInvalid. The time is not looked at: an expired session opens.
func Open(keys *Keys, token string) (*Session, error) {
	// The decoder skips line ends, which would give one token many spellings.
	if len(token) > MaxToken || strings.IndexByte(token, '\r') >= 0 || strings.IndexByte(token, '\n') >= 0 {
		return nil, ErrInvalid
	}
	sealed, err := encoding.DecodeString(token)
	if err != nil {
		return nil, ErrInvalid
	}
	plaintext, err := keys.OpenBytes(sealed, purpose)
	if err != nil {
		return nil, err
	}
	return decode(plaintext)
}
