package signin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// accessLife is how long a client's credentials last before it renews them.
const accessLife = 15 * time.Minute

// grant is an act of CreateOAuth2Token.
type grant struct {
	client *oauthClient
	kind   string
	caller *authz.Caller
	signIn *state.SignIn            // the client's
	take   func(tx *state.Tx) error // takes what is taken once
}

// grant performs it, and answers with credentials.
func (s *Service) grant(v *visit, g *grant, refreshToken string) (*tokenOutput, *shape.Error) {
	out := &tokenOutput{TokenType: tokenType, RefreshToken: refreshToken}
	n, err := s.setCredentials(v, g, out)
	if err != nil {
		return nil, s.tokenFailure(err)
	}
	if out.ExpiresIn < 1 {
		return nil, tokenExpired
	}
	keys := api.Keys{
		"signin:OAuthGrantType": {g.kind}, "signin:OAuthClientAuthentication": {"none"}, "signin:OAuthRedirectUri": {g.signIn.Redirect},
	}
	tell := func(c *api.Call, success string) {
		c.Add(object(map[string]string{
			"grant_type": g.kind, "signInSessionArn": arn.SignInSession(n.Account, n.SignIn), "success": success,
		}))
	}
	fail := s.Pipeline.Perform(v.r, g.caller, &api.Act{
		Name: "CreateOAuth2Token", ReadOnly: true, Checks: g.client.check("CreateOAuth2Token", g.caller, keys),
		Asked: object(map[string]string{"client_id": g.client.id}),
		Do: func(ctx context.Context, c *api.Call) (err error) {
			tell(c, "true") // with the commit
			if g.kind == byCode {
				if out.IDToken, err = s.idToken(ctx, c, v, g.client, n.Expires); err != nil {
					return err
				}
			}
			_, err = api.Update(ctx, c, func(tx *state.Tx) (*struct{}, error) { return nil, g.take(tx) })
			if err != nil {
				tell(c, "false")
			}
			return err
		},
	})
	if fail != nil {
		return nil, s.inOAuth(fail)
	}
	return out, nil
}

// setCredentials makes a session for the client: the one that its sign-in
// holds, with another key and a nearer end. It keeps the time of its issue, by
// which roles' sessions are revoked.
func (s *Service) setCredentials(v *visit, g *grant, out *tokenOutput) (*session.Session, error) {
	held, err := s.Sessions.Open(v.snap, g.signIn.Acting())
	if err != nil {
		return nil, err
	}
	n := *held.Session
	n.Expires = earlier(n.Expires, v.now.Add(accessLife).Truncate(time.Second))
	token, _, err := s.Sessions.Issue(v.snap, &n)
	if err != nil {
		return nil, fmt.Errorf("seal a session of %s: %w", n.PrincipalID, err)
	}
	out.AccessToken.AccessKeyID, out.AccessToken.SecretAccessKey, out.AccessToken.SessionToken = n.AccessKeyID, n.Secret, token
	out.ExpiresIn = int(n.Expires.Sub(v.now) / time.Second)
	return &n, nil
}

// idToken says whom the client acts as: AWS's clients take the account from the
// ARN in it.
func (s *Service) idToken(ctx context.Context, c *api.Call, v *visit, client *oauthClient, expires time.Time) (string, error) {
	claims, err := json.Marshal(struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
		Issued   int64  `json:"iat"`
	}{s.Pipeline.Endpoint(v.r), c.Caller.ARN, client.id, expires.Unix(), v.now.Unix()})
	if err != nil {
		return "", err
	}
	return s.STS.SignToken(ctx, c, claims)
}

// inOAuth puts the failure of an act into the words of CreateOAuth2Token.
func (s *Service) inOAuth(fail *shape.Error) *shape.Error {
	switch {
	case len(fail.Detail) > 0:
		return fail // one of these already
	case fail.Code == "AccessDenied":
		return oauthError(http.StatusForbidden, "AccessDeniedException", "INSUFFICIENT_PERMISSIONS", fail.Message)
	case fail.Status < http.StatusInternalServerError: // the session ended, or its principal is gone
		return tokenExpired
	}
	return s.tokenFailure(fail)
}

func (s *Service) tokenFailure(err error) *shape.Error {
	e := s.internal(err)
	return oauthError(e.Status, "InternalServerException", "server_error", e.Message)
}
