package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// awsCLI is an AWS CLI to try before those of the machine; see run.
var awsCLI = os.Getenv("WRIT_AWS_CLI")

var cliVersion = regexp.MustCompile(`^aws-cli/2\.(\d+)`)

// withLogin finds an AWS CLI that has the command login, which version 2.32
// brought.
func withLogin() string {
	found, _ := exec.LookPath("aws")
	for _, cli := range []string{awsCLI, found, "/usr/local/bin/aws", "/usr/bin/aws"} {
		if cli == "" {
			continue
		}
		out, err := exec.Command(cli, "--version").Output()
		m := cliVersion.FindSubmatch(out)
		if err != nil || m == nil {
			continue
		}
		if minor, err := strconv.Atoi(string(m[1])); err == nil && minor >= 32 {
			return cli
		}
	}
	return ""
}

// TestLoginCLI runs the AWS CLI's own aws login, where one is found that has it:
// the Go tests beside it play its part otherwise.
func TestLoginCLI(t *testing.T) {
	cli := withLogin()
	if cli == "" {
		t.Log("no AWS CLI with the command login is on this machine: it was not tried")
		return
	}
	s := start(t)
	s.admin().newConsoleUser(t, "ann")
	c := newShell(t, s, cli)
	t.Logf("tried with %s", c.run("--version"))
	ann := visit(t, s)
	c.login(ann)
	c.checkIdentity("dev")
	c.age()
	c.checkIdentity("dev") // renewed
	c.loginRemotely(ann)
	c.checkIdentity("far")
	must(s.admin().iam.UpdateLoginProfile(ctx, &iam.UpdateLoginProfileInput{UserName: new("ann"), Password: new("Second-Secret-2")}))(t)
	c.age()
	out, err := c.command("sts", "get-caller-identity", "--profile", "dev").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "because of a change in your password") {
		t.Errorf("another password: %v %s", err, out)
	}
}

// shell is where somebody types aws.
type shell struct {
	t      *testing.T
	server *server
	cli    string
	home   string
}

func newShell(t *testing.T, s *server, cli string) *shell {
	t.Helper()
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "config"), []byte("[profile dev]\nregion = us-east-1\n[profile far]\nregion = us-east-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &shell{t, s, cli, home}
}

func (c *shell) command(args ...string) *exec.Cmd {
	cmd := exec.Command(c.cli, args...)
	cmd.Env = append(os.Environ(), "HOME="+c.home, "AWS_ENDPOINT_URL="+c.server.URL, "AWS_CONFIG_FILE="+filepath.Join(c.home, "config"),
		"AWS_LOGIN_CACHE_DIRECTORY="+c.cache(), "AWS_PAGER=", "BROWSER=/bin/true", "PYTHONUNBUFFERED=1")
	return cmd
}

func (c *shell) cache() string { return filepath.Join(c.home, "cache") }

func (c *shell) run(args ...string) string {
	c.t.Helper()
	out, err := c.command(args...).Output()
	if err != nil {
		c.t.Fatalf("aws %s: %v", strings.Join(args, " "), withStderr(err))
	}
	return strings.TrimSpace(string(out))
}

func (c *shell) checkIdentity(profile string) {
	c.t.Helper()
	equal(c.t, "profile "+profile, c.run("sts", "get-caller-identity", "--profile", profile, "--query", "Arn", "--output", "text"),
		"arn:aws:iam::"+c.server.Account+":user/ann")
}

var pageAddress = regexp.MustCompile(`http\S+/v1/authorize\S+`)

// begin starts aws login and returns the address that it wants opened.
func (c *shell) begin(args ...string) (page string, in io.WriteCloser, wait func()) {
	c.t.Helper()
	cmd := c.command(append([]string{"login"}, args...)...)
	in = must(cmd.StdinPipe())(c.t)
	out := must(cmd.StdoutPipe())(c.t)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	stuck := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	for page == "" && lines.Scan() {
		page = pageAddress.FindString(lines.Text())
	}
	return page, in, func() {
		c.t.Helper()
		defer stuck.Stop()
		rest, _ := io.ReadAll(out)
		if err := cmd.Wait(); err != nil {
			c.t.Fatalf("aws login: %v\n%s%s", err, rest, said.String())
		}
	}
}

// login is aws login, of which the browser's end stands in the test.
func (c *shell) login(ann *visitor) {
	c.t.Helper()
	page, in, wait := c.begin("--profile", "dev")
	in.Close()
	to := ann.letIn(page, c.server.Account, "ann")
	resp := must(http.Get(to))(c.t)
	resp.Body.Close()
	equal(c.t, "the CLI's page", resp.StatusCode, http.StatusOK)
	wait()
}

var shownCode = regexp.MustCompile(`readonly>([^<]+)</textarea>`)

// loginRemotely is aws login --remote: ann carries the code over.
func (c *shell) loginRemotely(ann *visitor) {
	c.t.Helper()
	page, in, wait := c.begin("--remote", "--profile", "far")
	shown := ann.open(strings.TrimPrefix(ann.letIn(page, c.server.Account, "ann"), c.server.URL))
	code := shownCode.FindStringSubmatch(shown.text)
	if code == nil {
		c.t.Fatalf("no code: %d %s", shown.status, shown.text)
	}
	if _, err := io.WriteString(in, html.UnescapeString(code[1])+"\n"); err != nil {
		c.t.Fatal(err)
	}
	in.Close()
	wait()
}

// age makes the credentials that the CLI keeps old, so that it renews them.
func (c *shell) age() {
	c.t.Helper()
	files := must(filepath.Glob(filepath.Join(c.cache(), "*.json")))(c.t)
	equal(c.t, "files in the cache", len(files), 1)
	var kept map[string]any
	if err := json.Unmarshal(must(os.ReadFile(files[0]))(c.t), &kept); err != nil {
		c.t.Fatal(err)
	}
	kept["accessToken"].(map[string]any)["expiresAt"] = "2020-01-01T00:00:00Z"
	if err := os.WriteFile(files[0], must(json.Marshal(kept))(c.t), 0o600); err != nil {
		c.t.Fatal(err)
	}
}
