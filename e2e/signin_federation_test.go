package e2e

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// browser keeps cookies and follows redirects.
type browser struct {
	*http.Client
	server *server
}

func (s *server) browser(t *testing.T) *browser {
	t.Helper()
	jar := must(cookiejar.New(nil))(t)
	return &browser{&http.Client{Jar: jar, Transport: s.http.Transport}, s}
}

// get loads a path or a URL.
func (b *browser) get(t *testing.T, path string) (int, string) {
	t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.server.URL + path
	}
	return page(t)(b.Get(path))
}

func page(t *testing.T) func(*http.Response, error) (int, string) {
	return func(resp *http.Response, err error) (int, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode, string(must(io.ReadAll(resp.Body))(t))
	}
}

var hiddenField = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

// submit sends the form of a page.
func (b *browser) submit(t *testing.T, text, path string, fields url.Values) (int, string) {
	t.Helper()
	m := hiddenField.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("the page has no form: %s", text)
	}
	fields.Set("form_token", html.UnescapeString(m[1]))
	return page(t)(b.PostForm(b.server.URL+path, fields))
}

// cookies are those that the server has set.
func (b *browser) cookies(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, c := range b.Jar.Cookies(must(url.Parse(b.server.URL))(t)) {
		b.server.seen.secret(c.Value)
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

// loginLink is what brokers do: credentials for a sign-in token, and that into
// a link.
func (c *client) loginLink(t *testing.T, b *browser) string {
	t.Helper()
	held := must(json.Marshal(map[string]string{
		"sessionId": c.AccessKeyID, "sessionKey": c.SecretAccessKey, "sessionToken": c.SessionToken,
	}))(t)
	q := url.Values{"Action": {"getSigninToken"}, "SessionDuration": {"1800"}, "SessionType": {"json"}, "Session": {string(held)}}
	status, text := b.get(t, "/federation?"+q.Encode())
	equal(t, "status", status, 200)
	var answer struct{ SigninToken string }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.SigninToken == "" {
		t.Fatalf("no sign-in token: %s", text)
	}
	c.server.seen.secret(answer.SigninToken)
	q = url.Values{
		"Action": {"login"}, "Issuer": {"https://broker.example.org"}, "SigninToken": {answer.SigninToken},
		"Destination": {"https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1"},
	}
	return c.server.URL + "/federation?" + q.Encode()
}

// TestFederationToTheBrowser: credentials of the SDK sign a browser in, which
// switches roles and comes back.
func TestFederationToTheBrowser(t *testing.T) {
	for name, begin := range map[string]func(*testing.T) *server{
		"http":  func(t *testing.T) *server { return start(t) },
		"https": startTLS,
	} {
		t.Run(name, func(t *testing.T) { federationStory(t, begin(t)) })
	}
}

func federationStory(t *testing.T, s *server) {
	admin := s.admin()
	ann := admin.newUser(t, "ann")
	ops := admin.newRole(t, "Ops", trust(`{"AWS":"arn:aws:iam::`+s.Account+`:user/ann"}`), document(allow(`"sts:AssumeRole"`, `"*"`)))
	admin.newRole(t, "Audit", trust(`{"AWS":"`+ops+`"}`), document(allow(`"iam:ListUsers"`, `"*"`)))
	session := ann.assume(t, &sts.AssumeRoleInput{RoleArn: &ops, RoleSessionName: aws.String("ann")})

	b := s.browser(t)
	first := session.loginLink(t, b)
	status, home := b.get(t, first)
	if status != 200 || !strings.Contains(home, "assumed-role/Ops/ann") {
		t.Fatalf("%d %s", status, home)
	}
	prefix := ""
	if strings.HasPrefix(s.URL, "https:") {
		prefix = "__Host-"
	}
	equal(t, "cookies", strings.Join(b.cookies(t), " "), prefix+"writ-form "+prefix+"writ-session")
	if status, _ := s.browser(t).get(t, first); status != 400 {
		t.Errorf("the link works twice: %d", status)
	}
	federationSwitches(t, b)

	must(admin.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String("Ops"), PolicyName: rolePolicy(t, admin, "Ops")}))(t)
	must(admin.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("Ops")}))(t)
	if s.URL[:5] != "https" { // the command does not know the certificate
		names := namesOf(s.events(t))
		for _, want := range []string{"GetSigninToken", "ConsoleLogin", "SwitchRole", "ExitRole"} {
			equal(t, want, slices.Contains(names, want), true)
		}
		s.checkEvents(t)
	}
}

// federationSwitches: the role switches to another one and goes back.
func federationSwitches(t *testing.T, b *browser) {
	_, form := b.get(t, "/switchrole?account="+b.server.Account+"&roleName=Audit&displayName=Auditors")
	status, text := b.submit(t, form, "/switchrole", url.Values{"account": {b.server.Account}, "roleName": {"Nobody"}})
	if status != 403 || !strings.Contains(text, "Invalid information in one or more fields") {
		t.Errorf("a role that is none: %d %s", status, text)
	}
	status, text = b.submit(t, form, "/switchrole", url.Values{"account": {b.server.Account}, "roleName": {"Audit"}, "displayName": {"Auditors"}})
	if status != 200 || !strings.Contains(text, "assumed-role/Audit/ann") || !strings.Contains(text, "Auditors") {
		t.Errorf("switched: %d %s", status, text)
	}
	status, text = b.submit(t, text, "/switchrole/back", url.Values{})
	if status != 200 || !strings.Contains(text, "assumed-role/Ops/ann") {
		t.Errorf("back: %d %s", status, text)
	}
}

func namesOf(events []event) []string {
	var names []string
	for _, e := range events {
		names = append(names, e.EventName)
	}
	return names
}

func rolePolicy(t *testing.T, c *client, role string) *string {
	t.Helper()
	return &must(c.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &role}))(t).PolicyNames[0]
}
