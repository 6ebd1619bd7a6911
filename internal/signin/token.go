package signin

import (
	"io"
	"mime"
	"net/http"
	"net/netip"
	"strconv"

	"github.com/go-jose/go-jose/v4/json"

	"github.com/writ-iam/writ/internal/shape"
)

const (
	tokenPath = "/v1/token"
	// maxTokenInput is more than all members have room for.
	maxTokenInput   = 16 << 10
	maxRefreshToken = 2048

	byCode    = "authorization_code"
	byRefresh = "refresh_token"

	// tokenType says that the access token signs requests. The public model has
	// another word for it than what AWS sends.
	tokenType = "urn:aws:params:oauth:token-type:access_token_sigv4"
)

// tokenInput is CreateOAuth2Token's, in JSON as AWS's clients send it. As a form
// it has OAuth's names (RFC 6749, 4.1.3).
type tokenInput struct {
	ClientID     string `json:"clientId"`
	GrantType    string `json:"grantType"`
	Code         string `json:"code"`
	RedirectURI  string `json:"redirectUri"`
	CodeVerifier string `json:"codeVerifier"`
	RefreshToken string `json:"refreshToken"`
}

// tokenOutput is CreateOAuth2Token's.
type tokenOutput struct {
	AccessToken struct {
		AccessKeyID     string `json:"accessKeyId"`
		SecretAccessKey string `json:"secretAccessKey"`
		SessionToken    string `json:"sessionToken"`
	} `json:"accessToken"`
	TokenType    string `json:"tokenType"`
	ExpiresIn    int    `json:"expiresIn"`
	RefreshToken string `json:"refreshToken"`
	IDToken      string `json:"idToken,omitempty"`
}

// formOutput is the same for whoever sent a form.
type formOutput struct {
	AccessToken struct {
		AccessKeyID     string `json:"access_key_id"`
		SecretAccessKey string `json:"secret_access_key"`
		SessionToken    string `json:"session_token"`
	} `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token,omitempty"`
}

// CreateOAuth2Token's errors: the exception as Code, and as Detail the OAuth
// error, which clients look at. Texts that AWS is known to use are AWS's.
func oauthError(status int, exception, word, text string) *shape.Error {
	return &shape.Error{Code: exception, Status: status, Message: text, Detail: []shape.Detail{{Name: "error", Value: word}}}
}

func invalidRequest(text string) *shape.Error {
	return oauthError(http.StatusBadRequest, "ValidationException", "INVALID_REQUEST", text)
}

var (
	invalidGrant       = invalidRequest("The provided authorization grant is invalid, expired, revoked, or malformed")
	codeExpired        = oauthError(http.StatusUnauthorized, "AccessDeniedException", "AUTHCODE_EXPIRED", "The authorization code has expired.")
	tokenExpired       = oauthError(http.StatusUnauthorized, "AccessDeniedException", "TOKEN_EXPIRED", "The refresh token has expired.")
	credentialsChanged = oauthError(http.StatusForbidden, "AccessDeniedException", "USER_CREDENTIALS_CHANGED", "The user's credentials have changed.")
	tooManyRequests    = oauthError(http.StatusTooManyRequests, "TooManyRequestsError", "INVALID_REQUEST", "Too many requests failed. Wait a minute.")
)

// tokenPage answers CreateOAuth2Token. The client shows by a code or a refresh
// token that somebody let it in, and by a DPoP proof that it is that client.
func (s *Service) tokenPage(v *visit) {
	source := s.Pipeline.SourceIP(v.r)
	out, form, fail := s.createToken(v, source)
	if fail != nil {
		if fail.Status < http.StatusInternalServerError {
			s.failures.add(source, v.now)
		}
		v.sendError(fail)
		return
	}
	if form {
		v.sendJSON(http.StatusOK, (*formOutput)(out))
		return
	}
	v.sendJSON(http.StatusOK, out)
}

