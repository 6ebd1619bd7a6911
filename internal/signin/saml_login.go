package signin

import (
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/sts"
)

const notAsked = "That SAML provider cannot be asked: in its metadata no SingleSignOnService with the binding HTTP-Redirect has a Location that begins with https://. " +
	"Sign in at your identity provider, which sends you here, or have whoever runs the account put other metadata in place with UpdateSAMLProvider."

// samlRequestCookie binds the requests to SAML providers to the browser.
const samlRequestCookie = "writ-saml-request"

// samlLoginPage sends the browser to a SAML provider, named by its ARN, with a
// request to sign in.
func (s *Service) samlLoginPage(v *visit) {
	provider, one := v.one("provider")
	destination, oneDestination := v.one("destination")
	if !one || !oneDestination {
		v.fail(http.StatusBadRequest, "A parameter of this address is given twice.")
		return
	}
	if provider == "" {
		v.fail(http.StatusBadRequest, "This address lacks the SAML provider at which to sign in: add ?provider= with its ARN, such as arn:aws:iam::123456789012:saml-provider/Name.")
		return
	}
	endpoint := s.Pipeline.Endpoint(v.r) + samlPath
	if !slices.Contains(s.STS.SAMLEndpoints, endpoint) {
		s.disbelieve(v, samlLoginPath, "", "the request came to a URL that is none of the SAML endpoints")
		v.fail(http.StatusNotFound, "No answer of an identity provider would be taken at this address. Whoever runs this installation permits that with --saml-endpoint "+endpoint+".")
		return
	}
	asked := s.samlRequest(v)
	asked.destination = s.leadsTo(v, destination)
	if asked.secret == "" {
		var err error
		if asked.secret, err = s.newSecret(); err != nil {
			s.broken(v, err)
			return
		}
	}
	to, err := s.STS.AskSAML(v.snap, v.now, provider, endpoint, asked.browser())
	switch {
	case errors.Is(err, sts.ErrNoProvider):
		s.disbelieve(v, samlLoginPath, "", err.Error())
		v.fail(http.StatusNotFound, "There is no SAML provider of that ARN. Sign in at your identity provider: it sends you here.")
		return
	case errors.Is(err, sts.ErrNotAsked):
		s.disbelieve(v, samlLoginPath, provider, err.Error())
		v.fail(http.StatusNotFound, notAsked)
		return
	case err != nil:
		s.broken(v, err)
		return
	}
	s.setSAMLRequest(v, asked)
	v.redirect(to)
}

// samlRequest is what a browser keeps of its requests: a secret of all, and
// where the last one leads.
type samlRequest struct{ secret, destination string }

// browser is what requests have of it: 128 bits.
func (r samlRequest) browser() string {
	if r.secret == "" {
		return ""
	}
	return state.Digest("SAML browser", r.secret)[:32]
}

func (s *Service) samlRequest(v *visit) samlRequest {
	secret, destination, _ := strings.Cut(s.cookie(v, samlRequestCookie), ".")
	path, err := base64.RawURLEncoding.DecodeString(destination)
	if err != nil || len(secret) != base64.RawURLEncoding.EncodedLen(32) {
		return samlRequest{}
	}
	return samlRequest{secret, string(path)}
}

// setSAMLRequest sets the cookie that comes back with the post of an answer,
// which is another site's form: that needs SameSite=None, which browsers take
// over HTTPS only. Over plain HTTP they apply their default: some do not send
// the cookie when it is older than two minutes, and then one has to begin again.
func (s *Service) setSAMLRequest(v *visit, r samlRequest) {
	c := &http.Cookie{
		Name: s.cookieName(v, samlRequestCookie), Path: "/", HttpOnly: true, MaxAge: int(samlRequestKept / time.Second),
		Value: r.secret + "." + base64.RawURLEncoding.EncodeToString([]byte(r.destination)),
	}
	if s.secure(v) {
		c.Secure, c.SameSite = true, http.SameSiteNoneMode
	}
	http.SetCookie(v.w, c)
}

// samlRequestKept is longer than requests last.
const samlRequestKept = 15 * time.Minute
