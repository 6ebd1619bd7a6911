package signin

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/writ-iam/writ/internal/api"
)

const authorizePath = "/v1/authorize"

// Limits on what a client sends with its user. States of the AWS CLI are UUIDs.
const (
	maxState       = 512
	maxRedirectURI = 2048
)

// The only values that AWS's clients send, and that mean anything here.
const (
	challengeMethod = "SHA-256"
	openID          = "openid"
)

// authorization is what a client sends its user to the authorization page with:
// an authorization request of OAuth 2.0 (RFC 6749, 4.1.1) with proof key (RFC
// 7636, in AWS's spelling of its method).
type authorization struct {
	client    *oauthClient
	redirect  string
	state     string
	challenge string
}

// authorizationParameters are those of a request, in the order in which a
// client writes them.
var authorizationParameters = []string{
	"response_type", "client_id", "state", "code_challenge_method", "scope", "redirect_uri", "code_challenge",
}

// authorizationOf reads the request. What is wrong with it is for the person to
// read, never for the redirect URI: that may be anybody's.
func (s *Service) authorizationOf(v *visit) (*authorization, string) {
	values := make(map[string]string)
	for _, name := range authorizationParameters {
		value, ok := v.one(name)
		if !ok {
			return nil, "The parameter " + name + " is given twice."
		}
		values[name] = value
	}
	a := &authorization{
		client: oauthClients[values["client_id"]], redirect: values["redirect_uri"],
		state: values["state"], challenge: values["code_challenge"],
	}
	switch {
	case a.client == nil:
		return nil, "The program that sent you here is not known: its client_id is neither of those of aws login."
	case len(a.redirect) > maxRedirectURI || !a.client.takes(a.redirect, s.Pipeline.Endpoint(v.r)):
		return nil, "The program that sent you here wants the answer at an address (redirect_uri) that is not permitted."
	case values["response_type"] != "code":
		return nil, "The parameter response_type must be code."
	case values["scope"] != openID:
		return nil, "The parameter scope must be " + openID + "."
	case values["code_challenge_method"] != challengeMethod:
		return nil, "The parameter code_challenge_method must be " + challengeMethod + "."
	case !isChallenge(a.challenge):
		return nil, "The parameter code_challenge must be a SHA-256 hash in base64url, without padding."
	case !isState(a.state):
		return nil, "The parameter state must have 1 to 512 printable characters of ASCII."
	}
	return a, ""
}

func isChallenge(text string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(b) == 32 && !strings.ContainsAny(text, "\r\n")
}

func isState(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return text != "" && len(text) <= maxState
}

// query returns the request as it came.
func (a *authorization) query() url.Values {
	return url.Values{
		"response_type": {"code"}, "client_id": {a.client.id}, "state": {a.state}, "code_challenge_method": {challengeMethod},
		"scope": {openID}, "redirect_uri": {a.redirect}, "code_challenge": {a.challenge},
	}
}

// authorizePage asks who is signed in whether to let the client in.
func (s *Service) authorizePage(v *visit) {
	a, wrong := s.authorizationOf(v)
	if wrong != "" {
		v.fail(http.StatusBadRequest, wrong)
		return
	}
	if v.signIn == nil {
		v.redirect(toSignIn(authorizePath + "?" + a.query().Encode()))
		return
	}
	s.askToAuthorize(v, a, "")
}

func (s *Service) askToAuthorize(v *visit, a *authorization, note string) {
	if origin, ok := callbackOrigin(a.redirect); ok {
		v.toForms(origin)
	}
	type field struct{ Name, Value string }
	data := struct {
		Acting identity
		As     string
		Remote bool
		Fields []field
	}{Acting: identityOf(v.snap, v.caller), As: v.caller.ARN, Remote: a.client.remote}
	query := a.query()
	for _, name := range authorizationParameters {
		data.Fields = append(data.Fields, field{name, query.Get(name)})
	}
	title := "Let a program on this computer in?"
	if a.client.remote {
		title = "Let a program on another computer in?"
	}
	v.show(http.StatusOK, "authorize.html", view{Title: title, Error: note, Data: data})
}

// authorize takes the answer: the client gets a code, or hears that it was
// refused.
func (s *Service) authorize(v *visit) {
	a, wrong := s.authorizationOf(v)
	if wrong != "" {
		v.fail(http.StatusBadRequest, wrong)
		return
	}
	switch {
	case v.signIn == nil:
		v.redirect(toSignIn(authorizePath + "?" + a.query().Encode()))
	case v.get("as") != v.caller.ARN:
		s.askToAuthorize(v, a, "You are signed in as somebody else than when this page was shown. Look again who lets the program in.")
	case v.get("answer") != "yes":
		v.leave(a, url.Values{"error": {"access_denied"}, "state": {a.state}})
	default:
		s.letIn(v, a)
	}
}

func (s *Service) letIn(v *visit, a *authorization) {
	var code string
	fail := s.Pipeline.Perform(v.r, v.caller, &api.Act{
		Name: "AuthorizeOAuth2Access", ReadOnly: true,
		Checks: a.client.check("AuthorizeOAuth2Access", v.caller, api.Keys{"signin:OAuthRedirectUri": {a.redirect}}),
		Asked: object(map[string]string{
			"client_id": a.client.id, "redirect_uri": a.redirect, "scope": openID, "code_challenge_method": challengeMethod,
		}),
		Do: func(_ context.Context, c *api.Call) (err error) {
			c.Add(object(map[string]string{"success": "true"}))
			code, err = s.newCode(v, a)
			return err
		},
	})
	if fail != nil {
		if fail.Code == "AccessDenied" {
			fail.Message += ". Ask whoever manages the account: the AWS managed policy SignInLocalDevelopmentAccess permits it."
		}
		v.refuse(fail)
		return
	}
	v.leave(a, url.Values{"code": {code}, "state": {a.state}})
}

// leave sends the browser back to the client, by GET.
func (v *visit) leave(a *authorization, answer url.Values) {
	v.redirect(a.redirect + "?" + answer.Encode())
}
