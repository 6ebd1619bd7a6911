package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/sigv4"
)

const testAccount = "123456789012"

// patience bounds how long a script waits for something that must come.
const patience = 30 * time.Second

// keys are what a client signs with.
type keys struct{ AccessKeyID, SecretAccessKey, SessionToken string }

// scene is what a script has going: its server, the keys that it has seen.
type scene struct {
	child    *exec.Cmd
	endpoint string
	keys     map[string]keys
	printed  string // by the last aws, not masked
	skew     time.Duration
	watch    *watch
}

type sceneKey struct{}

func (s *scene) end() {
	if s.watch != nil {
		s.watch.stop()
	}
	if s.child != nil {
		s.child.Process.Kill()
		s.child.Wait()
	}
}

func (s *scene) server(ts *testscript.TestScript, args []string) bool {
	if len(args) == 0 {
		ts.Fatalf("usage: server start|stop|kill")
	}
	switch args[0] {
	case "start":
		s.start(ts, args[1:])
	case "stop":
		ts.Check(s.child.Process.Signal(syscall.SIGTERM))
		ts.Check(s.wait())
	case "kill":
		ts.Check(s.child.Process.Kill())
		s.wait()
	default:
		ts.Fatalf("unknown: server %s", args[0])
	}
	return true
}

func (s *scene) wait() error {
	err := s.child.Wait()
	s.child = nil
	return err
}

// start starts a server and reads what it says on being ready.
func (s *scene) start(ts *testscript.TestScript, args []string) {
	if s.child != nil {
		ts.Fatalf("the server runs already")
	}
	args = append([]string{"dev", "--json", "--data", "data", "--listen", "127.0.0.1:0", "--account", testAccount}, args...)
	child := command(ts, args)
	var complaint bytes.Buffer
	child.Stderr = &complaint
	out, err := child.StdoutPipe()
	ts.Check(err)
	ts.Check(child.Start())
	s.child = child
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		s.wait()
		ts.Fatalf("the server did not start: %s", &complaint)
	}
	var a access
	ts.Check(json.Unmarshal(line, &a))
	s.endpoint = a.Endpoint
	ts.Setenv("AWS_ENDPOINT_URL", a.Endpoint)
	s.keys["root"] = keys{a.AccessKeyID, a.SecretAccessKey, ""}
	if ts.Getenv("AWS_ACCESS_KEY_ID") == "" {
		s.use(ts, s.keys["root"])
	}
}

// command makes a writ that is not started yet.
func command(ts *testscript.TestScript, args []string) *exec.Cmd {
	program, err := exec.LookPath("writ")
	ts.Check(err)
	cmd := exec.Command(program, args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"HOME=" + ts.Getenv("WORK"), "PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + os.Getenv("GOCOVERDIR")}
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		if v := ts.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	return cmd
}

func (s *scene) use(ts *testscript.TestScript, k keys) {
	ts.Setenv("AWS_ACCESS_KEY_ID", k.AccessKeyID)
	ts.Setenv("AWS_SECRET_ACCESS_KEY", k.SecretAccessKey)
	ts.Setenv("AWS_SESSION_TOKEN", k.SessionToken)
}

// as switches to other keys. A user who has none yet gets some from root.
func (s *scene) as(ts *testscript.TestScript, args []string) bool {
	if len(args) != 1 {
		ts.Fatalf("usage: as NAME")
	}
	if _, ok := s.keys[args[0]]; !ok {
		s.use(ts, s.keys["root"])
		var out, complaint bytes.Buffer
		if s.run(ts, []string{"iam", "create-access-key", "--user-name", args[0]}, &out, &complaint) != 0 {
			ts.Fatalf("no keys for %s: %s", args[0], &complaint)
		}
		s.remember(out.Bytes())
	}
	s.use(ts, s.keys[args[0]])
	return true
}

// remember keeps the keys that a command has printed.
func (s *scene) remember(out []byte) {
	var a struct {
		AccessKey struct {
			keys
			UserName string
		}
		Credentials     keys
		AssumedRoleUser struct{ Arn string }
		FederatedUser   struct{ Arn string }
	}
	if json.Unmarshal(out, &a) != nil {
		return
	}
	if a.AccessKey.AccessKeyID != "" {
		s.keys[a.AccessKey.UserName] = a.AccessKey.keys
	}
	if a.Credentials.AccessKeyID != "" {
		arn := a.AssumedRoleUser.Arn + a.FederatedUser.Arn
		name := arn[strings.LastIndexAny(arn, "/:")+1:]
		if name == "" {
			name = "session"
		}
		s.keys[name] = a.Credentials
	}
}

func (s *scene) aws(ts *testscript.TestScript, args []string) bool {
	var out, complaint bytes.Buffer
	code := s.run(ts, args, &out, &complaint)
	s.printed = out.String()
	s.remember(out.Bytes())
	io.WriteString(ts.Stdout(), mask(out.String()))
	io.WriteString(ts.Stderr(), mask(complaint.String()))
	return code == 0
}

// run runs the AWS command line, ours or the true one.
func (s *scene) run(ts *testscript.TestScript, args []string, out, complaint io.Writer) int {
	if cli := os.Getenv("WRIT_AWS_CLI"); cli != "" {
		return runCLI(ts, cli, args, out, complaint)
	}
	c := &awscmd.Command{
		Getenv: ts.Getenv, Dir: ts.MkAbs("."), Stdin: strings.NewReader(""), Stdout: out, Stderr: complaint,
		Now: func() time.Time { return time.Now().Add(s.skew) },
	}
	return c.Run(context.Background(), args...)
}

func runCLI(ts *testscript.TestScript, cli string, args []string, out, complaint io.Writer) int {
	cmd := exec.Command(cli, append([]string{"--endpoint-url", ts.Getenv("AWS_ENDPOINT_URL")}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), out, complaint
	cmd.Env = []string{"HOME=" + ts.Getenv("WORK"), "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	for _, name := range []string{
		"TZ", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EC2_METADATA_DISABLED",
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	} {
		if v := ts.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("%s: %v", cli, err)
	}
	return cmd.ProcessState.ExitCode()
}

// masks hide what differs from run to run, and keep what kind of thing it is.
var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`\b(A[KS]IA)[A-Z2-7]{16}\b`), "$1<key>"},
	{regexp.MustCompile(`\b(A[IRGNP][DOP]A|A[GNI]PA)[A-Z2-7]{17}\b`), "$1<id>"},
	{regexp.MustCompile(`("SecretAccessKey": )"[^"]*"`), `$1"<secret>"`},
	{regexp.MustCompile(`("SessionToken": )"[^"]*"`), `$1"<token>"`},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)`), "<time>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`), "<time>"},
	{regexp.MustCompile(`Completed .* remaining *`), ""}, // the true CLI's progress
}