func (s *Service) createToken(v *visit, source netip.Addr) (out *tokenOutput, form bool, fail *shape.Error) {
	in, form, fail := v.tokenInput()
	s.arrived(v)
	if !s.holdsToken(v, in) && s.failures.tooMany(source, v.now) {
		return nil, form, tooManyRequests
	}
	if fail != nil {
		return nil, form, fail
	}
	client := oauthClients[in.ClientID]
	if client == nil {
		return nil, form, invalidRequest("The client id is not known.")
	}
	proof, fail := proofOf(v.r, s.Pipeline.Endpoint(v.r)+tokenPath, s.Pipeline.SignatureNow())
	if fail != nil {
		return nil, form, fail
	}
	if in.GrantType == byCode {
		out, fail = s.redeem(v, client, in, proof)
	} else {
		out, fail = s.refresh(v, client, in, proof)
	}
	return out, form, fail
}

// holdsToken reports whether a refresh token is one that was given out. Its
// holder does not guess, and need not wait for those who do.
func (s *Service) holdsToken(v *visit, in *tokenInput) bool {
	_, ok := v.snap.SignIn(refreshDigest(in.RefreshToken))
	return in.GrantType == byRefresh && ok
}

// tokenInput reads the input, and whether it is a form, and checks the members
// that its grant needs.
func (v *visit) tokenInput() (in *tokenInput, form bool, fail *shape.Error) {
	in = new(tokenInput)
	kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/x-www-form-urlencoded":
		form = true
		fail = v.tokenForm(in)
	case err == nil && kind == "application/json":
		b, err := io.ReadAll(io.LimitReader(v.r.Body, maxTokenInput+1))
		if err != nil || len(b) > maxTokenInput || json.Unmarshal(b, in) != nil {
			fail = invalidRequest("The body is not an input in JSON.")
		}
	default:
		fail = invalidRequest("The body must be application/json or application/x-www-form-urlencoded.")
	}
	if fail == nil {
		fail = in.check()
	}
	return in, form, fail
}

func (v *visit) tokenForm(in *tokenInput) *shape.Error {
	for name, member := range map[string]*string{
		"client_id": &in.ClientID, "grant_type": &in.GrantType, "code": &in.Code, "redirect_uri": &in.RedirectURI,
		"code_verifier": &in.CodeVerifier, "refresh_token": &in.RefreshToken,
	} {
		value, ok := v.one(name)
		if !ok {
			return invalidRequest("A parameter is given twice.")
		}
		*member = value
	}
	return nil
}

// check checks what each grant needs, and that nothing of the other one is
// there.
func (in *tokenInput) check() *shape.Error {
	switch in.GrantType {
	case byCode:
		switch {
		case in.Code == "" || in.RedirectURI == "" || in.RefreshToken != "":
			return invalidRequest("This grant needs code, redirect URI and code verifier, and no refresh token.")
		case !codeVerifier.MatchString(in.CodeVerifier):
			return invalidRequest("The code verifier must have 43 to 128 characters of A-Z, a-z, 0-9, -, ., _ and ~.")
		}
	case byRefresh:
		if in.RefreshToken == "" || len(in.RefreshToken) > maxRefreshToken || in.Code != "" {
			return invalidRequest("This grant needs a refresh token, and no code.")
		}
	default:
		return invalidRequest("The grant type must be authorization_code or refresh_token.")
	}
	return nil
}

// sendError answers as restJson has errors.
func (v *visit) sendError(e *shape.Error) {
	v.w.Header().Set("X-Amzn-Errortype", e.Code)
	if e.Status == http.StatusTooManyRequests {
		v.w.Header().Set("Retry-After", strconv.Itoa(int(failurePause.Seconds())))
	}
	v.sendJSON(e.Status, map[string]string{"error": e.Detail[0].Value, "message": e.Message})
}

func (v *visit) sendJSON(status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		panic("signin: " + err.Error()) // strings and numbers only
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(status)
	v.w.Write(b) // an error means that the client is gone
}
