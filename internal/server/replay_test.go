package server_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/federation/federationtest"
	"github.com/writ-iam/writ/internal/mfa"
	"github.com/writ-iam/writ/internal/server"
)

// form is a call's form: names and values by turns.
func form(version, action string, params ...string) string {
	v := url.Values{"Version": {version}, "Action": {action}}
	for i := 0; i < len(params); i += 2 {
		v.Set(params[i], params[i+1])
	}
	return v.Encode()
}

// TestReplayAfterRestart: what was taken once stays taken when the server ends
// and begins again on its folder: SAML assertions, the codes of MFA devices,
// and with them the count of wrong ones.
func TestReplayAfterRestart(t *testing.T) {
	const step = 30 * time.Second
	now := time.Now().Truncate(step).Add(2 * time.Second)
	cfg := server.Config{Data: t.TempDir(), Now: func() time.Time { return now }}
	r := start(t, cfg)
	account := r.Root().Account
	idp := federationtest.NewProvider(t, "https://idp.example.com/")
	provider, role := "arn:aws:iam::"+account+":saml-provider/Corp", "arn:aws:iam::"+account+":role/r"
	must(t, r, root(r), "iam", form("2010-05-08", "CreateSAMLProvider", "Name", "Corp", "SAMLMetadataDocument", idp.Metadata()), "", "")
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"` + provider + `"},"Action":"sts:AssumeRoleWithSAML"}}`
	must(t, r, root(r), "iam", form("2010-05-08", "CreateRole", "RoleName", "r", "AssumeRolePolicyDocument", trust), "", "")
	login := federationtest.NewLogin("_once", now)
	login.Attributes = map[string][]string{
		"https://aws.amazon.com/SAML/Attributes/Role":            {role + "," + provider},
		"https://aws.amazon.com/SAML/Attributes/RoleSessionName": {"alice"},
	}
	saml := form("2011-06-15", "AssumeRoleWithSAML", "RoleArn", role, "PrincipalArn", provider, "SAMLAssertion", idp.Post(t, login))
	if body := unsigned(t, r, saml); !strings.Contains(body, "<SessionToken>") {
		t.Fatal(body)
	}

	ann := user(t, r, "ann")
	made := must(t, r, root(r), "iam", form("2010-05-08", "CreateVirtualMFADevice", "VirtualMFADeviceName", "ann"), "<Base32StringSeed>", "</Base32StringSeed>")
	seed, err := base64.StdEncoding.DecodeString(made)
	if err != nil {
		t.Fatal(err)
	}
	code := func(steps time.Duration) string {
		c, err := mfa.Code(string(seed), now.Add(steps*step))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	serial := "arn:aws:iam::" + account + ":mfa/ann"
	must(t, r, root(r), "iam", form("2010-05-08", "EnableMFADevice", "UserName", "ann", "SerialNumber", serial, "AuthenticationCode1", code(-1), "AuthenticationCode2", code(0)), "", "")
	session := func(code string) string {
		return form("2011-06-15", "GetSessionToken", "SerialNumber", serial, "TokenCode", code)
	}
	used := session(code(1))
	must(t, r, ann, "sts", used, "", "")
	wrong := func(form string) {
		t.Helper()
		c := dial(t, r.URL())
		defer c.conn.Close()
		body, err := c.send(call(t, r.URL(), ann, "sts", form))
		if err == nil || !strings.Contains(err.Error(), "MultiFactorAuthentication failed with invalid MFA one time pass code.") {
			t.Errorf("%v %s", err, body)
		}
	}
	for range 5 { // a used code is a wrong one
		r.end(t)
		r = start(t, cfg)
		if body := unsigned(t, r, saml); !strings.Contains(body, "The assertion has been used before.") {
			t.Errorf("the assertion counts again: %s", body)
		}
		wrong(used)
	}
	now = now.Add(step - time.Second)
	r.end(t)
	r = start(t, cfg)
	defer func() { r.end(t) }()
	wrong(session(code(1))) // the right one, while none is looked at
	now = now.Add(time.Second)
	must(t, r, ann, "sts", session(code(1)), "", "")
}

// unsigned sends a form that nobody has signed, and returns the answer.
func unsigned(t *testing.T, r *running, form string) string {
	t.Helper()
	resp, err := http.Post(r.URL()+"/", "application/x-www-form-urlencoded", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