func mask(s string) string {
	for _, m := range masks {
		s = m.pattern.ReplaceAllString(s, m.with)
	}
	if i := strings.LastIndexByte(s, '\r'); i >= 0 {
		s = s[i+1:]
	}
	return s
}

// page calls one of writ's own pages as root.
func (s *scene) page(ts *testscript.TestScript, path string, in, out any) {
	k := s.keys["root"]
	a := access{Endpoint: s.endpoint, AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey, Region: region}
	ts.Check(pageJSON(context.Background(), a.client(&process{Now: time.Now}), http.MethodPost, path, nil, in, out))
}

func (s *scene) account(ts *testscript.TestScript, args []string) bool {
	if len(args) != 2 {
		ts.Fatalf("usage: account NAME ID")
	}
	cmd := command(ts, []string{"account", "create", args[0], "--id", args[1], "--root-key", "--json"})
	cmd.Stderr = ts.Stderr()
	out, err := cmd.Output()
	if err != nil {
		return false
	}
	var made keys
	ts.Check(json.Unmarshal(out, &made))
	s.keys[args[0]] = made
	return true
}

func (s *scene) clock(ts *testscript.TestScript, args []string) bool {
	if len(args) != 1 {
		ts.Fatalf("usage: clock DURATION")
	}
	var now map[string]string
	s.page(ts, "/_writ/clock", map[string]string{"advance": args[0]}, &now)
	return true
}

func (s *scene) skewClient(ts *testscript.TestScript, args []string) bool {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	s.skew = d
	return true
}

// lasts compares how long the credentials that were printed last are valid.
// The seconds in which the command ran are allowed for.
func (s *scene) lasts(ts *testscript.TestScript, args []string) bool {
	want, err := time.ParseDuration(args[0])
	ts.Check(err)
	var a struct {
		Credentials struct{ Expiration time.Time }
	}
	ts.Check(json.Unmarshal([]byte(s.printed), &a))
	got := time.Until(a.Credentials.Expiration)
	return got <= want && got > want-patience
}

// alter changes one character in the middle of a variable.
func (s *scene) alter(ts *testscript.TestScript, args []string) bool {
	b := []byte(ts.Getenv(args[0]))
	if i := len(b) / 2; b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	ts.Setenv(args[0], string(b))
	return true
}

func (s *scene) presign(ts *testscript.TestScript, args []string) bool {
	if len(args) != 4 {
		ts.Fatalf("usage: presign VARIABLE EXPIRES AGE URI")
	}
	expires, err := time.ParseDuration(args[1])
	ts.Check(err)
	age, err := time.ParseDuration(args[2])
	ts.Check(err)
	u, err := url.Parse(s.endpoint + "/" + strings.TrimPrefix(args[3], "s3://"))
	ts.Check(err)
	req := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}}
	k := sigv4.Credentials{AccessKeyID: ts.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: ts.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: ts.Getenv("AWS_SESSION_TOKEN")}
	_, err = sigv4.Presign(req, k, sigv4.Target{Region: region, Service: "s3", Time: time.Now().Add(-age)}, expires, sigv4.UnsignedPayload)
	ts.Check(err)
	ts.Setenv(args[0], u.String())
	return true
}

func (s *scene) fetch(ts *testscript.TestScript, args []string) bool {
	resp, err := http.Get(args[0])
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%s\n%s\n", resp.Status, body)
	return resp.StatusCode < 300
}

// watch is a "writ events --follow".
type watch struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func (w *watch) stop() {
	w.cmd.Process.Kill()
	w.cmd.Wait()
}

func (s *scene) follow(ts *testscript.TestScript, args []string) bool {
	if args[0] == "start" {
		cmd := command(ts, []string{"events", "--follow", "--json"})
		out, err := cmd.StdoutPipe()
		ts.Check(err)
		ts.Check(cmd.Start())
		s.watch = &watch{cmd, bufio.NewScanner(out)}
		return true
	}
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	giveUp := time.AfterFunc(patience, func() { s.watch.cmd.Process.Kill() })
	defer giveUp.Stop()
	for s.watch.lines.Scan() {
		if pattern.Match(s.watch.lines.Bytes()) {
			return true
		}
	}
	return false
}
