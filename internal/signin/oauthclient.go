package signin

import (
	"regexp"
	"strconv"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/authz"
)

// oauthClient is one of the OAuth clients that exist: the AWS CLI and whatever
// else asks as it does. It is public: nothing but the browser's user says that
// it may come in.
type oauthClient struct {
	id   string
	name string // as the resource that policies permit
	// remote says that the client runs elsewhere than the browser: the user
	// carries the code over.
	remote bool
}

// The clients that there are. See AuthorizeOAuth2Access in the AWS Sign-In API
// Reference.
var (
	sameDevice  = &oauthClient{id: "arn:aws:signin:::devtools/same-device", name: "localhost"}
	crossDevice = &oauthClient{id: "arn:aws:signin:::devtools/cross-device", name: "remote", remote: true}

	oauthClients = map[string]*oauthClient{sameDevice.id: sameDevice, crossDevice.id: crossDevice}
)

// callback is where a program on the browser's computer waits for the code: the
// address and never a name, which could be another host's (RFC 8252, 8.3).
var callback = regexp.MustCompile(`^http://127\.0\.0\.1:([1-9][0-9]{0,4})/oauth/callback$`)

// callbackOrigin returns the origin of a client's callback.
func callbackOrigin(uri string) (string, bool) {
	m := callback.FindStringSubmatch(uri)
	if m == nil {
		return "", false
	}
	if _, err := strconv.ParseUint(m[1], 10, 16); err != nil {
		return "", false
	}
	return "http://127.0.0.1:" + m[1], true
}

// takes reports whether a code for the client may go to uri.
func (o *oauthClient) takes(uri, endpoint string) bool {
	if o.remote {
		return uri == endpoint+confirmationPath
	}
	_, ok := callbackOrigin(uri)
	return ok
}

// check is what the caller does in letting the client in. See "Actions,
// resources, and condition keys for AWS Signin" in the Service Authorization
// Reference.
func (o *oauthClient) check(action string, caller *authz.Caller, keys api.Keys) []api.Check {
	keys["signin:OAuthClientId"] = []string{o.id}
	return []api.Check{{Action: "signin:" + action, Resource: arn.PublicClient(caller.Account, o.name), Context: keys}}
}
