package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/writ-iam/writ/internal/awscmd"
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

	production *production
}

type sceneKey struct{}

func (s *scene) end() {
	if s.watch != nil {
		s.watch.stop()
	}
	if s.production != nil {
		s.production.cmd.Process.Kill()
		s.production.cmd.Wait()
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
	for _, name := range []string{
		"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"WRIT_ROOT_ACCESS_KEY_ID", "WRIT_ROOT_SECRET_ACCESS_KEY", "WRIT_ROOT_ACCOUNT_ID", "WRIT_CONFIG", "WRIT_DATA",
	} {
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
