package server_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/server"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/writtest"
)

// aws runs a command that has to succeed.
func aws(t *testing.T, s *writtest.Server, k writtest.Key, args ...string) string {
	t.Helper()
	out, err := s.AWS(k, args...)
	if err != nil {
		t.Fatalf("aws %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// denied runs a command that has to be denied, in these words among others.
func denied(t *testing.T, s *writtest.Server, k writtest.Key, words string, args ...string) {
	t.Helper()
	out, err := s.AWS(k, args...)
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("aws %s: want an error with %q, got %v %s", strings.Join(args, " "), words, err, out)
	}
}

// newUser makes a user with an inline policy, "" for none, and a key.
func newUser(t *testing.T, s *writtest.Server, admin writtest.Key, name, policy string) writtest.Key {
	t.Helper()
	aws(t, s, admin, "iam", "create-user", "--user-name", name)
	if policy != "" {
		aws(t, s, admin, "iam", "put-user-policy", "--user-name", name, "--policy-name", "p", "--policy-document", policy)
	}
	return keyOf(t, aws(t, s, admin, "iam", "create-access-key", "--user-name", name, "--query", "AccessKey.[AccessKeyId,SecretAccessKey]", "--output", "text"))
}

// assume assumes a role and returns the session's key.
func assume(t *testing.T, s *writtest.Server, k writtest.Key, role string, args ...string) writtest.Key {
	t.Helper()
	args = append([]string{"sts", "assume-role", "--role-arn", role, "--role-session-name", "s1",
		"--query", "Credentials.[AccessKeyId,SecretAccessKey,SessionToken]", "--output", "text"}, args...)
	return keyOf(t, aws(t, s, k, args...))
}

func keyOf(t *testing.T, text string) writtest.Key {
	t.Helper()
	f := strings.Fields(text)
	if len(f) < 2 {
		t.Fatalf("no key in %q", text)
	}
	k := writtest.Key{AccessKeyID: f[0], SecretAccessKey: f[1]}
	if len(f) > 2 {
		k.SessionToken = f[2]
	}
	return k
}

const (
	allowAll = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	allowS3  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
)

func trust(arn string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + arn + `"},"Action":"sts:AssumeRole"}}`
}

// A session policy bounds what a session does in its own account, too: MinIO
// left it out for operations on one's own account.
func TestCVE_2025_62506_SessionPolicyBoundsTheOwnAccount(t *testing.T) {
	s := writtest.Start(t)
	admin := newUser(t, s, s.Key, "admin", allowAll)
	role := "arn:aws:iam::" + s.Account + ":role/all"
	aws(t, s, admin, "iam", "create-role", "--role-name", "all", "--assume-role-policy-document", trust("arn:aws:iam::"+s.Account+":user/admin"))
	aws(t, s, admin, "iam", "put-role-policy", "--role-name", "all", "--policy-name", "p", "--policy-document", allowAll)
	narrow := assume(t, s, admin, role, "--policy", allowS3)
	aws(t, s, narrow, "s3api", "list-buckets")
	for _, args := range [][]string{
		{"iam", "create-user", "--user-name", "mallory"},
		{"iam", "create-access-key", "--user-name", "admin"},
		{"iam", "put-role-policy", "--role-name", "all", "--policy-name", "q", "--policy-document", allowAll},
	} {
		denied(t, s, narrow, "no session policy allows", args...)
	}
}

// A federated user has what a session policy and its user both allow, and
// nothing without one.
func TestFederatedUserWithoutPolicies(t *testing.T) {
	s := writtest.Start(t)
	admin := newUser(t, s, s.Key, "admin", allowAll)
	federate := func(by writtest.Key, args ...string) writtest.Key {
		args = append([]string{"sts", "get-federation-token", "--name", "fred",
			"--query", "Credentials.[AccessKeyId,SecretAccessKey,SessionToken]", "--output", "text"}, args...)
		return keyOf(t, aws(t, s, by, args...))
	}
	for _, by := range []writtest.Key{admin, s.Key} { // the root user too
		denied(t, s, federate(by), "no session policy allows", "s3api", "list-buckets")
		aws(t, s, federate(by, "--policy", allowS3), "s3api", "list-buckets")
	}
	may := newUser(t, s, s.Key, "may", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetFederationToken","Resource":"*"}}`)
	denied(t, s, federate(may, "--policy", allowS3), "no identity-based policy allows", "s3api", "list-buckets")
}

// An access key is worth what its user is, whoever made it.
func TestCVE_2024_24747_AccessKeysInheritNothing(t *testing.T) {
	s := writtest.Start(t)
	ann := newUser(t, s, s.Key, "ann", "")
	denied(t, s, ann, "AccessDenied", "iam", "list-users")
	denied(t, s, ann, "AccessDenied", "iam", "create-access-key")
	denied(t, s, ann, "AccessDenied", "s3api", "list-buckets")
}

// A role of the same name in another account is another role, in caches too.
func TestCVE_2025_11621_SameRoleNameInAnotherAccount(t *testing.T) {
	s := writtest.Start(t)
	other, err := s.NewAccount("other")
	if err != nil {
		t.Fatal(err)
	}
	admin := newUser(t, s, s.Key, "admin", allowAll)
	for _, k := range []writtest.Key{admin, other.Key} {
		aws(t, s, k, "iam", "create-role", "--role-name", "r", "--assume-role-policy-document", trust("arn:aws:iam::"+s.Account+":user/admin"))
	}
	aws(t, s, other.Key, "iam", "put-role-policy", "--role-name", "r", "--policy-name", "p", "--policy-document", allowAll)
	theirs := assume(t, s, admin, "arn:aws:iam::"+other.ID+":role/r")
	ours := assume(t, s, admin, "arn:aws:iam::"+s.Account+":role/r")
	aws(t, s, theirs, "iam", "list-users")
	denied(t, s, ours, "AccessDenied", "iam", "list-users")
	if users := aws(t, s, theirs, "iam", "list-users", "--query", "Users[].UserName", "--output", "text"); strings.Contains(users, "admin") {
		t.Errorf("a session of one account lists another's users: %s", users)
	}
}

// Who takes over a name does not take over what was granted to its holder.
func TestCVE_2026_55670_RecycledNamesInheritNothing(t *testing.T) {
	s := writtest.Start(t)
	first := newUser(t, s, s.Key, "ann", "")
	role := "arn:aws:iam::" + s.Account + ":role/r"
	aws(t, s, s.Key, "iam", "create-role", "--role-name", "r", "--assume-role-policy-document", trust("arn:aws:iam::"+s.Account+":user/ann"))
	assume(t, s, first, role)
	aws(t, s, s.Key, "iam", "delete-access-key", "--user-name", "ann", "--access-key-id", first.AccessKeyID)
	aws(t, s, s.Key, "iam", "delete-user", "--user-name", "ann")
	second := newUser(t, s, s.Key, "ann", "")
	denied(t, s, second, "AccessDenied", "sts", "assume-role", "--role-arn", role, "--role-session-name", "s1")
	shown := aws(t, s, s.Key, "iam", "get-role", "--role-name", "r", "--query", "Role.AssumeRolePolicyDocument")
	if !strings.Contains(shown, "AIDA") || strings.Contains(shown, "user/ann") {
		t.Errorf("the trust policy reads %s", shown)
	}
}

// No page answers without a credential: MinIO's cluster page told its secrets
// to anybody, RustFS and MinIO imported for anybody.
func TestCVE_2023_28432_NoPageWithoutACredential(t *testing.T) {
	s := writtest.Start(t)
	ann := newUser(t, s, s.Key, "ann", "")
	for _, path := range server.PagePaths() {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			req, err := http.NewRequest(method, s.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("%s %s unsigned: %s %s", method, path, resp.Status, body)
			}
			if strings.Contains(string(body), s.SecretAccessKey) {
				t.Errorf("%s %s tells a secret", method, path)
			}
		}
	}
	asAnn := *s
	asAnn.Key = ann
	if err := asAnn.Reset(); err == nil {
		t.Error("a user resets the installation")
	}
	denied(t, s, ann, "AccessDenied", "iam", "get-account-authorization-details")
}

// No credential is built in, and none that everybody knows is taken.
func TestCVE_2025_68926_NoBuiltInCredential(t *testing.T) {
	one, two := writtest.Start(t), writtest.Start(t)
	if one.SecretAccessKey == two.SecretAccessKey || one.AccessKeyID == two.AccessKeyID || one.Account == two.Account {
		t.Error("two installations have the same root credential")
	}
	for _, root := range []server.Root{
		{AccessKeyID: "minioadmin", SecretAccessKey: "minioadmin"},
		{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
		{AccessKeyID: "test", SecretAccessKey: "test"},
		{AccessKeyID: "somebody", SecretAccessKey: "short"},
	} {
		if s, err := server.New(t.Context(), server.Config{Listen: "127.0.0.1:0", Root: root}); err == nil {
			s.Close()
			t.Errorf("the root key %s is taken", root.AccessKeyID)
		}
	}
}

// Health and metrics name no principal and no key.
func TestMetricsTellNoNames(t *testing.T) {
	r := start(t, server.Config{Admin: "127.0.0.1:0", Dev: true})
	defer r.end(t)
	must(t, r, root(r), "sts", "Version=2011-06-15&Action=GetCallerIdentity", "", "")
	resp, err := http.Get(r.AdminURL() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), `writ_calls_total{code="",operation="GetCallerIdentity",service="sts"} 1`) {
		t.Errorf("the call is not counted:\n%s", body)
	}
	for _, secret := range []string{r.Root().Account, r.Root().AccessKeyID, r.Root().SecretAccessKey} {
		if strings.Contains(string(body), secret) {
			t.Errorf("metrics tell %s", secret)
		}
	}
}

// The admin listener is not reachable through the AWS endpoint.
func TestAdminPathsAreBuckets(t *testing.T) {
	r := start(t, server.Config{Dev: true})
	defer r.end(t)
	for _, path := range []string{"/metrics", "/livez", "/readyz"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != http.StatusNotFound && w.Code != http.StatusForbidden {
			t.Errorf("%s on the AWS endpoint: %d", path, w.Code)
		}
	}
}

// Objects and pages for people have one origin: a script in an object would be
// one of the sign-in pages' own, if browsers did not keep it apart.
func TestScriptsInObjectsAreIsolated(t *testing.T) {
	s := writtest.Start(t)
	admin := newUser(t, s, s.Key, "admin", allowAll)
	page := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(page, []byte("<script>fetch('/switchrole')</script>"), 0o600); err != nil {
		t.Fatal(err)
	}
	aws(t, s, admin, "s3", "mb", "s3://pages")
	aws(t, s, admin, "s3", "cp", page, "s3://pages/page")
	link, err := http.NewRequest("GET", s.URL+"/pages/page?response-content-type=text%2Fhtml", nil)
	if err != nil {
		t.Fatal(err)
	}
	keys := sigv4.Credentials{AccessKeyID: admin.AccessKeyID, SecretAccessKey: admin.SecretAccessKey}
	target := sigv4.Target{Region: "us-east-1", Service: "s3", Time: time.Now()}
	if _, err := sigv4.Presign(link, keys, target, time.Minute, sigv4.UnsignedPayload); err != nil {
		t.Fatal(err)
	}
	for name, url := range map[string]string{"presigned": link.URL.String(), "unsigned": s.URL + "/pages/page"} {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		policy := resp.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "sandbox ") || strings.Contains(policy, "allow-same-origin") || strings.Contains(policy, "allow-top-navigation") {
			t.Errorf("%s: %d, %q", name, resp.StatusCode, policy)
		}
		if name == "presigned" && (resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/html") {
			t.Errorf("%s: %d %s", name, resp.StatusCode, resp.Header.Get("Content-Type"))
		}
	}
}

// A client that sends a form drop by drop, or begins one and falls silent, is
// given up: nobody knows yet who it is, and it holds a connection.
func TestSlowFormIsGivenUp(t *testing.T) {
	r := start(t, server.Config{Limits: api.Limits{BodyTime: 200 * time.Millisecond}})
	defer r.end(t)
	for path, tt := range map[string]struct {
		drops bool
		want  string
	}{
		"/": {true, "RequestTimeout"}, "/?": {false, "RequestTimeout"},
		"/signin": {true, "The form cannot be read."}, "/signin?": {false, "The form cannot be read."},
		"/_writ/events": {false, "MethodNotAllowed"}, "/_writ/nothing": {true, "NotFound"}, "/oidc/nothing": {false, "GET and HEAD"},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.URL(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: writ.test\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 2000\r\n\r\n", path)
		if tt.drops {
			go drip(conn)
		}
		begun := time.Now()
		conn.SetReadDeadline(begun.Add(20 * time.Second))
		answer, err := io.ReadAll(conn) // until the server hangs up
		if !strings.Contains(string(answer), tt.want) || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: after %v: %s %v", path, time.Since(begun), answer, err)
		}
	}
}

// drip writes a byte now and then until the other side hangs up.
func drip(conn net.Conn) {
	drops := time.NewTicker(20 * time.Millisecond)
	defer drops.Stop()
	for range drops.C {
		if _, err := conn.Write([]byte("a")); err != nil {
			return
		}
	}
}
