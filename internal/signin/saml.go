package signin

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/sts"
	"github.com/writ-iam/writ/internal/stsapi"
)

const (
	samlPath      = "/saml"
	samlLoginPath = "/saml/login"
	samlACS       = "/saml/acs/" // with the id of a provider behind it

	// maxAssertion is the length of a response as STS's model has it.
	maxAssertion = 100_000
)

const (
	noResponse  = "Your request did not include a SAML response. Sign in at your identity provider: it sends you here with one."
	badResponse = "Your request included an invalid SAML response." + samlAgain
	samlAgain   = " Sign in at your identity provider again; if it goes on, tell whoever runs it."
)

// samlForm is what an identity provider has a browser post, or samlRoles with a
// role chosen.
type samlForm struct {
	provider   string // id in the address, "" for none
	response   string
	relayState string
	role       string // ARN, "" for none
}

// samlForm reads the form; when it cannot, it answers and reports false.
func (v *visit) samlForm() (f samlForm, ok bool) {
	provider, own := strings.CutPrefix(v.r.URL.Path, samlACS)
	if own {
		f.provider = provider
	}
	for name, field := range map[string]*string{"SAMLResponse": &f.response, "RelayState": &f.relayState, "roleIndex": &f.role} {
		if *field, ok = v.one(name); !ok {
			v.fail(http.StatusBadRequest, "A field of the form is given twice.")
			return f, false
		}
	}
	switch {
	case !opened(v.r):
		v.fail(http.StatusForbidden, "A SAML response signs in when it is posted as a page of its own.")
	case f.response == "":
		v.fail(http.StatusBadRequest, noResponse)
	case len(f.response) > maxAssertion, own && provider == "":
		v.fail(http.StatusBadRequest, badResponse)
	default:
		return f, true
	}
	return f, false
}

// samlPage takes a SAML response. See "Enabling SAML 2.0 federated principals to
// access the AWS Management Console" in the IAM User Guide.
//
// The role is assumed by AssumeRoleWithSAML, which takes the assertion once.
// Nothing of a response is shown or used that is not verified. What the browser
// then holds is not yet its sign-in: see samlContinuePage.
func (s *Service) samlPage(v *visit) {
	form, ok := v.samlForm()
	if !ok {
		return
	}
	read, by, err := s.STS.ReadSAML(v.snap, v.now, form.response, form.provider)
	if err != nil {
		s.disbelieve(v, samlPath, by, sts.ReasonOf(err))
		s.refuseSAML(v, err)
		return
	}
	to, ok := s.afterSAML(v, read, form.relayState)
	if !ok {
		s.disbelieve(v, samlPath, read.Roles[0].Provider, "the response answers a request of another browser, or of nobody here")
		v.fail(http.StatusForbidden, "This answer of an identity provider belongs to no sign-in that was begun in this browser in the last minutes. Begin again.")
		return
	}
	role, ok := chosenRole(read.Roles, form.role)
	if !ok {
		s.samlRoles(v, read.Roles, &form)
		return
	}
	s.enterBySAML(v, role, read.Duration, form.response, to)
}

// disbelieve logs why a provider was not believed, or not asked.
func (s *Service) disbelieve(v *visit, at, provider, reason string) {
	s.STS.Disbelieve(v.now, sts.Disbelief{Request: v.w.Header().Get("X-Amzn-Requestid"), At: at, Provider: provider, Reason: reason})
}

// afterSAML returns where a sign-in leads. It reports false when the response
// answers a request that was not made for this browser: then it was obtained by
// somebody else, and brought here.
func (s *Service) afterSAML(v *visit, read *sts.SAMLResponse, relayState string) (destination string, ok bool) {
	if read.Foreign {
		return "", false
	}
	if read.Request != nil {
		asked := s.samlRequest(v)
		return s.leadsTo(v, asked.destination), asked.browser() == read.Request.Browser
	}
	return s.leadsTo(v, relayState), true
}

// refuseSAML answers with what STS says of a response, which nobody is known to
// have sent.
func (s *Service) refuseSAML(v *visit, err error) {
	var known *shape.Error
	if !errors.As(err, &known) {
		s.broken(v, err)
		return
	}
	next := samlAgain
	if known.Code == "AccessDenied" {
		next = " Ask who runs the account whether the role is there and trusts your identity provider."
	}
	v.fail(known.Status, fmt.Sprintf("%s (%s).%s", strings.TrimSuffix(known.Message, "."), known.Code, next))
}

// chosenRole returns the role that is to be assumed: the chosen one of those
// that the response has, or the only one.
func chosenRole(roles []sts.SAMLRole, chosen string) (sts.SAMLRole, bool) {
	if chosen == "" {
		return roles[0], len(roles) == 1
	}
	for _, r := range roles {
		if r.Role == chosen {
			return r, true
		}
	}
	return sts.SAMLRole{}, false
}

// enterBySAML assumes the role, and gives the browser what it goes on with.
func (s *Service) enterBySAML(v *visit, role sts.SAMLRole, duration time.Duration, response, destination string) {
	out, fail := s.Pipeline.Invoke(v.r, nil, "sts", "AssumeRoleWithSAML", &stsapi.AssumeRoleWithSAMLInput{
		RoleArn: role.Role, PrincipalArn: role.Provider, SAMLAssertion: response, DurationSeconds: s.samlDuration(v, role, duration),
	})
	if fail != nil {
		s.refuseSAML(v, fail)
		return
	}
	now := *v
	now.snap = s.DB.Snapshot()
	session, caller, ok := s.open(&now, out.(*stsapi.AssumeRoleWithSAMLOutput).Credentials.SessionToken)
	if !ok {
		s.broken(v, errors.New("the session of a role ended as it was made"))
		return
	}
	path, _, _ := strings.Cut(destination, "?")
	fail = s.begin(v, &beginning{
		caller: caller, session: session.Session, cookie: samlCookie, additional: map[string]string{
			"LoginTo": s.Pipeline.Endpoint(v.r) + path, "MobileVersion": "No", "MFAUsed": "No", "SamlProviderArn": role.Provider,
		},
	})
	if fail != nil {
		v.refuse(fail)
		return
	}
	v.redirect(samlContinuePath + "?" + url.Values{"destination": {destination}}.Encode())
}

// samlDuration is how long the sign-in is to last: what the assertion says, as
// far as the role permits. Nil leaves it at STS's hour.
func (s *Service) samlDuration(v *visit, role sts.SAMLRole, asserted time.Duration) *int32 {
	if asserted == 0 {
		return nil
	}
	if r, ok := authz.RoleByARN(v.snap, role.Role); ok {
		asserted = min(asserted, r.MaxSession)
	}
	return new(int32(asserted / time.Second))
}
