package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestStory1Start(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startIn(t, data, &sightings{})
	if !regexp.MustCompile(`^\d{12}$`).MatchString(s.Account) || !strings.HasPrefix(s.KeyID, "AKIA") || s.Region == "" || s.PID != s.cmd.Process.Pid || s.Data == "" {
		t.Errorf("printed %+v", s)
	}
	ann := s.admin().newUser(t, "ann")
	pasteEnvironment(t, data)
	noSecretsIn(t, data, s.seen)
	s.stop(t)

	again := startIn(t, data, s.seen)
	if again.Account != s.Account || again.KeyID != s.KeyID || again.Secret != s.Secret {
		t.Error("a restart changed the account or its root key")
	}
	again.as(ann.Credentials).whoami(t)
	again.checkEvents(t)
}

// pasteEnvironment uses what `writ env` prints the way a person does: pasted
// into a shell, from which an SDK takes all it needs.
func pasteEnvironment(t *testing.T, data string) {
	t.Helper()
	out, err := exec.Command(writ, "env", "--data", data).Output()
	if err != nil {
		t.Fatalf("writ env: %s", withStderr(err))
	}
	shell := exec.Command("sh", "-c", string(out)+"\nenv")
	vars, err := shell.Output()
	if err != nil {
		t.Fatalf("sh: %s", withStderr(err))
	}
	for line := range strings.Lines(string(vars)) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value)
		}
	}
	cfg := must(config.LoadDefaultConfig(ctx))(t)
	who := must(sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}))(t)
	if *who.Arn != "arn:aws:iam::"+*who.Account+":root" {
		t.Errorf("the environment belongs to %s", *who.Arn)
	}
}

func TestStory1Memory(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	s := launch(t, []string{"WRIT_ROOT_ACCOUNT_ID=123456789012", "WRIT_ROOT_ACCESS_KEY_ID=test", "WRIT_ROOT_SECRET_ACCESS_KEY=test"}, &sightings{},
		"dev", "--memory", "--json", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
	if s.Account != "123456789012" || s.KeyID != "test" || s.Secret != "test" || s.Data != "" {
		t.Errorf("printed %+v", s)
	}
	if got := s.admin().whoami(t); got != "arn:aws:iam::123456789012:root" {
		t.Errorf("root is %s", got)
	}
	must(s.admin().iam.CreateUser(ctx, &iam.CreateUserInput{UserName: new("ann")}))(t)
	health(t, s)
	s.stop(t)
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 0 {
		t.Errorf("a server in memory left %v, %v", left, err)
	}
}

func health(t *testing.T, s *server) {
	t.Helper()
	for _, page := range []string{"/livez", "/readyz", "/metrics"} {
		answer, err := http.Get(s.Admin + page)
		if err != nil {
			t.Error(err)
			continue
		}
		if text := read(t, answer.Body); answer.StatusCode != http.StatusOK || page == "/metrics" && !strings.Contains(text, "writ_") {
			t.Errorf("%s: %d %s", page, answer.StatusCode, text)
		}
	}
}

func TestStory1AccountFlag(t *testing.T) {
	if s := start(t, "--account", "210987654321"); s.Account != "210987654321" {
		t.Errorf("account %s", s.Account)
	}
}

// TestStory1Serve: serve takes no key that everybody knows and prints none.
func TestStory1Serve(t *testing.T) {
	folder := t.TempDir()
	serve := func(env ...string) *exec.Cmd {
		cmd := exec.Command(writ, "serve", "--data", filepath.Join(folder, "data"), "--listen", "127.0.0.1:0")
		cmd.Env = append(os.Environ(), env...)
		return cmd
	}
	for _, pair := range [][2]string{{"test", "test"}, {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}, {"minioadmin", "minioadmin"}} {
		out, err := serve("WRIT_ROOT_ACCESS_KEY_ID="+pair[0], "WRIT_ROOT_SECRET_ACCESS_KEY="+pair[1]).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "everybody knows") {
			t.Errorf("serve with the key %s: %v %s", pair[0], err, out)
		}
	}
	out, err := serve().CombinedOutput() // the key it would make would be lost
	if err == nil || !strings.Contains(string(out), "--root-key-file") {
		t.Errorf("serve without a place for its key: %v %s", err, out)
	}
}
