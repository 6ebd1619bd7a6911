package signin

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/state"
)

// tokenPurpose keeps sign-in tokens apart from what else is sealed.
const tokenPurpose session.Purpose = "sign-in token"

// tokenLasts is how long a sign-in token can be used.
const tokenLasts = 15 * time.Minute

// signInToken is what a sealed sign-in token says.
type signInToken struct {
	ID      string    `json:"i"`           // what is spent
	Session string    `json:"s"`           // session token of whoever it signs in
	Lasts   int       `json:"d,omitempty"` // SessionDuration, in seconds
	Ends    time.Time `json:"e"`
}

// brokered are the credentials that getSigninToken takes as Session, and what
// they open.
type brokered struct {
	ID    string `json:"sessionId"`
	Key   string `json:"sessionKey"`
	Token string `json:"sessionToken"`

	held   *authz.Session
	caller *authz.Caller
}

// getSigninToken answers with a sign-in token for temporary credentials.
func (s *Service) getSigninToken(v *visit) {
	b, ok := s.brokeredSession(v)
	if !ok {
		v.say(http.StatusBadRequest, "Invalid credentials parameter: Session has to be valid temporary credentials, as JSON with sessionId, sessionKey and sessionToken.")
		return
	}
	var token string
	fail := s.Pipeline.Perform(v.r, b.caller, &api.Act{
		Name: "GetSigninToken", Type: api.ConsoleSignIn,
		Do: func(_ context.Context, c *api.Call) (err error) {
			c.Describe(nil, signinTokenElements(b.held))
			c.Add(object(factorUsed(b.held)))
			token, err = s.sealSigninToken(v, c.Snapshot, b)
			return err
		},
	})
	if fail != nil {
		v.say(fail.Status, fail.Message)
		return
	}
	v.w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(v.w).Encode(struct{ SigninToken string }{token}) // an error means that the client is gone
}

// signinTokenElements are the responseElements of GetSigninToken's event. The
// access key leads to the events of whoever asked for the credentials.
func signinTokenElements(held *authz.Session) []byte {
	return []byte(`{"credentials":` + string(object(map[string]string{"accessKeyId": held.AccessKeyID})) + `,"GetSigninToken":"Success"}`)
}

// factorUsed is what the events of signing in tell beside.
func factorUsed(held *authz.Session) map[string]string {
	used := map[string]string{"MobileVersion": "No", "MFAUsed": "No"}
	if !held.MFA.IsZero() {
		used["MFAUsed"] = "Yes"
	}
	return used
}

// brokeredSession opens the credentials that the request has, if they are
// whole and have not ended.
func (s *Service) brokeredSession(v *visit) (*brokered, bool) {
	text, ok := v.one("Session")
	if !ok {
		return nil, false
	}
	b := &brokered{}
	if err := json.Unmarshal([]byte(text), b); err != nil {
		return nil, false
	}
	if b.held, b.caller, ok = s.open(v, b.Token); !ok {
		return nil, false
	}
	same := subtle.ConstantTimeCompare([]byte(b.ID), []byte(b.held.AccessKeyID)) &
		subtle.ConstantTimeCompare([]byte(b.Key), []byte(b.held.Secret))
	return b, same == 1
}

func (s *Service) sealSigninToken(v *visit, snap *state.Snapshot, b *brokered) (string, error) {
	seconds, fail := consoleDuration(v, b.held)
	if fail != nil {
		return "", fail
	}
	id, err := awsid.NewUUID(s.Rand)
	if err != nil {
		return "", err
	}
	own := *b.held.Session
	own.SignIn = id // as long as the sign-in's will be
	if _, _, err := s.Sessions.Seal(snap, &own); errors.Is(err, session.ErrTooLarge) {
		return "", badSession("their session policies and tags are so large that nothing else has room.")
	}
	return s.Sessions.SealFor(snap, tokenPurpose, &signInToken{
		ID: id, Session: b.Token, Lasts: seconds, Ends: v.now.UTC().Add(tokenLasts),
	})
}

// consoleDuration is the SessionDuration asked for, zero for none, if the
// credentials are of a kind that signs in and may ask for one.
func consoleDuration(v *visit, held *authz.Session) (int, *shape.Error) {
	text, ok := v.one("SessionDuration")
	switch {
	case held.SignIn != "":
		return 0, badSession("they belong to a sign-in, and would begin another that outlives it. Open /signin in the browser.")
	case !signsIn(held):
		return 0, badSession("only credentials of AssumeRole, AssumeRoleWithSAML, AssumeRoleWithWebIdentity or GetFederationToken sign in.")
	case !ok:
		return 0, badSession("SessionDuration is given twice.")
	case text == "":
		return 0, nil
	case held.Kind == session.FederatedUser:
		return 0, badSession("SessionDuration cannot be used with credentials of GetFederationToken.")
	case held.Chained:
		return 0, badSession("SessionDuration cannot be used with credentials that a role's session got by AssumeRole.")
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 900 || seconds > 43200 {
		return 0, badSession("SessionDuration has to be a number from 900 to 43200.")
	}
	return seconds, nil
}

// signsIn reports whether a session may sign in: on AWS those of AssumeRole, in
// its three forms, and of GetFederationToken. Those of aws login do not, which
// are to end with the sign-in that let the client in.
func signsIn(held *authz.Session) bool {
	return held.SignIn == "" && (held.Kind == session.AssumedRole || held.Kind == session.FederatedUser)
}

// badSession begins as AWS's answer to all of these.
func badSession(why string) *shape.Error {
	return &shape.Error{Code: "InvalidParameterValue", Status: http.StatusBadRequest, Message: "Invalid credentials parameter: " + why}
}
